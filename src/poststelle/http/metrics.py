"""``/metrics`` for Prometheus: numbers by account id, never an address.

For who has the token that the operator has set; without one the address does not exist.

Source: Prometheus, "Exposition formats" and "Metric and label naming" (read 2026-11).
"""

import hmac
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from poststelle.http.services import Services
from poststelle.lib.ids import encode_id
from poststelle.model.health import Machine
from poststelle.model.ids import ACCOUNT, WEBHOOK
from poststelle.model.webhook import Backlog
from poststelle.settings import health
from poststelle.settings.health import AccountHealth, Grade, Health
from poststelle.settings.integrity import Integrity

_BEARER = "Bearer "


def routes(services: Services) -> list[Route]:
    token = services.config.metrics_token

    async def show(request: Request) -> Response:
        if not token:
            raise HTTPException(404)
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), (_BEARER + token).encode()):
            return PlainTextResponse("401\n", status_code=401, headers={"WWW-Authenticate": "Bearer"})
        now = services.clock.now()
        found = await services.store.read(
            health.take, ring=services.ring, preset=services.preset, machine=services.machine(), now=now
        )
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        registry.register(_Numbers(found, now))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", show, methods=["GET"])]


class _Numbers(Collector):
    """One look at everything."""

    def __init__(self, found: Health, now: datetime) -> None:
        self._found, self._now = found, now

    def collect(self) -> Iterable[Metric]:
        yield from _of_machine(self._found.machine)
        if (at := self._found.backed_up_at) is not None:
            meaning, age_s = "Since the newest backup was whole.", (self._now - at).total_seconds()
            yield GaugeMetricFamily("poststelle_backup_age_seconds", meaning, age_s)
        running = GaugeMetricFamily("poststelle_processes", "Processes that run.", labels=["role", "version"])
        kinds_of = Counter((one.facts.role.value, one.facts.version) for one in self._found.processes)
        for labels, count in sorted(kinds_of.items()):
            running.add_metric(labels, count)
        yield running
        warned = GaugeMetricFamily("poststelle_troubles", "Things that need a person.", labels=["kind"])
        kinds = [one.kind for one in self._found.warned]
        for kind in sorted(set(kinds)):
            warned.add_metric([kind], kinds.count(kind))
        yield warned
        yield from _of_traces(self._found.integrity, self._now)
        yield from _of_webhooks(self._found.webhooks, self._now)
        yield from _of_accounts(self._found.accounts, self._now)


def _of_traces(found: Integrity, now: datetime) -> Iterable[Metric]:
    holds = "1 while nothing is known to have been changed past the program."
    yield GaugeMetricFamily("poststelle_trail_holds", holds, int(not found.trail))
    yield GaugeMetricFamily("poststelle_archives_broken", "Archives that do not hold.", len(found.archives))
    stopped = "1 while new entries of the audit trail are not sealed."
    yield GaugeMetricFamily("poststelle_sealing_stopped", stopped, int(found.sealing is not None))
    anew = "1 for three months after sealing began anew: nothing proves what is older."
    yield GaugeMetricFamily("poststelle_sealing_began_anew", anew, int(found.began_anew is not None))
    if (at := found.trail_proven.at) is not None:
        meaning, age_s = "Since the audit trail was proven last.", (now - at).total_seconds()
        yield GaugeMetricFamily("poststelle_trail_proof_age_seconds", meaning, age_s)


