"""Faults to come, delta states to forget, and the clock."""

from __future__ import annotations

import math
import re
from typing import Any, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from m365sim.control.faults import Kind
from m365sim.control.reading import Refused
from m365sim.control.wire import FaultBody
from m365sim.pages.office.frame import Form, Frame, Told, Wrong, back, mailbox_of, whole
from m365sim.world.agenda import run_due

METHODS = ("*", "GET", "POST", "PATCH", "PUT", "DELETE")
KINDS: tuple[Kind, ...] = get_args(Kind)
UNITS = {"minutes": 60, "hours": 3600, "days": 86_400}
_MOST_DAYS = 3650
_PATH = "/office/trouble"
_SECONDS = re.compile(r"\d{1,7}([.,]\d{1,3})?")


def trouble_routes(frame: Frame) -> list[Route]:
    """The page and its forms."""
    trouble = _Trouble(frame)
    forms = {
        "faults": trouble.add,
        "faults/clear": trouble.clear,
        "faults/{fault:int}/delete": trouble.remove,
        "clock": trouble.advance,
        "forget": trouble.forget,
    }
    return [
        Route(_PATH, frame.shows(trouble.page)),
        *(Route(f"{_PATH}/{p}", frame.acts(trouble.page, act), methods=["POST"]) for p, act in forms.items()),
    ]


class _Trouble:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def page(self, request: Request, told: Told) -> Response:
        sim = self._frame.sim
        return self._frame.render(
            request,
            "trouble.html",
            told,
            faults=list(sim.faults),
            methods=METHODS,
            kinds=KINDS,
            units=UNITS,
            mailboxes=sorted(mailbox.address for mailbox in sim.world),
        )

    def add(self, request: Request, form: Form) -> Response:
        fault = fault_of(form)
        self._frame.sim.faults.add(**msgspec.structs.asdict(fault))
        return back(_PATH, "fault")

    def clear(self, request: Request, form: Form) -> Response:
        self._frame.sim.faults.clear()
        return back(_PATH, "cleared")

    def remove(self, request: Request, form: Form) -> Response:
        if not self._frame.sim.faults.remove(request.path_params["fault"]):
            raise Wrong("o.no_fault", 404)
        return back(_PATH, "deleted")

    def advance(self, request: Request, form: Form) -> Response:
        """Move the clock; what is due by then is done."""
        sim = self._frame.sim
        sim.clock.advance(_seconds_ahead(form))
        run_due(sim.world)
        return back(_PATH + "#clock", "advanced")

    def forget(self, request: Request, form: Form) -> Response:
        """Let every delta state of a mailbox be too old."""
        mailbox = mailbox_of(self._frame.sim, form, "mailbox")
        self._frame.sim.tokens.forget(mailbox.id, None)
        return back(_PATH + "#forget", "forgotten")


def fault_of(form: Form) -> FaultBody:
    """The fault a form describes; Wrong when it makes no sense."""
    retry_after = form.get("retry_after", "").strip().replace(",", ".")
    if retry_after and not _SECONDS.fullmatch(retry_after):
        raise Wrong("o.bad_seconds", name="Retry-After")
    is_answer = form.get("kind", "answer") == "answer"
    status = form.get("status", "").strip()
    fields: dict[str, Any] = {
        "method": form.get("method") or "*",
        "path": form.get("path", "").strip() or "*",
        "kind": form.get("kind") or "answer",
        "status": whole(form, "status", "Status", 200, 599) if status and is_answer else 0,
        "code": form.get("code", "").strip() or None,
        "headers": {"Retry-After": retry_after} if retry_after and is_answer else {},
        "delayS": _seconds(form.get("delay", "")),
        "times": whole({"times": form.get("times") or "1"}, "times", "×", 1, 1_000_000),
    }
    if fields["method"] not in METHODS:
        raise Wrong("o.no_form")
    try:
        body = msgspec.convert(fields, FaultBody)
        body.check()
    except (msgspec.ValidationError, Refused) as error:
        raise Wrong("o.bad_fault") from error
    return body


def _seconds(given: str) -> float:
    text = given.strip()
    if text and not _SECONDS.fullmatch(text):
        raise Wrong("o.bad_delay")
    return float(text.replace(",", ".")) if text else 0.0


def _seconds_ahead(form: Form) -> float:
    unit = UNITS.get(form.get("unit", "minutes"))
    try:
        seconds = float(form.get("amount", "").strip().replace(",", ".")) * (unit or math.nan)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= _MOST_DAYS * UNITS["days"]:
        raise Wrong("o.bad_advance", days=str(_MOST_DAYS))
    return seconds
