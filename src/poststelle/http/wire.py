"""The admin API's bodies as typed data, and how our nouns become them. Source: docs/api.md."""

from collections.abc import Iterable
from typing import Any, Literal, cast

import msgspec

from poststelle.access.people_facts import Facts
from poststelle.http.shapes import Instant, LevelName, level_name
from poststelle.lib.ids import encode_id
from poststelle.model.account import AccountState, AccountType, SyncPhase, SyncState
from poststelle.model.audit import AuditEntry, account_of
from poststelle.model.ids import ACCOUNT, MESSAGE, SIGN_IN, TEAM, USER, AccountId
from poststelle.model.mail_page import MailPage
from poststelle.model.rights import Level
from poststelle.model.team import Team
from poststelle.model.user import SignInKind, SignInState, User
from poststelle.settings.accounts import AccountSheet, Assigned, MyAccount
from poststelle.settings.integrity import Integrity, Proven
from poststelle.settings.sign_ins import SignInView
from poststelle.settings.warnings import Warned
from poststelle.store.approvals import Approval
from poststelle.store.proofs import Fault


class Me(msgspec.Struct):
    """The one who is logged in."""

    id: str
    login: str
    name: str
    email: str
    language: str | None
    theme: str
    shows_reading: bool
    may_settings: bool
    sender_name: str
    phone: str
    position: str
    mail_page: MailPage
    has_password: bool


class UserRow(msgspec.Struct):
    """``is_signed_on``: has come by single sign-on, ``is_login_address``: is found there by the login, too.
    ``invited_until``: the end of a link that can be used."""

    id: str
    login: str
    name: str
    email: str
    is_active: bool
    may_settings: bool
    has_password: bool
    has_second_factor: bool
    is_signed_on: bool
    is_login_address: bool
    invited_until: Instant | None
    created_at: Instant


class SyncInfo(msgspec.Struct):
    phase: SyncPhase
    expected: int
    held: int
    pending: int
    problem: str | None
    problem_detail: str | None
    retry_at: Instant | None
    poll_s: float | None
    notified_until: Instant | None
    notify_problem: str | None


class AssignedUser(msgspec.Struct):
    """``own_level``: given to them alone; ``teams``: names of those that give theirs. The highest counts."""

    id: str
    name: str
    level: LevelName
    own_level: LevelName | None
    teams: list[str]


class AssignedTeam(msgspec.Struct):
    id: str
    name: str
    level: LevelName
    members: int


class SignInInfo(msgspec.Struct):
    """``by`` is the name of the user who signed in; null when that user is gone."""

    username: str
    by: str | None
    at: Instant


class SignInRow(msgspec.Struct):
    """One of an account's sign-ins. ``state``: in_use, standing_by or lost (``reason``, ``lost_at``).

    ``kind``: own, delegate or application. ``by`` as above. ``at`` is when it was given.
    """

    id: str
    kind: SignInKind
    username: str
    by: str | None
    at: Instant
    refreshed_at: Instant
    state: Literal["in_use", "standing_by", "lost"]
    reason: str | None
    lost_at: Instant | None
    may_renew: bool
    may_change: bool


class WarningRow(msgspec.Struct):
    """``kind`` and the rest as in ``settings.warnings``."""

    kind: str
    at: Instant | None
    code: str | None
    account: str | None
    address: str
    username: str


class FaultRow(msgspec.Struct):
    """An entry that does not hold; ``account`` null: of the trail's chain of what is of no mailbox."""

    account: str | None
    number: int
    why: str


class TrailState(msgspec.Struct):
    """What was found of the audit trail by the last proof of each of its chains, and at a glance.

    ``proven_at`` null: not all are proven so far. ``sealing``: why new entries are not sealed: ``note`` or
    ``unsealed``; null: they are. ``unsealed`` of them have waited for long, the oldest since
    ``unsealed_since``. ``overdue_since``: a proof of trail or archives should have been made then.
    """

    proven_at: Instant | None
    entries: int
    broken: list[FaultRow]
    sealing: Literal["note", "unsealed"] | None
    unsealed: int
    unsealed_since: Instant | None
    overdue_since: Instant | None


class ArchiveState(msgspec.Struct):
    """As ``TrailState``, of one archive."""

    account: str
    proven_at: Instant | None
    entries: int
    broken: list[FaultRow]


