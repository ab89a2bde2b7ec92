"""EmailSubmission/get, /changes and /query. Source: RFC 8621 §7."""

from typing import Any

from poststelle.http.jmap import few, get, listing
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import (
    account_text,
    identity_number,
    identity_text,
    message_number,
    message_text,
    submission_number,
    submission_text,
    thread_number,
    thread_text,
)
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
from poststelle.mime.header_told import utc_text
from poststelle.model.change import ChangeType
from poststelle.model.filter import Operator
from poststelle.model.ids import AccountId, MessageId, SubmissionId, UserId
from poststelle.model.submission import Submission, SubmissionState
from poststelle.store.drafts import Uploading
from poststelle.store.submission_lists import Combined, Filter, Key, Property
from poststelle.store.tx import Check, ReadTx
from poststelle.submission import listing as submission_listing
from poststelle.submission import submit
from poststelle.submission.listing import AnchorNotFound, Window

_PROPERTIES = frozenset(
    {
        "id", "identityId", "emailId", "threadId", "envelope", "sendAt", "undoStatus", "deliveryStatus",
        "dsnBlobIds", "mdnBlobIds", "poststelle:state", "poststelle:waitsFor", "poststelle:problem",
        "poststelle:retryAt", "poststelle:problemDetail", "poststelle:uploaded", "poststelle:uploadTotal",
    }
)  # fmt: skip
# What failed has not been sent and will not be: for a client of the standard it is as good as canceled.
_UNDO = {
    SubmissionState.PENDING: "pending",
    SubmissionState.SENDING: "final",
    SubmissionState.FINAL: "final",
    SubmissionState.CANCELED: "canceled",
    SubmissionState.FAILED: "canceled",
}
_KEYS = {"emailId": Property.MESSAGE, "threadId": Property.THREAD, "sentAt": Property.SEND_AT}
_TIMED = frozenset({"minute", "day", "service"})  # a sign-in comes when it comes
_NOTHING = Uploading(0, 0)


async def submission_get(call: Call, args: Args) -> dict[str, Any]:
    """``ids`` null: the newest ones."""
    account = args.account()
    asked = args.ids(MAX_OBJECTS_IN_GET)
    properties = args.properties(_PROPERTIES)
    args.done()
    ids = None if asked is None else list(get.numbers(asked, submission_number).values())
    state, found, progress = await call.read(_load, call.caller.user_id, account, ids)
    items = {
        submission_text(one.id): get.only(submission_json(one, progress.get(one.message_id)), properties)
        for one in found
    }
    return get.answer(account, state, asked, items)


async def submission_changes(call: Call, args: Args) -> dict[str, Any]:
    return await get.changes(call, args, ChangeType.SUBMISSION, submission_text)


async def submission_query(call: Call, args: Args) -> dict[str, Any]:
    """Filters and sorts of the RFC. Source: RFC 8621 §7.3."""
    account = args.account()
    where = await call.understand(_filter, args.take("filter", dict, {}))
    order = tuple(Key(*key) for key in _keys(args.take("sort", list, [])))
    limit = listing.limit(args)
    window = Window(
        position=args.take("position", int, 0),
        anchor=listing.anchor(args, submission_number),
        anchor_offset=args.take("anchorOffset", int, 0),
        limit=limit.count,
    )
    is_total_wanted = args.take("calculateTotal", bool, False)
    args.done()
    user = call.caller.user_id
    try:
        found = await call.read(
            submission_listing.query, user, account, where, order, window, is_total_wanted=is_total_wanted
        )
    except AnchorNotFound as error:
        raise MethodError("anchorNotFound") from error
    return {
        "accountId": account_text(account),
        "queryState": found.state,
        "canCalculateChanges": False,
        "position": found.position,
        "ids": [submission_text(i) for i in found.ids],
        **({} if found.total is None else {"total": found.total}),
        **limit.told,
    }


