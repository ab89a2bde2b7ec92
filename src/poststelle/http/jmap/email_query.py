"""Email/query and /queryChanges: sorted, filtered lists. Source: RFC 8621 §4.4, §4.5, RFC 8620 §5.5, §5.6."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from poststelle.http.jmap import email_filter, get, listing
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import account_text, message_number, message_text
from poststelle.mail import indexing, query
from poststelle.model.errors import Invalid
from poststelle.model.ids import AccountId, MessageId
from poststelle.model.order import BY_KEYWORD, FACTS, SortKey
from poststelle.store.tx import ReadTx

T = TypeVar("T")

EMAIL_SORTS = (*FACTS, *BY_KEYWORD)
_TEXTS = frozenset({"from", "to", "subject"})


async def email_query(call: Call, args: Args) -> dict[str, Any]:
    account = args.account()
    where, keys, is_collapsed = await _what(call, args)
    limit = listing.limit(args)
    window = query.Window(
        position=args.take("position", int, 0),
        anchor=listing.anchor(args, message_number),
        anchor_offset=args.take("anchorOffset", int, 0),
        limit=limit.count,
    )
    is_total_wanted = args.take("calculateTotal", bool, False)
    args.done()
    is_by_arrival = _is_by_arrival(keys) and not (keys[1:] and where.terms)
    order = (
        {"is_ascending": keys[0].is_ascending if keys else False, "further": keys[1:]}
        if is_by_arrival
        else {"keys": keys}
    )
    try:
        look = partial(
            query.email_query if is_by_arrival else query.email_query_sorted,
            user=call.caller.user_id,
            account=account,
            where=where,
            window=window,
            is_collapsed=is_collapsed,
            is_total_wanted=is_total_wanted,
            **order,
        )
        found = await _searched(call, account, look) if where.has_words else await call.read(look)
    except query.AnchorNotFound as error:
        raise MethodError("anchorNotFound") from error
    except Invalid as error:
        raise MethodError("unsupportedSort", error.message) from error
    return {
        "accountId": account_text(account),
        "queryState": found.state,
        "canCalculateChanges": _is_by_arrival(keys)
        and not keys[1:]
        and not where.has_words
        and not found.is_narrowed,
        "position": found.position,
        "ids": [message_text(i) for i in found.ids],
        **({} if found.total is None else {"total": found.total}),
        **limit.told,
        **({"poststelle:isComplete": found.is_complete} if call.uses_vendor and where.has_words else {}),
        **({"poststelle:isNarrowed": found.is_narrowed} if call.uses_vendor and where.goes_across else {}),
    }


async def _searched(call: Call, account: AccountId, look: Callable[[ReadTx], T]) -> T:
    """What ``look`` sees once the messages that are new are in the index, as nearly always they are."""

    def unless_behind(tx: ReadTx) -> list[T]:
        return [] if indexing.is_behind(tx, call.caller.user_id, account) else [look(tx)]

    found: list[T] = await call.read(unless_behind)
    if not found:
        await indexing.catch_up(call.caller.store, call.caller.user_id, account)
        found = [await call.read(look)]
    return found[0]


async def email_query_changes(call: Call, args: Args) -> dict[str, Any]:
    account = args.account()
    where, keys, is_collapsed = await _what(call, args)
    since = args.need("sinceQueryState", str)
    limit = get.most(args)
    up_to = _message(args.maybe("upToId", str))
    is_total_wanted = args.take("calculateTotal", bool, False)
    args.done()
    if not _is_by_arrival(keys) or keys[1:]:
        raise MethodError("cannotCalculateChanges")
    try:
        found = await call.read(
            query.email_query_changes,
            call.caller.user_id,
            account,
            where,
            since,
            is_ascending=keys[0].is_ascending if keys else False,
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


async def _what(call: Call, args: Args) -> tuple[query.Filter, list[SortKey], bool]:
    where = await call.understand(email_filter.parse, args.take("filter", dict, {}))
    keys = _keys(args.take("sort", list, []))
    return where, keys, args.take("collapseThreads", bool, False)


def _message(text: str | None) -> MessageId | None:
    number = None if text is None else message_number(text)
    if text is not None and number is None:
        raise MethodError("invalidArguments", "no such upToId")
    return number


def _is_by_arrival(keys: Sequence[SortKey]) -> bool:
    """Lists by arrival have indexes, newest first when nothing is said."""
    return not keys or keys[0].property == "receivedAt"


def _keys(sort: Sequence[Any]) -> list[SortKey]:
    """Source: RFC 8621 §4.4.2. Raises MethodError invalidArguments, unsupportedSort.

    One that comes again decides nothing: what is still equal by then is equal in it.
    """
    listing.check_size(sort)
    first: dict[tuple[str, str], SortKey] = {}
    for key in map(_key, sort):
        first.setdefault((key.property, key.keyword), key)
    return list(first.values())


def _key(given: Any) -> SortKey:
    if not isinstance(given, dict) or given.get("property") not in BY_KEYWORD:
        [(name, is_ascending)] = listing.comparators([given], EMAIL_SORTS, _TEXTS)
        return SortKey(name, is_ascending)
    keyword = given.get("keyword")
    if not isinstance(keyword, str):
        raise MethodError("invalidArguments", f"{given['property']} is of a keyword")
    plain = {name: value for name, value in given.items() if name != "keyword"}
    [(name, is_ascending)] = listing.comparators([plain], EMAIL_SORTS)
    return SortKey(name, is_ascending, keyword.lower())
