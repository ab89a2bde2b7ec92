"""What of the identity platform survives a restart: consents, tokens, approval requests, Exchange's rules.

One small JSON file in the data folder, written whole to a neighbour and renamed,
readable by the owner alone; where it is not small any more, not with each change.
Users and tenants come from the seed, whose ids are the same every time; what belongs
to a user who is gone is dropped at loading.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from pathlib import Path

import msgspec

from m365sim.directory import AccessToken, AppGrant, Consent
from m365sim.exchange_rbac import AccessPolicy, RoleAssignment
from m365sim.identity.grants import REFRESH_INACTIVITY, ApprovalRequest, RefreshGrant
from m365sim.identity.platform import IdentityPlatform

_SHORT_S = 0.01
_PAUSE = 9  # times as long as writing took


class KeptState(msgspec.Struct):
    """The file's content."""

    consents: list[Consent] = []
    refresh_tokens: dict[str, RefreshGrant] = {}
    access_tokens: dict[str, AccessToken] = {}
    approvals: dict[str, ApprovalRequest] = {}
    valid_from: dict[str, datetime] = {}
    password_valid_from: dict[str, datetime] = {}
    access_valid_from: dict[str, datetime] = {}
    app_grants: list[AppGrant] = []
    role_assignments: dict[str, RoleAssignment] = {}
    access_policies: dict[str, AccessPolicy] = {}
    groups: dict[str, frozenset[str]] = {}


def keep_state(platform: IdentityPlatform, path: Path) -> None:
    """Load what this file holds into the platform, and from now on save every change to it, or soon after it.

    Raises ValueError, changing nothing, when the file is not one of ours.
    """
    if path.exists():
        _restore(platform, _read(path))
    saving = _Saving(platform, path)
    platform.save = platform.save_tokens = saving.save
    platform.flush = saving.flush


class _Saving:
    """Writes the file at once, or later where writing would take more than a tenth of all time."""

    def __init__(self, platform: IdentityPlatform, path: Path) -> None:
        self._platform, self._path = platform, path
        self._not_before = 0.0
        self._later: asyncio.TimerHandle | None = None

    def save(self) -> None:
        wait_s = self._not_before - time.monotonic()
        if self._later is None and wait_s > 0 and (loop := _running_loop()):
            self._later = loop.call_later(wait_s, self._write)
        if self._later is None:
            self._write()

    def flush(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._write()

    def _write(self) -> None:
        self._later, began = None, time.monotonic()
        _write(self._platform, self._path)
        took_s = time.monotonic() - began
        self._not_before = time.monotonic() + (_PAUSE * took_s if took_s > _SHORT_S else 0)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _read(path: Path) -> KeptState:
    try:
        return msgspec.json.decode(path.read_bytes(), type=KeptState)
    except msgspec.MsgspecError as error:
        raise ValueError(f"{path} is not readable. Delete it to start with no consents.") from error


def _restore(platform: IdentityPlatform, kept: KeptState) -> None:
    directory, now = platform.directory, platform.now()
    users = directory.users
    for consent in kept.consents:
        if consent.tenant_id in directory.tenants and (consent.user_id is None or consent.user_id in users):
            directory.grant(consent)
    for text, grant in kept.refresh_tokens.items():
        if grant.user_id in users and now < grant.issued_at + REFRESH_INACTIVITY:
            platform.refresh_tokens[text] = grant
    for text, token in kept.access_tokens.items():
        if (token.user_id is None or token.user_id in users) and now < token.expires_at:
            directory.access_tokens[text] = token
    platform.approvals.update({i: r for i, r in kept.approvals.items() if r.user_id in users})
    platform.switches.valid_from.update(kept.valid_from)
    platform.switches.password_valid_from.update(kept.password_valid_from)
    directory.access_valid_from.update(kept.access_valid_from)
    directory.app_grants.extend(g for g in kept.app_grants if g.tenant_id in directory.tenants)
    directory.rbac.assignments.update(kept.role_assignments)
    directory.rbac.policies.update(kept.access_policies)
    directory.rbac.groups.update(kept.groups)


def _write(platform: IdentityPlatform, path: Path) -> None:
    kept = KeptState(
        platform.directory.consents,
        platform.refresh_tokens,
        platform.directory.access_tokens,
        platform.approvals,
        platform.switches.valid_from,
        platform.switches.password_valid_from,
        platform.directory.access_valid_from,
        platform.directory.app_grants,
        platform.directory.rbac.assignments,
        platform.directory.rbac.policies,
        platform.directory.rbac.groups,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_bytes(msgspec.json.encode(kept))
    new.replace(path)
