"""Derived mail written straight as octets, at a third of what making each message and encoding it costs.

A *form* is a specimen, shown and encoded in the usual way and cut where its marks stand: values that occur in
no other mail. Filled with the values of a message it is, octet for octet, what the usual way makes of it, for
whatever selection. Written so are messages that rest in a run, as they came; all others go the usual way.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache, lru_cache
from typing import NamedTuple

import msgspec
from msgspec import Raw, structs

from m365sim.graph.context import Context
from m365sim.graph.expanding import Expansion, expand
from m365sim.graph.extended import follows_words
from m365sim.graph.render import ON_REQUEST, message_json
from m365sim.world.bulk import BulkItem, Page, Traits
from m365sim.world.content import Address, Content
from m365sim.world.ids import IdSpace
from m365sim.world.instants import iso
from m365sim.world.messages import Message
from m365sim.world.runs import Run

_KEPT_KINDS = 256
_encode = msgspec.json.Encoder().encode

# What a specimen has in the place of what differs from message to message; the instants lie in the year 9000.
_NUMBER = 0xFE_DCBA_9876
_RECEIVED_S, _SENT_S = 221_845_392_007, 221_849_999_911
_SIZE = 7_340_912_865
_KEY, _INDEX = b"\xfespecimen, key\xfe", b"\xfespecimen, index\xfe"
_MESSAGE_ID, _SUBJECT, _PREVIEW, _BODY, _ADDRESS, _NAME = (f"\ue000{n}\ue000" for n in range(6))


class _Group(NamedTuple):
    """Marks of a specimen, and what stands in their places in a message, made together: calls cost most."""

    marks: Callable[[IdSpace], tuple[str, ...]]
    values: Callable[[IdSpace, Traits], tuple[bytes, ...]]


class _Form(NamedTuple):
    """What messages of a kind share, ``%b`` in each gap; what differs; and which of that fills which gap.

    The values begin with those that need no words; the groups of all others follow.
    """

    text: bytes
    groups: tuple[_Group, ...]
    gaps: tuple[int, ...]


def _text(text: str) -> bytes:
    """A text as JSON, without its quotation marks."""
    return _encode(text)[1:-1]


_shared = cache(_text)
"""A text that many messages share, as JSON; derived mail is made of some 2,000 of them."""


@cache
def _pieces(page: Page) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """A page's preview and body as JSON, cut as they are.

    Other pages have the same pieces, so the processor has them at hand.
    """
    return tuple(map(_shared, page.preview)), tuple(map(_shared, page.body))


def _facts(ids: IdSpace, traits: Traits) -> tuple[bytes, ...]:
    return (
        _text(traits.message_id()),
        _text(traits.subject()),
        ids.conversation(traits.thread.key).encode(),
        _shared(traits.address),
        _shared(traits.name),
        iso(traits.item.sent_s).encode(),
        b"%d" % traits.size(),
    )


def _said(_: IdSpace, traits: Traits) -> tuple[bytes, ...]:
    preview, body = _pieces(traits.page)
    digits = traits.digits.encode()
    return digits.join(preview), digits.join(body)


def _index(_: IdSpace, traits: Traits) -> tuple[bytes, ...]:
    return (b64encode(traits.conversation_index()),)


_GROUPS = (
    _Group(
        lambda ids: (
            *(_MESSAGE_ID, _SUBJECT, ids.conversation(_KEY)),
            *(_ADDRESS, _NAME, iso(_SENT_S), str(_SIZE)),
        ),
        _facts,
    ),
    _Group(lambda ids: (_PREVIEW, _BODY), _said),
    _Group(lambda ids: (b64encode(_INDEX).decode(),), _index),
)


class _Asked(NamedTuple):
    """What is shown of each message, and how."""

    select: tuple[str, ...] | None
    expansion: Expansion
    is_typed: bool


class DerivedMail:
    """Writes what it can of the messages of one page."""

    def __init__(
        self, context: Context, select: Iterable[str] | None, expansion: Expansion, *, is_typed: bool
    ) -> None:
        self._context, self._ids = context, context.mailbox.ids
        self._asked = _Asked(None if select is None else tuple(select), expansion, is_typed)
        self._serves = _is_plain(context, self._asked)
        self._run: Run | None = None
        self._forms: dict[tuple[bool, bool], _Form | None] = {}

    def item(self, number: int) -> Raw | None:
        """A message as JSON; None when it is not derived, no longer as it came, or asked for otherwise."""
        run = self._context.mailbox.messages.resting(number) if self._serves else None
        if run is None:
            return None
        source = run.series.source(number - run.first)
        if not isinstance(source, BulkItem):
            return None
        form = self._form(run, number, source)
        return None if form is None else Raw(self._filled(form, run, number, source))

    def _form(self, run: Run, number: int, source: BulkItem) -> _Form | None:
        if run is not self._run:
            self._run, self._forms = run, _forms(_kind(self._context, self._asked, run, source))
        key = (run.series.is_read(number - run.first), source.has_note)
        if key not in self._forms:
            example = run.message(number)
            form = _cut(self._context, self._asked, example)
            # An address may happen to be one of the marks: then the form does not give the example itself.
            is_good = self._filled(form, run, number, source) == _usual(self._context, self._asked, example)
            self._forms[key] = form if is_good else None
        return self._forms[key]

    def _filled(self, form: _Form, run: Run, number: int, source: BulkItem) -> bytes:
        ids = self._ids
        is_immutable = self._context.prefer.is_immutable
        received_s = run.series.oldest_s + (number - run.first) * run.series.step_s
        values = [
            (ids.immutable(number) if is_immutable else ids.message(run.placement(number))).encode(),
            ids.change_key(run.version, number).encode(),
            iso(received_s).encode(),
        ]
        if form.groups:
            traits = source.traits()
            for group in form.groups:
                values += group.values(ids, traits)
        return form.text % tuple(map(values.__getitem__, form.gaps))


def _is_plain(context: Context, asked: _Asked) -> bool:
    """Whether each value asked for stands in a message as it does in a specimen."""
    if context.prefer.body_type == "text" or asked.expansion.attachments is not None:
        return False
    keys = (*asked.expansion.single, *asked.expansion.multi)
    return not any(map(follows_words, keys)) and not set(ON_REQUEST) & set(asked.select or ())


def _kind(context: Context, asked: _Asked, run: Run, source: BulkItem) -> tuple[object, ...]:
    """All that a form depends on, but for the state of messages."""
    shown = (asked, context.is_basic, context.prefer.is_immutable)
    whose = (context.mailbox.ids.store, run.folder.number, source.address)
    return (*shown, *whose, run.made_s, run.moved_s, run.version)


@lru_cache(maxsize=_KEPT_KINDS)
def _forms(kind: tuple[object, ...]) -> dict[tuple[bool, bool], _Form | None]:
    """The forms made so far of a kind, by whether messages are read and whether something is attached."""
    return {}


def _usual(context: Context, asked: _Asked, message: Message) -> bytes:
    item = message_json(message, context, asked.select, is_typed=asked.is_typed)
    return _encode(item | expand(message, context, asked.expansion))


def _cut(context: Context, asked: _Asked, example: Message) -> _Form:
    """The form of messages that are like an example in all that differs only from kind to kind."""
    specimen = replace(
        example,
        number=_NUMBER,
        placement=_NUMBER,
        received_s=_RECEIVED_S,
        source=_specimen(example.source.load()),
    )
    ids = context.mailbox.ids
    wordless = (context.message_id(specimen), ids.change_key(specimen.version, _NUMBER), iso(_RECEIVED_S))
    octets = _usual(context, asked, specimen)
    groups = [group for group in _GROUPS if any(_text(mark) in octets for mark in group.marks(ids))]
    marks = [_text(mark) for mark in (*wordless, *(mark for group in groups for mark in group.marks(ids)))]
    pieces = re.split(b"(%b)" % b"|".join(map(re.escape, marks)), octets)
    text = b"%b".join(piece.replace(b"%", b"%%") for piece in pieces[::2])
    return _Form(text, tuple(groups), tuple(map(marks.index, pieces[1::2])))


def _specimen(example: Content) -> Content:
    """An example's content with marks in it. Recipients are the same for a whole mailbox."""
    sender = Address(_ADDRESS, _NAME)
    return structs.replace(
        example,
        message_id=_MESSAGE_ID,
        subject=_SUBJECT,
        sender=sender,
        from_=sender,
        body=_BODY,
        preview=_PREVIEW,
        sent_s=_SENT_S,
        size=_SIZE,
        conversation=_KEY,
        conversation_index=_INDEX,
    )
