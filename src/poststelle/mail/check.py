"""A check's rules: when two sides agree about a message, and how a difference is mended.

What a local change holds against the provider, on its way or confirmed since
the provider was asked (``as_of``), is no difference.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from poststelle.mail import own, take_over
from poststelle.mail.merge import merged, said_mutable
from poststelle.mail.take_over import Report
from poststelle.mime.text import clean
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.check import Finding, Kind, Suspect
from poststelle.model.ids import AccountId, FolderId, MessageId, RemoteId
from poststelle.model.message import Message
from poststelle.providers.base import RemoteMessage
from poststelle.store import folder_ops, folders, messages, pending
from poststelle.store.pending import NOTHING_PENDING, Pending
from poststelle.store.tx import ReadTx, Tx

GONE = "gone"
_LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Sighting:
    """A page of a list beside what we hold: ``known`` messages it names, and those that seem to differ."""

    known: Mapping[RemoteId, MessageId]
    differing: tuple[RemoteId, ...]
    unknown: tuple[RemoteId, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """About messages in doubt: those that agree, those to ask about again (``told``), and the findings."""

    agreeing: tuple[RemoteId, ...]
    told: Mapping[RemoteId, str]
    findings: Mapping[RemoteId, Finding]


def look(tx: ReadTx, account: AccountId, items: Sequence[RemoteMessage], as_of: int) -> Sighting:
    """Compare listed messages with ours."""
    sides = _Sides(tx, account, [item.remote_id for item in items], as_of)
    differing: list[RemoteId] = []
    unknown: list[RemoteId] = []
    for item in items:
        if sides.difference(item.remote_id, item) is None:
            continue
        (differing if item.remote_id in sides.held else unknown).append(item.remote_id)
    known = {remote_id: message.id for remote_id, message in sides.held.items()}
    return Sighting(known, tuple(differing), tuple(unknown))


def agreeing(
    tx: ReadTx, account: AccountId, answers: Mapping[RemoteId, RemoteMessage | None], as_of: int | None
) -> set[RemoteId]:
    """About which messages both sides say the same."""
    sides = _Sides(tx, account, answers, as_of)
    return {key for key, item in answers.items() if sides.difference(key, item) is None}


def unreadable(tx: ReadTx, account: AccountId, suspects: Sequence[Suspect]) -> list[Finding]:
    """Messages in doubt that the provider can't give to anybody, named."""
    if not suspects:
        return []
    sides = _Sides(tx, account, [suspect.remote_id for suspect in suspects], None)
    names = folders.paths(tx, account)
    return [_finding(Kind.UNREADABLE, suspect, sides, names) for suspect in suspects]


def concerned(tx: ReadTx, account: AccountId, suspects: Sequence[Suspect]) -> set[FolderId]:
    """The folders in which messages in doubt were seen, lie for us, or lie as the provider said."""
    held = messages.by_remote(tx, account, [suspect.remote_id for suspect in suspects]).values()
    shown = folders.shown(tx, account)
    found = {suspect.folder_id for suspect in suspects}
    found |= {folder for message in held for folder in message.folder_ids}
    told = [json.loads(s.told).get("folder") for s in suspects if s.told and s.told != GONE]
    return found | {shown[folder] for folder in told if folder in shown}


def judge(
    tx: Tx,
    account: AccountId,
    suspects: Sequence[Suspect],
    answers: Mapping[RemoteId, RemoteMessage | None],
    undecidable: Iterable[FolderId],
    *,
    as_of: int,
    now: datetime,
    tries_at_most: int,
    is_mending: bool = True,
) -> Verdict:
    """What the second answers about messages in doubt mean; differences are mended at once.

    Between the first answer and this one the folders' own rounds have come to
    their end, but for those that are ``undecidable``. So what the provider
    says unchanged, and we still hold otherwise, would have stayed different.
    ``is_mending`` False: they are found, and stay.
    """
    sides = _Sides(tx, account, answers, as_of)
    names, closed = folders.paths(tx, account), set(undecidable)
    agree, told, findings = [], {}, {}
    for suspect in suspects:
        key = suspect.remote_id
        if key not in answers:
            findings[key] = _finding(Kind.UNREADABLE, suspect, sides, names)
            continue
        item = answers[key]
        kind = sides.difference(key, item)
        if kind is None:
            agree.append(key)
        elif tell(item) == suspect.told and closed.isdisjoint(sides.folders(key, item)):
            findings[key] = _finding(kind, suspect, sides, names, item)
        elif suspect.tries >= tries_at_most:
            findings[key] = _finding(Kind.UNDECIDED, suspect, sides, names, item)
        else:
            told[key] = tell(item)
    wrong = [key for key, found in findings.items() if is_mending and found.kind in _MENDED]
    mended = _mend(tx, account, {key: answers[key] for key in wrong}, Report(now, as_of))
    ids = messages.by_remote(tx, account, mended)
    findings |= {
        key: replace(findings[key], is_repaired=True, message_id=ids[key].id if key in ids else None)
        for key in mended
    }
    return Verdict(tuple(agree), told, findings)


