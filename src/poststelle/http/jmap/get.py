"""What every /get and /changes method does alike. Source: RFC 8620 §5.1, §5.2."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import account_text
from poststelle.http.jmap.limits import MAX_CHANGES
from poststelle.mail import query
from poststelle.model.change import ChangeType
from poststelle.model.ids import AccountId

N = TypeVar("N", bound=int)


def numbers(texts: Iterable[str], parse: Callable[[str], N | None]) -> dict[str, N]:
    """The ids that have the form of ours; others can't be found."""
    parsed = {text: parse(text) for text in texts}
    return {text: number for text, number in parsed.items() if number is not None}


def answer(
    account: AccountId, state: str, asked: Sequence[str] | None, found: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    """A /get answer: found objects in the order asked for, the others in ``notFound``."""
    order = found.keys() if asked is None else asked
    return {
        "accountId": account_text(account),
        "state": state,
        "list": [found[i] for i in order if i in found],
        "notFound": [i for i in order if i not in found],
    }


def digest(facts: object) -> str:
    """A state for what has no change log: another one when the facts are others."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def only(item: dict[str, Any], properties: Sequence[str] | None) -> dict[str, Any]:
    return item if properties is None else {"id": item["id"]} | {name: item[name] for name in properties}


def most(args: Args) -> int | None:
    """``maxChanges``. Raises invalidArguments for 0. Source: RFC 8620 §5.2, §5.6."""
    limit = args.unsigned("maxChanges")
    if limit == 0:
        raise MethodError("invalidArguments", "maxChanges must be more than 0")
    return limit


async def changes(
    call: Call,
    args: Args,
    type_: ChangeType,
    to_text: Callable[[Any], str],
    more: Callable[[query.Changes], dict[str, Any]] = lambda _: {},
) -> dict[str, Any]:
    """A /changes answer, and what ``more`` adds.

    Raises cannotCalculateChanges for a state we no longer know.
    """
    account = args.account()
    since = args.need("sinceState", str)
    limit = most(args)
    args.done()
    found = await call.read(
        query.changes, call.caller.user_id, account, type_, since, min(limit or MAX_CHANGES, MAX_CHANGES)
    )
    if found is None:
        raise MethodError("cannotCalculateChanges")
    return {
        "accountId": account_text(account),
        "oldState": since,
        "newState": found.new_state,
        "hasMoreChanges": found.has_more,
        "created": [to_text(i) for i in found.created],
        "updated": [to_text(i) for i in found.updated],
        "destroyed": [to_text(i) for i in found.destroyed],
        **more(found),
    }
