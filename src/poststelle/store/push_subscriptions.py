"""Push subscriptions, and what each has been told of the accounts its owner may read."""

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import AccountId, PushId, UserId
from poststelle.model.push import Arrivals, Credential, PushSubscription
from poststelle.store.sequences import next_id
from poststelle.store.tx import ReadTx, Row, Tx


def reserve_id(tx: Tx) -> PushId:
    """A fresh id. Taking it holds the sequence's row until the commit, so they are made one by one."""
    return PushId(next_id(tx, "push_subscriptions"))


def insert(tx: Tx, made: PushSubscription) -> None:
    """Keep a new one: its code is to be sent."""
    who = made.credential
    tx.run(
        "insert_push_subscription",
        id=made.id,
        user_id=who.user_id,
        login_hash=None if who.is_token else who.hash,
        token_hash=who.hash if who.is_token else None,
        device_client_id=made.device_client_id,
        sealed=made.sealed,
        types=_types_text(made.types),
        arrivals=_arrivals_text(made.arrivals),
        expires_at=to_ms(made.expires_at),
        next_at=to_ms(made.next_at),
    )


def get(tx: ReadTx, id_: PushId) -> PushSubscription | None:
    row = tx.one("get_push_subscription", id=id_)
    return _subscription(row) if row else None


def list_of(tx: ReadTx, credential: Credential, now: datetime) -> list[PushSubscription]:
    """Those that this login or token made and that have not expired, by id."""
    rows = tx.all("list_push_subscriptions", credential=credential.hash, now=to_ms(now))
    return [_subscription(row) for row in rows]


def count(tx: ReadTx, user: UserId) -> int:
    """How many the user has by all logins and tokens, expired ones too until they are swept."""
    row = tx.one("count_push_subscriptions", user_id=user)
    return int(row["total"]) if row else 0


def update(tx: Tx, changed: PushSubscription) -> None:
    """Keep its types, its arrivals, its end and whether its code was told back."""
    tx.run(
        "update_push_subscription",
        id=changed.id,
        types=_types_text(changed.types),
        arrivals=_arrivals_text(changed.arrivals),
        expires_at=to_ms(changed.expires_at),
        is_verified=int(changed.is_verified),
    )


def destroy(tx: Tx, id_: PushId) -> bool:
    return tx.run("destroy_push_subscription", id=id_) == 1


def destroy_expired(tx: Tx, now: datetime) -> int:
    return tx.run("destroy_expired_push_subscriptions", now=to_ms(now))


def due(tx: ReadTx, now: datetime, limit: int) -> list[PushId]:
    """Those to which something is to be sent now, the longest waiting first. All of them are looked at."""
    rows = tx.all("list_due_push_subscriptions_all", now=to_ms(now), limit=limit)
    return [PushId(row["id"]) for row in rows]


def due_among(tx: ReadTx, ids: Collection[PushId], now: datetime, limit: int) -> list[PushId]:
    """The same of these alone."""
    if not ids:
        return []
    rows = tx.all("list_due_push_subscriptions_these", ids=sorted(ids), now=to_ms(now), limit=limit)
    return [PushId(row["id"]) for row in rows]


def due_since(
    tx: ReadTx, accounts: Collection[AccountId], since: datetime, now: datetime, limit: int
) -> list[PushId]:
    """The same of those alone that may read one of these accounts, or whose wait has ended since then."""
    times = {"since": to_ms(since), "now": to_ms(now)}
    rows = tx.all("list_stirred_push_subscriptions", accounts=sorted(accounts), **times)
    return due_among(tx, [PushId(row["id"]) for row in rows], now, limit)


def hold(tx: Tx, id_: PushId, until: datetime) -> None:
    """Nothing is sent to it before then, unless its user has other quiet hours first."""
    tx.run("hold_push_subscription", id=id_, until=to_ms(until))


def claim(tx: Tx, id_: PushId, now: datetime, until: datetime, holder: str | None = None) -> bool:
    """Send to it until then and nobody else; False when somebody else does, or it rests."""
    times = {"now": to_ms(now), "until": to_ms(until)}
    return tx.run("claim_push_subscription", id=id_, holder=holder, **times) == 1


def release_holder(tx: Tx, holder: str) -> int:
    """What a program of this name was sending when it died is due; return how many there were."""
    return tx.run("free_push_subscriptions", holder=holder)


def settle(
    tx: Tx, id_: PushId, claimed_until: datetime, *, next_at: datetime, failures: int, is_code_sent: bool
) -> bool:
    """Give a claim back with what came of it; False, and nothing changes, when it was lost."""
    touched = tx.run(
        "settle_push_subscription",
        id=id_,
        claimed_until=to_ms(claimed_until),
        next_at=to_ms(next_at),
        failures=failures,
        is_code_sent=int(is_code_sent),
    )
    return touched == 1


def told(tx: ReadTx, id_: PushId) -> dict[AccountId, int]:
    """The modseq up to which it was told, by account."""
    rows = tx.all("list_push_told", id=id_)
    return {AccountId(row["account_id"]): row["modseq"] for row in rows}


def set_told(tx: Tx, id_: PushId, modseqs: Mapping[AccountId, int]) -> None:
    rows = [{"id": id_, "account": account, "modseq": modseq} for account, modseq in modseqs.items()]
    tx.many("upsert_push_told", rows)


def modseqs(tx: ReadTx, accounts: Collection[AccountId]) -> dict[AccountId, int]:
    """How far each of these accounts is."""
    rows = tx.all("list_modseqs", accounts=sorted(accounts))
    return {AccountId(row["id"]): row["modseq"] for row in rows}


def _types_text(types: tuple[str, ...] | None) -> str | None:
    return None if types is None else msgspec.json.encode(types).decode()


def _arrivals_text(arrivals: Mapping[AccountId, Arrivals] | None) -> str | None:
    return None if arrivals is None else msgspec.json.encode(dict(arrivals)).decode()


def _arrivals(text: str | None) -> dict[AccountId, Arrivals] | None:
    if text is None:
        return None
    return {AccountId(a): mode for a, mode in msgspec.json.decode(text, type=dict[int, Arrivals]).items()}


def _subscription(row: Row) -> PushSubscription:
    is_token = row["token_hash"] is not None
    types = row["types"]
    return PushSubscription(
        id=PushId(row["id"]),
        credential=Credential(
            UserId(row["user_id"]), row["token_hash"] if is_token else row["login_hash"], is_token
        ),
        device_client_id=row["device_client_id"],
        sealed=bytes(row["sealed"]),
        types=None if types is None else msgspec.json.decode(types, type=tuple[str, ...]),
        arrivals=_arrivals(row["arrivals"]),
        expires_at=from_ms(row["expires_at"]),
        is_code_sent=bool(row["is_code_sent"]),
        is_verified=bool(row["is_verified"]),
        next_at=from_ms(row["next_at"]),
        failures=row["failures"],
    )