def tell(item: RemoteMessage | None) -> str:
    """What an answer about one message says, as text that can be kept and compared."""
    if item is None:
        return GONE
    said = {name: _plain(value) for name, value in said_mutable(item).items()}
    return json.dumps({"folder": item.folder_id, **said}, sort_keys=True)


class _Sides:
    """Some messages on both sides, read in few statements."""

    def __init__(
        self, tx: ReadTx, account: AccountId, remote_ids: Iterable[RemoteId], as_of: int | None
    ) -> None:
        asked = list(remote_ids)
        self.held = messages.by_remote(tx, account, asked)
        self._sending = own.being_sent(tx, account, [message.id for message in self.held.values()])
        self._shown = folders.shown(tx, account)
        self._going = folder_ops.going(tx, account)
        self._open = pending.of_open(tx, account, [message.id for message in self.held.values()])
        self._confirmed = pending.of_confirmed(tx, account, asked, as_of)

    def difference(self, key: RemoteId, item: RemoteMessage | None) -> Kind | None:
        """How the two sides differ about a message; None when they agree.

        A folder we don't know is one that nobody sees: what lies there is gone.
        """
        if item is not None and item.folder_id in self._going:
            return None  # destroyed here and still there: what lies in it is on its way
        before, holds = self.held.get(key), self._holds(key)
        is_there = item is not None and (item.folder_id is None or item.folder_id in self._shown)
        if before is None:
            return Kind.MISSING if is_there and not holds.is_destroying else None
        if holds.is_destroying:
            return None
        if not before.folder_ids:  # nobody sees it, and nothing on its way says why
            return Kind.MISSING if is_there and holds == NOTHING_PENDING else None
        if item is None or not is_there:  # of what is being sent, whoever sends it finds out
            is_told = holds == NOTHING_PENDING and before.id not in self._sending
            return Kind.EXTRA if is_told else None
        place = None if item.folder_id is None else self._shown[item.folder_id]
        after = merged(before, item, place, holds)
        if after.folder_ids != before.folder_ids:
            return Kind.MISPLACED
        return Kind.FLAGS if after.mutable != before.mutable else None

    def folders(self, key: RemoteId, item: RemoteMessage | None) -> set[FolderId]:
        """The folders that a message lies in, on either side."""
        before = self.held.get(key)
        found = set(before.folder_ids) if before else set()
        if item is not None and item.folder_id in self._shown:
            found.add(self._shown[item.folder_id])
        return found

    def _holds(self, key: RemoteId) -> Pending:
        before = self.held.get(key)
        confirmed = self._confirmed.get(key, NOTHING_PENDING)
        return confirmed if before is None else self._open.get(before.id, NOTHING_PENDING) | confirmed


_MENDED = frozenset({Kind.MISSING, Kind.EXTRA, Kind.MISPLACED, Kind.FLAGS})


def _mend(
    tx: Tx, account: AccountId, answers: Mapping[RemoteId, RemoteMessage | None], report: Report
) -> set[RemoteId]:
    """Take over what the provider says; which messages agree afterwards."""
    if not answers:
        return set()
    shown = folders.shown(tx, account)
    held = messages.by_remote(tx, account, answers)
    unseen = {key for key, message in held.items() if not message.folder_ids}
    messages.destroy_many(tx, account, [held.pop(key).id for key in unseen])
    changed = take_over.located(tx, account, {k: v for k, v in answers.items() if k in held}, report).changed
    by_folder: dict[FolderId, list[RemoteMessage]] = {}
    for key, item in answers.items():
        if key not in held and item is not None and item.folder_id in shown:
            by_folder.setdefault(shown[item.folder_id], []).append(item)
    for folder, items in by_folder.items():
        changed += take_over.messages_of_page(tx, account, folder, items, report).changed
    if changed:
        tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    return agreeing(tx, account, answers, report.as_of)


def _finding(
    kind: Kind,
    suspect: Suspect,
    sides: _Sides,
    names: Mapping[FolderId, str],
    item: RemoteMessage | None = None,
) -> Finding:
    before: Message | None = sides.held.get(suspect.remote_id)
    subject = before.subject if before else (item.subject if item else None) or ""
    return Finding(
        kind=kind,
        folder=names.get(suspect.folder_id, ""),
        subject=clean(subject[:_LONGEST_SUBJECT]),
        is_repaired=False,
        remote_id=suspect.remote_id,
        message_id=before.id if before else None,
    )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
