"""Email/get and /changes. Source: RFC 8621 §4.2, §4.3.

Most properties are stored here and told at once. The header, and the body as
it was sent, only the message's octets tell: they are fetched once, many at a
time, before anything is read from the database. A client that names our
capability is told the body as Microsoft gives it, without its octets.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from poststelle.blobs.base import BlobMissing
from poststelle.http.jmap import body_options, get, header_notes, headers
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.body_options import BODY_PROPERTIES, BodyOptions
from poststelle.http.jmap.context import holders_of
from poststelle.http.jmap.email_json import (
    DEFAULT_PROPERTIES,
    DRAFT_PROPERTIES,
    PROPERTIES,
    Loaded,
    email_json,
    extent,
    known_fields,
)
from poststelle.http.jmap.email_mime import (
    email_properties,
    header_fields,
    header_properties,
    told_by_fields,
)
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.fetched import fetched
from poststelle.http.jmap.ids import BlobRef, blob_text, message_number, message_text
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
from poststelle.http.jmap.telling import Left, weighed, with_long_texts_written
from poststelle.mail import blobs, query
from poststelle.mail.originals import Original, forget_lost
from poststelle.mime.fields import Field
from poststelle.mime.header_told import CONVENIENT
from poststelle.model.change import ChangeType
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.model.message import Body, Message
from poststelle.providers.errors import ProviderError, RetryLater, SignInNeeded
from poststelle.store.tx import Check, ReadTx

_NEEDS_ATTACHMENTS = frozenset({"attachments", "bodyStructure", "poststelle:isComplete"})
_READ_AT_ONCE = 100
_UNPACKED_AT_ONCE = 25
_LISTED_AT_ONCE = 20  # more than a reader opens at once; the others are listed in the background
_Told = dict[MessageId, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which properties the octets tell: those of the header, and those that need all of them."""

    of_header: tuple[str, ...]
    of_whole: tuple[str, ...]

    @property
    def has_stand_in(self) -> bool:
        """Whether all of it can also be told as Microsoft gives it, should the octets not come."""
        return not self.of_header and "bodyStructure" not in self.of_whole


async def email_get(call: Call, args: Args) -> dict[str, Any]:
    """Messages with the asked-for properties, their octets fetched where only these tell them."""
    account = args.account()
    asked = args.ids(MAX_OBJECTS_IN_GET)
    asked_for = args.names("properties")
    headers.check(asked_for or (), PROPERTIES, "property")
    properties = list(DEFAULT_PROPERTIES) if asked_for is None else asked_for
    options = body_options.take(args)
    args.done()
    if asked is None:
        raise MethodError("requestTooLarge", "name the messages you want; Email/query finds them")
    ids = list(get.numbers(asked, message_number).values())
    told, gone = await _told(call, account, ids, _plan(call, properties, options), options)
    user = call.caller.user_id
    untold = [i for i in ids if "attachments" not in told.get(i, ()) and i not in gone]
    if untold and _NEEDS_ATTACHMENTS & set(properties):
        holders = holders_of(call.context, call.caller)
        await blobs.list_attachments(holders, user, account, untold[:_LISTED_AT_ONCE])
    there = [i for i in ids if i not in gone]
    own = await _own_fields(call, account, [i for i in there if i not in told], properties)
    of_header = [p for p in properties if headers.is_header(p) or p in DRAFT_PROPERTIES]
    wanted = _Asked(properties, of_header, options, told, own)
    state, found, untold = await call.read(_found, user, account, there, wanted, call.limits.values)
    if untold and await header_notes.read(call, account, untold, wanted.convenient, told):
        state, found, _ = await call.read(_found, user, account, there, wanted, call.limits.values)
    if options.has_texts and "bodyValues" in properties:
        call.context.readings.note(user, account, (i for i in there if message_text(i) in found))
    return get.answer(account, state, asked, found)


