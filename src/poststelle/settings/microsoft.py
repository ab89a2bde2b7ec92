"""The app registration at Microsoft: what is set, and what may be told of it."""

from dataclasses import dataclass
from datetime import datetime

from poststelle.access.rights import require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.model.errors import Conflict
from poststelle.model.ids import UserId
from poststelle.providers.graph.clouds import TENANT_WORDS
from poststelle.settings import change
from poststelle.settings.certificate import certificate_ends, check_certificate
from poststelle.settings.schema import (
    APP_TENANT,
    CERTIFICATE,
    CLIENT_ID,
    CLOUD,
    SECRET,
    SECRET_EXPIRES_AT,
    TENANT,
    THUMBPRINT,
    Setting,
)
from poststelle.store import waking
from poststelle.store.tx import ReadTx, Tx

APP_MISSING = "app_missing"


@dataclass(frozen=True, slots=True)
class Preset:
    """From the environment, for what nobody has set in the browser."""

    client_id: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signing in needs, secrets in the clear: never for an answer or a log."""

    client_id: str
    secret: str | None
    certificate: str | None
    tenant: str
    cloud: str

    @property
    def is_complete(self) -> bool:
        """Whether anybody could sign in with this."""
        return bool(self.client_id and (self.secret or self.certificate))


@dataclass(frozen=True, slots=True)
class MicrosoftView:
    """What the settings page may show."""

    client_id: str
    has_secret: bool
    has_certificate: bool
    certificate_thumbprint: str | None
    tenant: str
    cloud: str
    secret_expires_at: str | None
    certificate_expires_at: datetime | None
    app_tenant: str | None


@dataclass(frozen=True, slots=True)
class MicrosoftPatch:
    """What to change: None leaves as it is, an empty text clears."""

    client_id: str | None = None
    secret: str | None = None
    certificate: str | None = None
    tenant: str | None = None
    cloud: str | None = None
    secret_expires_at: str | None = None
    app_tenant: str | None = None


def credentials(tx: ReadTx, ring: KeyRing, preset: Preset) -> Credentials:
    """The app registration in use. Secrets from the environment go with its client id only."""
    stored_id = change.read(tx, ring, CLIENT_ID)
    secret, certificate = change.read(tx, ring, SECRET), change.read(tx, ring, CERTIFICATE)
    is_preset = not stored_id or stored_id == preset.client_id.lower()
    if is_preset and not secret and not certificate:
        secret = preset.secret or None
    return Credentials(
        client_id=stored_id or preset.client_id,
        secret=None if certificate else secret,
        certificate=certificate,
        tenant=change.read(tx, ring, TENANT),
        cloud=change.read(tx, ring, CLOUD),
    )


def app_trouble(code: str) -> Conflict:
    """Why nobody can sign in with the app: none is entered (``app_missing``), or Microsoft refuses it."""
    if code == APP_MISSING:
        return Conflict(APP_MISSING, "No app registration is entered in the Microsoft settings yet.")
    return Conflict("app_settings", "Microsoft refuses our app registration; see its settings.", detail=code)


def application_tenant(tx: ReadTx, ring: KeyRing) -> str | None:
    """Where our program may open mailboxes by itself; None while no single tenant is named."""
    entered: str | None = change.read(tx, ring, APP_TENANT)
    allowed: str = change.read(tx, ring, TENANT)
    return entered or (None if allowed in TENANT_WORDS else allowed)


def show(tx: ReadTx, by: UserId, ring: KeyRing, preset: Preset) -> MicrosoftView:
    require_settings(tx, by)
    return view(tx, ring, preset)


def save(
    tx: Tx, by: UserId, patch: MicrosoftPatch, *, ring: KeyRing, preset: Preset, now: datetime
) -> MicrosoftView:
    """Change the app registration; all of the patch or, when anything is wrong, nothing.

    A new secret's expiry date replaces the old one's, also by being unknown.
    """
    require_settings(tx, by)
    before = credentials(tx, ring, preset)
    for setting, text in _checked(patch).items():
        change.write(tx, ring, setting, text, by=by, now=now)
    if credentials(tx, ring, preset) != before:
        waking.note(tx, now)  # what was refused with the old ones need not wait any longer
    return view(tx, ring, preset)


def _checked(patch: MicrosoftPatch) -> dict[Setting, str | None]:
    changes: dict[Setting, str | None] = {}
    for setting in (CLIENT_ID, TENANT, APP_TENANT, CLOUD, SECRET, SECRET_EXPIRES_AT):
        text = getattr(patch, setting.field)
        if text is not None:
            changes[setting] = setting.check(text.strip()) if text.strip() else None
    if changes.get(SECRET):
        changes.setdefault(SECRET_EXPIRES_AT, None)
    if patch.certificate is not None:
        pem, thumbprint = check_certificate(patch.certificate) if patch.certificate.strip() else (None, None)
        changes |= {CERTIFICATE: pem, THUMBPRINT: thumbprint}
    return changes


def view(tx: ReadTx, ring: KeyRing, preset: Preset) -> MicrosoftView:
    used = credentials(tx, ring, preset)
    return MicrosoftView(
        client_id=used.client_id,
        has_secret=used.secret is not None or change.is_stored(tx, SECRET),
        has_certificate=used.certificate is not None,
        certificate_thumbprint=change.read(tx, ring, THUMBPRINT),
        tenant=used.tenant,
        cloud=used.cloud,
        secret_expires_at=change.read(tx, ring, SECRET_EXPIRES_AT),
        certificate_expires_at=certificate_ends(used.certificate) if used.certificate else None,
        app_tenant=change.read(tx, ring, APP_TENANT),
    )
