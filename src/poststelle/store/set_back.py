"""The database's clock may be set back: what was due by it is later than it should be, by as much.

How late it has been is noted again and again, by whichever program is first, in the database itself: so it is
found also after all programs, or the server, were started anew. What is late is brought forward at once, and
where it would wait for long, a second time when all programs have been told what time it is: until then, for
some seconds, some write down what is due by the old time.

    at rest --(earlier than noted)--> brought forward --(an hour or more: half a minute)--> once more, at rest
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import AccountId
from poststelle.store import sync_states
from poststelle.store.tx import ReadTx, Tx

_MARGIN = timedelta(seconds=2)  # a server's clock that is slowed down or put right a little
_AGAIN_AFTER = timedelta(seconds=30)  # by then a program has beaten and was told, or is taken for dead
_AGAIN_FROM = timedelta(minutes=50)  # of who sets it back by an hour some seconds have passed
"""Less is waited out: what is due later than the former time may by then be due by the right one."""
FOLDERS_FROM = timedelta(minutes=1)
"""Folders are many, and looked at in turn anyway."""
_LONGEST_HOLD = timedelta(seconds=130)  # how long a letter is held to be taken back, and some
_JUST_NOW = timedelta(seconds=5)
_ACCOUNTS_AT_ONCE = 500  # have some ten thousand folders

KINDS = (
    "sync_states",
    "writeback_ops",
    "folder_ops",
    "push_subscriptions",
    "webhooks",
    "webhook_deliveries",
    "subscriptions",
    "sign_ins",
    "users",
    "bounces",
    "approvals",
    "application_proofs",
    "checks",
    "check_suspects",
    "archives",
    "archive_due",
    "proofs",
)
"""Beside letters and folders, what people wait for first. Of users: when they may try to log in again."""


@dataclass(frozen=True, slots=True)
class SetBack:
    """The clock was set back ``by`` so much. What is due later than ``later_than`` is to be brought forward.

    ``former``: what it said when that was found, had it gone on.
    """

    now: datetime
    by: timedelta
    later_than: datetime
    former: datetime
    is_second: bool


class _Mark(msgspec.Struct, omit_defaults=True):
    """``at``: the latest time so far; the others: what is to be brought forward once more, ``again_at``."""

    at: int
    by_ms: int = 0
    former: int = 0
    again_at: int = 0


def look(tx: Tx, now: datetime) -> SetBack | None:
    """Note how late it is; what there is to be brought forward. ``now`` where there is no server to tell."""
    found = tx.one("get_clock_mark")
    assert found is not None  # it selects no rows
    at = to_ms(now) if found["told_ms"] is None else found["told_ms"]
    mark = _mark(found["mark"], at)
    if at < mark.at - _MARGIN // timedelta(milliseconds=1):
        now = from_ms(at)
        return SetBack(now, timedelta(milliseconds=mark.at - at), now, from_ms(mark.at), is_second=False)
    if mark.by_ms and at >= mark.again_at:
        by, former = timedelta(milliseconds=mark.by_ms), from_ms(mark.former)
        return SetBack(from_ms(at), by, former, former, is_second=True)
    if at > mark.at or found["mark"] is None:
        mark.at = at
        _put(tx, mark)
    return None


def note_done(tx: Tx, done: SetBack) -> None:
    """It was brought forward. Who dies before leaves it to be done once more: some of it is too soon then.

    Where an earlier one still waits to be done once more, it does so from now on, by both together.
    """
    found = tx.one("get_clock_mark")
    assert found is not None  # it selects no rows
    mark = _Mark(to_ms(done.now))
    waiting = _mark(found["mark"], mark.at)
    by = done.by // timedelta(milliseconds=1)
    formers = [to_ms(done.former)] if done.by >= _AGAIN_FROM else []
    formers += [waiting.former - by] if waiting.by_ms else []
    if formers and not done.is_second:
        mark.by_ms, mark.former = waiting.by_ms + by, min(formers)
        mark.again_at = to_ms(done.now + _AGAIN_AFTER)
    _put(tx, mark)


def bring_forward(tx: Tx, kind: str, found: SetBack) -> int:
    """Of one of the ``KINDS``; how much that is."""
    return tx.run(f"set_{kind}_back", asked_after=sync_states.place(found.later_than), **_times(found))


def bring_letters_forward(tx: Tx, found: SetBack, hold_s: int) -> int:
    """What is held, put off, or to be tried again; how many. ``hold_s``: how long it may be taken back.

    What was given for a later time waits for that.
    """
    made_after = to_ms(max(found.now + _JUST_NOW, found.former - _LONGEST_HOLD))
    times = _times(found)
    now, by, after = times["now"], times["by"], times["later_than"]
    tx.run("set_asked_back", now=now, by=by, made_after=made_after)
    brought = tx.run("set_held_back", now=now, by=by, made_after=made_after, hold_ms=hold_s * 1000)
    brought += tx.run("set_put_off_back", now=now, by=by, later_than=after)
    return brought + tx.run("set_sending_back", now=now, by=by, later_than=after)


def bring_folders_forward(tx: Tx, accounts: list[AccountId], found: SetBack) -> int:
    """How many."""
    return tx.run("set_folders_back", accounts=accounts, **_times(found))


def accounts_after(tx: ReadTx, last: AccountId | None) -> list[AccountId]:
    """A portion of all accounts, by their numbers; nothing after the last one."""
    rows = tx.all("list_accounts_after", after=last or 0, limit=_ACCOUNTS_AT_ONCE)
    return [AccountId(row["id"]) for row in rows]


def _times(found: SetBack) -> dict[str, int]:
    by = found.by // timedelta(milliseconds=1)
    return {"now": to_ms(found.now), "by": by, "later_than": to_ms(found.later_than)}


def _mark(text: str | None, at: int) -> _Mark:
    try:
        return msgspec.json.decode(text or "", type=_Mark)
    except msgspec.DecodeError:  # none yet, or one that another version has written
        return _Mark(at)


def _put(tx: Tx, mark: _Mark) -> None:
    tx.run("put_clock_mark", mark=msgspec.json.encode(mark).decode())
