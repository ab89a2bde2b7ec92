"""Email/query and /queryChanges: sorted, filtered lists. Source: RFC 8621 §4.4, §4.5, RFC 8620 §5.5, §5.6."""

from typing import Any

from poststelle.http.jmap import get, listing
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import account_text, folder_number, message_number, message_text
from poststelle.mail import query
from poststelle.model.errors import Invalid
from poststelle.model.ids import FolderId, MessageId
from poststelle.model.message import SYSTEM_KEYWORDS


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
        "canCalculateChanges": True,
        "position": found.position,
        "ids": [message_text(i) for i in found.ids],
        **({} if found.total is None else {"total": found.total}),
        **limit.told,
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
    where = _filter(args.take("filter", dict, {}))
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


def _filter(condition: dict[str, Any]) -> query.Filter:
    """One FilterCondition, or an AND of several. Source: RFC 8621 §4.4.1."""
    if "operator" in condition:
        condition = _joined(condition)
    known: dict[str, Any] = {"has": set(), "not": set()}
    for name, value in condition.items():
        _read_condition(known, name, value)
    return query.Filter(
        in_folder=known.get("inMailbox"),
        not_in_folders=frozenset(known.get("inMailboxOtherThan", ())),
        has_keywords=frozenset(known["has"]),
        not_keywords=frozenset(known["not"]),
        before=known.get("before"),
        after=known.get("after"),
        has_attachment=known.get("hasAttachment"),
    )


def _read_condition(known: dict[str, Any], name: str, value: Any) -> None:
    match name, value:
        case "inMailbox", str():
            known[name] = _folder(value)
        case "inMailboxOtherThan", list():
            known[name] = [_folder(v) for v in value]
        case "hasKeyword", str():
            known["has"].add(_keyword(value))
        case "notKeyword", str():
            known["not"].add(_keyword(value))
        case (("before" | "after"), str()):
            known[name] = listing.utc_date(name, value)
        case "hasAttachment", bool():
            known[name] = value
        case (("inMailbox" | "inMailboxOtherThan" | "hasKeyword" | "notKeyword" | "before" | "after"), _):
            raise MethodError("invalidArguments", f"filter {name} has the wrong type")
        case "hasAttachment", _:
            raise MethodError("invalidArguments", "filter hasAttachment has the wrong type")
        case _:
            raise MethodError("unsupportedFilter", f"cannot filter by {name} yet")


def _joined(operator: dict[str, Any]) -> dict[str, Any]:
    """AND of conditions that name different things is one condition; anything else comes with search."""
    match operator:
        case {"operator": "AND", "conditions": [*conditions], **rest} if not rest:
            joined: dict[str, Any] = {}
            for condition in conditions:
                if not isinstance(condition, dict):
                    raise MethodError("invalidArguments", "a condition is an object")
                if "operator" in condition or joined.keys() & condition.keys():
                    raise MethodError("unsupportedFilter", "nested operators are not supported yet")
                joined |= condition
            return joined
        case _:
            raise MethodError("unsupportedFilter", "only AND is supported yet")


def _keyword(text: str) -> str:
    keyword = text.lower()
    if keyword not in SYSTEM_KEYWORDS:
        raise MethodError("unsupportedFilter", f"no message here can have {text!r}")
    return keyword


def _folder(text: Any) -> FolderId:
    number = folder_number(text) if isinstance(text, str) else None
    if number is None:
        raise MethodError("invalidArguments", "no such mailbox")
    return number
