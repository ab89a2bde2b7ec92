"""SyncState/get, a vendor type: what people are told about an account's synchronisation.

One object an account, its id the account's. Described in ``docs/jmap.md``.
"""

from typing import Any

from poststelle.http.jmap import get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.ids import account_text
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
from poststelle.mail import query
from poststelle.mime.header_told import utc_text
from poststelle.model.check import Check
from poststelle.settings import checks
from poststelle.settings.checks import Proof


async def sync_state_get(call: Call, args: Args) -> dict[str, Any]:
    account = args.account()
    asked = args.ids(MAX_OBJECTS_IN_GET)
    args.done()
    state, told, sync = await call.read(query.sync_state, call.caller.user_id, account)
    proof = await call.read(checks.proof, call.caller.user_id, account)
    item = {
        "id": account_text(account),
        "state": told.state,
        "stateReason": told.state_reason,
        "isActive": told.is_active,
        "phase": sync.phase,
        "expected": sync.expected,
        "held": sync.held,
        "pending": sync.pending,
        "toIndex": sync.to_index,
        "lastSyncedAt": None if sync.last_synced_at is None else utc_text(sync.last_synced_at),
        "problem": sync.problem,
        "problemDetail": sync.problem_detail,
        "completeness": _completeness(proof),
        "retryAt": None if sync.retry_at is None else utc_text(sync.retry_at),
        "pollSeconds": sync.poll_s,
        "notifiedUntil": None if sync.notified_until is None else utc_text(sync.notified_until),
        "notifyProblem": sync.notify_problem,
        "historyFrom": None if told.history_from is None else utc_text(told.history_from),
    }
    return get.answer(account, state, asked, {item["id"]: item})


def _completeness(proof: Proof) -> dict[str, Any]:
    counters = proof.counters
    return {
        "asOf": None if proof.as_of is None else utc_text(proof.as_of),
        "expected": counters.expected,
        "held": counters.held,
        "differences": counters.differences,
        "foldersLeft": counters.folders_left,
        "mayCheck": proof.may_check,
        "checkUnderWay": None if proof.under_way is None else _check(proof.under_way),
        "lastCheck": None if proof.last is None else _check(proof.last),
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "reason": check.reason.value,
        "state": check.state.value,
        "startedAt": None if check.started_at is None else utc_text(check.started_at),
        "endedAt": None if check.ended_at is None else utc_text(check.ended_at),
        "compared": check.compared,
        "foldersLeft": check.folders_left,
        "differences": check.differences,
        "repaired": check.repaired,
        "unreadable": check.unreadable,
        "undecided": check.undecided,
        "problem": check.problem,
    }
