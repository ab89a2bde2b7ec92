"""The audit trail: only ever added to, and kept when users and accounts go.

Entries are chained by hashes (``model.audit``). Retention removes the oldest, which the chain notes; erasing
takes away what an entry says of people, and leaves its hashes.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from poststelle.lib.clock import from_ms, to_ms
from poststelle.lib.ids import decode_id, encode_id
from poststelle.model.audit import NO_MAILBOX, AuditEntry, Said, chained
from poststelle.model.ids import USER, AccountId, MessageId, UserId
from poststelle.store.tx import ReadTx, Row, Tx

_SALT_OCTETS = 16
_AT_ONCE = 1_000
_NAMES_NOBODY = ("message_ids", "level", "whom", "to_account", "copies")
_NOTHING_SAID = Said(None, None, "", "{}")
_NEWEST = 2**62
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Chain:
    """``length``: the newest entry's number, ``hash`` is its. ``base``: the newest number that retention has
    removed, with its hash. ``anchor``: number and hash of entry ``anchored``, sealed; None: not so far."""

    number: int
    length: int
    hash: bytes | None
    base: int
    base_hash: bytes | None
    anchored: int
    anchor: bytes | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries: all conditions hold. ``kind`` is what their action begins with, up to its dot."""

    account: AccountId | None = None
    user: UserId | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    message: MessageId | None = None


def record(
    tx: Tx,
    at: datetime,
    user: UserId | None,
    action: str,
    account: AccountId | None = None,
    *,
    subject: str = "",
    message_ids: Sequence[MessageId] = (),
    **detail: Any,
) -> None:
    """Note who did what, in the transaction that does it, and to which messages of the account.

    ``detail`` must not hold secrets or mail.

    The user's name and login are kept as they are now: both may be somebody else's one day.
    """
    chain = NO_MAILBOX if account is None else account
    extended = tx.one("extend_audit_chain", chain=chain)
    assert extended is not None  # the statement always returns its row
    who = None if user is None else tx.one("audit_name", user=user)
    told = detail | ({"message_ids": message_ids} if message_ids else {})
    said = Said(
        None if who is None else who["name"],
        None if who is None else who["login"],
        subject,
        msgspec.json.encode(told).decode(),
    )
    salt = secrets.token_bytes(_SALT_OCTETS)
    entry = AuditEntry(chain, extended["length"], from_ms(to_ms(at)), user, action, said, salt, None, None)
    entry = _chained(entry, _bytes(extended["hash"]), salt)
    tx.run(
        "insert_audit",
        chain=chain,
        number=entry.number,
        at=to_ms(at),
        user_id=user,
        user_name=said.user_name,
        user_login=said.user_login,
        action=action,
        subject=subject,
        detail=said.detail,
        salt=salt,
        said=entry.said_hash,
        hash=entry.hash,
    )
    tx.run("set_audit_hash", chain=chain, hash=entry.hash)
    if message_ids:
        once = dict.fromkeys(message_ids)
        rows = [{"account": chain, "message": one, "number": entry.number} for one in once]
        tx.many("insert_audit_message", rows)


def _chained(entry: AuditEntry, before: bytes | None, salt: bytes) -> AuditEntry:
    said_hash = entry.said.digest(salt)
    return replace(entry, salt=salt, said_hash=said_hash, hash=chained(before, entry, said_hash))


def chain_older(tx: Tx, of: Chain) -> int:
    """Chain all entries of a chain that has none chained; how many."""
    before, at = None, of.base
    while some := links(tx, of.number, at, _AT_ONCE):
        rows = []
        for entry in some:
            done = _chained(entry, before, secrets.token_bytes(_SALT_OCTETS))
            before, at = done.hash, done.number
            rows.append(
                {
                    "chain": done.chain,
                    "number": done.number,
                    "salt": done.salt,
                    "said": done.said_hash,
                    "hash": done.hash,
                }
            )
        tx.many("chain_older_audit", rows)
    tx.run("set_audit_hash", chain=of.number, hash=before)
    return at - of.base


