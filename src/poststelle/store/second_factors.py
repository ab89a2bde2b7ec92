"""Users' apps for one-time codes, passkeys and recovery codes."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import PasskeyId, UserId
from poststelle.model.second_factor import CodeApp, Factors, Passkey
from poststelle.store.sequences import next_id
from poststelle.store.tx import ReadTx, Row, Tx


def of(tx: ReadTx, user: UserId) -> Factors:
    """All that the user has."""
    row = tx.one("count_recovery_codes", user_id=user)
    keys = tuple(_passkey(one) for one in tx.all("list_passkeys", user_id=user))
    return Factors(_app(tx.one("get_code_app", user_id=user)), keys, 0 if row is None else int(row["codes"]))


def users_with(tx: ReadTx) -> frozenset[UserId]:
    """Who has any."""
    return frozenset(UserId(row["user_id"]) for row in tx.all("list_users_with_second_factor"))


def destroy_of(tx: Tx, user: UserId) -> None:
    """The user has none any more."""
    tx.run("destroy_code_app", user_id=user)
    tx.run("destroy_passkeys_of", user_id=user)
    tx.run("destroy_recovery_codes", user_id=user)


def put_app(tx: Tx, app: CodeApp) -> None:
    """The user's app, in place of an earlier one."""
    tx.run(
        "put_code_app",
        user_id=app.user_id,
        sealed=app.sealed,
        used_step=app.used_step,
        created_at=to_ms(app.created_at),
    )


def use_step(tx: Tx, user: UserId, step: int) -> bool:
    """Note that a code of this step was accepted; False when one of it or of a later one was before."""
    return tx.run("use_code_step", user_id=user, step=step) == 1


def destroy_app(tx: Tx, user: UserId) -> bool:
    return tx.run("destroy_code_app", user_id=user) == 1


def put_recovery_codes(tx: Tx, user: UserId, hashes: Iterable[str]) -> None:
    """These, and none of the earlier ones."""
    tx.run("destroy_recovery_codes", user_id=user)
    tx.many("insert_recovery_code", [{"user_id": user, "code_hash": one} for one in hashes])


def use_recovery_code(tx: Tx, user: UserId, code_hash: str) -> bool:
    """Take it away; False when the user has none of this hash."""
    return tx.run("destroy_recovery_code", user_id=user, code_hash=code_hash) == 1


def insert_passkey(tx: Tx, key: Passkey) -> bool:
    """Add it; False when there is one of this credential, whoever's."""
    return (
        tx.run(
            "insert_passkey",
            id=key.id,
            user_id=key.user_id,
            credential_id=key.credential_id,
            public_key=key.public_key,
            sign_count=key.sign_count,
            transports=msgspec.json.encode(key.transports).decode(),
            name=key.name,
            created_at=to_ms(key.created_at),
        )
        == 1
    )


def reserve_passkey_id(tx: Tx) -> PasskeyId:
    return PasskeyId(next_id(tx, "passkeys"))


def passkey(tx: ReadTx, credential_id: str) -> Passkey | None:
    row = tx.one("get_passkey", credential_id=credential_id)
    return None if row is None else _passkey(row)


def use_passkey(tx: Tx, key: Passkey, sign_count: int, now: datetime) -> bool:
    """Note its use; False when it was used by another request meanwhile."""
    return tx.run("use_passkey", id=key.id, before=key.sign_count, sign_count=sign_count, now=to_ms(now)) == 1


def rename_passkey(tx: Tx, user: UserId, key: PasskeyId, name: str) -> None:
    tx.run("rename_passkey", user_id=user, id=key, name=name)


def destroy_passkey(tx: Tx, user: UserId, key: PasskeyId) -> bool:
    return tx.run("destroy_passkey", user_id=user, id=key) == 1


def _app(row: Row | None) -> CodeApp | None:
    if row is None:
        return None
    return CodeApp(UserId(row["user_id"]), bytes(row["sealed"]), row["used_step"], from_ms(row["created_at"]))


def _passkey(row: Row) -> Passkey:
    return Passkey(
        id=PasskeyId(row["id"]),
        user_id=UserId(row["user_id"]),
        credential_id=row["credential_id"],
        public_key=bytes(row["public_key"]),
        sign_count=row["sign_count"],
        transports=msgspec.json.decode(row["transports"], type=tuple[str, ...]),
        name=row["name"],
        created_at=from_ms(row["created_at"]),
        last_used_at=None if row["last_used_at"] is None else from_ms(row["last_used_at"]),
    )
