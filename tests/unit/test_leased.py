"""A lease is renewed for as long as nobody else has it, whatever the database does meanwhile."""

import pytest
from structlog.testing import capture_logs

from poststelle.model.ids import AccountId
from poststelle.sync.leased import HANGS_AFTER_S, keep_renewed

pytestmark = pytest.mark.anyio
ACCOUNT = AccountId(7)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_an_error_ends_no_renewing_and_a_lost_lease_does() -> None:
    """The database is away at the second beat and the third; at the fifth somebody else has the lease."""
    waits: list[float] = []
    answers: list[bool | Exception] = [True, OSError(), RuntimeError(), True, False]

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def renew() -> bool:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with capture_logs() as told:
        await keep_renewed(ACCOUNT, renew, 15.0, sleep)

    assert waits == [5.0] * 5
    assert [(one["event"], one["account"], one["error"]) for one in told] == [
        ("lease.not_renewed", ACCOUNT, "OSError"),
        ("lease.not_renewed", ACCOUNT, "RuntimeError"),
    ]


async def test_work_that_hangs_lets_its_lease_go() -> None:
    """What it waits for may never come; others can read the account as soon as the lease has ended."""
    still_s = 0.0
    renewals: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal still_s
        still_s += seconds

    async def renew() -> bool:
        renewals.append(still_s)
        return True

    with capture_logs() as told:
        await keep_renewed(ACCOUNT, renew, 15.0, sleep, still_s=lambda: still_s)

    assert renewals[-1] == HANGS_AFTER_S - 5.0
    assert [(one["event"], one["account"]) for one in told] == [("lease.let_go", ACCOUNT)]
