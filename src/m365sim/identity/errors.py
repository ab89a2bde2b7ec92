"""The errors of the identity platform: their numbers, their words, their JSON body.

    OAuthError(number)     every refusal; ``error`` is what a program reacts to,
                           the AADSTS number picks a help text

Source: "Microsoft Entra authentication and authorization error codes";
"OAuth 2.0 authorization code flow", error responses.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from m365sim.identity.kinds import KINDS, Kind


class OAuthError(Exception):
    """A refusal of the identity platform.

    ``claims`` is the JSON of a claims challenge to send along, ``suberror`` a
    finer reason; both are usually None.
    """

    def __init__(
        self,
        number: int,
        error: str,
        text: str,
        status: int = 400,
        *,
        suberror: str | None = None,
        claims: str | None = None,
    ) -> None:
        super().__init__(f"AADSTS{number}: {text}")
        self.number = number
        self.error = error
        self.text = text
        self.status = status
        self.suberror = suberror
        self.claims = claims


def refusal(number: int, **words: str) -> OAuthError:
    """The error with this number, its sentence filled with ``words``; unknown words become '-'.

    ``number`` must be one of `KINDS`.
    """
    kind = KINDS[number]
    text = kind.text.format_map(_Words(words))
    return OAuthError(number, kind.error, text, kind.status, suberror=kind.suberror, claims=_claims(kind))


def at_token_endpoint(error: OAuthError) -> OAuthError:
    """The same refusal, called what the token endpoint calls it."""
    kind = KINDS.get(error.number)
    if kind is not None and kind.token_error is not None and error.error == kind.error:
        error.error = kind.token_error
    return error


def not_simulated(what: str) -> OAuthError:
    """501: Microsoft has it, this simulator does not. ``what`` names it."""
    return OAuthError(
        9002313, "invalid_request", f"NotImplementedInSimulation: {what} is not simulated.", 501
    )


def _claims(kind: Kind) -> str | None:
    """The claims challenge that says which policy a sign-in has to meet."""
    if kind.policy is None:
        return None
    wanted = {"access_token": {"capolids": {"essential": True, "values": [kind.policy]}}}
    return json.dumps(wanted, separators=(",", ":"))


class _Words(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "-"


@dataclass(frozen=True, slots=True)
class ErrorTrace:
    """What support is given to find one error again."""

    trace_id: str
    correlation_id: str
    at: datetime

    def timestamp(self) -> str:
        """The instant as the platform writes it, e.g. ``2026-05-04 08:15:00Z``."""
        return self.at.strftime("%Y-%m-%d %H:%M:%SZ")


def description(error: OAuthError, trace: ErrorTrace) -> str:
    """``error_description``: the sentence, then three lines that lead support to the request."""
    lines = (
        f"AADSTS{error.number}: {error.text}",
        f"Trace ID: {trace.trace_id}",
        f"Correlation ID: {trace.correlation_id}",
        f"Timestamp: {trace.timestamp()}",
    )
    return "\r\n".join(lines)


def error_body(error: OAuthError, trace: ErrorTrace, error_uri: str) -> dict[str, Any]:
    """The JSON body of a refusal by the token endpoint."""
    body: dict[str, Any] = {
        "error": error.error,
        "error_description": description(error, trace),
        "error_codes": [error.number],
        "timestamp": trace.timestamp(),
        "trace_id": trace.trace_id,
        "correlation_id": trace.correlation_id,
        "error_uri": error_uri,
    }
    if error.suberror:
        body["suberror"] = error.suberror
    if error.claims:
        body["claims"] = error.claims
    return body
