"""The live test of the app registration: each step of the set-up is tried at Microsoft, as far as that can be
done without a person, and what is wrong is told by Microsoft's own code.

    entered        client id, and secret or certificate
    organisation   Microsoft knows the directory that may sign in
    redirect, approved_redirect    both addresses are registered
    credential     the secret or certificate is accepted
    application    the organisation has let the application in

Whether people may consent, and to which permissions, only a sign-in shows.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from poststelle.access.rights import require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.lib.clock import Clock
from poststelle.model.ids import UserId
from poststelle.providers.errors import Refused, RetryLater, SignInNeeded
from poststelle.providers.graph.clouds import CONSUMERS_TENANT, TENANT_WORDS
from poststelle.providers.graph.sign_in_errors import SignInRefused
from poststelle.providers.graph.tokens import MicrosoftApp
from poststelle.settings import guardian, microsoft
from poststelle.settings.microsoft import APP_MISSING, Credentials, MicrosoftView, Preset
from poststelle.store import audit, sign_ins
from poststelle.store.tx import ReadTx, Store, Tx


class Step(StrEnum):
    ENTERED = "entered"
    ORGANISATION = "organisation"
    REDIRECT = "redirect"
    APPROVED_REDIRECT = "approved_redirect"
    CREDENTIAL = "credential"
    APPLICATION = "application"


class Outcome(StrEnum):
    """``unknown``: it could not be told; ``code`` says why. ``skipped``: not asked, for a step before it is
    wrong, or nothing is entered for it.
    """

    GOOD = "good"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """``code``: Microsoft's (``AADSTS…``), or ours: app_missing, app_settings, expired, unreachable,
    no_organisation (none to ask in).
    """

    step: Step
    outcome: Outcome
    code: str | None = None


@dataclass(frozen=True, slots=True)
class CheckDesk:
    """What it takes; both addresses Microsoft returns to."""

    store: Store
    ring: KeyRing
    preset: Preset
    clock: Clock
    microsoft: Callable[[], Awaitable[MicrosoftApp]]
    redirect_uri: str
    approved_uri: str


@dataclass(frozen=True, slots=True)
class _Facts:
    used: Credentials
    view: MicrosoftView
    app_tenant: str | None
    home: str | None


async def check(desk: CheckDesk, by: UserId) -> list[Finding]:
    """Each step in order. Raises NotAllowed without the right to the settings."""
    facts = await desk.store.read(_facts, desk.ring, desk.preset, by)
    findings = await _findings(desk, facts)
    await desk.store.write(_note, by, facts.used.client_id, findings, desk.clock.now())
    return findings


async def _findings(desk: CheckDesk, facts: _Facts) -> list[Finding]:
    if not facts.used.is_complete:
        return [Finding(Step.ENTERED, Outcome.WRONG, APP_MISSING), *_skipped(*list(Step)[1:])]
    entered = Finding(Step.ENTERED, Outcome.GOOD)
    if _has_ended(facts.view, desk.clock.now()):
        entered = Finding(Step.ENTERED, Outcome.WRONG, "expired")
    app = await desk.microsoft()
    organisation = await _organisation(app)
    if organisation.outcome is Outcome.WRONG:
        return [entered, organisation, *_skipped(*list(Step)[2:])]
    return [
        entered,
        organisation,
        await _redirect(app, Step.REDIRECT, desk.redirect_uri),
        await _redirect(app, Step.APPROVED_REDIRECT, desk.approved_uri),
        await _credential(app, facts),
        await _application(app, facts),
    ]


def _facts(tx: ReadTx, ring: KeyRing, preset: Preset, by: UserId) -> _Facts:
    require_settings(tx, by)
    used = microsoft.credentials(tx, ring, preset)
    app_tenant = microsoft.application_tenant(tx, ring)
    signed_in = sign_ins.any_tenant(tx, CONSUMERS_TENANT)
    home = app_tenant or (None if used.tenant in TENANT_WORDS else used.tenant) or signed_in
    return _Facts(used, microsoft.view(tx, ring, preset), app_tenant, home)


def _skipped(*steps: Step) -> list[Finding]:
    return [Finding(step, Outcome.SKIPPED) for step in steps]


def _has_ended(view: MicrosoftView, now: datetime) -> bool:
    if view.has_certificate:
        return view.certificate_expires_at is not None and view.certificate_expires_at <= now
    return view.secret_expires_at is not None and date.fromisoformat(view.secret_expires_at) < now.date()


async def _organisation(app: MicrosoftApp) -> Finding:
    try:
        await app.look_up()
    except SignInRefused as problem:
        return Finding(Step.ORGANISATION, Outcome.WRONG, problem.aadsts)
    except RetryLater:
        return Finding(Step.ORGANISATION, Outcome.WRONG, "unreachable")
    return Finding(Step.ORGANISATION, Outcome.GOOD)


async def _redirect(app: MicrosoftApp, step: Step, address: str) -> Finding:
    try:
        code = await app.redirect_refusal(address)
    except (SignInRefused, RetryLater):
        return Finding(step, Outcome.UNKNOWN, "unreachable")
    return Finding(step, Outcome.WRONG if code else Outcome.GOOD, code)


async def _credential(app: MicrosoftApp, facts: _Facts) -> Finding:
    """Microsoft looks at it only where it knows for which organisation a token is wanted."""
    if facts.home is None:
        return Finding(Step.CREDENTIAL, Outcome.UNKNOWN, "no_organisation")
    try:
        await app.app_token(facts.home)
    except Refused as problem:
        return Finding(Step.CREDENTIAL, Outcome.WRONG, problem.code)
    except SignInNeeded as problem:  # the organisation does not know us: nothing was said of the secret
        return Finding(Step.CREDENTIAL, Outcome.UNKNOWN, problem.code)
    except RetryLater:
        return Finding(Step.CREDENTIAL, Outcome.UNKNOWN, "unreachable")
    return Finding(Step.CREDENTIAL, Outcome.GOOD)


async def _application(app: MicrosoftApp, facts: _Facts) -> Finding:
    if facts.app_tenant is None:
        return Finding(Step.APPLICATION, Outcome.SKIPPED)
    try:
        await app.app_token(facts.app_tenant)
    except SignInNeeded as problem:
        return Finding(Step.APPLICATION, Outcome.WRONG, problem.code)
    except (Refused, RetryLater):
        return Finding(Step.APPLICATION, Outcome.SKIPPED)
    return Finding(Step.APPLICATION, Outcome.GOOD)


def _note(tx: Tx, by: UserId, client_id: str, findings: list[Finding], now: datetime) -> None:
    """A secret that is accepted again: what waits for it need not wait for its next try."""
    if any(f.step is Step.CREDENTIAL and f.outcome is Outcome.GOOD for f in findings):
        guardian.note_app_accepted(tx, client_id, now)
    wrong = [f"{f.step}: {f.code}" for f in findings if f.outcome is Outcome.WRONG]
    audit.record(tx, now, by, "app.tried", subject=client_id, wrong=wrong)
