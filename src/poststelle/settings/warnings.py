"""What will stop working, told weeks ahead, and what has stopped: for those who can do something about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from poststelle.access.rights import require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.model.account import Account, AccountState
from poststelle.model.application_proof import Proof, Verdict
from poststelle.model.health import Machine, Process
from poststelle.model.ids import AccountId, UserId
from poststelle.model.user import SignIn, SignInKind, SignInState
from poststelle.settings import integrity, least_privilege, microsoft
from poststelle.settings.microsoft import MicrosoftView, Preset
from poststelle.store import (
    accounts,
    app_troubles,
    archive,
    checks,
    forwarding_refusals,
    holders,
    sign_ins,
    sync_states,
    troubles,
    webhooks,
)
from poststelle.store.troubles import Queue
from poststelle.store.tx import ReadTx

LOOP_FAILING = "loop_failing"
WARN_BEFORE = timedelta(days=42)
IDLE_AFTER = timedelta(days=60)
DIES_AFTER = timedelta(days=90)
NOT_SYNCHRONISED_AFTER = timedelta(minutes=30)
FAILURES = 10
"""So many pulls in a row."""
CHANGES_WAIT_AFTER = timedelta(hours=1)
CHECK_OVERDUE_AFTER = timedelta(days=3)
WEBHOOK_FAILING_AFTER = timedelta(hours=4)
ARCHIVE_FAILURES = 12
"""In a row, over everything that waits to be put in: between one and two hours."""
# A refresh token's life without use: Microsoft identity platform, "Refresh tokens" (read 2026-09).


@dataclass(frozen=True, slots=True)
class Warned:
    """One thing to do. ``at`` is when it ends, or since when it does not work.

    ``kind``: app_refused, secret_ended, secret_ends, certificate_ended,
    certificate_ends, application_too_wide (``username`` is the mailbox that it should not open),
    sign_in_needed, sign_in_lost, sign_in_idle, forwarding_refused, archive_behind, not_synchronised,
    trail_broken, sealing_stopped, sealing_began_anew, archive_broken (of ``account``, which may be gone),
    proof_overdue, changes_wait, check_overdue, disk_nearly_full, files_unreachable (``code`` tells why),
    loop_failing (``code`` is its name), no_worker, webhook_failing,
    webhook_given_up, webhook_refuses (``username`` is the webhook's name, ``code`` what it answered).
    ``code`` is Microsoft's, ``username`` whose sign-in it is.
    """

    kind: str
    at: datetime | None
    code: str | None = None
    account: AccountId | None = None
    address: str = ""
    username: str = ""

    @property
    def id(self) -> str:
        """Names it for as long as it lasts."""
        which = self.code if self.kind == LOOP_FAILING else self.username
        return f"{self.kind}/{self.account or 0}/{which or ''}"


def list_all(
    tx: ReadTx, by: UserId, *, ring: KeyRing, preset: Preset, machine: Machine, now: datetime
) -> list[Warned]:
    """As ``found``. Raises NotAllowed without the right to the settings."""
    require_settings(tx, by)
    return found(tx, ring=ring, preset=preset, machine=machine, now=now)


def found(tx: ReadTx, *, ring: KeyRing, preset: Preset, machine: Machine, now: datetime) -> list[Warned]:
    """What concerns all mailboxes first; [] when there is nothing to do."""
    view = microsoft.view(tx, ring, preset)
    known = {account.id: account for account in accounts.list_all(tx)}
    needed = [_needed(account) for account in known.values() if account.state is AccountState.SIGN_IN_NEEDED]
    refused = [
        Warned("forwarding_refused", at, account=id_, address=known[id_].address)
        for id_, at in forwarding_refusals.list_all(tx).items()
    ]
    working = [account for account in known.values() if is_meant_to_work(account)]
    late = _of_work(tx, working, now)
    queues = troubles.queues(tx, now)
    waiting = [w for account in working for w in _of_queue(account, queues.get(account.id), now)]
    each = [w for s in sign_ins.list_all(tx) for w in _of_sign_in(s, known[s.account_id], now)]
    wide = _of_proof(least_privilege.newest(tx, ring, preset))
    living = holders.list_all(tx)
    ours = [*_of_processes(machine, living), *_of_app(tx, view), *wide, *_of_dates(view, now)]
    behind = [*_of_archives(tx, known), *_of_webhooks(tx, now)]
    ours += _of_traces(tx, ring, known, now)
    return [*ours, *needed, *late, *waiting, *behind, *each, *refused]


def of_id(tx: ReadTx, id_: str) -> Warned:
    """What is known of one that is over."""
    kind, number, which = id_.split("/", 2)
    account = accounts.get(tx, AccountId(int(number))) if number != "0" else None
    code = which if kind == LOOP_FAILING else None
    return Warned(
        kind, None, code, account.id if account else None, account.address if account else "", which
    )


def is_meant_to_work(account: Account) -> bool:
    """Whether its mail is to be fetched just now, as far as people are concerned."""
    return not account.is_internal and account.is_active and account.state is AccountState.CONNECTED


def _of_processes(machine: Machine, living: Sequence[Process]) -> Iterator[Warned]:
    """Of this process as it is now, and of the others as they have said with their last beat."""
    others = [one.condition for one in living if one.facts.name != machine.name and one.condition]
    if machine.disk.is_nearly_full or any(one.disk.is_nearly_full for one in others):
        yield Warned("disk_nearly_full", None)
    if (files := machine.files or next((one.files for one in others if one.files), None)) is not None:
        yield Warned("files_unreachable", files.since, files.why)
    failing: dict[str, datetime] = {}
    for loop in [*machine.loops, *(loop for one in others for loop in one.loops)]:
        if loop.failing_since is not None:
            failing[loop.name] = min(loop.failing_since, failing.get(loop.name, loop.failing_since))
    for name, since in failing.items():
        yield Warned(LOOP_FAILING, since, name)
    if living and not any(one.facts.role.works for one in living):
        yield Warned("no_worker", None)


def _of_work(tx: ReadTx, working: Sequence[Account], now: datetime) -> list[Warned]:
    """What should have been done by now: a pull, and the night's checks.

    Asked of all mailboxes together, for every process asks it each minute.
    """
    late = sync_states.late(tx, now - NOT_SYNCHRONISED_AFTER, FAILURES)
    overdue = checks.asked_before(tx, now - CHECK_OVERDUE_AFTER)
    found = []
    for account in working:
        if (one := late.get(account.id)) is not None:
            found.append(
                Warned("not_synchronised", one.last_synced_at, one.code, account.id, account.address)
            )
        if (check := overdue.get(account.id)) is not None:
            found.append(Warned("check_overdue", check.asked_at, check.problem, account.id, account.address))
    return found


def _of_archives(tx: ReadTx, known: dict[AccountId, Account]) -> Iterator[Warned]:
    """Archives that can't keep up. While a mailbox waits for a person anyway, that is what is told."""
    for found in archive.list_all(tx):
        account = known.get(found.account_id)
        is_stuck = found.attempts >= ARCHIVE_FAILURES and archive.waiting(tx, found.account_id) > 0
        if is_stuck and account is not None and is_meant_to_work(account):
            yield Warned("archive_behind", None, found.problem, account.id, account.address)


def _of_traces(tx: ReadTx, ring: KeyRing, known: dict[AccountId, Account], now: datetime) -> Iterator[Warned]:
    """That the audit trail or an archive is not what it was, or that nothing guards it for now."""
    seen = integrity.look(tx, ring, now)
    if seen.trail:
        yield Warned("trail_broken", None)
    if seen.sealing is not None:
        yield Warned("sealing_stopped", seen.unsealed_since)
    if seen.began_anew is not None:
        yield Warned("sealing_began_anew", seen.began_anew)
    for id_ in seen.archives:
        yield Warned("archive_broken", None, account=id_, address=_archived(tx, known.get(id_), id_))
    if seen.overdue_since is not None:
        yield Warned("proof_overdue", seen.overdue_since)


def _archived(tx: ReadTx, account: Account | None, id_: AccountId) -> str:
    """The address of an archive's mailbox, which may be gone, and the archive, too."""
    if account is not None:
        return account.address
    found = archive.get(tx, id_)
    return integrity.address_of_gone(tx, id_) if found is None else found.address


def _of_webhooks(tx: ReadTx, now: datetime) -> Iterator[Warned]:
    """Programs that are not told of activity records: none for now, none any more, or not of all."""
    for one in webhooks.list_all(tx):
        since = one.failing_since
        if one.is_given_up:
            yield Warned("webhook_given_up", one.paused_at, one.problem, username=one.name)
        elif one.paused_at is None and since is not None and now - since > WEBHOOK_FAILING_AFTER:
            yield Warned("webhook_failing", since, one.problem, username=one.name)
        elif refused := webhooks.refused(tx, one.id):
            yield Warned("webhook_refuses", refused.since, username=one.name)


def _of_queue(account: Account, queue: Queue | None, now: datetime) -> Iterator[Warned]:
    if queue is not None and now - queue.since > CHANGES_WAIT_AFTER:
        yield Warned("changes_wait", queue.since, None, account.id, account.address)


def _of_app(tx: ReadTx, view: MicrosoftView) -> Iterator[Warned]:
    trouble = app_troubles.get(tx, view.client_id)
    if trouble:
        yield Warned("app_refused", trouble.at, trouble.code)


def _of_proof(proof: Proof | None) -> Iterator[Warned]:
    if proof is not None and proof.verdict is Verdict.TOO_WIDE:
        yield Warned("application_too_wide", proof.at, username=proof.control.address)


def _of_dates(view: MicrosoftView, now: datetime) -> Iterator[Warned]:
    """The secret's and the certificate's end; of the one that is used."""
    if view.has_certificate:
        yield from _ending("certificate", view.certificate_expires_at, now)
    elif view.secret_expires_at:
        last_day = datetime.combine(date.fromisoformat(view.secret_expires_at), time(), UTC)
        yield from _ending("secret", last_day, now, holds_for=timedelta(days=1))


def _ending(
    what: str, at: datetime | None, now: datetime, *, holds_for: timedelta = timedelta()
) -> Iterator[Warned]:
    """``holds_for``: a secret is good through the whole of its last day."""
    if at is not None and at - now < WARN_BEFORE:
        yield Warned(f"{what}_ended" if at + holds_for <= now else f"{what}_ends", at)


def _needed(account: Account) -> Warned:
    code, address = account.state_reason, account.address
    return Warned("sign_in_needed", None, code, account.id, address)


def _of_sign_in(sign_in: SignIn, account: Account, now: datetime) -> Iterator[Warned]:
    """A lost one beside one that works, and one that will be lost if nothing happens."""
    whose = (account.id, account.address, sign_in.username)
    if sign_in.state is SignInState.LOST:
        if account.state is AccountState.CONNECTED:
            yield Warned("sign_in_lost", sign_in.lost_at, sign_in.reason, *whose)
    elif sign_in.kind is not SignInKind.APPLICATION and now - sign_in.refreshed_at >= IDLE_AFTER:
        yield Warned("sign_in_idle", sign_in.refreshed_at + DIES_AFTER, None, *whose)
