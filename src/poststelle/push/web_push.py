"""Sending one message to a push service. Sources: RFC 8030 §5, RFC 8620 §7.2."""

from datetime import datetime

from poststelle.model.push import PushTarget
from poststelle.push.encryption import encrypt
from poststelle.push.outbound import NotReached, Outbound
from poststelle.push.vapid import Vapid

_KEPT_S = 86_400  # how long a push service keeps what a sleeping device has not fetched


class PushGone(Exception):
    """The push service has this subscription no more."""


class PushFailed(Exception):
    """It could not be handed over; ``after_s`` when the push service said how long to wait."""

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.after_s = reason, after_s


class WebPush:
    """Hands messages to push services."""

    def __init__(self, outbound: Outbound, vapid: Vapid) -> None:
        self.vapid, self._outbound = vapid, outbound

    async def check(self, url: str) -> None:
        """As ``Outbound.check``."""
        await self._outbound.check(url)

    async def send(self, target: PushTarget, message: bytes, now: datetime) -> None:
        """Hand over one message. Raises PushGone or PushFailed."""
        headers = {
            "TTL": str(_KEPT_S),
            "Authorization": self.vapid.authorization(target.url, now),
            "Content-Type": "application/json",
        }
        if target.keys is not None:
            message = encrypt(message, target.keys)
            headers |= {"Content-Type": "application/octet-stream", "Content-Encoding": "aes128gcm"}
        try:
            answer = await self._outbound.post(target.url, message, headers)
        except NotReached as problem:
            raise PushFailed(problem.reason) from problem
        if answer.status in {404, 410}:
            raise PushGone
        if not 200 <= answer.status < 300:
            raise PushFailed(f"status {answer.status}", answer.after_s)
