"""EmailSubmission/get, /changes and /query. Source: RFC 8621 §7."""

from collections.abc import Callable, Sequence
from typing import Any

from poststelle.http.jmap import get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.email_json import utc_text
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import (
    account_text,
    identity_text,
    message_text,
    submission_number,
    submission_text,
    thread_text,
)
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
from poststelle.model.change import ChangeType
from poststelle.model.ids import AccountId, MessageId, SubmissionId, UserId
from poststelle.model.submission import Submission, SubmissionState
from poststelle.store.drafts import Uploading
from poststelle.store.tx import ReadTx
from poststelle.submission import submit

_PROPERTIES = frozenset(
    {
        "id", "identityId", "emailId", "threadId", "envelope", "sendAt", "undoStatus", "deliveryStatus",
        "dsnBlobIds", "mdnBlobIds", "poststelle:state", "poststelle:waitsFor", "poststelle:problem",
        "poststelle:problemDetail", "poststelle:uploaded", "poststelle:uploadTotal",
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
    """Filters and sorts of the RFC; filters are joined by AND. Source: RFC 8621 §7.3."""
    account = args.account()
    matches = _filter(args.maybe("filter", dict))
    order = _order(args.maybe("sort", list))
    position = args.take("position", int, 0)
    limit = args.unsigned("limit", 256) or 0
    is_total_wanted = args.take("calculateTotal", bool, False)
    args.done()
    state, every, _ = await call.read(_load, call.caller.user_id, account, None)
    found = order([one for one in every if matches(one)])
    start = position if position >= 0 else max(0, len(found) + position)
    answer: dict[str, Any] = {
        "accountId": account_text(account),
        "queryState": state,
        "canCalculateChanges": False,
        "position": start,
        "ids": [submission_text(one.id) for one in found[start : start + limit]],
    }
    return answer | ({"total": len(found)} if is_total_wanted else {})


async def submission_query_changes(_: Call, args: Args) -> dict[str, Any]:
    """The list is short: it is read anew."""
    args.account()
    raise MethodError("cannotCalculateChanges")


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
        "poststelle:problem": one.code,
        "poststelle:problemDetail": one.detail,
        "poststelle:uploaded": sent,
        "poststelle:uploadTotal": total,
    }


def _load(
    tx: ReadTx, user: UserId, account: AccountId, ids: list[SubmissionId] | None
) -> tuple[str, list[Submission], dict[MessageId, Uploading]]:
    state, found = submit.get_many(tx, user, account, ids)
    if ids is None:
        found = found[:MAX_OBJECTS_IN_GET]
    waiting = [one.message_id for one in found if one.state is SubmissionState.PENDING]
    return state, found, submit.uploading(tx, account, waiting)


def _filter(given: dict[str, Any] | None) -> Callable[[Submission], bool]:
    left = Args(given or {})
    identities, emails = left.strings("identityIds"), left.strings("emailIds")
    threads, undo = left.strings("threadIds"), left.maybe("undoStatus", str)
    before, after = left.maybe("before", str), left.maybe("after", str)
    try:
        left.done()
    except MethodError as error:
        raise MethodError("unsupportedFilter", str(error)) from error

    def matches(one: Submission) -> bool:
        return (
            (identities is None or identity_text(one.identity_id) in identities)
            and (emails is None or message_text(one.message_id) in emails)
            and (threads is None or thread_text(one.thread_id) in threads)
            and (undo is None or _UNDO[one.state] == undo)
            and (before is None or utc_text(one.send_at) < before)
            and (after is None or utc_text(one.send_at) >= after)
        )

    return matches


def _order(given: Sequence[Any] | None) -> Callable[[list[Submission]], list[Submission]]:
    keys: dict[str, Callable[[Submission], Any]] = {
        "emailId": lambda one: one.message_id,
        "threadId": lambda one: one.thread_id,
        "sentAt": lambda one: one.send_at,
    }
    wanted = []
    for one in given or ():
        name = one.get("property") if isinstance(one, dict) else None
        if name not in keys or not one.keys() <= {"property", "isAscending"}:
            raise MethodError("unsupportedSort", "sort by emailId, threadId or sentAt")
        wanted.append((keys[name], one.get("isAscending", True) is not True))

    def ordered(found: list[Submission]) -> list[Submission]:
        for key, is_descending in reversed(wanted):
            found = sorted(found, key=key, reverse=is_descending)
        return found

    return ordered
