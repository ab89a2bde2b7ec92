"""A user's quiet hours and pauses: chosen by oneself, for all of one's devices."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from poststelle.model.errors import Invalid
from poststelle.model.ids import UserId
from poststelle.model.quiet import DAY_MIN, QuietHours, QuietSpan, Rest, hour_later, quiet_until, tomorrow
from poststelle.store import quiet_hours
from poststelle.store.tx import ReadTx, Tx

MOST_SPANS = 14
_LONGEST_ZONE = 64


class Pause(StrEnum):
    HOUR = "hour"
    TOMORROW = "tomorrow"


@dataclass(frozen=True, slots=True)
class Quiet:
    """What somebody chose, and what that comes to: ``until`` None, they are notified now."""

    rest: Rest
    until: datetime | None


def get(tx: ReadTx, user: UserId, now: datetime) -> Quiet:
    return _told(quiet_hours.get(tx, user), now)


def choose(
    tx: Tx, user: UserId, *, is_on: bool, time_zone: str, spans: Sequence[QuietSpan], now: datetime
) -> Quiet:
    """Set the week's quiet hours.

    Raises Invalid ``invalid_time_zone``, ``invalid_hours``, ``too_many_hours``.
    """
    if len(spans) > MOST_SPANS:
        raise Invalid("spans", "too_many_hours", f"There are at most {MOST_SPANS} of them.", most=MOST_SPANS)
    checked = tuple(_checked(one) for one in spans)
    hours = QuietHours(is_on, _checked_zone(time_zone), checked)
    return _put(tx, user, replace(quiet_hours.get(tx, user), hours=hours), now)


def pause(tx: Tx, user: UserId, how_long: Pause, time_zone: str, now: datetime) -> Quiet:
    """Be quiet for a while. Raises Invalid ``invalid_time_zone``."""
    zone = _checked_zone(time_zone)
    until = hour_later(now) if how_long is Pause.HOUR else tomorrow(zone, now)
    return _put(tx, user, replace(quiet_hours.get(tx, user), paused_until=until), now)


def resume(tx: Tx, user: UserId, now: datetime) -> Quiet:
    """End a pause; quiet hours stay."""
    return _put(tx, user, replace(quiet_hours.get(tx, user), paused_until=None), now)


def _put(tx: Tx, user: UserId, rest: Rest, now: datetime) -> Quiet:
    quiet_hours.put(tx, user, rest)
    return _told(rest, now)


def _told(rest: Rest, now: datetime) -> Quiet:
    """A pause that is over is none."""
    is_over = rest.paused_until is not None and rest.paused_until <= now
    return Quiet(replace(rest, paused_until=None) if is_over else rest, quiet_until(rest, now))


def _checked(span: QuietSpan) -> QuietSpan:
    """Days in order, each once; times within a day."""
    days = tuple(sorted(set(span.days)))
    is_fit = bool(days) and days[0] >= 1 and days[-1] <= 7
    if not is_fit or not 0 <= span.begins < DAY_MIN or not 0 < span.ends <= DAY_MIN:
        raise Invalid("spans", "invalid_hours", "Days are 1 to 7, times are within a day.")
    return QuietSpan(days, span.begins, span.ends)


def _checked_zone(name: str) -> str:
    """A zone that this machine knows; a name leads to a file, so it is bounded and looked at first."""
    is_name = 0 < len(name) <= _LONGEST_ZONE and all(sign.isalnum() or sign in "/_+-" for sign in name)
    try:
        if is_name and name.isascii():
            ZoneInfo(name)
            return name
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise Invalid("time_zone", "invalid_time_zone", "This time zone is not known.")
