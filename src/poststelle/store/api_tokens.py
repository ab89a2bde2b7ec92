"""API tokens, found by the hash of the secret that a program holds."""

from collections import defaultdict
from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import AccountId, TokenId, UserId
from poststelle.model.rights import Administration, Level, Scope
from poststelle.model.user import ApiToken
from poststelle.store.sequences import next_id
from poststelle.store.tx import ReadTx, Row, Tx


def insert(
    tx: Tx,
    user: UserId,
    token_hash: str,
    name: str,
    scope: Scope,
    created_at: datetime,
    expires_at: datetime | None,
    administration: Administration = Administration.NONE,
) -> ApiToken:
    id_ = TokenId(next_id(tx, "api_tokens"))
    tx.run(
        "insert_api_token",
        id=id_,
        user_id=user,
        token_hash=token_hash,
        name=name,
        level=int(scope.level),
        is_for_all=int(scope.accounts is None),
        created_at=to_ms(created_at),
        expires_at=None if expires_at is None else to_ms(expires_at),
        administration=int(administration),
    )
    rows = [{"token_id": id_, "account_id": account} for account in sorted(scope.accounts or ())]
    tx.many("insert_api_token_account", rows)
    return ApiToken(id_, user, token_hash, name, scope, created_at, expires_at, None, administration)


def get(tx: ReadTx, token_hash: str, now: datetime) -> ApiToken | None:
    """The token with this hash; None when unknown, expired or its user was deactivated."""
    row = tx.one("get_api_token", token_hash=token_hash, now=to_ms(now))
    return _tokens(tx, [row])[0] if row else None


def list_of(tx: ReadTx, user: UserId) -> list[ApiToken]:
    """The user's tokens, the newest first; expired ones too."""
    return _tokens(tx, tx.all("list_api_tokens", user_id=user))


def touch(tx: Tx, token: TokenId, now: datetime) -> None:
    """Note that it was used."""
    tx.run("touch_api_token", id=token, now=to_ms(now))


def destroy(tx: Tx, user: UserId, token: TokenId) -> bool:
    """Revoke one of the user's tokens; False when they have none of this id."""
    return tx.run("destroy_api_token", id=token, user_id=user) == 1


def destroy_of(tx: Tx, user: UserId) -> int:
    """Revoke all of the user's tokens; return how many there were."""
    return tx.run("destroy_api_tokens_of", user_id=user)


def destroy_administering(tx: Tx, user: UserId) -> int:
    """Revoke those of the user's tokens that open administration; return how many there were."""
    return tx.run("destroy_administering_api_tokens_of", user_id=user, none=int(Administration.NONE))


def _tokens(tx: ReadTx, rows: list[Row]) -> list[ApiToken]:
    accounts: dict[int, set[AccountId]] = defaultdict(set)
    narrow = [row["id"] for row in rows if not row["is_for_all"]]
    for row in tx.all("list_api_token_accounts", ids=narrow) if narrow else ():
        accounts[row["token_id"]].add(AccountId(row["account_id"]))
    return [
        ApiToken(
            id=TokenId(row["id"]),
            user_id=UserId(row["user_id"]),
            token_hash=row["token_hash"],
            name=row["name"],
            scope=Scope(Level(row["level"]), None if row["is_for_all"] else frozenset(accounts[row["id"]])),
            created_at=from_ms(row["created_at"]),
            expires_at=None if row["expires_at"] is None else from_ms(row["expires_at"]),
            last_used_at=None if row["last_used_at"] is None else from_ms(row["last_used_at"]),
            administration=Administration(row["administration"]),
        )
        for row in rows
    ]