def submission_json(one: Submission, progress: Uploading | None = None) -> dict[str, Any]:
    sent, total = progress or _NOTHING
    return {
        "id": submission_text(one.id),
        "identityId": identity_text(one.identity_id),
        "emailId": message_text(one.message_id),
        "threadId": thread_text(one.thread_id),
        "envelope": {
            "mailFrom": {"email": one.envelope.mail_from, "parameters": one.envelope.parameters},
            "rcptTo": [{"email": to, "parameters": None} for to in one.envelope.rcpt_to],
        },
        "sendAt": utc_text(one.send_at),
        "undoStatus": _UNDO[one.state],
        "deliveryStatus": {
            to: {"smtpReply": told.smtp_reply, "delivered": told.delivered, "displayed": "unknown"}
            for to, told in one.delivery.items()
        }
        or None,
        "dsnBlobIds": [],
        "mdnBlobIds": [],
        "poststelle:state": one.state.value,
        "poststelle:waitsFor": one.waits_for,
        "poststelle:retryAt": utc_text(one.due_at) if one.waits_for in _TIMED else None,
        "poststelle:problem": one.code,
        "poststelle:problemDetail": one.detail,
        "poststelle:uploaded": sent,
        "poststelle:uploadTotal": total,
    }


def _load(
    tx: ReadTx, user: UserId, account: AccountId, ids: list[SubmissionId] | None
) -> tuple[str, list[Submission], dict[MessageId, Uploading]]:
    state, found = submit.get_many(tx, user, account, ids, MAX_OBJECTS_IN_GET)
    waiting = [one.message_id for one in found if one.state is SubmissionState.PENDING]
    return state, found, submit.uploading(tx, account, waiting)


def _filter(check: Check, given: dict[str, Any]) -> Filter:
    """A FilterCondition, or FilterOperators over some. Raises MethodError. Source: RFC 8620 §5.5."""
    few.check_size(given)
    return _read_filter(check, given, 0)


def _read_filter(check: Check, given: Any, depth: int) -> Filter:
    check()
    if not isinstance(given, dict):
        raise MethodError("invalidArguments", "a condition is an object")
    if depth > few.DEEPEST:
        raise MethodError("unsupportedFilter", "a filter is conditions, ten levels deep at most")
    if "operator" not in given:
        return _condition(given)
    match given:
        case {"operator": "AND" | "OR" | "NOT" as operator, "conditions": [*some], **rest} if not rest:
            of = tuple(_read_filter(check, one, depth + 1) for one in some)
            return Filter(parts=(Combined(Operator(operator), of),))
        case _:
            raise MethodError("invalidArguments", "an operator is AND, OR or NOT and has conditions")


def _condition(given: dict[str, Any]) -> Filter:
    """An id that can't be ours is no submission's."""
    left = Args(given)
    identities, emails = left.strings("identityIds"), left.strings("emailIds")
    threads, undo = left.strings("threadIds"), left.maybe("undoStatus", str)
    before, after = left.maybe("before", str), left.maybe("after", str)
    try:
        left.done()
    except MethodError as error:
        raise MethodError("unsupportedFilter", str(error)) from error
    return Filter(
        identities=None if identities is None else get.numbers(identities, identity_number).values(),
        messages=None if emails is None else get.numbers(emails, message_number).values(),
        threads=None if threads is None else get.numbers(threads, thread_number).values(),
        states=None if undo is None else _states(undo),
        before=None if before is None else listing.utc_date("before", before),
        after=None if after is None else listing.utc_date("after", after),
    )


def _states(undo: str) -> list[SubmissionState]:
    states = [state for state, told in _UNDO.items() if told == undo]
    if not states:
        raise MethodError("invalidArguments", "undoStatus is pending, final or canceled")
    return states


def _keys(sort: list[Any]) -> list[tuple[Property, bool]]:
    return [(_KEYS[name], is_ascending) for name, is_ascending in listing.comparators(sort, _KEYS)]
