"""``…/checks``: the proof that a mailbox is complete, its history, and the button that makes a new one."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn
from poststelle.http.body import Body, account_id, given, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.http.shapes import Instant
from poststelle.lib.ids import decode_id, encode_id
from poststelle.model.check import Check, CheckState, Finding
from poststelle.model.errors import NotFound
from poststelle.model.ids import CHECK, MESSAGE
from poststelle.settings import checks
from poststelle.settings.checks import Plan, Proof


class CheckRow(msgspec.Struct):
    id: str
    reason: str
    state: CheckState
    asked_at: Instant
    started_at: Instant | None
    ended_at: Instant | None
    compared: int
    folders_left: int
    missing: int
    extra: int
    misplaced: int
    flags: int
    unreadable: int
    undecided: int
    repaired: int
    requests: int
    problem: str | None
    history_from: Instant | None


class CountersRow(msgspec.Struct):
    expected: int
    held: int
    differences: int
    folders_left: int


class ProofBody(msgspec.Struct):
    """``checks``: those that have ended, the newest first."""

    as_of: Instant | None
    history_from: Instant | None
    counters: CountersRow
    under_way: CheckRow | None
    may_check: bool
    checks: list[CheckRow]


class FindingRow(msgspec.Struct):
    kind: str
    folder: str
    subject: str
    number: int
    is_repaired: bool
    message: str | None


class PlanBody(Body):
    time: str | msgspec.UnsetType = msgspec.UNSET
    requests_a_minute: int | msgspec.UnsetType = msgspec.UNSET


def routes(services: Services) -> list[Route]:
    store, clock = services.store, services.clock

    async def show(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        proof = await store.read(checks.proof, who.user.id, account)
        made = await store.read(checks.history, who.user.id, account)
        return json_response(request, _proof(proof, made))

    async def start(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        wanted = await store.write(checks.start, who.user.id, account, clock.now())
        services.wake_checks()
        return json_response(request, _check(wanted), status=202)

    async def findings(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        number = decode_id(CHECK, str(request.path_params["check"]))
        if number is None:
            raise NotFound("no_such_check", "There is no such check.")
        found = await store.read(checks.findings, who.user.id, account, number)
        return json_response(request, {"findings": [_finding(f) for f in found]})

    async def show_plan(request: Request) -> Response:
        who = await authn.bearer(services, request)
        return json_response(request, _plan(await store.read(checks.show_plan, who.user.id)))

    async def save_plan(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, PlanBody)
        plan = await store.write(
            checks.save_plan,
            who.user.id,
            services.ring,
            time=given(body.time),
            requests_a_minute=given(body.requests_a_minute),
            now=clock.now(),
        )
        return json_response(request, _plan(plan))

    return [
        Route("/api/mailboxes/{account}/checks", show, methods=["GET"]),
        Route("/api/mailboxes/{account}/checks", start, methods=["POST"]),
        Route("/api/mailboxes/{account}/checks/{check}", findings, methods=["GET"]),
        Route("/api/settings/checks", show_plan, methods=["GET"]),
        Route("/api/settings/checks", save_plan, methods=["PUT"]),
    ]


def _proof(proof: Proof, made: list[Check]) -> ProofBody:
    counters, under_way = proof.counters, proof.under_way
    return ProofBody(
        as_of=proof.as_of,
        history_from=proof.history_from,
        counters=CountersRow(counters.expected, counters.held, counters.differences, counters.folders_left),
        under_way=_check(under_way) if under_way else None,
        may_check=proof.may_check,
        checks=[_check(check) for check in made if check.ended_at is not None],
    )


def _check(check: Check) -> CheckRow:
    return CheckRow(
        id=encode_id(CHECK, check.id),
        reason=check.reason.value,
        state=check.state,
        asked_at=check.asked_at,
        started_at=check.started_at,
        ended_at=check.ended_at,
        compared=check.compared,
        folders_left=check.folders_left,
        missing=check.missing,
        extra=check.extra,
        misplaced=check.misplaced,
        flags=check.flags,
        unreadable=check.unreadable,
        undecided=check.undecided,
        repaired=check.repaired,
        requests=check.requests,
        problem=check.problem,
        history_from=check.history_from,
    )


def _finding(finding: Finding) -> FindingRow:
    return FindingRow(
        kind=finding.kind.value,
        folder=finding.folder,
        subject=finding.subject,
        number=finding.number,
        is_repaired=finding.is_repaired,
        message=None if finding.message_id is None else encode_id(MESSAGE, finding.message_id),
    )


def _plan(plan: Plan) -> PlanBody:
    return PlanBody(plan.time.strftime("%H:%M"), plan.requests_a_minute)
