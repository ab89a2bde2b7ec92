"""/query and /changes of types of which an account has few: filtered, sorted and compared here.

Source: RFC 8620 §5.2, §5.5.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from poststelle.http.jmap import get, listing
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import account_text
from poststelle.mail import query
from poststelle.model.ids import AccountId
from poststelle.store.tx import Check

Item = Mapping[str, Any]
Fits = Callable[[Item], bool]
Test = Callable[[Any], Fits]
"""What a condition's value asks of an item. Raises MethodError for a value of the wrong kind."""
DEEPEST = 10
"""Levels of a filter within one another."""
_MOST_CONDITIONS = 200
_NAMED = 20  # of what is refused: there may be very much


class Query:
    """The arguments of a /query, read; ``answer`` makes its answer of all the items there are."""

    def __init__(self, args: Args) -> None:
        self.account = args.account()
        self._filter = args.maybe("filter", dict)
        check_size(self._filter)
        self._sort = args.take("sort", list, [])
        self._position = args.take("position", int, 0)
        self._anchor = args.maybe("anchor", str)
        self._offset = args.take("anchorOffset", int, 0)
        self._limit = args.unsigned("limit")
        self._is_total_wanted = args.take("calculateTotal", bool, False)
        args.done()

    def answer(
        self,
        check: Check,
        items: Iterable[Item],
        tests: Mapping[str, Test],
        keys: Mapping[str, Callable[[Item], Any]],
    ) -> dict[str, Any]:
        """``tests`` by the condition's name, ``keys`` by what can be sorted by; the items come sorted.

        For the thread that has read them: conditions may be hundreds, and long.
        """
        fits = None if self._filter is None else compiled(self._filter, tests)
        found = []
        for item in items:
            check()
            if fits is None or fits(item):
                found.append(item)
        for name, is_ascending in reversed(listing.comparators(self._sort, keys)):
            found.sort(key=keys[name], reverse=not is_ascending)
        ids = [str(item["id"]) for item in found]
        start = listing.start(ids, self._position, self._anchor, self._offset)
        return {
            "accountId": account_text(self.account),
            "queryState": get.digest(ids),
            "canCalculateChanges": False,
            "position": start,
            "ids": ids[start : None if self._limit is None else start + self._limit],
            **({"total": len(ids)} if self._is_total_wanted else {}),
        }


async def no_query_changes(call: Call, args: Args) -> dict[str, Any]:
    """They are few: ask again. Raises MethodError, or NotFound for an account the user may not read."""
    account = args.account()
    args.need("sinceQueryState", str)
    args.maybe("filter", dict), args.maybe("sort", list), args.maybe("upToId", str)
    args.take("calculateTotal", bool, False)
    get.most(args)
    args.done()
    await call.read(query.level, call.caller.user_id, account)
    raise MethodError("cannotCalculateChanges")


def since(args: Args) -> tuple[AccountId, str]:
    """The arguments of a /changes: the account, and the state that is known."""
    account, state = args.account(), args.need("sinceState", str)
    get.most(args)
    args.done()
    return account, state


def all_or_nothing(account: AccountId, old: str, new: str) -> dict[str, Any]:
    """A /changes answer for objects seldom others: none since then, or all are to be read again.

    Raises MethodError cannotCalculateChanges.
    """
    if old != new:
        raise MethodError("cannotCalculateChanges")
    return changes(account, old, new)


def changes(
    account: AccountId,
    old: str,
    new: str,
    *,
    created: Sequence[str] = (),
    updated: Sequence[str] = (),
    destroyed: Sequence[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """A /changes answer that tells everything at once."""
    return {
        "accountId": account_text(account),
        "oldState": old,
        "newState": new,
        "hasMoreChanges": False,
        "created": list(created),
        "updated": list(updated),
        "destroyed": list(destroyed),
        **more,
    }


def is_true(name: str) -> Test:
    """Whether the item's truth value is the given one."""

    def test(value: Any) -> Fits:
        if not isinstance(value, bool):
            raise MethodError("invalidArguments", f"filter {name} must be true or false")
        return lambda item: item[name] is value

    return test


def text_in(name: str) -> Test:
    """Whether the item's text holds the given one, whatever the letter case."""

    def test(value: Any) -> Fits:
        if not isinstance(value, str):
            raise MethodError("invalidArguments", f"filter {name} must be a text")
        wanted = value.casefold()
        return lambda item: wanted in (item[name] or "").casefold()

    return test


def equal(name: str) -> Test:
    """Whether the item's text is the given one, or null where it may be."""

    def test(value: Any) -> Fits:
        if not isinstance(value, str | None):
            raise MethodError("invalidArguments", f"filter {name} must be a text")
        return lambda item: bool(item[name] == value)

    return test


def check_size(condition: Any, depth: int = 0) -> int:
    """How many conditions there are. Raises MethodError for more than are looked at, item by item."""
    parts = condition.get("conditions") if isinstance(condition, dict) else None
    count = 1
    if isinstance(parts, list) and depth <= DEEPEST:
        for part in parts:
            count += check_size(part, depth + 1)
            if count > _MOST_CONDITIONS:
                raise MethodError("unsupportedFilter", f"at most {_MOST_CONDITIONS} conditions")
    return count


def compiled(
    condition: Any, tests: Mapping[str, Test], nullable: Collection[str] = (), depth: int = 0
) -> Fits:
    """Whether an item fits a FilterCondition or FilterOperator. Raises MethodError for what is neither.

    What is asked is read once, not for each item. Null is as if it were left out, but for ``nullable``.
    """
    if not isinstance(condition, dict) or depth > DEEPEST:
        raise MethodError("unsupportedFilter", "a filter is conditions, ten levels deep at most")
    if "operator" not in condition:
        if unknown := sorted(islice(condition.keys() - tests.keys(), _NAMED)):
            raise MethodError("unsupportedFilter", f"cannot filter by {', '.join(unknown)}")
        said = {n: value for n, value in condition.items() if value is not None or n in nullable}
        asked = [tests[name](value) for name, value in said.items()]
        return lambda item: all(fits(item) for fits in asked)
    match condition:
        case {"operator": "AND" | "OR" | "NOT" as operator, "conditions": [*parts], **rest} if not rest:
            each = [compiled(part, tests, nullable, depth + 1) for part in parts]
        case _:
            raise MethodError("invalidArguments", "an operator is AND, OR or NOT and has conditions")
    if operator == "AND":
        return lambda item: all(fits(item) for fits in each)
    is_wanted = operator == "OR"
    return lambda item: any(fits(item) for fits in each) is is_wanted