def find(
    tx: ReadTx, wanted: Filter, *, before: tuple[int, int] | None = None, limit: int = 100
) -> list[AuditEntry]:
    """Matching entries, the newest first; those below the entry ``before`` (chain, number)."""
    since = 0 if wanted.since is None else to_ms(wanted.since)
    until = _NEWEST if wanted.until is None else to_ms(wanted.until)
    asked = {
        "since": since,
        "until": until,
        "kind": f"{wanted.kind}.%" if wanted.kind else "%",
        "user": _NOBODY if wanted.user is None else wanted.user,
        "limit": limit,
    }
    if wanted.account is not None:
        of_one = asked | {"account": wanted.account, "below": _NEWEST if before is None else before[1]}
        if wanted.message is not None:
            return _entries(tx.all("list_audit_of_message", message=wanted.message, **of_one))
        return _entries(tx.all("list_audit_of_account", **of_one))
    at, chain, number = _place(tx, before) or (until, -1, -1)
    of_any = asked | {"at": at, "chain": chain, "number": number}
    return _entries(tx.all("list_audit" if wanted.user is None else "list_audit_of_user", **of_any))


def find_told(
    tx: ReadTx, account: AccountId, message: MessageId, user: UserId, *, below: int | None, limit: int
) -> list[AuditEntry]:
    """What was done with a message, the newest first: of readings the user's own, and those of who shows
    them."""
    of = {"account": account, "message": message, "user": user}
    number = _NEWEST if below is None else below
    return _entries(tx.all("list_told_audit_of_message", **of, below=number, limit=limit))


@dataclass(frozen=True, slots=True)
class About:
    """What a part of the trail says of a user. ``end``: time, chain and number of where the part ends; None:
    with the trail."""

    entries: list[AuditEntry]
    end: tuple[int, int, int] | None


def find_about(tx: ReadTx, user: UserId, before: tuple[int, int, int] | None, looked_at: int) -> About:
    """What others did about a user, the newest first, in the next ``looked_at`` entries below ``before`` that
    are about somebody.

    These have an index, but not by whom: they are looked at a part at a time, so that no read lasts long.
    """
    at, chain, number = before or (_NEWEST, -1, -1)
    place = {"at": at, "chain": chain, "number": number}
    last = tx.one("audit_portion_end", skipped=looked_at - 1, **place)
    end = None if last is None else (last["at"], last["chain"], last["number"])
    to_at, to_chain, to_number = end or (-1, -1, -1)
    to = {"to_at": to_at, "to_chain": to_chain, "to_number": to_number}
    whom = msgspec.json.encode(encode_id(USER, user)).decode()
    rows = tx.all("list_audit_about", user=user, needle=f'%"whom":{whom}%', **place, **to)
    return About(_entries(rows), end)


def has_come_in(tx: ReadTx, user: UserId) -> bool:
    """Whether the trail, as far as it is kept, tells of a login of theirs."""
    return tx.one("has_come_in", user_id=user) is not None


def added_by_provider(tx: ReadTx) -> frozenset[UserId]:
    """Whom single sign-on has added, as the trail tells, as far as it is kept."""
    details = [msgspec.json.decode(row["detail"] or "{}") for row in tx.all("list_added_by_provider")]
    added = [decode_id(USER, str(one.get("whom"))) for one in details if "by_single_sign_on" in one]
    return frozenset(UserId(number) for number in added if number is not None)


def _place(tx: ReadTx, before: tuple[int, int] | None) -> tuple[int, int, int] | None:
    """Time, chain and number of an entry; None where there is none."""
    row = None if before is None else tx.one("audit_at", chain=before[0], number=before[1])
    return None if row is None or before is None else (row["at"], *before)


def chains(tx: ReadTx) -> list[Chain]:
    return [_chain(row) for row in tx.all("list_audit_chains")]


