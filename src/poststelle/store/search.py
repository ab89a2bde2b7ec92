"""The full-text index's books: which messages are in it, and what is still to be put in or taken out.

New messages need no note: their ids are higher than ``Progress.high``. Those that
were there before there was an index have ids up to ``low``. What changes or goes
later is noted as due in the same transaction (``note``), so that nothing is lost
when a process dies; indexing a message twice does no harm.

A message's number in the index holds its account and the second of its arrival,
so that the newest hits of one account come first by themselves.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from poststelle.model.ids import AccountId, MessageId
from poststelle.model.search import ACCOUNT_BITS, Entry, Unindexed
from poststelle.store.tx import ReadTx, Row, Tx

_ROOM = 1_000  # numbers of one second
_GO_AT_ONCE = 2_000  # messages of an account that go in its own transaction: some hundredths of a second
_VERSION_BITS = 31
_FEW = 500  # so many messages that wait are noted one by one


class Progress(NamedTuple):
    """Messages with ids above ``low`` and up to ``high`` have been put in, ``indexed`` are there."""

    low: int = 0
    high: int = 0
    indexed: int = 0

    def moved(self, began: "Progress", ends: "Progress") -> "Progress | None":
        """This progress with the end moved that ``ends`` moves; None: somebody else has moved that one."""
        steps = {"low": (began.low, ends.low), "high": (began.high, ends.high)}
        moves = {name: step for name, step in steps.items() if step[0] != step[1]}
        if any(getattr(self, name) != start for name, (start, _) in moves.items()):
            return None
        return self._replace(**{name: end for name, (_, end) in moves.items()})


class Due(NamedTuple):
    """A message to be looked at again; another version has been changed again since."""

    id: MessageId
    version: int


def first_of(account: AccountId) -> int:
    """The lowest number that a message of the account can have; the next account's is above them all."""
    return account << ACCOUNT_BITS


def progress(tx: ReadTx, account: AccountId) -> Progress:
    """How far the account is."""
    row = tx.one("get_search_progress", account=account)
    return Progress(row["low"], row["high"], row["indexed"]) if row else Progress()


def is_complete(tx: ReadTx, account: AccountId) -> bool:
    """Whether every message that is here is found by its words."""
    done = progress(tx, account)
    row = tx.one("get_message_bounds", account=account)
    lowest, highest = (row["lowest"], row["highest"]) if row else (None, None)
    if lowest is None or highest is None:
        return True
    return bool(lowest > done.low and highest <= done.high) and not due(tx, account, done, 1)


def to_index(tx: ReadTx, account: AccountId, held: int) -> int:
    """How many of the ``held`` messages are not found yet, about; 0 only when none is."""
    return 0 if is_complete(tx, account) else max(1, held - progress(tx, account).indexed)


def accounts(tx: ReadTx) -> list[AccountId]:
    """Those with anything to be done."""
    return [AccountId(row["id"]) for row in tx.all("list_accounts_to_index")]


def behind(tx: ReadTx, asked: Collection[AccountId]) -> list[AccountId]:
    """Those of these accounts."""
    return [AccountId(row["id"]) for row in tx.all("list_accounts_to_index_of", accounts=asked)]


def note(tx: Tx, account: AccountId, ids: Iterable[MessageId]) -> None:
    """These messages have changed, or gone: the index follows.

    Each time has a version of its own: numbers that begin anew with each note would let whoever read the
    message before this change settle it.
    """
    version = secrets.randbits(_VERSION_BITS)
    if rows := [{"account_id": account, "message_id": i, "version": version} for i in ids]:
        tx.many("note_search_due", rows)


def due(tx: ReadTx, account: AccountId, done: Progress, limit: int) -> list[Due]:
    """What was noted of messages that were put in, the newest first. The others are met anyway."""
    rows = tx.all("list_search_due", account=account, low=done.low, high=done.high, limit=limit)
    return [Due(MessageId(row["id"]), row["version"]) for row in rows]


def settle(tx: Tx, account: AccountId, seen: Sequence[Due]) -> set[MessageId]:
    """Forget what was noted, but for what has changed again since it was seen; return what was forgotten."""
    before = {row["id"]: row["version"] for row in _due_of(tx, account, seen)}
    settled = [one for one in seen if before.get(one.id) == one.version]
    tx.many(
        "forget_search_due",
        [{"account_id": account, "message_id": one.id, "version": one.version} for one in settled],
    )
    return {one.id for one in settled}


def newer(tx: ReadTx, account: AccountId, done: Progress, limit: int) -> list[MessageId]:
    """New messages, the lowest id first."""
    return [
        MessageId(r["id"]) for r in tx.all("list_newer_ids", account=account, high=done.high, limit=limit)
    ]


def older(tx: ReadTx, account: AccountId, done: Progress, limit: int) -> list[MessageId]:
    """Messages that were here before the index, the highest id first."""
    return [MessageId(r["id"]) for r in tx.all("list_older_ids", account=account, low=done.low, limit=limit)]


def present(tx: ReadTx, account: AccountId, ids: Collection[MessageId]) -> set[MessageId]:
    """Which of these messages are there."""
    return {MessageId(row["id"]) for row in tx.all("list_present_ids", account=account, ids=ids)}


