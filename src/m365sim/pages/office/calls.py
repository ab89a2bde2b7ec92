"""What programs asked for, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from m365sim.journal import CallRecord
from m365sim.pages.office.frame import Form, Frame, Told, back, link
from m365sim.pages.office.showing import short_path
from m365sim.world.simulation import Simulation

SHOWN = 100
STATUSES = ("", "ok", "refused", "429", "failed", "broken")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls are shown; empty means all."""

    mailbox: str = ""
    path: str = ""
    status: str = ""

    def fits(self, call: CallRecord) -> bool:
        """Whether a call, or a part of it, is one of those."""
        return self._fits(call) or any(map(self._fits, call.parts))

    def _fits(self, call: CallRecord) -> bool:
        return (
            self.mailbox in ("", call.mailbox)
            and self.path.lower() in f"{call.path}?{call.query}".lower()
            and (not self.status or kind_of(call.status) == self.status or str(call.status) == self.status)
        )


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call as it is shown; ``short`` is its path with ids cut."""

    number: int
    call: CallRecord
    short: str
    app: str
    kind: str
    parts: list[CallRow]


def calls_routes(frame: Frame) -> list[Route]:
    """The page and its form."""
    calls = _Calls(frame)
    return [
        Route("/office/calls", frame.shows(calls.page)),
        Route("/office/calls/clear", frame.acts(calls.page, calls.clear), methods=["POST"]),
    ]


class _Calls:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def page(self, request: Request, told: Told) -> Response:
        sim, query = self._frame.sim, request.query_params
        wanted = Wanted(query.get("mailbox", ""), query.get("path", "").strip(), query.get("status", ""))
        return self._frame.render(
            request,
            "calls.html",
            told,
            rows=list(islice(call_rows(sim, wanted), SHOWN)),
            total=len(sim.journal),
            wanted=wanted,
            is_filtered=wanted != Wanted(),
            mailboxes=sorted(mailbox.address for mailbox in sim.world),
            statuses=STATUSES,
            shown=SHOWN,
        )

    def clear(self, request: Request, form: Form) -> Response:
        self._frame.sim.journal.clear()
        return back(link("office", "calls"), "cleared")


def call_rows(sim: Simulation, wanted: Wanted) -> Iterator[CallRow]:
    """The calls that are wanted, newest first; each has its number for life."""
    names = {app.client_id: app.name for app in sim.directory.apps.values()}
    for age, call in enumerate(reversed(sim.journal)):
        if wanted.fits(call):
            yield _row(call, sim.journal.total - age, names)


def _row(call: CallRecord, number: int, names: dict[str, str]) -> CallRow:
    app = names.get(call.app_id or "", call.app_id or "")
    parts = [_row(part, number, names) for part in call.parts]
    return CallRow(number, call, short_path(call.path), app, kind_of(call.status), parts)


def kind_of(status: int) -> str:
    """``ok``, ``refused`` (4xx), ``failed`` (5xx), or ``broken`` off without an answer."""
    if status == 0:
        return "broken"
    if status < 400:
        return "ok"
    return "refused" if status < 500 else "failed"
