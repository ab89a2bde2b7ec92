"""Email/query and /queryChanges: sorted, filtered lists. Source: RFC 8621 §4.4, §4.5, RFC 8620 §5.5, §5.6."""

from typing import Any

from poststelle.http.jmap import email_filter, get, listing
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import account_text, message_number, message_text
from poststelle.mail import indexing, query
from poststelle.model.errors import Invalid
from poststelle.model.ids import MessageId


async def email_query(call: Call, args: Args) -> dict[str, Any]:
    account = args.account()
    where, is_ascending, is_collapsed = _what(args)
    limit = listing.limit(args)
    window = query.Window(
        position=args.take("position", int, 0),
        anchor=listing.anchor(args, message_number),
        anchor_offset=args.take("anchorOffset", int, 0),
        limit=limit.count,
    )
    is_total_wanted = args.take("calculateTotal", bool, False)
    args.done()
    if where.has_words:
        await indexing.catch_up(call.caller.store, call.caller.user_id, account)
    try:
        found = await call.read(
            query.email_query,
            call.caller.user_id,
            account,
            where,
            window,
            is_ascending=is_ascending,
            is_collapsed=is_collapsed,
            is_total_wanted=is_total_wanted,
        )
    except query.AnchorNotFound as error:
        raise MethodError("anchorNotFound") from error
    return {
        "accountId": account_text(account),
        "queryState": found.state,
        "canCalculateChanges": not where.has_words,
        "position": found.position,
        "ids": [message_text(i) for i in found.ids],
        **({} if found.total is None else {"total": found.total}),
        **limit.told,
        **({"poststelle:isComplete": found.is_complete} if call.uses_vendor and where.has_words else {}),
    }


async def email_query_changes(call: Call, args: Args) -> dict[str, Any]:
    account = args.account()
    where, is_ascending, is_collapsed = _what(args)
    since = args.need("sinceQueryState", str)
    limit = get.most(args)
    up_to = _message(args.maybe("upToId", str))
    is_total_wanted = args.take("calculateTotal", bool, False)
    args.done()
    try:
        found = await call.read(
            query.email_query_changes,
            call.caller.user_id,
            account,
            where,
            since,
            is_ascending=is_ascending,
            is_collapsed=is_collapsed,
            is_total_wanted=is_total_wanted,
            up_to=up_to,
            limit=limit,
        )
    except Invalid as error:
        raise MethodError("tooManyChanges", error.message) from error
    if found is None:
        raise MethodError("cannotCalculateChanges")
    return {
        "accountId": account_text(account),
        "oldQueryState": since,
        "newQueryState": found.new_state,
        "removed": [message_text(i) for i in found.removed],
        "added": [{"index": index, "id": message_text(i)} for index, i in found.added],
        **({} if found.total is None else {"total": found.total}),
    }


def _what(args: Args) -> tuple[query.Filter, bool, bool]:
    where = email_filter.parse(args.take("filter", dict, {}))
    is_ascending = _is_ascending(args.take("sort", list, []))
    return where, is_ascending, args.take("collapseThreads", bool, False)


def _message(text: str | None) -> MessageId | None:
    number = None if text is None else message_number(text)
    if text is not None and number is None:
        raise MethodError("invalidArguments", "no such upToId")
    return number


def _is_ascending(sort: list[Any]) -> bool:
    """Lists are sorted by arrival, newest first when nothing is said; the first key decides."""
    keys = listing.comparators(sort, {"receivedAt"})
    return keys[0][1] if keys else False
