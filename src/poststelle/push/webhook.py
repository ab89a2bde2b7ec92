"""Telling a program of the operator's something: a POST with a signature over time and body.

What the receiver checks: ``Poststelle-Signature: t=<seconds>,v1=<hex>``, where v1 is HMAC-SHA-256 with the
shared secret over ``<seconds>.<body>``; what is older than it likes it throws away. While a secret is being
changed both sign, and there are two ``v1``: one that fits is enough.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime

from poststelle.push.outbound import NotReached, Outbound

SIGNATURE = "Poststelle-Signature"


async def post(outbound: Outbound, url: str, body: bytes, secrets: Sequence[str], now: datetime) -> str:
    """What was answered. Raises NotReached unless it was taken (2xx)."""
    headers = {"Content-Type": "application/json", SIGNATURE: signature(body, secrets, now)}
    answer = await outbound.post(url, body, headers)
    if not 200 <= answer.status < 300:
        raise NotReached(f"status {answer.status}", answer.after_s)
    return f"status {answer.status}"


def signature(body: bytes, secrets: Sequence[str], now: datetime) -> str:
    """What the header says."""
    seconds = int(now.timestamp())
    signed = [hmac.digest(one.encode(), f"{seconds}.".encode() + body, "sha256").hex() for one in secrets]
    return ",".join([f"t={seconds}", *(f"v1={one}" for one in signed)])