def put(tx: Tx, account: AccountId, contents: Sequence[Unindexed], done: Progress) -> None:
    """Put messages in, in the place of what was there of them, and note the progress."""
    known = _documents(tx, account, [content.id for content in contents])
    seconds = {content.id: content.second for content in contents}
    kept = {i: doc for i, doc in known.items() if (doc - first_of(account)) // _ROOM == seconds[i]}
    fresh = [content for content in contents if content.id not in kept]
    moved = [doc for i, doc in known.items() if i not in kept]
    _forget(tx, account, list(known.values()), moved)
    numbers = kept | _number(tx, account, fresh)
    tx.index([Entry(numbers[content.id], content.content) for content in contents])
    _set_progress(tx, account, done._replace(indexed=done.indexed + len(contents) - len(known)))


def put_arrived(
    tx: Tx, account: AccountId, contents: Sequence[Unindexed], arrived: Sequence[MessageId]
) -> None:
    """Put in messages in the transaction that inserts them; those without ``contents`` are noted as due.

    ``arrived``: the ids of all that came with them, rising, the account's newest.
    Nothing is done where so many older ones wait that the indexer is at work on them.
    """
    done = progress(tx, account)
    waiting = [i for i in newer(tx, account, done, _FEW + 1) if i < arrived[0]]
    if len(waiting) > _FEW:
        return
    note(tx, account, [*waiting, *({*arrived} - {content.id for content in contents})])
    numbers = _number(tx, account, contents)
    tx.index([Entry(numbers[content.id], content.content) for content in contents])
    _set_progress(tx, account, done._replace(high=arrived[-1], indexed=done.indexed + len(contents)))


def take_out(tx: Tx, account: AccountId, ids: Sequence[MessageId]) -> None:
    """These messages are gone."""
    docs = list(_documents(tx, account, ids).values())
    if docs:
        _forget(tx, account, docs, docs)
        done = progress(tx, account)
        _set_progress(tx, account, done._replace(indexed=done.indexed - len(docs)))


def go(tx: Tx, account: AccountId, at_once: int = _GO_AT_ONCE) -> None:
    """The account goes, and its words with it: those of a large one afterwards (``forget_gone``)."""
    tx.run("note_search_gone", account=account)
    if _take_out_of(tx, account, at_once) < at_once:
        tx.run("forget_search_gone", account=account)


def forget_gone(tx: Tx, limit: int) -> int:
    """Take out up to ``limit`` messages of accounts that are gone; return how many."""
    for row in tx.all("list_search_gone"):
        account = AccountId(row["account_id"])
        if taken := _take_out_of(tx, account, limit):
            return taken
        tx.run("forget_search_gone", account=account)
    return 0


def _take_out_of(tx: Tx, account: AccountId, limit: int) -> int:
    """Take out up to ``limit`` messages of an account; return how many."""
    rows = tx.all("list_documents_of", account=account, limit=limit)
    docs = [found["doc"] for found in rows]
    _forget(tx, account, docs, docs)
    return len(docs)


def tidy(tx: Tx) -> bool:
    """Make the index quicker to search, a little; whether more can be done."""
    return tx.tidy_index()


def has_gone(tx: ReadTx) -> bool:
    """Whether words of accounts that are gone may be there."""
    return bool(tx.all("list_search_gone"))


def _forget(tx: Tx, account: AccountId, indexed: list[int], numbers: list[int]) -> None:
    if indexed:
        tx.unindex(account, indexed)
    if numbers:
        tx.run("delete_documents", account=account, docs=numbers)


def _set_progress(tx: Tx, account: AccountId, done: Progress) -> None:
    tx.run("set_search_progress", account=account, **done._asdict())


def _documents(tx: ReadTx, account: AccountId, ids: Sequence[MessageId]) -> dict[MessageId, int]:
    return {MessageId(r["id"]): r["doc"] for r in tx.all("get_documents", account=account, ids=ids)}


def _due_of(tx: ReadTx, account: AccountId, seen: Sequence[Due]) -> list[dict[str, int]]:
    if not seen:
        return []
    ids = [one.id for one in seen]
    return tx.all("list_search_due", account=account, low=min(ids) - 1, high=max(ids), limit=10**9)


def _number(tx: Tx, account: AccountId, contents: Sequence[Unindexed]) -> dict[MessageId, int]:
    """Give each message that is not in the index its number there."""
    numbers = _numbers(tx, account, contents)
    tx.many_in_order("insert_document", [(doc, account, message) for message, doc in numbers.items()])
    return numbers


def _lasts(tx: ReadTx, account: AccountId, firsts: Sequence[int]) -> list[Row]:
    """The highest number taken of each of these seconds."""
    return tx.all("last_documents", account=account, firsts=firsts, room=_ROOM) if firsts else []


def _numbers(tx: ReadTx, account: AccountId, contents: Sequence[Unindexed]) -> dict[MessageId, int]:
    """A free number for each, rising with the arrival. A second that is full goes on in the next one."""
    waiting: dict[int, list[MessageId]] = defaultdict(list)
    for content in sorted(contents, key=lambda c: c.id):
        waiting[first_of(account) + content.second * _ROOM].append(content.id)
    found: dict[MessageId, int] = {}
    last: dict[int, int] = {}
    while waiting:
        unknown = [first for first in waiting if first not in last]
        rows = _lasts(tx, account, unknown)
        last |= {row["first"]: row["first"] - 1 if row["last"] is None else row["last"] for row in rows}
        too_many: dict[int, list[MessageId]] = defaultdict(list)
        for first, ids in sorted(waiting.items()):
            fitting = ids[: first + _ROOM - 1 - last[first]]
            found |= {message: doc for doc, message in enumerate(fitting, last[first] + 1)}
            last[first] += len(fitting)
            too_many[first + _ROOM] += ids[len(fitting) :]
        waiting = {first: ids for first, ids in too_many.items() if ids}
    return found
