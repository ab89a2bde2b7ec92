"""Who is told of changes, and how well that goes."""

from __future__ import annotations

from typing import get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from m365sim.control.subscriptions import provoke
from m365sim.notify.notice import LifecycleEvent
from m365sim.notify.rows import rows
from m365sim.notify.subscription import Subscription
from m365sim.pages.office.frame import Form, Frame, Told, Wrong, back
from m365sim.pages.office.showing import short_path
from m365sim.world.instants import parse_iso

EVENTS: tuple[LifecycleEvent, ...] = get_args(LifecycleEvent)
_PATH = "/office/subscriptions"


def subscriptions_routes(frame: Frame) -> list[Route]:
    """The page and its forms."""
    door = _Subscriptions(frame)
    return [
        Route(_PATH, frame.shows(door.page)),
        Route(_PATH + "/{subscription}/lifecycle", frame.acts(door.page, door.happen), methods=["POST"]),
        Route(_PATH + "/{subscription}/delete", frame.acts(door.page, door.delete), methods=["POST"]),
    ]


class _Subscriptions:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def page(self, request: Request, told: Told) -> Response:
        sim = self._frame.sim
        sim.notifier.tidy()
        shown = [
            row | {"short": short_path(row["resource"]), "expires_s": parse_iso(row["expirationDateTime"])}
            for row in rows(sim)
        ]
        names = {app.client_id: app.name for app in sim.directory.apps.values()}
        return self._frame.render(request, "subscriptions.html", told, rows=shown, names=names, events=EVENTS)

    def _found(self, request: Request) -> Subscription:
        found = self._frame.sim.subscriptions.get(request.path_params["subscription"])
        if found is None:
            raise Wrong("o.no_subscription", 404)
        return found

    def happen(self, request: Request, form: Form) -> Response:
        found = self._found(request)
        try:
            event = msgspec.convert(form.get("event"), LifecycleEvent)
        except msgspec.ValidationError as error:
            raise Wrong("o.no_form") from error
        if found.lifecycle_url is None:
            raise Wrong("o.no_lifecycle", 409)
        provoke(self._frame.sim, found, event)
        return back(_PATH, "told")

    def delete(self, request: Request, form: Form) -> Response:
        self._frame.sim.notifier.remove(self._found(request))
        return back(_PATH, "deleted")