def chain(tx: ReadTx, number: int) -> Chain | None:
    row = tx.one("get_audit_chain", chain=number)
    return None if row is None else _chain(row)


def unanchored(tx: ReadTx, after: int, limit: int) -> list[Chain]:
    """Chains that have grown since their anchor was set, from the one after ``after`` on."""
    return [_chain(row) for row in tx.all("list_unanchored_audit_chains", after=after, limit=limit)]


def is_any_anchored(tx: ReadTx) -> bool:
    """Whether a chain has an anchor."""
    return tx.one("is_any_audit_chain_anchored") is not None


def set_anchor(tx: Tx, chain: int, number: int, anchor: bytes) -> bool:
    """The sealed number and hash of one of the chain's entries. False: a later one is, or the database has
    not taken it."""
    return tx.run("set_audit_anchor", chain=chain, anchored=number, anchor=anchor) > 0


def links(tx: ReadTx, of: int, after: int, limit: int) -> list[AuditEntry]:
    """A chain's entries with numbers above ``after``, the oldest first."""
    return _entries(tx.all("list_audit_chain", chain=of, after=after, limit=limit))


def messages_of(tx: ReadTx, of: int, after: int, through: int) -> dict[int, set[MessageId]]:
    """By which messages a chain's entries are found, those of numbers above ``after`` up to ``through``."""
    found: dict[int, set[MessageId]] = {}
    for row in tx.all("list_audit_messages", chain=of, after=after, through=through):
        found.setdefault(row["number"], set()).add(MessageId(row["message_id"]))
    return found


def unsealed(tx: ReadTx) -> tuple[int, datetime | None]:
    """How many entries come after the sealed ones, and from when the oldest of them is."""
    row = tx.one("unsealed_audit")
    assert row is not None  # a count has a row
    return row["total"], None if row["at"] is None else from_ms(row["at"])


def older(tx: ReadTx, of: int, before: datetime, limit: int) -> list[AuditEntry]:
    """Of a chain's oldest entries those that come before the first one that is as young as ``before``."""
    found = links(tx, of, 0, limit)
    young = next((number for number, entry in enumerate(found) if entry.at >= before), len(found))
    return found[:young]


def forget(tx: Tx, through: AuditEntry) -> int:
    """Remove a chain's entries up to this one; return how many. The chain keeps its number and hash."""
    where = {"chain": through.chain, "number": through.number}
    tx.run("set_audit_base", hash=through.hash, **where)
    tx.run("delete_audit_messages", **where)
    return tx.run("delete_audit", **where)


def erase(tx: Tx, which: Collection[AuditEntry]) -> None:
    """Take away what these entries say of people and things, and the salts; their hashes stay, and of what
    names nobody: which messages were meant, and which level."""
    rows = [
        {"chain": one.chain, "number": one.number, "subject": _NOTHING_SAID.subject, "detail": _kept(one)}
        for one in which
    ]
    tx.many("erase_audit", rows)


def _kept(entry: AuditEntry) -> str:
    told = entry.detail
    return msgspec.json.encode({name: told[name] for name in _NAMES_NOBODY if name in told}).decode()


def _entries(rows: Iterable[Row]) -> list[AuditEntry]:
    return [_entry(row) for row in rows]


def _entry(row: Row) -> AuditEntry:
    user = row["user_id"]
    return AuditEntry(
        chain=row["chain"],
        number=row["number"],
        at=from_ms(row["at"]),
        user_id=None if user is None else UserId(user),
        action=row["action"],
        said=Said(row["user_name"], row["user_login"], row["subject"], row["detail"]),
        salt=_bytes(row["salt"]),
        said_hash=_bytes(row["said"]),
        hash=_bytes(row["hash"]),
    )


def _chain(row: Row) -> Chain:
    return Chain(
        number=row["chain"],
        length=row["length"],
        hash=_bytes(row["hash"]),
        base=row["base"],
        base_hash=_bytes(row["base_hash"]),
        anchored=row["anchored"],
        anchor=_bytes(row["anchor"]),
    )


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)
