"""A new message from MIME: the body of the call is base64 text, not JSON.

Source: Graph v1.0, "Send Outlook messages in MIME format"; RFC 2156 (Importance), RFC 8098 (receipts).
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import replace
from typing import Any

from m365sim.graph.errors import bad_request
from m365sim.graph.http import GraphRequest
from m365sim.load.parse import written_from_mime
from m365sim.world.compose import Written
from m365sim.world.content import Address
from m365sim.world.trace import with_headers

AT_ONCE = 32 * 1024
"""Octets that are read in a few milliseconds."""


def is_mime(request: GraphRequest) -> bool:
    """Whether a call brings MIME rather than JSON."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower() == "text/plain"


async def read_mime(request: GraphRequest) -> Written | None:
    """The message in a call's body; None when it brings none, or no base64.

    It is read before anything is looked up; a large one in a thread, so that others are answered meanwhile.
    """
    if request.method != "POST" or not is_mime(request):
        return None
    try:
        octets = b64decode(b"".join(request.body.split()), validate=True)
    except (Base64Error, ValueError):
        return None
    if len(octets) < AT_ONCE:
        return written_from_mime(octets).written if octets else None
    return (await asyncio.to_thread(written_from_mime, octets)).written


def signed_by(written: Written | None, owner: Address, now_s: int) -> Written:
    """The message that was read; 400 when there was no base64.

    The author it names does not count: mail in MIME is that of the mailbox it is sent from.
    """
    if written is None:
        raise _no_base64()
    signed = with_headers(written, [("From", owner_text(owner))], drop={"from", "sender"})
    return replace(signed, from_=owner, sender=owner, sent_s=written.sent_s or now_s)


def _no_base64() -> Exception:
    message = "Invalid base64 string for MIME content."
    return bad_request(message, "ErrorMimeContentInvalidBase64String")


def owner_text(owner: Address) -> str:
    """An address as a header says it."""
    return f'"{owner.name}" <{owner.address}>' if owner.name else owner.address


def state_of_mime(written: Written) -> dict[str, Any]:
    """The fields of `Message` that the headers of a message set."""
    named = {name.lower(): value.strip().lower() for name, value in written.headers}
    state: dict[str, Any] = {}
    if (importance := _importance(named)) is not None:
        state["importance"] = importance
    if named.get("disposition-notification-to"):
        state["read_receipt"] = True
    if named.get("return-receipt-to"):
        state["delivery_receipt"] = True
    return state


def _importance(named: dict[str, str]) -> str | None:
    if named.get("importance") in ("low", "normal", "high"):
        return named["importance"]
    return {"1": "high", "2": "high", "4": "low", "5": "low"}.get(named.get("x-priority", "")[:1])
