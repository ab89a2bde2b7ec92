"""Teams with their members and grants. What follows is in ``grants``, to be settled after a change."""

from datetime import datetime

from poststelle.lib.clock import to_ms
from poststelle.model.ids import AccountId, TeamId, UserId
from poststelle.model.rights import Level
from poststelle.model.team import Team
from poststelle.store.sequences import next_id
from poststelle.store.tx import ReadTx, Tx


def list_all(tx: ReadTx) -> list[Team]:
    """Each, by name."""
    members: dict[int, set[UserId]] = {}
    for row in tx.all("list_team_members"):
        members.setdefault(row["team_id"], set()).add(UserId(row["user_id"]))
    given: dict[int, dict[AccountId, Level]] = {}
    for row in tx.all("list_team_grants"):
        given.setdefault(row["team_id"], {})[AccountId(row["account_id"])] = Level(row["level"])
    return [
        Team(TeamId(one["id"]), one["name"], frozenset(members.get(one["id"], ())), given.get(one["id"], {}))
        for one in tx.all("list_teams")
    ]


def get(tx: ReadTx, team: TeamId) -> Team | None:
    return next((one for one in list_all(tx) if one.id == team), None)


def insert(tx: Tx, name: str, at: datetime) -> TeamId | None:
    """Its id; None when the name is taken."""
    id_ = TeamId(next_id(tx, "teams"))
    said = {"name": name, "name_key": name.casefold(), "created_at": to_ms(at)}
    return id_ if tx.run("insert_team", id=id_, **said) == 1 else None


def rename(tx: Tx, team: TeamId, name: str) -> bool:
    """False when another has the name."""
    holder = tx.one("get_team_by_name", name_key=name.casefold())
    if holder is not None and holder["id"] != team:
        return False
    tx.run("rename_team", id=team, name=name, name_key=name.casefold())
    return True


def add_member(tx: Tx, team: TeamId, user: UserId) -> None:
    tx.run("insert_team_member", team_id=team, user_id=user)


def remove_member(tx: Tx, team: TeamId, user: UserId) -> None:
    tx.run("destroy_team_member", team_id=team, user_id=user)


def destroy(tx: Tx, team: TeamId) -> None:
    """With its members and grants."""
    tx.run("destroy_team", id=team)


def put_grant(tx: Tx, team: TeamId, account: AccountId, level: Level) -> None:
    tx.run("upsert_team_grant", team_id=team, account_id=account, level=int(level))


def destroy_grant(tx: Tx, team: TeamId, account: AccountId) -> bool:
    return tx.run("destroy_team_grant", team_id=team, account_id=account) == 1
