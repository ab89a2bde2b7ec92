"""What lists and exports are asked for in the query: a period, a direction."""

from datetime import datetime

from starlette.requests import Request

from poststelle.access.trail import checked_period
from poststelle.http.body import instant
from poststelle.model.archive import Direction
from poststelle.model.errors import Invalid


def period(request: Request) -> tuple[datetime | None, datetime | None]:
    """``since`` and ``until``; None: without that end. Raises Invalid for what is none."""
    since, until = instant(request, "since"), instant(request, "until")
    checked_period(since, until)
    return since, until


def direction(request: Request) -> Direction | None:
    """None: either. Raises Invalid."""
    text = request.query_params.get("direction")
    if text is None:
        return None
    if text not in set(Direction):
        raise Invalid("direction", "invalid_direction", "The direction is in or out.")
    return Direction(text)
