"""Putting messages into the full-text index: what is next, what it reads like, and into the index with it.

What costs time (decompressing, HTML to text, folding words) happens while
reading, so that a batch holds the writer for some hundredths of a second.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import msgspec

from poststelle.access.rights import require
from poststelle.jobs.inline import Failed, tried
from poststelle.mail.contents import content_of, text_of
from poststelle.mail.ingest import lock
from poststelle.model.account import SyncPhase
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.errors import UseCaseError
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.model.message import Body
from poststelle.model.rights import Level
from poststelle.model.search import Content, Unindexed
from poststelle.store import bodies, search, sync_states
from poststelle.store.search import Due, Progress
from poststelle.store.tx import ReadTx, Row, Store, Tx

BATCH = 500
"""Messages put in by one transaction."""
_LETTERS = 400_000  # characters of a batch, about
_READ = 4_000_000  # characters read for it, signs of HTML and all; hostile HTML costs 0.08 s a million
_AT_ONCE = 100
_SOON = 200  # so many new messages are put in before a search is answered


class Without(Enum):
    """What is left out where indexing it fails: a message's text with its files' names, or all its words."""

    TEXT = "text"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages to be put in. ``began`` is the progress it was read at, ``ends`` the one it leads to.

    ``due``: what was noted of them; ``is_last``: nothing more was waiting.
    """

    began: Progress
    ends: Progress
    due: tuple[Due, ...]
    contents: tuple[Unindexed, ...]
    is_last: bool


def next_batch(
    tx: ReadTx, account: AccountId, most: int = BATCH, without: Without | None = None
) -> Batch | None:
    """What is to be put in next: what has changed, what is new, what was here before; None: all is in."""
    began = search.progress(tx, account)
    if noted := search.due(tx, account, began, most):
        ids = [one.id for one in noted]
        contents = _contents(tx, account, ids, without)
        done = len(contents)
        return Batch(began, began, tuple(noted[:done]), _there(contents), done == len(noted) < most)
    if ids := search.newer(tx, account, began, most):
        contents = _contents(tx, account, ids, without)
        ends = began._replace(high=ids[len(contents) - 1])
    elif ids := search.older(tx, account, began, most):
        contents = _contents(tx, account, ids, without)
        ends = began._replace(low=ids[len(contents) - 1] - 1)
    else:
        return None
    return Batch(began, ends, (), _there(contents), len(contents) == len(ids) < most)


def put(tx: Tx, account: AccountId, batch: Batch, *, is_told: bool = False) -> None:
    """Put a batch in, but for what was changed or destroyed since; clients hear of it if ``is_told``.

    Nothing happens when somebody else was quicker. Raises NotFound when the account is gone.
    """
    lock(tx, account)
    ids = {content.id for content in batch.contents}
    if batch.due:
        settled = search.settle(tx, account, batch.due)
        search.take_out(tx, account, sorted(settled - search.present(tx, account, settled)))
        ids &= settled
    ends = search.progress(tx, account).moved(batch.began, batch.ends)
    if ends is None:  # never where something was due, which moves no end
        return
    there = search.present(tx, account, ids)
    search.put(tx, account, [content for content in batch.contents if content.id in there], ends)
    if is_told:
        tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)


async def catch_up(store: Store, user: UserId, account: AccountId) -> None:
    """Put in the few messages that are new, so that a search finds what was there before it was asked.

    Where there are many, or a first synchronisation goes on, it does not wait for them; nor where
    one breaks the indexing, which is for who keeps the index to go around (``sync.indexer``).
    Raises NotFound for an account the user may not read.
    """
    for _ in range(3):
        done = await tried(_put_soon(store, user, account), passing=(UseCaseError,))
        if isinstance(done, Failed) or done:
            return


async def _put_soon(store: Store, user: UserId, account: AccountId) -> bool:
    """Put in one batch of what is new; whether that was all."""
    batch = await store.read(_soon, user, account)
    if batch is None:
        return True
    await store.write(put, account, batch)
    return batch.is_last and not batch.due


def is_behind(tx: ReadTx, user: UserId, account: AccountId) -> bool:
    """Whether there is something that ``catch_up`` would put in. Raises as it does."""
    require(tx, user, account, Level.READ)
    done = search.progress(tx, account)
    waiting = len(search.newer(tx, account, done, _SOON + 1)) + len(search.due(tx, account, done, _SOON + 1))
    return 0 < waiting <= _SOON and sync_states.get_phase(tx, account) is not SyncPhase.FIRST


def _soon(tx: ReadTx, user: UserId, account: AccountId) -> Batch | None:
    return next_batch(tx, account, _SOON) if is_behind(tx, user, account) else None


def _contents(
    tx: ReadTx, account: AccountId, ids: Sequence[MessageId], without: Without | None
) -> list[Unindexed | None]:
    """What the first ones of these messages read like, as many as make a batch; None: it is not there."""
    found: list[Unindexed | None] = []
    letters = read = 0
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        rows = {row["id"]: row for row in tx.all("list_contents", account=account, ids=some)}
        names = _file_names(tx, account, some)
        for message in some:
            if letters >= _LETTERS or read >= _READ:
                return found
            if (row := rows.get(message)) is None:
                found.append(None)
                continue
            body = None if without or row["content"] is None else _body(row)
            read += 0 if body is None else len(body.content)
            one = _unindexed(tx, row, body, names.get(message, ""), without)
            letters += len(one.content.body)
            found.append(one)
    return found


def _there(contents: Sequence[Unindexed | None]) -> tuple[Unindexed, ...]:
    return tuple(content for content in contents if content is not None)


def _file_names(tx: ReadTx, account: AccountId, ids: Sequence[MessageId]) -> Mapping[MessageId, str]:
    names: dict[MessageId, list[str]] = defaultdict(list)
    for row in tx.all("list_file_names", account=account, ids=ids):
        names[row["message_id"]].append(row["name"])
    return {message: "\n".join(several) for message, several in names.items()}


def _body(row: Row) -> Body:
    return bodies.unpack(row["content_type"], row["content"])


def _unindexed(tx: ReadTx, row: Row, body: Body | None, files: str, without: Without | None) -> Unindexed:
    if without is Without.WORDS:
        content = Content()
    else:
        text, files = ("", "") if without else ("" if body is None else text_of(body, tx.check), files)
        content = content_of(row["subject"], msgspec.json.decode(row["addresses"]), text, files)
    return Unindexed(MessageId(row["id"]), row["received_at"] // 1000, content)
