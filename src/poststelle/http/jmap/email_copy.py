"""Email/copy: from any mailbox the user may read into another one.

Source: RFC 8621 §4.7, RFC 8620 §5.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from poststelle.access.rights import require
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.context import holders_of
from poststelle.http.jmap.email_import import PutIn, arrival, check_names, each_wanted, put_in, store_all
from poststelle.http.jmap.email_json import keywords as keywords_of_message
from poststelle.http.jmap.email_set import email_set
from poststelle.http.jmap.errors import MethodError, SetError, method_error
from poststelle.http.jmap.ids import account_text, message_number, message_text
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_SET
from poststelle.http.jmap.placing import folders_of, keywords_of
from poststelle.http.jmap.setting import require_write, state_before
from poststelle.http.jmap.values import instant, invalid
from poststelle.lib.ids import decode_id
from poststelle.mail import arrivals, blobs, query
from poststelle.mail.arrivals import Arrival
from poststelle.mail.bringing import Bringing
from poststelle.mail.ingest import lock
from poststelle.model.change import ChangeType
from poststelle.model.errors import NotFound, UseCaseError
from poststelle.model.ids import ACCOUNT, AccountId, FolderId, MessageId, UserId
from poststelle.model.message import Message
from poststelle.model.rights import Level
from poststelle.providers.errors import ProviderError
from poststelle.store import accounts, audit
from poststelle.store.tx import Tx

_PROPERTIES = frozenset({"id", "mailboxIds", "keywords", "receivedAt"})


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One copy; ``keywords`` and ``received_at`` None: as the original has them."""

    original: MessageId
    folders: tuple[FolderId, ...]
    keywords: frozenset[str] | None
    received_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """The call's arguments but for the copies."""

    source: AccountId
    target: AccountId
    if_in_state: str | None
    destroys: bool
    destroy_if_in_state: str | None


async def email_copy(call: Call, args: Args) -> dict[str, Any]:
    """With ``onSuccessDestroyOriginal`` an answer of Email/set follows."""
    asked, create = await _asked(call, args)
    read = partial(_wanted, created=call.created)
    wanted, refused = await call.understand(each_wanted, create, call.created, read)
    ready = await _ready(call, asked, wanted, refused)
    store = partial(_store, source=asked.source, originals={key: wanted[key].original for key in ready})
    done = await put_in(call, asked.target, ready, asked.if_in_state, store)
    if asked.destroys and done.created:
        await _destroy(call, asked, [wanted[key].original for key in done.created])
    return {
        "fromAccountId": account_text(asked.source),
        "accountId": account_text(asked.target),
        "oldState": done.old_state,
        "newState": done.new_state,
        "created": done.created or None,
        "notCreated": done.refused | refused or None,
    }


async def _asked(call: Call, args: Args) -> tuple[_Asked, dict[str, Any]]:
    user, target = call.caller.user_id, args.account()
    source = decode_id(ACCOUNT, args.need("fromAccountId", str))
    if_from_in_state = args.maybe("ifFromInState", str)
    asked = _Asked(
        AccountId(-1 if source is None else source),
        target,
        args.maybe("ifInState", str),
        args.take("onSuccessDestroyOriginal", bool, False),
        args.maybe("destroyFromIfInState", str),
    )
    create = args.need("create", dict)
    args.done()
    if asked.source == target:
        raise MethodError("invalidArguments", "a copy goes to another account")
    if len(create) > MAX_OBJECTS_IN_SET:
        raise MethodError("requestTooLarge", f"at most {MAX_OBJECTS_IN_SET} messages at once")
    await call.read(require_write, user, target)
    try:
        await call.read(state_before, user, asked.source, ChangeType.EMAIL, if_from_in_state)
    except NotFound as error:
        raise MethodError("fromAccountNotFound") from error
    return asked, create


def _wanted(data: Any, created: Mapping[str, str]) -> _Wanted:
    check_names(data, _PROPERTIES, "a copy")
    text = data.get("id")
    if not isinstance(text, str):
        raise invalid("id", "a copy names its original")
    number = message_number(created.get(text[1:], text) if text.startswith("#") else text)
    if number is None:
        raise SetError("notFound", "the original is not there")
    keywords = None if data.get("keywords") is None else keywords_of(data["keywords"])
    given = data.get("receivedAt")
    received_at = None if given is None else instant(given, "receivedAt")
    return _Wanted(number, folders_of(data.get("mailboxIds")), keywords, received_at)


async def _ready(
    call: Call, asked: _Asked, wanted: Mapping[str, _Wanted], refused: dict[str, dict[str, Any]]
) -> dict[str, Arrival]:
    """The copies whose originals' octets are here; what is refused is noted in ``refused``."""
    user = call.caller.user_id
    ids = [one.original for one in wanted.values()]
    found: list[Message] = await call.read(query.emails, user, asked.source, ids)
    originals = {message.id: message for message in found}
    ready: dict[str, Arrival] = {}
    for key, one in wanted.items():
        try:
            original = originals.get(one.original)
            if original is None:
                raise SetError("notFound", "the original is not there")
            ready[key] = await _copy(call, asked.source, original, one)
        except SetError as error:
            refused[key] = error.body
    return ready


async def _copy(call: Call, source: AccountId, original: Message, one: _Wanted) -> Arrival:
    context, caller = call.context, call.caller
    try:
        octets = await blobs.keep_original(holders_of(context, caller), caller.user_id, source, original.id)
    except NotFound as error:
        raise SetError("notFound", "the original is not there") from error
    except ProviderError as error:
        raise SetError(
            "serverFail", f"the original can't be fetched now ({error.code}); try again"
        ) from error
    keywords = frozenset(keywords_of_message(original)) if one.keywords is None else one.keywords
    received_at = one.received_at or original.received_at
    further, marks = arrivals.marked_as(original.mutable, keywords)
    return replace(await arrival(call, octets, one.folders, further, received_at), marks=marks)


def _store(
    tx: Tx,
    user: UserId,
    account: AccountId,
    ready: Mapping[str, Arrival | Bringing],
    if_in_state: str | None,
    now: datetime,
    *,
    source: AccountId,
    originals: Mapping[str, MessageId],
) -> PutIn:
    """As ``store_all``, and the copies stand in the trail of the account that they were taken from.

    Copies in both directions at once would wait for each other's trails: so the accounts are locked in the
    order of their numbers.
    """
    for one in sorted((source, account)):
        lock(tx, one)
    require(tx, user, source, Level.READ)  # it may have gone while the octets came
    done = store_all(tx, user, account, ready, if_in_state, now)
    there = accounts.get(tx, account)
    if done.created and there is not None:
        audit.record(
            tx,
            now,
            user,
            "mail.copied",
            source,
            subject=there.address,
            message_ids=[originals[key] for key in done.created],
            to_account=account_text(account),
            copies=[made["id"] for made in done.created.values()],
        )
    return done


async def _destroy(call: Call, asked: _Asked, originals: list[MessageId]) -> None:
    """The answer of the Email/set that follows. Source: RFC 8620 §5.4 (onSuccessDestroyOriginal)."""
    args: dict[str, Any] = {
        "accountId": account_text(asked.source),
        "destroy": [message_text(i) for i in dict.fromkeys(originals)],
    }
    if asked.destroy_if_in_state is not None:
        args["ifInState"] = asked.destroy_if_in_state
    try:
        call.implicit.append(("Email/set", await email_set(call, Args(args))))
    except MethodError as error:
        call.implicit.append(("error", error.body))
    except UseCaseError as refusal:  # what is copied is copied: that is told whatever becomes of this
        call.implicit.append(("error", method_error(refusal).body))
