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
from msgspec import Raw, Struct, structs

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


class _One(Struct, gc=False):
    """A message to be written, in the form of ids that was asked for."""

    ids: IdSpace
    id: str
    number: int
    version: int
    received_s: int
    traits: Traits


_Value = Callable[[_One], bytes]


class _Form(NamedTuple):
    """What messages of a kind share, ``%b`` in each gap; what differs; and which of that fills which gap."""

    text: bytes
    values: tuple[_Value, ...]
    gaps: tuple[int, ...]

    def filled(self, one: _One) -> bytes:
        """The JSON of a message."""
        values = [value(one) for value in self.values]
        return self.text % tuple(map(values.__getitem__, self.gaps))


def _text(text: str) -> bytes:
    """A text as JSON, without its quotation marks."""
    return _encode(text)[1:-1]


_shared = cache(_text)
"""A text that many messages share, as JSON; derived mail is made of some 2,000 of them."""


@cache
def _pieces(page: Page) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """A page's body and preview as JSON, cut as they are.

    Other pages have the same pieces, so the processor has them at hand.
    """
    return tuple(map(_shared, page.body)), tuple(map(_shared, page.preview))


def _body(one: _One) -> bytes:
    return one.traits.digits.encode().join(_pieces(one.traits.page)[0])


def _preview(one: _One) -> bytes:
    return one.traits.digits.encode().join(_pieces(one.traits.page)[1])


_OF_WORDS: dict[str, _Value] = {
    _MESSAGE_ID: lambda one: _text(one.traits.message_id()),
    _SUBJECT: lambda one: _text(one.traits.subject()),
    _PREVIEW: _preview,
    _BODY: _body,
    _ADDRESS: lambda one: _shared(one.traits.address),
    _NAME: lambda one: _shared(one.traits.name),
    str(_SIZE): lambda one: b"%d" % one.traits.size(),
    iso(_SENT_S): lambda one: iso(one.traits.item.sent_s).encode(),
    b64encode(_INDEX).decode(): lambda one: b64encode(one.traits.conversation_index()),
}


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
        self._context = context
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
        one = self._one(run, number, source)
        form = self._form(run, one)
        return None if form is None else Raw(form.filled(one))

    def _form(self, run: Run, one: _One) -> _Form | None:
        item = one.traits.item
        if run is not self._run:
            self._run, self._forms = run, _forms(_kind(self._context, self._asked, run, item))
        key = (run.series.is_read(one.number - run.first), item.has_note)
        if key not in self._forms:
            self._forms[key] = _form(self._context, self._asked, run.message(one.number), one)
        return self._forms[key]

    def _one(self, run: Run, number: int, source: BulkItem) -> _One:
        context = self._context
        ids, placement = context.mailbox.ids, run.placement(number)
        name = ids.immutable(number) if context.prefer.is_immutable else ids.message(placement)
        received_s = run.series.oldest_s + (number - run.first) * run.series.step_s
        return _One(ids, name, number, run.version, received_s, source.traits())


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


def _form(context: Context, asked: _Asked, example: Message, one: _One) -> _Form | None:
    """The form of messages that are like an example in all that differs only from kind to kind.

    None, should it not give the example itself: an address may happen to be one of the marks.
    """
    form = _cut(context, asked, example)
    return form if form.filled(one) == _usual(context, asked, example) else None


def _usual(context: Context, asked: _Asked, message: Message) -> bytes:
    item = message_json(message, context, asked.select, is_typed=asked.is_typed)
    return _encode(item | expand(message, context, asked.expansion))


def _cut(context: Context, asked: _Asked, example: Message) -> _Form:
    specimen = replace(
        example,
        number=_NUMBER,
        placement=_NUMBER,
        received_s=_RECEIVED_S,
        source=_specimen(example.source.load()),
    )
    values = {_text(mark): value for mark, value in (_of_state(specimen, context) | _OF_WORDS).items()}
    pieces = re.split(b"(%b)" % b"|".join(map(re.escape, values)), _usual(context, asked, specimen))
    text = b"%b".join(piece.replace(b"%", b"%%") for piece in pieces[::2])
    marks = list(dict.fromkeys(pieces[1::2]))
    return _Form(text, tuple(values[mark] for mark in marks), tuple(map(marks.index, pieces[1::2])))


def _of_state(specimen: Message, context: Context) -> dict[str, _Value]:
    """The specimen's marks beside its words."""
    ids = context.mailbox.ids
    return {
        context.message_id(specimen): lambda one: one.id.encode(),
        ids.change_key(specimen.version, specimen.number): lambda one: one.ids.change_key(
            one.version, one.number
        ).encode(),
        ids.conversation(_KEY): lambda one: one.ids.conversation(one.traits.thread.key).encode(),
        iso(_RECEIVED_S): lambda one: iso(one.received_s).encode(),
    }


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
