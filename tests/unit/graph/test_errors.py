"""Graph's answers and Microsoft's refusals are sorted by what the caller can do."""

import base64
import json

import pytest

from poststelle.providers.errors import (
    CursorExpired,
    ProviderError,
    Refused,
    RemoteConflict,
    RetryLater,
    SignInNeeded,
)
from poststelle.providers.graph.errors import (
    GraphAnswer,
    TooHeavy,
    claims_challenge,
    error_codes,
    graph_error,
)
from poststelle.providers.graph.sign_in_errors import RefusalKind, refresh_error, refusal, short_code
from poststelle.providers.graph.throttle import parse_retry_after


def answer(status: int, code: str = "", headers: dict[str, str] | None = None) -> GraphAnswer:
    body = json.dumps({"error": {"code": code, "message": "text that may change"}}) if code else ""
    return GraphAnswer(status, headers or {}, body.encode())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer(410, "SyncStateNotFound"), CursorExpired),
        (answer(400, "resyncRequired"), CursorExpired),
        (answer(404, "syncStateNotFound"), CursorExpired),
        (answer(429, "ApplicationThrottled"), RetryLater),
        (answer(503, "serviceNotAvailable"), RetryLater),
        (answer(504, "UnknownError"), TooHeavy),
        (answer(500), TooHeavy),
        (answer(401, "InvalidAuthenticationToken"), SignInNeeded),
        (answer(404, "ErrorItemNotFound"), RemoteConflict),
        (answer(412, "ErrorIrresolvableConflict"), RemoteConflict),
        (answer(403, "ErrorAccessDenied"), Refused),
        (answer(403, "ErrorQuotaExceeded"), Refused),
        (answer(302), Refused),
    ],
)
def test_each_status_says_what_to_do(given: GraphAnswer, expected: type[ProviderError]) -> None:
    """The status and code decide, never the message."""
    assert type(graph_error(given)) is expected


def test_success_is_no_error() -> None:
    """2xx raises nothing."""
    assert graph_error(answer(204)) is None


def test_a_missing_mailbox_is_told_apart_from_a_missing_item() -> None:
    """An unlicensed account answers 404 to everything: that is not a vanished message."""
    error = graph_error(answer(404, "MailboxNotEnabledForRESTAPI"))

    assert isinstance(error, Refused)
    assert error.code == "no_mailbox"


def test_decimal_retry_after_is_obeyed() -> None:
    """The guide's own sample is 2.128 seconds."""
    error = graph_error(answer(429, "TooManyRequests", {"retry-after": "2.128"}))

    assert isinstance(error, RetryLater)
    assert (error.after_s, error.is_throttled) == (2.128, True)


@pytest.mark.parametrize(
    ("text", "seconds"), [("5", 5.0), (None, None), ("soon", None), ("nan", None), ("0", None), ("-3", None)]
)
def test_retry_after_is_a_number_or_nothing(text: str | None, seconds: float | None) -> None:
    """What is no number, or no wait, leaves the wait to back-off: nothing is asked again without a pause."""
    assert parse_retry_after(text) == seconds


@pytest.mark.parametrize(
    ("text", "date", "seconds"),
    [
        ("Fri, 27 Nov 2026 18:00:30 GMT", "Fri, 27 Nov 2026 18:00:00 GMT", 30.0),
        ("Fri, 27 Nov 2026 18:00:00 GMT", "Fri, 27 Nov 2026 18:00:30 GMT", None),
        ("Sat, 27 Nov 2027 18:00:00 GMT", "Fri, 27 Nov 2026 18:00:00 GMT", 3600.0),
        ("Fri, 27 Nov 2026 18:00:30 GMT", None, None),
        ("Fri, 27 Nov 2026 18:00:30 -0000", "Fri, 27 Nov 2026 18:00:00 GMT", None),
        ("Fri, 99 Nov", "Fri, 27 Nov 2026 18:00:00 GMT", None),
    ],
)
def test_retry_after_may_be_an_instant(text: str, date: str | None, seconds: float | None) -> None:
    """What stands before the service may answer so: it counts from the answer's own date."""
    headers = {"retry-after": text} | ({} if date is None else {"date": date})
    error = graph_error(answer(503, "ServiceUnavailable", headers))

    assert isinstance(error, RetryLater)
    assert error.after_s == seconds


def test_codes_of_all_levels_are_found() -> None:
    """Inner errors, in either spelling, may be finer than the outer one."""
    body = {
        "error": {"code": "UnknownError", "innererror": {"code": "Inner", "innerError": {"code": "Deep!<x>"}}}
    }

    assert error_codes(json.dumps(body).encode()) == ["UnknownError", "Inner", "Deepx"]
    assert error_codes(b"[1]") == []


def test_a_claims_challenge_is_decoded() -> None:
    """MSAL wants the JSON text, the header carries it in base64, perhaps among other headers."""
    claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
    coded = base64.urlsafe_b64encode(claims.encode()).decode().rstrip("=")
    headers = ["Basic", f'Bearer realm="", error="insufficient_claims", claims="{coded}"']

    assert claims_challenge(headers) == claims
    assert claims_challenge(['Bearer error="invalid_token"']) is None


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (
            {"error": "access_denied", "error_description": "AADSTS65004: User declined to consent"},
            "declined",
        ),
        ({"error": "access_denied", "error_description": "AADSTS90094: admin"}, "approval_needed"),
        ({"error": "interaction_required", "error_codes": [90095]}, "approval_requested"),
        ({"error": "access_denied", "error_description": "the user cancelled"}, "cancelled"),
        ({"error": "invalid_client", "error_codes": [7000215]}, "wrong_app_settings"),
        (
            {"error": "invalid_request", "error_description": "AADSTS50020: from another directory"},
            "wrong_account",
        ),
        ({"error": "access_denied", "error_codes": [53003]}, "blocked"),
        ({"error": "invalid_grant", "error_codes": [54005]}, "expired"),
        ({"error": 17, "error_description": None, "error_codes": "?"}, "failed"),
    ],
)
def test_refused_sign_ins_get_their_help_text(result: dict[str, object], kind: str) -> None:
    """The kind chooses the page; anything may stand in an error answer."""
    assert refusal(result).kind == RefusalKind(kind)


def test_a_dead_refresh_token_needs_a_person() -> None:
    """invalid_grant ends the sign-in, with the number for the help text."""
    error = refresh_error({"error": "invalid_grant", "error_codes": [50173]})

    assert isinstance(error, SignInNeeded)
    assert error.code == "AADSTS50173"


def test_an_expired_app_secret_does_not_end_the_sign_in() -> None:
    """The operator corrects it and the same refresh token works again."""
    assert isinstance(refresh_error({"error": "invalid_client", "error_codes": [7000222]}), Refused)


def test_microsofts_own_trouble_is_waited_for() -> None:
    """Transient errors are no reason to ask a person."""
    assert isinstance(refresh_error({"error": "temporarily_unavailable"}), RetryLater)
    assert isinstance(refresh_error({"error": "invalid_grant", "error_codes": [90033]}), RetryLater)


def test_codes_are_safe_to_show() -> None:
    """An error name from outside is cut down to letters."""
    assert short_code({"error": "<script>alert(1)</script>"}) == "scriptalert1script"
    assert short_code({}) == "unknown"
