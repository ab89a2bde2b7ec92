"""``/api/health``: how everything is doing; ``/api/settings/alerts``: how administrators are told of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn, wire
from poststelle.http.body import Body, parse_account, read_body
from poststelle.http.errors import json_response
from poststelle.http.proof import ProofBody, asking
from poststelle.http.services import Services
from poststelle.http.shapes import Instant
from poststelle.http.wire import IntegrityRow, WarningRow
from poststelle.lib.ids import encode_id
from poststelle.model.account import AccountState, SyncPhase
from poststelle.model.errors import Invalid
from poststelle.model.health import LoopState, Machine, Process, ProcessRole
from poststelle.model.ids import ACCOUNT, WEBHOOK
from poststelle.model.webhook import Backlog
from poststelle.push.reach import BadAddress
from poststelle.settings import alerts, health, telling
from poststelle.settings.alerts import Channels
from poststelle.settings.health import AccountHealth


class QueueRow(msgspec.Struct):
    total: int
    since: Instant


class CheckedRow(msgspec.Struct):
    ended_at: Instant | None
    differences: int
    repaired: int
    undecided: int


class AccountHealthRow(msgspec.Struct):
    """As ``settings.health.AccountHealth``; ``differences`` of the counters now."""

    id: str
    address: str
    grade: str
    kinds: list[str]
    state: AccountState
    state_reason: str | None
    is_active: bool
    phase: SyncPhase
    held: int
    expected: int
    differences: int
    last_synced_at: Instant | None
    problem: str | None
    problem_detail: str | None
    retry_at: Instant | None
    queue: QueueRow | None
    last_check: CheckedRow | None
    notified_until: Instant | None
    notify_problem: str | None
    signs_in_until: Instant | None
    reserves: int


class MachineRow(msgspec.Struct):
    version: str
    began_at: Instant
    database: str
    disk_free: int
    disk_total: int
    backed_up_at: Instant | None
    loops: list[LoopState]
    requests: int
    throttled: int
    failed: int


class ProcessRow(msgspec.Struct):
    """``address``: where it listens. ``is_asked``: it has answered. ``beat_at``: by its own clock."""

    role: ProcessRole
    host: str
    address: str
    version: str
    began_at: Instant
    beat_at: Instant
    is_asked: bool


class BacklogRow(msgspec.Struct):
    """As ``model.webhook.Backlog``."""

    id: str
    name: str
    waiting: int
    since: Instant | None
    refused: int
    is_paused: bool
    is_given_up: bool
    problem: str | None


class HealthBody(msgspec.Struct):
    machine: MachineRow
    processes: list[ProcessRow]
    integrity: IntegrityRow
    accounts: list[AccountHealthRow]
    warnings: list[WarningRow]
    webhooks: list[BacklogRow]


class AlertsBody(Body):
    """``wants_secret``: a new one that signs webhooks."""

    mailbox: str | None
    mail_to: list[str]
    language: Literal["de", "en"]
    webhook_url: str | None
    wants_secret: bool = False


class AlertsProvenBody(AlertsBody):
    """That somebody is told no more, or elsewhere, and a new secret in place of one, need ``proof``."""

    proof: ProofBody | None = None


class AlertsRow(msgspec.Struct):
    """``secret`` is told once, when it was made."""

    mailbox: str | None
    mail_to: list[str]
    language: str
    webhook_url: str | None
    secret: str | None = None


class ToldRow(msgspec.Struct):
    """Null: it was taken; ``not_set``, or a code for why it was not."""

    mail: str | None
    webhook: str | None


def routes(services: Services) -> list[Route]:
    store, ring, clock = services.store, services.ring, services.clock

    async def show(request: Request) -> Response:
        who = await authn.bearer(services, request)
        found = await store.read(
            health.look,
            who.user.id,
            ring=ring,
            preset=services.preset,
            machine=services.machine(),
            now=clock.now(),
        )
        rows = [_account(one) for one in found.accounts]
        told = [wire.warning_row(one) for one in found.warned]
        processes = [_process(one, found.machine) for one in found.processes]
        machine = _machine(found.machine, found.processes, found.backed_up_at)
        whole, backlogs = wire.integrity_row(found.integrity), [_backlog(one) for one in found.webhooks]
        return json_response(request, HealthBody(machine, processes, whole, rows, told, backlogs))

    async def show_alerts(request: Request) -> Response:
        who = await authn.bearer(services, request)
        return json_response(request, _alerts(await store.read(alerts.show, who.user.id, ring)))

    async def save_alerts(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, AlertsProvenBody)
        await store.read(alerts.show, who.user.id, ring)  # who may not is told before anything is looked up
        by = await asking(services, request, who, body.proof)
        url = (body.webhook_url or "").strip() or None
        if url is not None:
            await _check_url(services, url)
        mailbox = None if body.mailbox is None else parse_account(body.mailbox)
        wanted = Channels(mailbox, tuple(body.mail_to), body.language, url)
        secret = await by.write(
            alerts.save, wanted, wants_secret=body.wants_secret, ring=ring, now=clock.now()
        )
        return json_response(request, _alerts(await store.read(alerts.show, who.user.id, ring), secret))

    async def try_alerts(request: Request) -> Response:
        who = await authn.bearer(services, request)
        told = await telling.try_out(services.herald, who.user.id)
        return json_response(request, ToldRow(told.mail, told.webhook))

    return [
        Route("/api/health", show, methods=["GET"]),
        Route("/api/settings/alerts", show_alerts, methods=["GET"]),
        Route("/api/settings/alerts", save_alerts, methods=["PUT"]),
        Route("/api/settings/alerts/test", try_alerts, methods=["POST"]),
    ]


async def _check_url(services: Services, url: str) -> None:
    try:
        await services.herald.outbound.check(url)
    except BadAddress as problem:
        raise Invalid("webhook_url", "invalid_url", f"Nothing can be sent there: {problem}.") from problem


def _backlog(one: Backlog) -> BacklogRow:
    return BacklogRow(
        id=encode_id(WEBHOOK, one.id),
        name=one.name,
        waiting=one.waiting,
        since=one.since,
        refused=one.refused,
        is_paused=one.is_paused,
        is_given_up=one.is_given_up,
        problem=one.problem,
    )


def _alerts(channels: Channels, secret: str | None = None) -> AlertsRow:
    mailbox = None if channels.mailbox is None else encode_id(ACCOUNT, channels.mailbox)
    return AlertsRow(mailbox, list(channels.to), channels.language, channels.webhook_url, secret)


def _machine(machine: Machine, processes: Sequence[Process], backed_up_at: datetime | None) -> MachineRow:
    """The requests are those of all processes: who answers people may ask nothing of Microsoft itself."""
    others = [one.condition.traffic for one in processes if one.facts.name != machine.name and one.condition]
    traffic = sum(others, machine.traffic)
    return MachineRow(
        version=machine.version,
        began_at=machine.began_at,
        database=machine.database,
        disk_free=machine.disk.free,
        disk_total=machine.disk.total,
        backed_up_at=backed_up_at,
        loops=list(machine.loops),
        requests=traffic.requests,
        throttled=traffic.throttled,
        failed=traffic.failed,
    )


def _process(one: Process, asked: Machine) -> ProcessRow:
    facts = one.facts
    return ProcessRow(
        role=facts.role,
        host=facts.host,
        address=facts.address,
        version=facts.version,
        began_at=facts.began_at,
        beat_at=one.beat_at,
        is_asked=facts.name == asked.name,
    )


def _account(one: AccountHealth) -> AccountHealthRow:
    account, sync, check, queue = one.account, one.sync, one.last_check, one.queue
    return AccountHealthRow(
        id=encode_id(ACCOUNT, account.id),
        address=account.address,
        grade=one.grade.value,
        kinds=list(one.kinds),
        state=account.state,
        state_reason=account.state_reason,
        is_active=account.is_active,
        phase=sync.phase,
        held=sync.held,
        expected=sync.expected,
        differences=one.counters.differences,
        last_synced_at=sync.last_synced_at,
        problem=sync.problem,
        problem_detail=sync.problem_detail,
        retry_at=sync.retry_at,
        queue=None if queue is None else QueueRow(queue.total, queue.since),
        last_check=None
        if check is None
        else CheckedRow(check.ended_at, check.differences, check.repaired, check.undecided),
        notified_until=sync.notified_until,
        notify_problem=sync.notify_problem,
        signs_in_until=one.signs_in_until,
        reserves=one.reserves,
    )
