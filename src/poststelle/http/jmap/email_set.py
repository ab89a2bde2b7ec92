"""Email/set: drafts, keywords, folder, our own marks and destroying. Source: RFC 8621 §4.6, RFC 8620 §5.3.

An account of Microsoft's holds a message in exactly one folder. Its drafts say what
Microsoft keeps; finished messages are written down here as those of an internal
mailbox are, which takes whatever JMAP can say. What is destroyed goes
first, so that a draft may take the place of another one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.email_compose import compose
from poststelle.http.jmap.email_create import (
    Creation,
    Ready,
    find_parts,
    made_ready,
    people_of,
    read_creation,
    rows_written,
)
from poststelle.http.jmap.email_import import fitted, insert, told, too_large_there
from poststelle.http.jmap.email_json import keywords
from poststelle.http.jmap.email_marks import marks_of, told_otherwise
from poststelle.http.jmap.errors import MethodError, SetError
from poststelle.http.jmap.ids import folder_number, folder_text, message_number
from poststelle.http.jmap.placing import check_number, with_made_folders
from poststelle.http.jmap.portions import Portion, broken_off, weight_of
from poststelle.http.jmap.setting import Outcome, Refused, refusal, require_write, state_before, take_asked
from poststelle.http.jmap.unchanged import CHANGEABLE, without_unchanged
from poststelle.mail import organise, query
from poststelle.mail.arrivals import Arrival
from poststelle.mail.bringing import Bringing, TooLarge, check_size
from poststelle.model.change import ChangeType
from poststelle.model.errors import UseCaseError
from poststelle.model.ids import AccountId, FolderId, MessageId, UserId
from poststelle.model.message import DRAFT, Message, is_label
from poststelle.store.tx import Check, Tx

_WRITABLE = frozenset(organise.FIELDS)
_LOOKED_AT_ONCE = 100
_ROWS_OF_PLACE = 3  # besides its own: what is counted and listed of each place that a mark is written in


@dataclass(frozen=True, slots=True)
class Composed:
    """A message whose octets are written already."""

    made: Arrival | Bringing

    @property
    def rows(self) -> int:
        return weight_of(self.made.arrival if isinstance(self.made, Bringing) else self.made)

    def create(self, tx: Tx, user: UserId, account: AccountId, now: datetime) -> Message:
        [made] = insert(tx, user, account, [self.made], now)
        if isinstance(made, UseCaseError):
            raise made
        return made


async def email_set(call: Call, args: Args) -> dict[str, Any]:
    """All objects in one transaction, unless they are very much; each refused one leaves the others alone."""
    account = args.account()
    asked = take_asked(args)
    user, now = call.caller.user_id, call.context.clock.now()
    create, not_created = await call.understand(_with_made_folders, asked.create, call.created)
    update, not_updated = await call.understand(_with_made_folders, asked.update, call.created)
    if create:
        await call.read(require_write, user, account)
    update = await without_unchanged(call, account, update)
    ready, refused = await _ready(call, account, create)
    destroy, known = list(dict.fromkeys(asked.destroy)), dict(call.created)
    rows = call.limits.rows - call.rows, call.limits.rows_at_once
    work = _Work(user, account, now, asked.if_in_state, destroy, ready, update, known, *rows)
    work = replace(work, is_replacing=bool(create))
    outcome = await _worked(call, work)
    outcome.not_created |= not_created | refused
    outcome.not_updated |= not_updated
    call.created |= {key: made["id"] for key, made in outcome.created.items()}
    call.context.readings.wrote(user, account, _numbers(outcome.created.values()))
    outcome.name_by_ids(call.created)
    if outcome.created or outcome.updated or outcome.destroyed:
        call.context.wake_writeback(account)
    return outcome.answer(account, dict)


def _numbers(made: Iterable[Mapping[str, Any]]) -> list[MessageId]:
    return [number for one in made if (number := message_number(one["id"])) is not None]


def _with_made_folders(
    check: Check, several: Mapping[str, Any], created: Mapping[str, str]
) -> tuple[dict[str, Any], Refused]:
    """What is to be created or updated, with ids in place of creation ids, and what is refused at once."""
    found, refused = {}, {}
    for name, said in several.items():
        check()
        try:
            found[name] = with_made_folders(said, created)
        except SetError as error:
            refused[name] = error.body
    return found, refused


async def _ready(
    call: Call, account: AccountId, create: dict[str, Any]
) -> tuple[dict[str, Ready | Composed], dict[str, dict[str, Any]]]:
    """What is to be created with all its octets here, and what is refused before that."""
    ready: dict[str, Ready | Composed] = {}
    refused: dict[str, dict[str, Any]] = {}
    if not create:
        return ready, refused
    user = call.caller.user_id
    address = await call.read(query.address, user, account)
    takes_all = await call.read(query.is_internal, user, account)
    for key, data in create.items():
        try:
            if not takes_all and _is_draft(data):
                ready[key] = await _draft(call, account, data)
            else:
                arrival = await compose(call, account, address, data)
                ready |= {
                    k: Composed(one)
                    for k, one in (await fitted(call, account, {key: arrival}, refused)).items()
                }
        except SetError as error:
            refused[key] = error.body
    return ready, refused


def _is_draft(data: Any) -> bool:
    keywords = data.get("keywords") if isinstance(data, dict) else None
    return isinstance(keywords, dict) and any(str(name).lower() == DRAFT for name in keywords)


async def _draft(call: Call, account: AccountId, data: Any) -> Ready:
    creation: Creation = await call.work(read_creation, data, call.blob_id)
    written = creation.written
    call.fill(rows_written(written, len(creation.parts)))
    try:
        check_size(written.body, people_of(written))
    except TooLarge as error:
        raise too_large_there() from error
    return await made_ready(call, creation.folder, await find_parts(call, account, creation))


@dataclass(frozen=True, slots=True)
class _Work:
    """What is still to be done, by whom and where, in this order; ``gone`` was destroyed by this call.

    ``known``: ids by creation ids of this request, which may stand in their place. ``rows_left``: how many
    the request may still write, ``rows_at_once``: in one transaction, about. ``is_replacing``: what is
    destroyed makes place for what is created, as clients save a draft again.

    Source: RFC 8620 §5.3.
    """

    user: UserId
    account: AccountId
    now: datetime
    if_in_state: str | None
    destroy: list[str]
    create: dict[str, Ready | Composed]
    update: dict[str, Any]
    known: Mapping[str, str]
    rows_left: int
    rows_at_once: int
    gone: frozenset[MessageId] = frozenset()
    is_replacing: bool = False

    @property
    def is_done(self) -> bool:
        return not (self.destroy or self.create or self.update)


@dataclass(frozen=True, slots=True)
class _Writing:
    """One portion: the work it begins with, how full it is, and what has become of it so far."""

    tx: Tx
    work: _Work
    portion: Portion
    outcome: Outcome[dict[str, Any]]


async def _worked(call: Call, work: _Work) -> Outcome[dict[str, Any]]:
    """A transaction after the other; one is enough but for very much. Raises MethodError of the first."""
    whole: Outcome[dict[str, Any]]
    whole, left = await call.write(_set, work)
    while not left.is_done:
        try:
            further, left = await call.write(_set, left)
        except (MethodError, UseCaseError) as error:
            why = broken_off(error)
            whole.not_destroyed |= dict.fromkeys(left.destroy, why)
            whole.not_created |= dict.fromkeys(left.create, why)
            whole.not_updated |= dict.fromkeys(left.update, why)
            break
        whole.add(further)
    call.rows += work.rows_left - left.rows_left
    return whole


def _set(tx: Tx, work: _Work) -> tuple[Outcome[dict[str, Any]], _Work]:
    """One portion: what became of it, and what is left to do.

    Refusals are raised before anything of their object is written, so the others can go on.
    """
    user, account = work.user, work.account
    require_write(tx, user, account)
    outcome: Outcome[dict[str, Any]]
    outcome = Outcome(state_before(tx, user, account, ChangeType.EMAIL, work.if_in_state))
    portion = Portion(work.rows_left, work.rows_at_once)
    left = replace(work, destroy=_destroy(_Writing(tx, work, portion, outcome)))
    left = replace(left, create=_create(_Writing(tx, left, portion, outcome)))
    gone = work.gone | {_existing_id(text, work.known) for text in outcome.destroyed}
    known = {**work.known, **{key: made["id"] for key, made in outcome.created.items()}}
    left = replace(left, known=known, gone=gone)
    left = replace(left, update=_update(_Writing(tx, left, portion, outcome)))
    tx.log_changes(work.now)
    outcome.new_state = query.state(tx, user, account, ChangeType.EMAIL)
    return outcome, replace(left, if_in_state=None, rows_left=work.rows_left - portion.spent)


def _destroy(writing: _Writing) -> list[str]:
    """What is left for the next portion; so of all three."""
    tx, work, portion, outcome = writing.tx, writing.work, writing.portion, writing.outcome
    going: dict[MessageId, str] = {}
    extents: Mapping[MessageId, int] = {}
    looked_at = 0
    while looked_at < len(work.destroy) and not portion.is_full:
        text = work.destroy[looked_at]
        if looked_at % _LOOKED_AT_ONCE == 0:
            extents = _extents(writing, work.destroy[looked_at : looked_at + _LOOKED_AT_ONCE])
        looked_at += 1
        try:
            message = _existing_id(text, work.known)
            if message in going:
                raise SetError("notFound")
            portion.spend(extents.get(message, 0))
            portion.note(query.ROWS_ALONG)
            going[message] = text
        except SetError as error:
            outcome.not_destroyed[text] = error.body
    args = (tx, work.user, work.account, list(going), work.now)
    refused = organise.destroy_many(*args, is_replacing=work.is_replacing) if going else {}
    for message, text in going.items():
        if message in refused:
            outcome.not_destroyed[text] = refusal(refused[message])
        else:
            outcome.destroyed.append(text)
    return work.destroy[looked_at:]


def _extents(writing: _Writing, texts: Iterable[str]) -> Mapping[MessageId, int]:
    work = writing.work
    near = (message_number(_resolved(text, work.known)) for text in texts)
    numbers = [number for number in near if number is not None]
    return query.extents(writing.tx, work.user, work.account, numbers)


def _create(writing: _Writing) -> dict[str, Ready | Composed]:
    work, portion, outcome = writing.work, writing.portion, writing.outcome
    left = dict(work.create)
    for key, new in work.create.items():
        if portion.is_full:
            break
        del left[key]
        portion.note(new.rows)
        try:
            outcome.created[key] = told(new.create(writing.tx, work.user, work.account, work.now))
        except UseCaseError as error:
            outcome.not_created[key] = refusal(error)
    return left


def _update(writing: _Writing) -> dict[str, Any]:
    tx, work, portion, outcome = writing.tx, writing.work, writing.portion, writing.outcome
    if portion.is_full or not work.update:
        return work.update
    left = dict(work.update)
    updating = _Updating.of(writing)
    wanted: dict[MessageId, organise.Change] = {}
    texts: dict[MessageId, str] = {}
    for text, patch in work.update.items():
        if portion.is_full:
            break
        del left[text]
        try:
            message = _existing_id(text, work.known)
            if message in work.gone:
                raise SetError("willDestroy")
            if texts.setdefault(message, text) != text:
                raise SetError("invalidPatch", "this message is changed by another name in the same call")
            if (change := updating.read(message, patch)) is None:
                outcome.updated[text] = None
            else:
                portion.spend(updating.rows(message, change))
                portion.note(_ROWS_OF_PLACE * updating.places(message))
                wanted[message] = change
        except SetError as error:
            outcome.not_updated[text] = refusal(error)
    refused = organise.change_many(tx, work.user, work.account, wanted, work.now) if wanted else {}
    for message, change in wanted.items():
        text = texts[message]
        if message in refused:
            outcome.not_updated[text] = refusal(refused[message])
        else:
            outcome.updated[text] = told_otherwise(work.update[text], change.marks)
    return left


@dataclass(frozen=True, slots=True)
class _Updating:
    """The updates of one call: what they patch is read at once. Each message is updated once."""

    is_internal: bool
    messages: Mapping[MessageId, Message]

    @classmethod
    def of(cls, writing: _Writing) -> "_Updating":
        tx, work = writing.tx, writing.work
        user, account = work.user, work.account
        numbers = (message_number(_resolved(text, work.known)) for text in work.update)
        ids = [number for number in numbers if number is not None]
        found = {message.id: message for message in query.emails(tx, user, account, ids)}
        return cls(query.is_internal(tx, user, account), found)

    def rows(self, message_id: MessageId, change: organise.Change) -> int:
        """What the change writes: each place a message lies in has its marks."""
        return (
            1 + len(self.messages[message_id].folder_ids) + len(change.folders or ()) + len(change.keywords)
        )

    def places(self, message_id: MessageId) -> int:
        return len(self.messages[message_id].folder_ids)

    def read(self, message_id: MessageId, patch: Any) -> organise.Change | None:
        """What the patch wants; None: what already is. Raises SetError."""
        if not isinstance(patch, dict):
            raise SetError("invalidPatch", "a patch is an object")
        message = self.messages.get(message_id)
        if message is None:
            raise SetError("notFound")
        flags = _changed_keywords(message, patch, is_internal=self.is_internal)
        targets = _targets(message, patch)
        marks = marks_of(patch)
        unknown = [name for name in patch if name.partition("/")[0] not in CHANGEABLE]
        if unknown:
            raise SetError("invalidProperties", "these cannot be changed", properties=unknown)
        if targets is None and not flags and marks is None:
            return None
        return organise.Change(targets, flags, marks or organise.Marks())


def _changed_keywords(message: Message, patch: dict[str, Any], *, is_internal: bool) -> dict[str, bool]:
    before = keywords(message)
    after = _patched("keywords", before, patch)
    changed = {k: k in after for k in before.keys() | after.keys() if (k in before) != (k in after)}
    refused = [] if is_internal else sorted(k for k in changed.keys() - _WRITABLE if not is_label(k))
    if refused:
        raise SetError(
            "invalidProperties",
            f"Microsoft does not keep these for us: {', '.join(refused)}",
            properties=[f"keywords/{k}" for k in refused],
        )
    return changed


def _targets(message: Message, patch: dict[str, Any]) -> frozenset[FolderId] | None:
    """The folders it shall lie in, None to stay. How many they may be is for the use case to say."""
    before = {folder_text(f): True for f in message.folder_ids}
    after = _patched("mailboxIds", before, patch)
    if after == before:
        return None
    numbers = [folder_number(text) for text in after]
    known = frozenset(number for number in numbers if number is not None)
    if len(known) != len(numbers):
        raise SetError("invalidProperties", "no such folder", properties=["mailboxIds"])
    if len(known) > len(before):
        check_number(len(known))
    return known


def _patched(name: str, before: dict[str, bool], patch: dict[str, Any]) -> dict[str, bool]:
    """A set-like property after the patch. Source: RFC 8620 §5.3 (PatchObject)."""
    paths = {key.partition("/")[2]: value for key, value in patch.items() if key.startswith(name + "/")}
    if name in patch:
        if paths:
            raise SetError("invalidPatch", f"{name} is given whole and in part")
        return _whole(name, patch[name])
    after = dict(before)
    for key, value in paths.items():
        if "/" in key:
            raise SetError("invalidPatch", f"there is nothing within a member of {name}")
        member = key.replace("~1", "/").replace("~0", "~")
        if name == "keywords":  # in any letter case. Source: RFC 8621 §4.1.1
            member = member.lower()
        if value is True:
            after[member] = True
        elif value is None or (value is False and name == "keywords"):
            after.pop(member, None)
        else:
            raise SetError("invalidProperties", "a value must be true or null", properties=[f"{name}/{key}"])
    return _lower(after) if name == "keywords" else after


def _whole(name: str, value: Any) -> dict[str, bool]:
    """Null is the default, which keywords have: none. Source: RFC 8620 §5.3, RFC 8621 §4.1.1."""
    if value is None and name == "keywords":
        return {}
    if not isinstance(value, dict) or any(v is not True for v in value.values()):
        raise SetError("invalidProperties", f"{name} maps to true", properties=[name])
    return _lower(value) if name == "keywords" else dict(value)


def _lower(names: Iterable[str]) -> dict[str, bool]:
    """Keywords are case-insensitive and told in lower case. Source: RFC 8621 §4.1.1."""
    return {name.lower(): True for name in names}


def _resolved(text: str, known: Mapping[str, str]) -> str:
    return known.get(text[1:], "") if text.startswith("#") else text


def _existing_id(text: str, known: Mapping[str, str]) -> MessageId:
    number = message_number(_resolved(text, known))
    if number is None:
        raise SetError("notFound")
    return number