def _of_machine(machine: Machine) -> Iterable[Metric]:
    yield GaugeMetricFamily("poststelle_disk_free_bytes", "Free where the data lies.", machine.disk.free)
    yield GaugeMetricFamily("poststelle_disk_size_bytes", "Size of where the data lies.", machine.disk.total)
    traffic = machine.traffic
    for name, meaning, count in (
        ("poststelle_graph_requests", "Requests to Microsoft Graph since the start.", traffic.requests),
        ("poststelle_graph_throttled", "Those it held back (429).", traffic.throttled),
        ("poststelle_graph_failed", "Those without an answer, or with a 5xx.", traffic.failed),
    ):
        yield CounterMetricFamily(name, meaning, count)
    restarts = CounterMetricFamily(
        "poststelle_loop_restarts", "How often a loop had to be started again.", labels=["loop"]
    )
    failing = GaugeMetricFamily("poststelle_loop_failing", "Whether it fails just now.", labels=["loop"])
    for loop in machine.loops:
        restarts.add_metric([loop.name], loop.restarts)
        failing.add_metric([loop.name], loop.failing_since is not None)
    yield restarts
    yield failing


def _of_webhooks(webhooks: Iterable[Backlog], now: datetime) -> Iterable[Metric]:
    """By id, as the API tells them: names are chosen by people."""
    numbers = {
        name: GaugeMetricFamily(f"poststelle_webhook_{name}", meaning, labels=["webhook"])
        for name, meaning in _OF_WEBHOOKS.items()
    }
    for one in webhooks:
        label = encode_id(WEBHOOK, one.id)
        age_s = 0.0 if one.since is None else (now - one.since).total_seconds()
        told = {
            "waiting": one.waiting,
            "oldest_age_seconds": age_s,
            "refused": one.refused,
            "given_up": float(one.is_given_up),
        }
        for name, number in told.items():
            numbers[name].add_metric([label], number)
    return numbers.values()


_OF_WEBHOOKS = {
    "waiting": "Events that the webhook is still to be told.",
    "oldest_age_seconds": "Since when the oldest of them does not get through; 0: they do.",
    "refused": "Events that were given up.",
    "given_up": "Whether nothing is sent any more because nothing was taken for days.",
}


def _of_accounts(accounts: Iterable[AccountHealth], now: datetime) -> Iterable[Metric]:
    grades = GaugeMetricFamily(
        "poststelle_account_grade", "1 for the grade it has.", labels=["account", "grade"]
    )
    numbers = {
        name: GaugeMetricFamily(f"poststelle_account_{name}", meaning, labels=["account"])
        for name, meaning in _NUMBERS.items()
    }
    for one in accounts:
        label = encode_id(ACCOUNT, one.account.id)
        for grade in Grade:
            grades.add_metric([label, grade.value], grade is one.grade)
        for name, number in _numbers(one, now).items():
            if number is not None:
                numbers[name].add_metric([label], number)
    return [grades, *numbers.values()]


_NUMBERS = {
    "held_messages": "Messages held here.",
    "expected_messages": "Messages at Microsoft, as its folders count.",
    "differences": "By how many the counters differ.",
    "synchronised_age_seconds": "Since the last synchronisation.",
    "queue_length": "Changes that wait for Microsoft.",
    "queue_age_seconds": "Since when the oldest waits.",
    "check_age_seconds": "Since the last check ended.",
    "check_undecided": "Differences the last check could not decide.",
    "sign_in_ends_seconds": "Until the sign-in ends unless it is renewed.",
    "notified": "Whether Microsoft tells of changes.",
}


def _numbers(one: AccountHealth, now: datetime) -> dict[str, float | None]:
    check, queue, sync = one.last_check, one.queue, one.sync
    told = sync.notified_until
    return {
        "held_messages": sync.held,
        "expected_messages": sync.expected,
        "differences": one.counters.differences,
        "synchronised_age_seconds": _age(sync.last_synced_at, now),
        "queue_length": queue.total if queue else 0,
        "queue_age_seconds": _age(queue.since, now) if queue else 0,
        "check_age_seconds": _age(check.ended_at, now) if check else None,
        "check_undecided": check.undecided if check else None,
        "sign_in_ends_seconds": None if one.signs_in_until is None else -(_age(one.signs_in_until, now) or 0),
        "notified": told is not None and told > now,
    }


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else (now - at).total_seconds()
