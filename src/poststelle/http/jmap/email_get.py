"""Email/get and /changes. Source: RFC 8621 §4.2, §4.3."""

from collections.abc import Sequence
from typing import Any

from poststelle.http.jmap import get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.email_json import (
    BODY_PROPERTIES,
    DEFAULT_PROPERTIES,
    DRAFT_PROPERTIES,
    PART_PROPERTIES,
    PROPERTIES,
    BodyOptions,
    Loaded,
    email_json,
)
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import message_number, message_text
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
from poststelle.mail import blobs, query
from poststelle.model.change import ChangeType
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.store.tx import ReadTx

_NEEDS_ATTACHMENTS = frozenset({"attachments", "bodyStructure", "poststelle:isComplete"})
_LISTED_AT_ONCE = 20  # more than a reader opens at once; the others are listed in the background


async def email_get(call: Call, args: Args) -> dict[str, Any]:
    """Messages with the asked-for properties; attachment lists are fetched once where still unknown."""
    account = args.account()
    asked = args.ids(MAX_OBJECTS_IN_GET)
    asked_for = args.properties(PROPERTIES)
    properties = list(DEFAULT_PROPERTIES) if asked_for is None else asked_for
    options = _body_options(args)
    args.done()
    if asked is None:
        raise MethodError("requestTooLarge", "name the messages you want; Email/query finds them")
    ids = list(get.numbers(asked, message_number).values())
    user = call.caller.user_id
    if _NEEDS_ATTACHMENTS & set(properties):
        await blobs.list_attachments(
            call.caller.store, call.context.open_remote, user, account, ids[:_LISTED_AT_ONCE]
        )
    state, loaded = await call.read(_load, user, account, ids, frozenset(properties))
    found = {message_text(item.message.id): email_json(item, properties, options) for item in loaded}
    return get.answer(account, state, asked, found)


def _load(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId], properties: frozenset[str]
) -> tuple[str, list[Loaded]]:
    found = query.emails(tx, user, account, ids)
    present = [message.id for message in found]
    has_bodies = bool(BODY_PROPERTIES - {"attachments"} & properties)
    bodies = query.bodies(tx, user, account, present) if has_bodies else {}
    lists = query.attachments(tx, user, account, present) if _NEEDS_ATTACHMENTS & properties else {}
    written = query.drafts(tx, user, account, present) if DRAFT_PROPERTIES & properties else {}
    loaded = [Loaded(m, bodies.get(m.id), written.get(m.id), lists.get(m.id)) for m in found]
    return query.state(tx, user, account, ChangeType.EMAIL), loaded


def _body_options(args: Args) -> BodyOptions:
    part_properties = args.strings("bodyProperties")
    unknown = set(part_properties or ()) - PART_PROPERTIES
    if unknown:
        raise MethodError("invalidArguments", f"unknown body property {min(unknown)}")
    return BodyOptions(
        fetch_text=args.take("fetchTextBodyValues", bool, False),
        fetch_html=args.take("fetchHTMLBodyValues", bool, False),
        fetch_all=args.take("fetchAllBodyValues", bool, False),
        max_octets=args.unsigned("maxBodyValueBytes") or 0,
        **({} if part_properties is None else {"part_properties": tuple(part_properties)}),
    )


async def email_changes(call: Call, args: Args) -> dict[str, Any]:
    return await get.changes(call, args, ChangeType.EMAIL, message_text)