class IntegrityRow(msgspec.Struct):
    trail: TrailState
    archives: list[ArchiveState]


class ApprovalInfo(msgspec.Struct):
    """What an organisation is waited for: since when, and since when it is there. ``code`` is Microsoft's."""

    asked_at: Instant
    given_at: Instant | None
    code: str


class AccountRow(msgspec.Struct):
    id: str
    type: AccountType
    address: str
    name: str
    state: AccountState
    state_reason: str | None
    is_active: bool
    last_synced_at: Instant | None
    sync: SyncInfo
    users: list[AssignedUser]
    teams: list[AssignedTeam]
    sign_in: SignInInfo | None
    sign_ins: list[SignInRow]
    is_shared: bool
    history_months: int | None
    history_from: Instant | None
    is_vip: bool
    created_at: Instant
    approval: ApprovalInfo | None


class MailboxRow(msgspec.Struct):
    """``type``: graph, or local for an internal mailbox. ``sees_all``: outside it, too, where it is VIP."""

    id: str
    type: AccountType
    address: str
    name: str
    state: AccountState
    state_reason: str | None
    is_active: bool
    level: LevelName
    may_sign_in: bool
    readers: list[str]
    sync: SyncInfo
    last_synced_at: Instant | None
    is_shared: bool
    is_vip: bool
    sees_all: bool
    lost_sign_ins: list[SignInRow]
    approval: ApprovalInfo | None


class AuditRow(msgspec.Struct):
    """``user`` null is the system. Name and login are those of that moment; null where they were not kept.

    ``is_erased``: what it said of people was taken away since.
    """

    id: str
    at: Instant
    user: dict[str, str | None] | None
    action: str
    account: str | None
    subject: str
    detail: dict[str, Any]
    is_erased: bool


def me(user: User) -> Me:
    return Me(
        id=encode_id(USER, user.id),
        login=user.login,
        name=user.name,
        email=user.email,
        language=user.language,
        theme=user.theme.value,
        shows_reading=user.shows_reading,
        may_settings=user.may_settings,
        sender_name=user.sender_name,
        phone=user.phone,
        position=user.position,
        mail_page=user.mail_page or MailPage(),
        has_password=user.has_password,
    )


def user_row(user: User, known: Facts) -> UserRow:
    return UserRow(
        id=encode_id(USER, user.id),
        login=user.login,
        name=user.name,
        email=user.email,
        is_active=user.is_active,
        may_settings=user.may_settings,
        has_password=user.id in known.with_password,
        has_second_factor=user.id in known.with_second_factor,
        is_signed_on=user.id in known.signed_on,
        is_login_address="@" in user.login and user.id not in known.told,
        invited_until=known.invited_until.get(user.id),
        created_at=user.created_at,
    )


def _assigned(assigned: Assigned) -> AssignedUser:
    return AssignedUser(
        id=encode_id(USER, assigned.user.id),
        name=assigned.user.name,
        level=level_name(assigned.level),
        own_level=None if assigned.own is None else level_name(assigned.own),
        teams=list(assigned.teams),
    )


def _assigned_team(team: Team, level: Level) -> AssignedTeam:
    return AssignedTeam(encode_id(TEAM, team.id), team.name, level_name(level), len(team.members))


def _sync(sync: SyncState) -> SyncInfo:
    return SyncInfo(
        phase=sync.phase,
        expected=sync.expected,
        held=sync.held,
        pending=sync.pending,
        problem=sync.problem,
        problem_detail=sync.problem_detail,
        retry_at=sync.retry_at,
        poll_s=sync.poll_s,
        notified_until=sync.notified_until,
        notify_problem=sync.notify_problem,
    )


def account_row(sheet: AccountSheet) -> AccountRow:
    account, sign_in = sheet.account, sheet.sign_in
    by = sheet.signed_in_by.name if sheet.signed_in_by else None
    return AccountRow(
        id=encode_id(ACCOUNT, account.id),
        type=account.type,
        address=account.address,
        name=account.name,
        state=account.state,
        state_reason=account.state_reason,
        is_active=account.is_active,
        last_synced_at=sheet.sync.last_synced_at,
        sync=_sync(sheet.sync),
        users=[_assigned(assigned) for assigned in sheet.assigned],
        teams=[_assigned_team(team, level) for team, level in sheet.teams],
        sign_in=SignInInfo(sign_in.username, by, sign_in.created_at) if sign_in else None,
        sign_ins=[sign_in_row(view) for view in sheet.sign_ins],
        is_shared=account.is_shared,
        history_months=account.history_months,
        history_from=account.history_from,
        is_vip=account.is_vip,
        created_at=account.created_at,
        approval=approval_info(sheet.approval),
    )


