"""Proof that whoever listens at a URL wants to hear: it must send back a token, decoded, in plain text.

Source: Graph v1.0, "Receive change notifications through webhooks" (notificationUrl validation).
"""

from __future__ import annotations

import uuid
from http import HTTPStatus
from urllib.parse import quote_plus

from m365sim.notify.post import Postman


class HandshakeFailed(Exception):
    """The URL did not answer as it must; the text is Graph's."""


async def shake_hands(postman: Postman, url: str, within_s: float) -> None:
    """Validate one URL; HandshakeFailed otherwise. Nothing else waits meanwhile: the receiver may call us."""
    token = f"Validation: Testing client application reachability for subscription Request-Id: {uuid.uuid4()}"
    address = f"{url}{'&' if '?' in url else '?'}validationToken={quote_plus(token)}"
    reply = await postman.post(address, b"", "text/plain; charset=utf-8", within_s)
    if reply.is_late:
        raise HandshakeFailed("Subscription validation request timed out.")
    if reply.status != HTTPStatus.OK:
        status = f" HTTP status code is '{_name(reply.status)}'." if reply.status else ""
        raise HandshakeFailed(
            f"Subscription validation request failed.{status} "
            "Notification endpoint must respond with 200 OK to validation request."
        )
    if reply.content_type != "text/plain" or reply.text != token:
        raise HandshakeFailed(
            "Subscription validation request failed. "
            "Response must exactly match validationToken query parameter."
        )


def _name(status: int) -> str:
    """The status as .NET spells it: ``NotFound``."""
    try:
        return HTTPStatus(status).phrase.replace(" ", "").replace("-", "")
    except ValueError:
        return str(status)
