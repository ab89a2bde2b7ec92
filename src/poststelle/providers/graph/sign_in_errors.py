"""Microsoft's refusals at sign-in and refresh, sorted by who can do something about them.

AADSTS numbers only choose a help text: Microsoft changes them without notice,
so the OAuth ``error`` decides first how we react.

Source: Microsoft identity platform, "Microsoft Entra authentication and authorization error codes";
"OAuth 2.0 authorization code flow", "Error codes for token endpoint errors" (read 2026-09).
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from poststelle.providers.errors import ProviderError, Refused, RetryLater, SignInNeeded


class RefusalKind(StrEnum):
    """Which help a person needs; see docs of the result page."""

    DECLINED = "declined"
    CANCELLED = "cancelled"
    APPROVAL_NEEDED = "approval_needed"
    APPROVAL_REQUESTED = "approval_requested"
    WRONG_ACCOUNT = "wrong_account"
    NO_MAILBOX = "no_mailbox"
    BLOCKED = "blocked"
    WRONG_APP_SETTINGS = "wrong_app_settings"
    EXPIRED = "expired"
    FAILED = "failed"


class SignInRefused(Exception):
    """A sign-in that came back without tokens. ``aadsts`` is ``AADSTS65004`` or an OAuth error name.

    ``description`` is Microsoft's English text, for administrators; it may
    name the user, so it is not for logs.
    """

    def __init__(self, kind: RefusalKind, aadsts: str, description: str = "") -> None:
        super().__init__(f"{kind}: {aadsts}")
        self.kind = kind
        self.aadsts = aadsts
        self.description = description


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(n) for n in text.split())


_KINDS: tuple[tuple[RefusalKind, frozenset[int]], ...] = (
    (RefusalKind.DECLINED, _numbers("65004")),
    (RefusalKind.APPROVAL_REQUESTED, _numbers("90095")),
    (RefusalKind.APPROVAL_NEEDED, _numbers("65001 90094 90093 90008")),
    (RefusalKind.WRONG_ACCOUNT, _numbers("50020 500208 50034 51004 16000 50105")),
    (RefusalKind.NO_MAILBOX, _numbers("650052")),
    (RefusalKind.BLOCKED, _numbers("53000 53001 53002 53003 530031 530035 50053 50057 50055 50144 50126")),
    (
        RefusalKind.WRONG_APP_SETTINGS,
        _numbers(
            "7000215 7000222 7000218 700025 700027 700016 700011 7000112 70001 500011 650056 650057 50194 "
            "50011 500113 900971 90038 9002331 9002332 90130 90124 700084 70011 "
            "28002 700022 9002313 900144 9001023"
        ),
    ),
    (RefusalKind.EXPIRED, _numbers("54005 50089 501481 70000 70008 700082")),
)
# The tenant does not know our app, or there is no such tenant: its administrator or ours must act.
_NOT_INSTALLED = _numbers("7000229 700016 90002 900023 90130 1002012")
# That, or its administrator has disabled our app there.
_TENANTS_OWN = _NOT_INSTALLED | _numbers("7000112")
TENANTS_OWN = frozenset(f"AADSTS{number}" for number in _TENANTS_OWN)
"""Codes of a sign-in that a tenant's administrator can mend; the same tokens work again then."""
_TRANSIENT = _numbers("90033 90024 90006 50033 90012 50196")
_OPERATOR_ERRORS = frozenset(
    {"invalid_client", "unauthorized_client", "invalid_request", "invalid_scope", "invalid_resource"}
)
_TRANSIENT_ERRORS = frozenset({"temporarily_unavailable", "server_error"})
_NUMBER = re.compile(r"AADSTS(\d{4,8})")


def aadsts_number(result: Mapping[str, Any]) -> int | None:
    """The AADSTS number of an error answer: from ``error_codes``, else from the text. Tolerates any junk."""
    codes = result.get("error_codes")
    if isinstance(codes, Iterable) and not isinstance(codes, str):
        for code in codes:
            if str(code).isdigit():
                return int(str(code))
    found = _NUMBER.search(str(result.get("error_description") or ""))
    return int(found[1]) if found else None


def short_code(result: Mapping[str, Any]) -> str:
    """``AADSTS65004`` where there is a number, else the OAuth error name, cut to something showable."""
    number = aadsts_number(result)
    if number is not None:
        return f"AADSTS{number}"
    return re.sub(r"[^a-z0-9_]", "", str(result.get("error") or "").lower())[:40] or "unknown"


def refusal(result: Mapping[str, Any]) -> SignInRefused:
    """What an error answer of authorize or the token endpoint means for the person who signs in."""
    return SignInRefused(_kind(result), short_code(result), str(result.get("error_description") or ""))


def _kind(result: Mapping[str, Any]) -> RefusalKind:
    number = aadsts_number(result)
    for kind, numbers in _KINDS:
        if number in numbers:
            return kind
    error = str(result.get("error") or "")
    if error == "consent_required":
        return RefusalKind.APPROVAL_NEEDED
    if error == "access_denied":
        return RefusalKind.CANCELLED
    if error in _OPERATOR_ERRORS:
        return RefusalKind.WRONG_APP_SETTINGS
    return RefusalKind.FAILED


def refused_on_page(page: str | None) -> str | None:
    """The code on a page that stands where a redirect should; None for no page.

    Raises RetryLater for a page without one: Microsoft's pages are no interface.
    """
    if page is None:
        return None
    found = _NUMBER.search(page)
    if found is None:
        raise RetryLater("sign_in_garbled")
    return f"AADSTS{found[1]}"


def refresh_error(result: Mapping[str, Any], *, is_for_any: bool = False) -> ProviderError:
    """What a failed refresh means for the account.

    SignInNeeded: a person must sign in. Refused: the app's settings are wrong;
    once they are corrected the same refresh token works again, so the sign-in
    is not given up. RetryLater: Microsoft's trouble.
    ``is_for_any``: the app is set up for whichever organisations, so what one of them
    refuses is no fault of the settings, and touches no other's mailboxes.
    """
    number, error, code = aadsts_number(result), str(result.get("error") or ""), short_code(result)
    if number in _TRANSIENT or error in _TRANSIENT_ERRORS:
        return RetryLater(code)
    if is_for_any and number in _TENANTS_OWN:
        return SignInNeeded(code)
    if error in _OPERATOR_ERRORS:
        return Refused(code, status=401)
    return SignInNeeded(code)


def app_token_error(result: Mapping[str, Any], *, is_for_any: bool = False) -> ProviderError:
    """What a refused token of the app itself means. SignInNeeded: in this tenant the app may not come in.

    ``is_for_any`` as for ``refresh_error``.
    """
    if aadsts_number(result) in _NOT_INSTALLED:
        return SignInNeeded(short_code(result))
    return refresh_error(result, is_for_any=is_for_any)
