"""Teams: users who are given mailboxes together (groups of users, on the screen).

A user's level in a mailbox is the highest of what was given to them alone and to their teams. It is settled
in the transaction that changes any of these, so every use case reads one level and need not know of teams.
Who comes to read a mailbox by a team is confirmed as a single assignment is, be it the team that is assigned
or a member that is added. Each function tells whose rights are others now; the caller cuts their streams.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from poststelle.access import share_notifications, sharing
from poststelle.access.rights import require_settings
from poststelle.access.texts import check_name
from poststelle.lib.ids import encode_id
from poststelle.mail import presence
from poststelle.model.change import ChangeOp
from poststelle.model.errors import Conflict, Invalid, NotFound
from poststelle.model.ids import TEAM, AccountId, TeamId, UserId
from poststelle.model.rights import Level
from poststelle.model.team import Team
from poststelle.store import accounts, audit, grants, teams, users
from poststelle.store.tx import ReadTx, Tx

MOST_TEAMS = 200


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be other; None leaves as it is. ``members`` are all of them; ``added`` and ``removed``
    change those that there are at that moment, so nobody comes back whom somebody else took out meanwhile.
    """

    name: str | None = None
    members: frozenset[UserId] | None = None
    added: frozenset[UserId] = frozenset()
    removed: frozenset[UserId] = frozenset()


def list_all(tx: ReadTx, by: UserId) -> list[Team]:
    """By name. Raises NotAllowed."""
    require_settings(tx, by)
    return teams.list_all(tx)


def add(tx: Tx, by: UserId, name: str, members: frozenset[UserId], now: datetime) -> Team:
    """Raises NotAllowed, Invalid ``invalid_name``, ``name_in_use``, NotFound ``no_such_user``, Conflict
    ``too_many_teams``."""
    users.wait_for_turn(tx)
    require_settings(tx, by)
    if len(teams.list_all(tx)) >= MOST_TEAMS:
        raise Conflict("too_many_teams", f"There are {MOST_TEAMS} groups of users.", limit=MOST_TEAMS)
    _labels(tx, members)
    team = teams.insert(tx, check_name(name), now)
    if team is None:
        raise _name_in_use()
    for user in members:
        teams.add_member(tx, team, user)
    made = _existing(tx, team)
    audit.record(
        tx, now, by, "team.created", subject=made.name, team=encode_id(TEAM, team), added=_labels(tx, members)
    )
    return made


def change(
    tx: Tx, by: UserId, team: TeamId, wanted: Change, *, is_confirmed: bool, now: datetime
) -> set[UserId]:
    """Change name or members; whose rights are others now.

    Raises as ``add``, NotFound ``no_such_team``, and Invalid ``confirmation_needed`` (params ``names``) where
    somebody comes to read a mailbox by it.
    """
    users.wait_for_turn(tx)
    require_settings(tx, by)
    old = _existing(tx, team)
    name = old.name if wanted.name is None else check_name(wanted.name)
    members = ((old.members if wanted.members is None else wanted.members) | wanted.added) - wanted.removed
    added, removed = members - old.members, old.members - members
    _confirm(_labels(tx, added) if old.grants else [], is_confirmed=is_confirmed)
    if not teams.rename(tx, team, name):
        raise _name_in_use()
    for user in added:
        teams.add_member(tx, team, user)
    for user in removed:
        teams.remove_member(tx, team, user)
    if name != old.name or members != old.members:
        audit.record(
            tx,
            now,
            by,
            "team.changed",
            subject=name,
            team=encode_id(TEAM, team),
            added=_labels(tx, added),
            removed=_labels(tx, removed),
            before=old.name,
        )
    return _settle(tx, by, added | removed, old.grants, now)


def remove(tx: Tx, by: UserId, team: TeamId, now: datetime) -> set[UserId]:
    """What its members had by it alone goes; whose rights are others now. NotFound ``no_such_team``."""
    users.wait_for_turn(tx)
    require_settings(tx, by)
    old = _existing(tx, team)
    teams.destroy(tx, team)
    audit.record(tx, now, by, "team.removed", subject=old.name, team=encode_id(TEAM, team))
    return _settle(tx, by, old.members, old.grants, now)


def assign(
    tx: Tx, by: UserId, team: TeamId, account: AccountId, level: Level, *, is_confirmed: bool, now: datetime
) -> set[UserId]:
    """Give a team a level in an account, or another level; whose rights are others now.

    Raises NotAllowed, NotFound ``no_such_team``, ``no_such_account``, Invalid ``confirmation_needed``.
    """
    users.wait_for_turn(tx)
    require_settings(tx, by)
    if accounts.get(tx, account) is None:
        raise NotFound("no_such_account", "There is no such mailbox.")
    old = _existing(tx, team)
    before = old.grants.get(account)
    if before == level:
        return set()
    _confirm(_labels(tx, old.members) or [old.name], is_confirmed=is_confirmed)
    teams.put_grant(tx, team, account, level)
    told = level.name.lower()
    deed = "team.assigned" if before is None else "team.level_changed"
    audit.record(
        tx,
        now,
        by,
        deed,
        account,
        subject=old.name,
        level=told,
        team=encode_id(TEAM, team),
        confirmed=True,
    )
    return _settle(tx, by, old.members, [account], now)


def withdraw(tx: Tx, by: UserId, team: TeamId, account: AccountId, now: datetime) -> set[UserId]:
    """Whose rights are others now. NotFound ``no_such_grant`` when it had none."""
    users.wait_for_turn(tx)
    require_settings(tx, by)
    old = _existing(tx, team)
    if not teams.destroy_grant(tx, team, account):
        raise NotFound("no_such_grant", "This group is not assigned to this mailbox.")
    audit.record(tx, now, by, "team.withdrawn", account, subject=old.name, team=encode_id(TEAM, team))
    return _settle(tx, by, old.members, [account], now)


def _settle(
    tx: Tx, by: UserId, members: Iterable[UserId], where: Iterable[AccountId], now: datetime
) -> set[UserId]:
    changed = set()
    for account in accounts.get_many(tx, where):
        about = share_notifications.shared(tx, account)
        for user in members:
            before = grants.level(tx, user, account.id)
            grants.settle(tx, user, account.id, at=now, by=by)
            after = grants.level(tx, user, account.id)
            if before == after:
                continue
            changed.add(user)
            op = ChangeOp.CREATED if before is None else ChangeOp.DESTROYED if after is None else None
            sharing.note_rights(tx, user, [account.id], op)
            share_notifications.note(tx, by, user, about, before, after, now)
    if changed:
        presence.sweep(tx, now)
    return changed


def _labels(tx: ReadTx, members: Iterable[UserId]) -> list[str]:
    """Whom these are; NotFound where one is not there."""
    known = {user.id: user.label for user in users.list_all(tx)}
    try:
        return sorted(known[user] for user in members)
    except KeyError as problem:
        raise NotFound("no_such_user", "There is no such user.") from problem


def _confirm(names: list[str], *, is_confirmed: bool) -> None:
    if names and not is_confirmed:
        message = "Confirm that these people may read all mail of the mailbox."
        raise Invalid("confirm", "confirmation_needed", message, names=names)


def _existing(tx: ReadTx, team: TeamId) -> Team:
    found = teams.get(tx, team)
    if found is None:
        raise NotFound("no_such_team", "There is no such group of users.")
    return found


def _name_in_use() -> Invalid:
    return Invalid("name", "name_in_use", "Another group of users has this name.")
