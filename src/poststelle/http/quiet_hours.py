"""When one is not notified of new mail: the week's quiet hours, and pauses."""

from datetime import datetime
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn
from poststelle.http.body import Body, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.mail import quiet_hours
from poststelle.mail.quiet_hours import Pause, Quiet
from poststelle.model.errors import Invalid
from poststelle.model.quiet import DAY_MIN, QuietSpan


class SpanRow(Body, rename={"from_": "from"}):
    """``days`` on which it begins, 1 (Monday) to 7; times of day as 18:00, the day's end as 24:00."""

    days: list[int]
    from_: str
    to: str


class QuietBody(Body):
    is_on: bool
    time_zone: str
    spans: list[SpanRow]


class PauseBody(Body):
    how_long: Literal["hour", "tomorrow"]
    time_zone: str


class QuietRow(msgspec.Struct):
    """``quiet_until``: when the quiet ends that there is now, be it a pause or hours; null: none."""

    is_on: bool
    time_zone: str | None
    spans: list[SpanRow]
    paused_until: datetime | None
    quiet_until: datetime | None


def routes(services: Services) -> list[Route]:
    store, clock = services.store, services.clock

    async def show(request: Request) -> Response:
        who = await authn.bearer(services, request)
        return json_response(request, _row(await store.read(quiet_hours.get, who.user.id, clock.now())))

    async def choose(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, QuietBody)
        spans = [QuietSpan(tuple(one.days), _minutes(one.from_), _minutes(one.to)) for one in body.spans]
        chosen = await store.write(
            quiet_hours.choose,
            who.user.id,
            is_on=body.is_on,
            time_zone=body.time_zone,
            spans=spans,
            now=clock.now(),
        )
        return json_response(request, _row(chosen))

    async def pause(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, PauseBody)
        how_long = Pause(body.how_long)
        paused = await store.write(quiet_hours.pause, who.user.id, how_long, body.time_zone, clock.now())
        return json_response(request, _row(paused))

    async def resume(request: Request) -> Response:
        who = await authn.bearer(services, request)
        return json_response(request, _row(await store.write(quiet_hours.resume, who.user.id, clock.now())))

    return [
        Route("/api/me/quiet", show, methods=["GET"]),
        Route("/api/me/quiet", choose, methods=["PUT"]),
        Route("/api/me/quiet/pause", pause, methods=["PUT"]),
        Route("/api/me/quiet/pause", resume, methods=["DELETE"]),
    ]


def _row(quiet: Quiet) -> QuietRow:
    hours, paused = quiet.rest.hours, quiet.rest.paused_until
    spans = (
        [SpanRow(list(one.days), _clock(one.begins), _clock(one.ends)) for one in hours.spans]
        if hours
        else []
    )
    return QuietRow(
        is_on=hours is not None and hours.is_on,
        time_zone=None if hours is None else hours.time_zone,
        spans=spans,
        paused_until=paused,
        quiet_until=quiet.until,
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _minutes(text: str) -> int:
    hour, colon, minute = text.partition(":")
    is_time = (
        colon and len(hour) == len(minute) == 2 and (hour + minute).isascii() and (hour + minute).isdigit()
    )
    found = int(hour) * 60 + int(minute) if is_time and minute < "60" else DAY_MIN + 1
    if found > DAY_MIN:
        raise Invalid("spans", "invalid_hours", "Times are written as 18:00.")
    return found
