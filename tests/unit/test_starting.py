"""What a process says of itself while its database is brought up to date."""

from structlog.testing import capture_logs

from poststelle.http.serving import Front, State
from poststelle.program import _tell_held_up, _telling_migrating


def test_each_try_is_a_migration_and_the_first_is_logged() -> None:
    """Also where somebody had the turn before it came to one: the try that goes through may take hours."""
    front = Front()
    tell_migrating = _telling_migrating(front)
    seen = []
    with capture_logs() as told:
        for attempt in (1, 2):
            _tell_held_up(front, "pg_dump (pid 7)", attempt)
            seen.append(front.state)
            tell_migrating(55, 58)
            seen.append(front.state)
    assert seen == [State.HELD_UP, State.MIGRATING] * 2
    assert [one["event"] for one in told] == ["database.held_up", "database.migrating"]
