"""Email/import: octets become messages of a mailbox, in one transaction unless they are very much.

Source: RFC 8621 §4.8.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.body_options import BodyOptions
from poststelle.http.jmap.email_create import PartRef, find_octets
from poststelle.http.jmap.email_json import Loaded, email_json
from poststelle.http.jmap.errors import MethodError, SetError
from poststelle.http.jmap.ids import AnyBlob, BlobRef, account_text, parse_any_blob
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_SET
from poststelle.http.jmap.placing import folders_of, keywords_of, with_made_folders
from poststelle.http.jmap.portions import broken_off, rows_of, weight_of
from poststelle.http.jmap.setting import later_state, refusal, require_write, state_before
from poststelle.http.jmap.values import instant, invalid
from poststelle.lib.ids import new_key
from poststelle.mail import arrivals, bringing, query, reading_in
from poststelle.mail.arrivals import Arrival
from poststelle.mail.bringing import Bringing, Sealed, TooLarge, taken_apart
from poststelle.mail.prepare import Prepared
from poststelle.mime.reading import NotAMessage, Read
from poststelle.model.change import ChangeType
from poststelle.model.draft import Octets
from poststelle.model.errors import UseCaseError
from poststelle.model.ids import AccountId, FolderId, UploadId, UserId
from poststelle.model.message import Message
from poststelle.store.attachments import Kept
from poststelle.store.tx import Check, Tx

T = TypeVar("T")
TOLD = ("blobId", "threadId", "size")  # of a message that was put in. Source: RFC 8621 §4.8
_PROPERTIES = frozenset({"blobId", "mailboxIds", "keywords", "receivedAt"})
_NAMED = 20  # of what is refused


@dataclass(frozen=True, slots=True)
class Wanted:
    """One message to be put in, before its octets are looked at."""

    source: AnyBlob
    blob_id: str
    folders: tuple[FolderId, ...]
    keywords: frozenset[str]
    received_at: datetime | None

    @property
    def upload(self) -> UploadId | None:
        """What it was brought as, if it is an upload as a whole."""
        base = self.source.base
        return None if isinstance(base, BlobRef) or self.source.path else base


@dataclass(slots=True)
class PutIn:
    """What became of the messages of one call, and the states around it."""

    old_state: str
    new_state: str
    created: dict[str, dict[str, Any]]
    refused: dict[str, dict[str, Any]]


StoreAll = Callable[[Tx, UserId, AccountId, Mapping[str, Arrival | Bringing], str | None, datetime], PutIn]
"""As ``store_all``."""


async def email_import(call: Call, args: Args) -> dict[str, Any]:
    """Each refused message is named and leaves the others alone. The same octets twice are two messages."""
    account = args.account()
    if_in_state = args.maybe("ifInState", str)
    emails = args.need("emails", dict)
    args.done()
    if len(emails) > MAX_OBJECTS_IN_SET:
        raise MethodError("requestTooLarge", f"at most {MAX_OBJECTS_IN_SET} messages at once")
    await call.read(require_write, call.caller.user_id, account)
    wanted, refused = await call.understand(each_wanted, emails, call.created, partial(_wanted, call.blob_id))
    ready = await _ready(call, account, wanted, refused)
    done = await put_in(call, account, ready, if_in_state)
    return {
        "accountId": account_text(account),
        "oldState": done.old_state,
        "newState": done.new_state,
        "created": done.created or None,
        "notCreated": done.refused | refused or None,
    }


def each_wanted(
    check: Check, said: Mapping[str, Any], created: Mapping[str, str], read: Callable[[Any], T]
) -> tuple[dict[str, T], dict[str, dict[str, Any]]]:
    """What is wanted, with ids in place of creation ids, and what is refused, both by their creation ids."""
    wanted: dict[str, T] = {}
    refused: dict[str, dict[str, Any]] = {}
    for key, data in said.items():
        check()
        try:
            wanted[key] = read(with_made_folders(data, created))
        except SetError as error:
            refused[key] = error.body
    return wanted, refused


async def put_in(
    call: Call,
    account: AccountId,
    ready: Mapping[str, Arrival],
    if_in_state: str | None,
    store: StoreAll | None = None,
) -> PutIn:
    """Store messages by their creation ids, many in one transaction. Raises MethodError stateMismatch.

    ``store``: what stores those of one transaction, in place of ``store_all``.
    """
    store = store or store_all
    user, now = call.caller.user_id, call.context.clock.now()
    sealed: dict[str, dict[str, Any]] = {}
    fit = await fitted(call, account, ready, sealed)
    hashes = dict.fromkeys(sha256 for one in fit.values() for sha256 in one.hashes)
    if not await call.context.blobs.hold_all(list(hashes)):
        raise MethodError("serverFail", "octets have gone meanwhile; try again")
    first, *others = _portions(fit, call.limits.rows_at_once)
    done: PutIn = await call.write(store, user, account, first, if_in_state, now)
    for portion in others:
        try:
            further: PutIn = await call.write(store, user, account, portion, None, now)
        except (MethodError, UseCaseError) as error:
            done.refused |= dict.fromkeys(portion, broken_off(error))
            continue
        done.created |= further.created
        done.refused |= further.refused
        done.new_state = later_state(done.new_state, further.old_state, further.new_state)
    done.refused |= sealed
    call.created |= {key: made["id"] for key, made in done.created.items()}
    if done.created:
        call.context.wake_writeback(account)
    return done


def _portions(
    several: Mapping[str, Arrival | Bringing], rows_at_once: int
) -> list[dict[str, Arrival | Bringing]]:
    """One or more, of as many rows as one transaction writes."""
    portions: list[dict[str, Arrival | Bringing]] = [{}]
    rows = 0
    for key, one in several.items():
        weight = weight_of(one.arrival if isinstance(one, Bringing) else one)
        rows += weight
        if rows > rows_at_once and portions[-1]:
            rows = weight
            portions.append({})
        portions[-1][key] = one
    return portions


async def fitted(
    call: Call, account: AccountId, ready: Mapping[str, Arrival], refused: dict[str, dict[str, Any]]
) -> dict[str, Arrival | Bringing]:
    """As the account takes them: Microsoft takes attachments one by one. What is refused is noted.

    Raises MethodError.
    """
    if await call.read(query.is_internal, call.caller.user_id, account):
        return dict(ready)
    fit: dict[str, Arrival | Bringing] = {}
    for key, one in ready.items():
        try:
            fit[key] = await taken_apart(call.take_mime, call.context.blobs, one, new_key(), call.apart)
        except TooLarge:
            refused[key] = too_large_there().body
        except Sealed:
            why = "what is signed or encrypted would not be that any more at Microsoft"
            refused[key] = SetError("invalidEmail", why).body
        except reading_in.BlobMissing as error:
            raise MethodError("serverFail", "octets have gone meanwhile; try again") from error
    return fit


def too_large_there() -> SetError:
    """Source: RFC 8620 §5.3 (tooLarge)."""
    return SetError("tooLarge", "Microsoft takes no message of this size, or with a text as long as this")


def told(message: Message) -> dict[str, Any]:
    """What a client hears of a message that was put in."""
    return email_json(Loaded(message), TOLD, BodyOptions())


def store_all(
    tx: Tx,
    user: UserId,
    account: AccountId,
    ready: Mapping[str, Arrival | Bringing],
    if_in_state: str | None,
    now: datetime,
) -> PutIn:
    """Those of one transaction. Raises MethodError stateMismatch, and as ``insert``."""
    old = state_before(tx, user, account, ChangeType.EMAIL, if_in_state)
    done = PutIn(old, old, {}, {})
    if ready:
        results = insert(tx, user, account, list(ready.values()), now)
        for key, result in zip(ready, results, strict=True):
            if isinstance(result, UseCaseError):
                done.refused[key] = refusal(result)
            else:
                done.created[key] = told(result)
        tx.log_changes(now)
        done.new_state = query.state(tx, user, account, ChangeType.EMAIL)
    return done


def insert(
    tx: Tx, user: UserId, account: AccountId, several: Sequence[Arrival | Bringing], now: datetime
) -> list[Message | UseCaseError]:
    """Into an internal mailbox, or one at Microsoft: ``fitted`` has made all of a kind."""
    several_there = [one for one in several if isinstance(one, Bringing)]
    if several_there:
        return bringing.insert(tx, user, account, several_there, now)
    return arrivals.insert(tx, user, account, [one for one in several if isinstance(one, Arrival)], now)


def check_names(data: Any, known: Collection[str], what: str) -> None:
    """Raise SetError unless ``data`` is an object with ``known`` properties only; it names some others."""
    if not isinstance(data, dict):
        raise SetError("invalidProperties", f"{what} is an object")
    unknown = sorted(islice((name for name in data if name not in known), _NAMED))
    if unknown:
        raise SetError("invalidProperties", "these can't be set here", properties=unknown)


def _wanted(blob_id: Callable[[str], str], data: Any) -> Wanted:
    check_names(data, _PROPERTIES, "a message to import")
    missing = [name for name in ("blobId", "mailboxIds") if data.get(name) is None]
    if missing:
        raise SetError("invalidProperties", "a message to import needs these", properties=missing)
    blob = data.get("blobId")
    if not isinstance(blob, str):
        raise invalid("blobId", "a message to import names its octets")
    named = blob_id(blob)
    source = parse_any_blob(named)
    given = data.get("receivedAt")
    received_at = None if given is None else instant(given, "receivedAt")
    placed = folders_of(data.get("mailboxIds")), keywords_of(data.get("keywords"))
    if source is None:
        raise _no_blob()
    return Wanted(source, named, *placed, received_at)


async def _ready(
    call: Call, account: AccountId, wanted: Mapping[str, Wanted], refused: dict[str, dict[str, Any]]
) -> dict[str, Arrival]:
    """The messages whose octets are here and are messages; what is refused is noted in ``refused``."""
    ids = [one.upload for one in wanted.values() if one.upload is not None]
    user, now = call.caller.user_id, call.context.clock.now()
    uploaded = await call.read(reading_in.brought, user, account, ids, now)
    ready: dict[str, Arrival] = {}
    for key, one in wanted.items():
        try:
            ready[key] = await _arrival(call, account, one, uploaded)
        except SetError as error:
            refused[key] = error.body
    return ready


async def _arrival(
    call: Call, account: AccountId, one: Wanted, uploaded: Mapping[UploadId, Octets]
) -> Arrival:
    upload = one.upload
    if upload is None:
        octets = await find_octets(
            call, account, PartRef(one.blob_id, one.source, "", "", None, is_inline=False)
        )
    else:
        octets = uploaded.get(upload)
    if octets is None:
        raise _no_blob()
    return await arrival(call, octets, one.folders, one.keywords, one.received_at, upload)


async def arrival(
    call: Call,
    octets: Octets,
    folders: tuple[FolderId, ...],
    keywords: frozenset[str],
    received_at: datetime | None,
    upload: UploadId | None = None,
    brought: int = 0,
) -> Arrival:
    """Octets ready to be put in. Raises SetError invalidProperties, invalidEmail, tooLarge or rateLimit.

    The same octets are read once a call. What is stored besides them waits for the
    transaction: MethodError requestTooLarge when it is too much. ``brought``: octets that the request was
    charged for before.
    """
    if octets.sha256 not in call.brought:
        call.bring(octets.size - brought)
        call.brought[octets.sha256] = await _read_in(call, octets)
    read, prepared = call.brought[octets.sha256]
    call.fill(rows_of(read, folders, keywords))
    call.waiting_octets += len(prepared.body.content) + len(prepared.words.body)
    if call.waiting_octets > call.limits.size_waiting:
        raise MethodError("requestTooLarge", "the texts of these messages are too much at once; bring fewer")
    kept = Kept(octets.sha256, octets.size)
    return Arrival(kept, read, prepared, folders, keywords, received_at, upload=upload)


async def _read_in(call: Call, octets: Octets) -> tuple[Read, Prepared]:
    try:
        return await call.apply_mime(octets.sha256, reading_in.read_octets)
    except reading_in.BlobMissing as error:
        raise _no_blob() from error
    except NotAMessage as error:
        raise SetError(
            "invalidEmail", "these octets are no message: they do not begin with a header"
        ) from error


def _no_blob() -> SetError:
    """Source: RFC 8621 §4.8 (an id that is not found makes a property invalid)."""
    return invalid("blobId", "these octets are not there (any more)")
