"""What became of each submission: what is told of it, beside what the simulator knows to have left.

Of each letter that left the simulator tells from which draft it came. So a copy that somebody made of a draft
and sent is told from the draft itself, though both may say the same under one Message-ID.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.flow.walk.scene import Letter, Scene

from poststelle.model.ids import AccountId, MessageId, RemoteId, SubmissionId, is_local
from poststelle.model.message import Message
from poststelle.model.submission import SendStep, Submission, SubmissionState
from poststelle.model.writeback import Notice, OpKind
from poststelle.store import messages, notices
from poststelle.store.tx import ReadTx
from poststelle.submission.outcome import IN_TRASH

Line = dict[str, Any]
"""Of one letter that left, as the simulator tells it."""
_OPEN = {SubmissionState.PENDING, SubmissionState.SENDING}
_WENT_PERHAPS = "unknown"
_MADE_ANEW = {"gone", "unknown"}


@dataclass
class Fate:
    """A submission as it was seen last. ``wanted``: to whom it was to go.

    ``drafts``: the ids of its draft at Microsoft; ``names``: its Message-IDs; ``became``: the id of the copy
    that was taken for its own; ``before``: how many letters had left for sure before it ended; ``lay``: the
    messages that lay at Microsoft when it had failed.
    """

    submission: Submission
    wanted: frozenset[str] = field(init=False)
    drafts: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    became: str | None = None
    before: int = 0
    lay: frozenset[str] = field(default=frozenset(), repr=False)

    def __post_init__(self) -> None:
        self.wanted = self.people

    @property
    def is_open(self) -> bool:
        return self.submission.state in _OPEN

    @property
    def is_final(self) -> bool:
        return self.submission.state is SubmissionState.FINAL

    @property
    def may_have_left(self) -> bool:
        return self.is_open or self.is_final or self.submission.code == _WENT_PERHAPS

    @property
    def people(self) -> frozenset[str]:
        return frozenset(self.submission.envelope.rcpt_to)

    def see(self, now: Submission, message: Message | None, left: int) -> None:
        """As it is now; ``left``: how many letters had left before."""
        self.submission, self.before = now, left
        self.names.add(now.internet_message_id)
        if self.is_final:
            self.became = None if message is None else message.remote_id
        elif message is not None and not is_local(message.remote_id):
            self.drafts.add(message.remote_id)


@dataclass
class Fates:
    """Whoever looks after each step knows them all. ``by_outlook``: the drafts that others have sent.

    ``anew``: the Message-IDs of the drafts that were made anew here. ``asked``: the ids at Microsoft that
    drafts had when somebody wanted them sent.
    """

    scene: Scene
    by_outlook: Collection[str]
    anew: set[str] = field(default_factory=set)
    asked: dict[SubmissionId, str] = field(default_factory=dict)
    _fates: dict[SubmissionId, Fate] = field(default_factory=dict)
    _seen: dict[int, int] = field(default_factory=dict)
    """Which letters of others the mirror has met, and how many had left by then."""
    _drafts: dict[str, int] = field(default_factory=dict)
    """Which drafts the mirror has met, and how many had left by then."""
    _anew: set[MessageId] = field(default_factory=set)
    _left: int = 0

    def known(self) -> list[Submission]:
        """All as they were seen last, also those that were forgotten since."""
        return [fate.submission for fate in self._fates.values()]

    def went(self) -> dict[SubmissionId, Letter]:
        """As what those went that are told as sent: others may have sent one before it got another name."""
        lines, found = self._lines(), {}
        for id_, fate in self._fates.items():
            became = [line for line in lines if line["copy"] and line["copy"] == fate.became]
            own = self._own(fate, lines) or became
            if fate.is_final and len(own) == 1:
                found[id_] = _letter(own[0])
        return found

    async def look(self, every: Iterable[Submission]) -> None:
        """See how the submissions stand, and which letters the mirror knows."""
        store, account = self.scene.station.store, self.scene.station.account
        fresh = [one for one in every if one.id not in self._fates or self._fates[one.id].is_open]
        held = await store.read(_messages, account, fresh)
        for one in fresh:
            fate, message = self._fates.setdefault(one.id, Fate(one)), held.get(one.message_id)
            fate.see(one, message, self._left)
            if one.state is SubmissionState.FAILED:
                fate.lay = frozenset(self.scene.m365.control.snapshot(self.scene.address)[1])
            if message is not None and one.code in _MADE_ANEW and one.detail != IN_TRASH:
                self._anew.add(one.message_id)
            if message is not None and one.message_id in self._anew:
                self.anew.add(message.internet_message_id or "")
        lines = self._lines()
        unseen = {line["copy"]: n for n, line in enumerate(lines) if line["copy"] and n not in self._seen}
        met = await store.read(_met, account, unseen)
        self._seen |= {unseen[copy]: len(lines) for copy in met}
        self._drafts = dict.fromkeys(await store.read(_drafts, account), len(lines)) | self._drafts
        self._left = len(lines)

    async def wrong(self, spared: Collection[str]) -> list[str]:
        """What is told and is not so. ``spared``: drafts that others sent and nobody has removed since."""
        scene, lines = self.scene, self._lines()
        told = await scene.station.store.read(_told, scene.station.account)
        own = {id_: self._own(fate, lines) for id_, fate in self._fates.items()}
        return [
            *self._wrongly_told(own, lines, told),
            *self._unwanted(own, lines),
            *self._mistaken(own),
            *self._named_alike(lines),
            *self._destroyed(lines, spared),
            *self._not_received(lines),
        ]

    def _lines(self) -> list[Line]:
        return self.scene.m365.control.sent(self.scene.address)

    def _is_ours(self, line: Line) -> bool:
        return line["draft"] not in self.by_outlook

    def _own(self, fate: Fate, lines: Sequence[Line]) -> list[Line]:
        """What left of its draft. Of one that was made and sent between two looks its name tells.

        The same draft may have been asked for before, also for another message in whose place it was saved;
        that came to nothing.
        """
        if fate.drafts:
            return [line for line in lines if line["draft"] in fate.drafts]
        known = {id_ for one in self._fates.values() if one.may_have_left for id_ in one.drafts}
        named = [line for line in lines if line["internetMessageId"] in fate.names]
        found = [line for line in named if self._is_ours(line) and line["draft"] not in known]
        became = [line for line in found if line["copy"] == fate.became]
        return became or found

    # -- what is told -----------------------------------------------------------------------------

    def _wrongly_told(
        self, own: Mapping[SubmissionId, list[Line]], lines: Sequence[Line], told: Sequence[Notice]
    ) -> list[str]:
        found = []
        of_ends = {(notice.message_id, notice.at): notice for notice in told}
        for id_, fate in self._fates.items():
            one = fate.submission
            notice = of_ends.pop((one.message_id, one.ended_at or one.send_at), None)
            why = ""
            if fate.is_final:
                why = self._wrong_of_sent(fate, own[id_], lines, notice)
            elif one.state is SubmissionState.FAILED:
                why = _wrong_of_failed(fate, lines, notice)
            if why:
                found.append(f"{why}: {fate}, {notice}, of it left {own[id_]}")
        return [*found, *(f"told of no submission: {notice}" for notice in of_ends.values())]

    def _wrong_of_sent(
        self, fate: Fate, own: Sequence[Line], lines: Sequence[Line], notice: Notice | None
    ) -> str:
        """Why it is not so that it has been sent to those that are named now; empty if it is."""
        likely = [line for line in lines if self._is_likely(fate, line)]
        is_others = notice is not None and not _names_people(notice)
        if is_others and not _is_timed(_detail(notice), [*own, *likely]):
            return "told as sent elsewhere at another time"
        if not own:
            is_taken_for_it = any(self._is_taken_for_it(fate, line) for line in likely)
            is_so = likely if is_others else is_taken_for_it
            return "" if is_so else "told as sent, and its draft never left"
        if len(own) > 1:
            return "went more than once"
        if fate.became is None and fate.submission.is_kept:  # nobody has seen the copy
            return ""
        if is_others and self._is_ours(own[0]):
            return "told as sent elsewhere, and was sent from here"
        alike: set[str | None] = (
            {line["copy"] for line in likely} if is_others else set()
        )  # all by others: any may be it
        # Others may have sent the draft itself, too, and to fewer by then.
        letter = next((line for line in likely if is_others and line["copy"] == fate.became), own[0])
        if self.scene.copies[_letter(own[0])]:  # people have copied what was sent: one is as good as another
            alike.add(fate.became)
        return _wrong_of_letter(fate, letter, alike, notice)

    def _is_likely(self, fate: Fate, line: Line) -> bool:
        """Whether it is a copy of the draft that others have sent to its people, and perhaps to more."""
        is_named = line["internetMessageId"] in fate.names
        return not self._is_ours(line) and is_named and fate.people <= frozenset(line["recipients"])

    def _is_taken_for_it(self, fate: Fate, line: Line) -> bool:
        """Whether it was copied once the draft was sealed and asked for, and says the same: none can tell."""
        one = fate.submission
        is_same = frozenset(line["recipients"]) == fate.people and line["copy"] == fate.became
        return is_same and one.step is SendStep.ASKED and one.sealed > 0

    # -- what left --------------------------------------------------------------------------------

    def _unwanted(self, own: Mapping[SubmissionId, list[Line]], lines: Sequence[Line]) -> list[str]:
        """What left from here, and no submission that ended so wanted it."""
        standing = [id_ for id_, fate in self._fates.items() if fate.may_have_left and not fate.is_open]
        wanted = {line["draft"] for id_ in standing for line in own[id_]}
        return [f"left unwanted: {one}" for one in lines if self._is_ours(one) and one["draft"] not in wanted]

    def _mistaken(self, own: Mapping[SubmissionId, list[Line]]) -> list[str]:
        """Letters that people made of a draft, and that went in its place while it lies there unsent."""
        _, there = self.scene.m365.control.snapshot(self.scene.address)
        drafts = {id_ for id_, one in there.items() if one["isDraft"]}
        return [
            f"another letter went in the place of {self.scene.made_of[line['draft']]}: {line}"
            for id_, asked in self.asked.items()
            for line in own.get(id_, ())
            if line["draft"] != asked and self._is_ours(line)
            if self.scene.made_of.get(line["draft"]) in drafts
        ]

    def _named_alike(self, lines: Sequence[Line]) -> list[str]:
        """Letters from here with the Message-ID of another from here, or of one that the mirror knew.

        As sent, or as a draft: whoever knew of that has given ours another name, whichever left first.
        """
        found, ours = [], [n for n, line in enumerate(lines) if self._is_ours(line)]
        for n in ours:
            name = lines[n]["internetMessageId"]
            alike = [m for m, line in enumerate(lines) if m != n and line["internetMessageId"] == name]
            if known := [m for m in alike if (m in ours and m < n) or self._was_known(m, lines[m], n)]:
                same = [lines[m] for m in (*known, n)]
                found.append(f"one Message-ID of several letters: {same}, {self._story(lines[n]['draft'])}")
        return found

    def _was_known(self, number: int, line: Line, left: int) -> bool:
        """Whether the mirror had met it, as a letter of others or as their draft, when so many had left."""
        if self._is_ours(line):
            return False
        return min(self._seen.get(number, left + 1), self._drafts.get(line["draft"], left + 1)) <= left

    def _story(self, draft: str) -> str:
        """What is known of a draft: who wanted it sent, and each request about it."""
        wanted = [fate for fate in self._fates.values() if draft in fate.drafts]
        calls = [call for call in self.scene.m365.control.calls(limit=10**9) if draft in str(call)]
        return f"wanted by {wanted}, asked for {calls}"

    def _destroyed(self, lines: Sequence[Line], spared: Collection[str]) -> list[str]:
        """What others have sent, and lies in Sent no more."""
        folders, there = self.scene.m365.control.snapshot(self.scene.address)
        [sent] = [folder["id"] for folder in folders if folder["wellKnownName"] == "sentitems"]
        lie = {id_ for id_, one in there.items() if one["folderId"] == sent}
        gone = [line for line in lines if line["draft"] in spared and line["copy"] not in lie]
        return [
            f"another letter than ours was taken out of Sent: {line}, {there.get(line['copy'])}"
            for line in gone
        ]

    def _not_received(self, lines: Sequence[Line]) -> list[str]:
        """Where somebody has not got what left, or got more."""
        found, scene = [], self.scene
        for somebody in (scene.site.customer, scene.site.deputy):
            _, there = scene.m365.control.snapshot(somebody)
            got = Counter(map(_said, there.values()))
            left = Counter(_said(line) for line in lines if somebody in line["recipients"])
            if got != left:
                found.append(f"{somebody} got {got - left} more and {left - got} not")
        return found


def _wrong_of_letter(fate: Fate, line: Line, alike: Collection[str | None], notice: Notice | None) -> str:
    """Why it is not so that this was the letter; empty if it was. ``alike``: copies that say the same."""
    went = frozenset(line["recipients"])
    if went != fate.people or (_names_people(notice) and frozenset(_detail(notice).split(", ")) != went):
        return "told as sent to others than it went to"
    if fate.became not in {None, line["copy"], *alike}:
        return "became another letter's copy"
    return "" if notice or went == fate.wanted else "went to others than wanted, and nobody was told"


def _wrong_of_failed(fate: Fate, lines: Sequence[Line], notice: Notice | None) -> str:
    """Why it is not so that it was not sent, or that nobody knows; empty if it is."""
    code = fate.submission.code
    if notice is None or notice.code != code:
        return "has failed, and nobody was told"
    left = [line["copy"] for line in lines[: fate.before] if line["draft"] in fate.drafts]
    had_left = not fate.lay.isdisjoint(left)  # of what people have removed since nobody can know
    return f"told as {code}, and it had left" if had_left and code != _WENT_PERHAPS else ""


def _letter(line: Line) -> Letter:
    return line["internetMessageId"], line["subject"], frozenset(line["recipients"])


def _said(line: Line) -> tuple[str, str, str]:
    return line["internetMessageId"], line["subject"], line["bodySha256"]


def _detail(notice: Notice | None) -> str:
    return notice.detail if notice else ""


def _names_people(notice: Notice | None) -> bool:
    """Whether it tells to whom it went; else that others have sent it, and when."""
    return "@" in _detail(notice)


def _is_timed(said: str, lines: Iterable[Line]) -> bool:
    """Whether one of these left then; it need not be said when."""
    left = {datetime.fromisoformat(line["at"]) for line in lines}
    return not said or datetime.fromisoformat(said) in left


def _told(tx: ReadTx, account: AccountId) -> list[Notice]:
    """What people were told of what they had sent."""
    return [notice for notice in notices.list_all(tx, account) if notice.kind is OpKind.SEND]


def _messages(tx: ReadTx, account: AccountId, some: Iterable[Submission]) -> dict[MessageId, Message]:
    """What they are about, as far as it is there."""
    found = [messages.even_hidden(tx, account, one.message_id) for one in some]
    return {message.id: message for message in found if message is not None}


def _drafts(tx: ReadTx, account: AccountId) -> list[str]:
    """Those that are known, by their ids at Microsoft."""
    return [str(id_) for id_ in messages.drafts_at_provider(tx, account)]


def _met(tx: ReadTx, account: AccountId, copies: Collection[str]) -> set[str]:
    """Which of these are here as letters that were sent."""
    held = messages.by_remote(tx, account, [RemoteId(copy) for copy in copies])
    return {str(id_) for id_, message in held.items() if not message.mutable.is_draft}