def _plan(call: Call, properties: Sequence[str], options: BodyOptions) -> _Plan:
    is_as_sent = not call.uses_vendor or options.has_part_headers
    of_header = (p for p in properties if headers.is_header(p) or p in DRAFT_PROPERTIES)
    of_whole = (p for p in properties if is_as_sent and p in BODY_PROPERTIES)
    return _Plan(tuple(of_header), tuple(of_whole))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for of each message, and what is known of it besides the database: what its octets tell,
    and the fields that a draft was written with. ``of_header``: the wanted properties that a header tells."""

    properties: Sequence[str]
    of_header: Sequence[str]
    options: BodyOptions
    told: _Told
    own: Mapping[MessageId, tuple[Field, ...]]

    @property
    def convenient(self) -> frozenset[str]:
        """The wanted properties that stand for a field of the header."""
        return frozenset(CONVENIENT.keys() & self.properties)

    def completed(self, item: Loaded) -> Loaded:
        """The message with what its octets tell, or in their place what is known of its header here."""
        known = header_notes.known(item.message)
        if not self.told and not self.of_header and not known:
            return item
        said = known | self.told.get(item.message.id, {})
        left = [p for p in self.of_header if p not in said]
        if left:
            said = said | told_by_fields(known_fields(item) + self.own.get(item.message.id, ()), left)
        return replace(item, told=said) if said else item


async def _own_fields(
    call: Call, account: AccountId, ids: Sequence[MessageId], properties: Iterable[str]
) -> dict[MessageId, tuple[Field, ...]]:
    """The fields that were written here with drafts which Microsoft does not have yet."""
    if not ids or not any(map(headers.is_header, properties)):
        return {}
    user = call.caller.user_id
    kept = await call.read(query.own_fields, user, account, ids)
    found = {}
    for message, octets in kept.items():
        found[message] = await call.apply_mime(octets.sha256, _header_fields)
    return found


def _header_fields(_check: Check, octets: bytes) -> tuple[Field, ...]:
    return header_fields(octets)


async def _told(
    call: Call, account: AccountId, ids: Sequence[MessageId], plan: _Plan, options: BodyOptions
) -> tuple[_Told, set[MessageId]]:
    """What octets tell of each message, and which messages are gone at Microsoft.

    Raises MethodError serverUnavailable when they can't be had in time; what
    came is kept, so that the same call gets further.
    """
    told: _Told = {}
    gone: set[MessageId] = set()
    try:
        if plan.of_whole:
            whole = await fetched(call, account, ids, is_whole=True)
            gone |= whole.gone
            await _read(call, account, whole.found, plan.of_whole + plan.of_header, options, told)
        left = [i for i in ids if i not in told and i not in gone]
        if plan.of_header and left:
            left = await _unknown(call, account, left, plan.of_header)
            heads = await fetched(call, account, left, is_whole=False)
            gone |= heads.gone
            await _read(call, account, heads.found, plan.of_header, None, told)
    except ProviderError as error:
        if plan.has_stand_in:
            return {}, set()
        raise _unavailable(error) from error
    return told, gone


async def _unknown(
    call: Call, account: AccountId, ids: Sequence[MessageId], names: Iterable[str]
) -> list[MessageId]:
    """Those whose header has to be read: what most messages answer is known here, as it is of our drafts."""
    if not set(names) <= DRAFT_PROPERTIES:
        return list(ids)
    user = call.caller.user_id
    known = await call.read(_known, user, account, ids)
    written = await call.read(query.drafts, user, account, [i for i in ids if i not in known])
    return [i for i in ids if i not in known and i not in written]


def _known(tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId]) -> set[MessageId]:
    found = (m for some in _portions(ids) for m in query.each_email(tx, user, account, some))
    return {m.id for m in found if m.in_reply_to is not None and m.references is not None}


async def _read(
    call: Call,
    account: AccountId,
    found: Mapping[MessageId, Original],
    names: Sequence[str],
    options: BodyOptions | None,
    told: _Told,
) -> None:
    """Take each message apart, one after another; ``options`` None: its header alone."""
    user, left = call.caller.user_id, Left(call.limits.values)
    for message, original in found.items():
        tell = partial(header_properties, names=names)
        if options is not None:
            tell = partial(
                email_properties, blob=blob_text(BlobRef(message, None)), names=names, options=options
            )
        try:
            apart = partial(weighed, tell)
            told[message], *weight = await call.apply_mime(original.kept.sha256, apart)
        except BlobMissing as lost:  # from outside: a backup without them, say; they are fetched again
            await call.write_fleeting(forget_lost, user, account, message)
            raise RetryLater("octets_lost") from lost
        left.tell(*weight)


def _unavailable(error: ProviderError) -> MethodError:
    if isinstance(error, SignInNeeded):
        return MethodError("serverUnavailable", "these messages are still at Microsoft; sign in again first")
    return MethodError("serverUnavailable", "not all of it has come from Microsoft yet; ask again")


def _found(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId], asked: _Asked, values: int
) -> tuple[str, dict[str, dict[str, Any]], list[Message]]:
    """The state, the messages that are there, as they are told, by their ids, and those of which the octets
    tell something more.

    Told in the thread that reads them: of few ids that may be very much. Raises MethodError requestTooLarge.
    """
    found: dict[str, dict[str, Any]] = {}
    untold: list[Message] = []
    left, convenient = Left(values), asked.convenient
    for some in _portions(ids):
        for item in _loaded(tx, user, account, some, asked, left):
            tx.check()
            if header_notes.is_untold(item.message, convenient - asked.told.get(item.message.id, {}).keys()):
                untold.append(item.message)
            email = email_json(asked.completed(item), asked.properties, asked.options)
            left.tell(extent(email))
            found[message_text(item.message.id)] = with_long_texts_written(email)
    return query.state(tx, user, account, ChangeType.EMAIL), found, untold


def _portions(ids: Sequence[MessageId]) -> Iterator[Sequence[MessageId]]:
    return (ids[start : start + _READ_AT_ONCE] for start in range(0, len(ids), _READ_AT_ONCE))


def _loaded(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId], asked: _Asked, left: Left
) -> Iterator[Loaded]:
    properties, told = asked.properties, asked.told
    of_body = (BODY_PROPERTIES - {"attachments"}).intersection(properties)
    bodies = _bodies(tx, user, account, [i for i in ids if not of_body <= told.get(i, {}).keys()], left)
    needs_lists = _NEEDS_ATTACHMENTS.intersection(properties)
    lists = query.attachments(tx, user, account, ids) if needs_lists else {}
    written = query.drafts(tx, user, account, ids) if asked.of_header else {}
    for m in query.each_email(tx, user, account, ids):
        yield Loaded(m, bodies.get(m.id), written.get(m.id), lists.get(m.id))


def _bodies(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId], left: Left
) -> dict[MessageId, Body]:
    """Texts as they are stored, where little can become very much. Raises MethodError requestTooLarge."""
    found: dict[MessageId, Body] = {}
    for start in range(0, len(ids), _UNPACKED_AT_ONCE):
        some = query.bodies(tx, user, account, ids[start : start + _UNPACKED_AT_ONCE])
        left.read(sum(len(body.content) for body in some.values()))
        found |= some
    return found


async def email_changes(call: Call, args: Args) -> dict[str, Any]:
    return await get.changes(call, args, ChangeType.EMAIL, message_text)