def approval_info(approval: Approval | None) -> ApprovalInfo | None:
    if approval is None:
        return None
    return ApprovalInfo(approval.asked_at, approval.given_at, approval.code)


def sign_in_row(view: SignInView) -> SignInRow:
    sign_in = view.sign_in
    is_lost = sign_in.state is SignInState.LOST
    return SignInRow(
        id=encode_id(SIGN_IN, sign_in.id),
        kind=sign_in.kind,
        username=sign_in.username,
        by=view.by,
        at=sign_in.created_at,
        refreshed_at=sign_in.refreshed_at,
        state="lost" if is_lost else "in_use" if view.is_in_use else "standing_by",
        reason=sign_in.reason,
        lost_at=sign_in.lost_at,
        may_renew=view.may_renew,
        may_change=view.may_change,
    )


def warning_row(warned: Warned) -> WarningRow:
    return WarningRow(
        kind=warned.kind,
        at=warned.at,
        code=warned.code,
        account=None if warned.account is None else encode_id(ACCOUNT, warned.account),
        address=warned.address,
        username=warned.username,
    )


def trail_state(found: Integrity) -> TrailState:
    faults = [(account_of(chain), some) for chain, some in found.trail.items()]
    return TrailState(
        proven_at=found.trail_proven.at,
        entries=found.trail_proven.entries,
        broken=[row for account, some in faults for row in fault_rows(account, some)],
        sealing=cast(Literal["note", "unsealed"] | None, found.sealing),
        unsealed=found.unsealed,
        unsealed_since=found.unsealed_since,
        overdue_since=found.overdue_since,
    )


def fault_rows(account: AccountId | None, faults: Iterable[Fault]) -> list[FaultRow]:
    return [FaultRow(account_text(account), one.number, one.why) for one in faults]


def integrity_row(found: Integrity) -> IntegrityRow:
    archives = []
    for account in sorted({*found.archives, *found.archives_proven}):
        proven = found.archives_proven.get(account, Proven(None, 0))
        broken = fault_rows(account, found.archives.get(account, ()))
        archives.append(ArchiveState(encode_id(ACCOUNT, account), proven.at, proven.entries, broken))
    return IntegrityRow(trail_state(found), archives)


def mailbox_row(mine: MyAccount) -> MailboxRow:
    account = mine.account
    return MailboxRow(
        id=encode_id(ACCOUNT, account.id),
        type=account.type,
        address=account.address,
        name=account.name,
        state=account.state,
        state_reason=account.state_reason,
        is_active=account.is_active,
        level=level_name(mine.level),
        may_sign_in=mine.may_sign_in,
        readers=list(mine.readers),
        sync=_sync(mine.sync),
        last_synced_at=mine.sync.last_synced_at,
        is_shared=account.is_shared,
        is_vip=account.is_vip,
        sees_all=mine.sees_all,
        lost_sign_ins=[sign_in_row(view) for view in mine.lost],
        approval=approval_info(mine.approval),
    )


def audit_row(entry: AuditEntry) -> AuditRow:
    user = None
    if entry.user_id is not None:
        user = {
            "id": encode_id(USER, entry.user_id),
            "name": entry.said.user_name,
            "login": entry.said.user_login,
        }
    return AuditRow(
        id=f"{entry.chain}.{entry.number}",
        at=entry.at,
        user=user,
        action=entry.action,
        account=account_text(entry.account_id),
        subject=entry.said.subject,
        detail=_with_message_ids(entry.detail),
        is_erased=entry.is_erased,
    )


def account_text(account: AccountId | None) -> str | None:
    return None if account is None else encode_id(ACCOUNT, account)


def _with_message_ids(detail: dict[str, Any]) -> dict[str, Any]:
    if "message_ids" not in detail:
        return detail
    return detail | {"message_ids": [encode_id(MESSAGE, number) for number in detail["message_ids"]]}
