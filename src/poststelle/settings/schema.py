"""Every setting kept in the database, declared once: key, check, default, whether it is secret."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from urllib.parse import urlsplit

from poststelle.model.errors import Invalid
from poststelle.providers.graph.clouds import TENANT_WORDS

Check = Callable[[str], str]
_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{1,62}")
SECOND_FACTOR_WORDS = ("nobody", "settings", "all")
CLOUD_NAMES = ("global", "us_gov", "us_dod", "china")
MAX_SECRET = 500
MOST_CHECK_REQUESTS = 600
"""A mailbox allows 10,000 requests in ten minutes (Graph v1.0, "Throttling limits", read 2026-09)."""
MAX_HOLD_S = 120
MOST_MONTHS = 1200
MAX_PROVIDER_NAME = 60


@dataclass(frozen=True, slots=True)
class Setting:
    """``check`` returns the text to keep or raises Invalid; a secret is sealed and never told again."""

    key: str
    meaning: str
    default: Any
    check: Check
    is_secret: bool = False

    @property
    def field(self) -> str:
        """The name under which pages and the API know it."""
        return self.key.rpartition(".")[2]


def _client_id(text: str) -> str:
    if not _GUID.fullmatch(text):
        raise Invalid(
            "client_id",
            "invalid_client_id",
            "The client id looks like 11112222-bbbb-3333-cccc-4444dddd5555; "
            "copy the application (client) ID of the app registration.",
        )
    return text.lower()


def _tenant(text: str) -> str:
    if text.lower() in TENANT_WORDS or _GUID.fullmatch(text) or _DOMAIN.fullmatch(text):
        return text.lower()
    raise Invalid(
        "tenant",
        "invalid_tenant",
        "The tenant is organizations, common, consumers, a tenant id or one of its domains.",
    )


def _app_tenant(text: str) -> str:
    if text.lower() not in TENANT_WORDS and (_GUID.fullmatch(text) or _DOMAIN.fullmatch(text)):
        return text.lower()
    raise Invalid(
        "app_tenant", "invalid_tenant", "The organisation is a tenant id or one of the tenant's domains."
    )


def _cloud(text: str) -> str:
    if text not in CLOUD_NAMES:
        raise Invalid("cloud", "invalid_cloud", f"The cloud is one of {', '.join(CLOUD_NAMES)}.")
    return text


def _secret(text: str) -> str:
    if not text.isprintable() or " " in text or len(text) > MAX_SECRET:
        raise Invalid(
            "secret", "invalid_secret", "A client secret is one line without blanks; copy its value again."
        )
    if _GUID.fullmatch(text):
        raise Invalid(
            "secret",
            "secret_is_its_id",
            "This looks like the id of the secret; copy the column Value beside it.",
        )
    return text


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as problem:
        raise Invalid("secret_expires_at", "invalid_date", "The date looks like 2027-11-30.") from problem


def _time(text: str) -> str:
    try:
        return time.fromisoformat(text).strftime("%H:%M")
    except ValueError as problem:
        raise Invalid("time", "invalid_time", "The time looks like 03:00.") from problem


def _rate(text: str) -> str:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= MOST_CHECK_REQUESTS:
        raise Invalid(
            "requests_a_minute",
            "invalid_rate",
            f"A number of requests a minute from 1 to {MOST_CHECK_REQUESTS}.",
        )
    return str(int(text))


def _hold(text: str) -> str:
    if not text.isascii() or not text.isdigit() or len(text) > 3 or int(text) > MAX_HOLD_S:
        raise Invalid("hold_s", "invalid_hold", f"The wait is between 0 and {MAX_HOLD_S} seconds.")
    return str(int(text))


def _months(text: str) -> str:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= MOST_MONTHS:
        raise Invalid("keep_months", "invalid_months", f"A number of months from 1 to {MOST_MONTHS}.")
    return str(int(text))


def _second_factor_for(text: str) -> str:
    if text not in SECOND_FACTOR_WORDS:
        raise Invalid(
            "second_factor_for", "invalid_choice", f"It is one of {', '.join(SECOND_FACTOR_WORDS)}."
        )
    return text


def _issuer(text: str) -> str:
    parts = urlsplit(text)
    is_plain = text.isprintable() and text.isascii() and " " not in text and len(text) <= MAX_SECRET
    if not is_plain or parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
        raise _no_issuer()
    if parts.query or parts.fragment or text.endswith("/.well-known/openid-configuration"):
        raise _no_issuer()
    return text


def _no_issuer() -> Invalid:
    return Invalid(
        "issuer",
        "invalid_issuer",
        "The issuer is an address such as https://login.microsoftonline.com/<tenant id>/v2.0.",
    )


def _client(text: str) -> str:
    if not text.isprintable() or " " in text or len(text) > MAX_SECRET:
        raise Invalid("client_id", "invalid_client", "A client ID is one line without blanks.")
    return text


def _client_secret(text: str) -> str:
    if not text.isprintable() or len(text) > MAX_SECRET:
        raise Invalid("secret", "invalid_secret", "A client secret is one line; copy its value again.")
    return text


def _provider_name(text: str) -> str:
    if not text or not text.isprintable() or len(text) > MAX_PROVIDER_NAME:
        message = f"A name has 1 to {MAX_PROVIDER_NAME} characters in one line."
        raise Invalid("name", "invalid_name", message)
    return text


def _any(text: str) -> str:
    return text


CLIENT_ID = Setting("microsoft.client_id", "The app registration's application (client) ID.", "", _client_id)
TENANT = Setting("microsoft.tenant", "Who may sign in.", "common", _tenant)
APP_TENANT = Setting(
    "microsoft.app_tenant", "In which organisation the application may open mailboxes.", None, _app_tenant
)
CLOUD = Setting("microsoft.cloud", "Which of Microsoft's clouds.", "global", _cloud)
SECRET = Setting("microsoft.secret", "The client secret's value.", None, _secret, is_secret=True)
SECRET_EXPIRES_AT = Setting("microsoft.secret_expires_at", "The secret's last day.", None, _date)
CERTIFICATE = Setting(
    "microsoft.certificate", "Certificate and private key, PEM.", None, _any, is_secret=True
)
THUMBPRINT = Setting("microsoft.certificate_thumbprint", "SHA-1 as Microsoft's portal shows it.", None, _any)
HOLD_S = Setting("submission.hold_s", "For how many seconds sending can be taken back.", "10", _hold)
CHECK_TIME = Setting("checks.time", "When the night's checks begin, by the server's clock.", "03:00", _time)
CHECK_RATE = Setting(
    "checks.requests_a_minute", "How many requests a minute a check makes for one mailbox.", "120", _rate
)
ALERT_MAILBOX = Setting("alerts.mailbox", "From which mailbox administrators are written to.", None, _any)
ALERT_TO = Setting("alerts.mail_to", "Whom alerts are sent to, an address a line.", None, _any)
ALERT_LANGUAGE = Setting("alerts.language", "The language of alerts.", "en", _any)
ALERT_URL = Setting("alerts.webhook_url", "Where alerts are posted to.", None, _any)
ALERT_SECRET = Setting("alerts.webhook_secret", "What signs them.", None, _any, is_secret=True)
AUDIT_MONTHS = Setting("audit.keep_months", "How long the audit trail is kept.", None, _months)
SECOND_FACTOR_FOR = Setting(
    "security.second_factor_for", "Who must have a second factor.", "nobody", _second_factor_for
)
SSO_ISSUER = Setting("sso.issuer", "Who vouches for people, by OpenID Connect.", None, _issuer)
SSO_CLIENT_ID = Setting("sso.client_id", "As which program we are known there.", None, _client)
SSO_SECRET = Setting("sso.secret", "What proves that we are.", None, _client_secret, is_secret=True)
SSO_NAME = Setting("sso.name", "What people know it by.", None, _provider_name)
SSO_CREATES_USERS = Setting("sso.creates_users", "Whether people it lets in are added.", None, _any)
SSO_TRUSTS_ADDRESSES = Setting("sso.trusts_addresses", "Whether its addresses are people's own.", None, _any)
SSO_TRUSTS_SECOND_FACTOR = Setting("sso.trusts_second_factor", "Whether what it asks is enough.", None, _any)

SETTINGS = (
    CLIENT_ID,
    TENANT,
    APP_TENANT,
    CLOUD,
    SECRET,
    SECRET_EXPIRES_AT,
    CERTIFICATE,
    THUMBPRINT,
    CHECK_TIME,
    CHECK_RATE,
    HOLD_S,
    AUDIT_MONTHS,
    SECOND_FACTOR_FOR,
    ALERT_MAILBOX,
    ALERT_TO,
    ALERT_LANGUAGE,
    ALERT_URL,
    ALERT_SECRET,
    SSO_ISSUER,
    SSO_CLIENT_ID,
    SSO_SECRET,
    SSO_NAME,
    SSO_CREATES_USERS,
    SSO_TRUSTS_ADDRESSES,
    SSO_TRUSTS_SECOND_FACTOR,
)
