"""The loop that looks after what administrators at Microsoft allow: approvals that are waited for, and the
proof that our program by itself opens nothing but what it is meant to open.
"""

import structlog

from poststelle.lib.clock import Clock
from poststelle.settings import approvals, least_privilege
from poststelle.settings.application import ApplicationDesk
from poststelle.settings.approvals import ApprovalDesk

log = structlog.get_logger()

_TICK_S = 15.0


class ConsentKeeper:
    """One in each process: looking twice is the same as once, and a proof is repeated by one of them."""

    def __init__(self, approval: ApprovalDesk, application: ApplicationDesk, clock: Clock) -> None:
        self._approval, self._application, self._clock = approval, application, clock

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.run_due()
            await self._clock.sleep(_TICK_S)

    async def run_due(self) -> None:
        """Look at what is due now, once."""
        looked = await approvals.look(self._approval)
        proof = await least_privilege.repeat(self._application)
        if looked or proof:
            log.info("consents.looked", approvals=looked, proof=proof and proof.verdict.value)
