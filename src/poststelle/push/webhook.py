"""Telling a program of the operator's something: a POST with a signature over time and body.

What the receiver checks: ``Poststelle-Signature: t=<seconds>,v1=<hex>``, where v1 is HMAC-SHA-256 with the
shared secret over ``<seconds>.<body>``; what is older than it likes it throws away.
"""

import hmac
from datetime import datetime

from poststelle.push.outbound import NotReached, Outbound

SIGNATURE = "Poststelle-Signature"


async def post(outbound: Outbound, url: str, body: bytes, secret: str, now: datetime) -> None:
    """Raises NotReached unless it was taken (2xx)."""
    headers = {"Content-Type": "application/json", SIGNATURE: signature(body, secret, now)}
    status = (await outbound.post(url, body, headers)).status
    if not 200 <= status < 300:
        raise NotReached(f"status {status}")


def signature(body: bytes, secret: str, now: datetime) -> str:
    """What the header says."""
    seconds = int(now.timestamp())
    signed = hmac.digest(secret.encode(), f"{seconds}.".encode() + body, "sha256").hex()
    return f"t={seconds},v1={signed}"
