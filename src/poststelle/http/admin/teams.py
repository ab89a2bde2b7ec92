"""``/api/teams``: groups of users, and the mailboxes that they were given."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access import teams
from poststelle.access.grants import parse_level
from poststelle.http import authn, wire
from poststelle.http.body import Body, account_id, given, path_number, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.http.shapes import AskedLevel, LevelName, level_name
from poststelle.lib.ids import decode_id, encode_id
from poststelle.model.errors import NotFound
from poststelle.model.ids import ACCOUNT, TEAM, USER, AccountId, TeamId, UserId
from poststelle.model.team import Team
from poststelle.settings import accounts


class NewTeamBody(Body):
    """``members`` are ids of users."""

    name: str
    members: list[str] = msgspec.field(default_factory=list)


class TeamPatchBody(Body):
    """``members`` are all of them; ``add`` and ``remove`` change those that there are.

    ``confirm``: those who are added may read what the team was given.
    """

    name: str | msgspec.UnsetType = msgspec.UNSET
    members: list[str] | msgspec.UnsetType = msgspec.UNSET
    add: list[str] = msgspec.field(default_factory=list)
    remove: list[str] = msgspec.field(default_factory=list)
    confirm: bool = False


class TeamGrantBody(Body):
    level: AskedLevel = "send"
    confirm: bool = False


class TeamGrant(msgspec.Struct):
    account: str
    level: LevelName


class TeamRow(msgspec.Struct):
    id: str
    name: str
    members: list[str]
    accounts: list[TeamGrant]


def routes(services: Services) -> list[Route]:
    """Streams of people whose rights are others now are cut: they come back with those."""
    store, clock = services.store, services.clock

    def cut(changed: set[UserId]) -> None:
        for user in changed:
            services.hub.revoke(user)

    async def list_all(request: Request) -> Response:
        who = await authn.bearer(services, request)
        found = await store.read(teams.list_all, who.user.id)
        return json_response(request, {"teams": [_row(team) for team in found]})

    async def add(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, NewTeamBody)
        made = await store.write(teams.add, who.user.id, body.name, _users(body.members), clock.now())
        return json_response(request, _row(made), status=201)

    async def change(request: Request) -> Response:
        who, team = await authn.bearer(services, request), _team_id(request)
        body = await read_body(request, TeamPatchBody)
        members = given(body.members)
        wanted = teams.Change(
            given(body.name),
            None if members is None else _users(members),
            _users(body.add),
            _users(body.remove),
        )
        told = (who.user.id, team, wanted)
        cut(await store.write(teams.change, *told, is_confirmed=body.confirm, now=clock.now()))
        found = await store.read(teams.list_all, who.user.id)
        return json_response(request, next(_row(one) for one in found if one.id == team))

    async def remove(request: Request) -> Response:
        who, team = await authn.bearer(services, request), _team_id(request)
        cut(await store.write(teams.remove, who.user.id, team, clock.now()))
        return json_response(request, {})

    async def assign(request: Request) -> Response:
        who, account, team = await authn.bearer(services, request), account_id(request), _team_id(request)
        body = await read_body(request, TeamGrantBody)
        wanted = (who.user.id, team, account, parse_level(body.level))
        cut(await store.write(teams.assign, *wanted, is_confirmed=body.confirm, now=clock.now()))
        return await sheet(request, who.user.id, account)

    async def withdraw(request: Request) -> Response:
        who, account, team = await authn.bearer(services, request), account_id(request), _team_id(request)
        cut(await store.write(teams.withdraw, who.user.id, team, account, clock.now()))
        return await sheet(request, who.user.id, account)

    async def sheet(request: Request, by: UserId, account: AccountId) -> Response:
        return json_response(request, wire.account_row(await store.read(accounts.sheet, by, account)))

    return [
        Route("/api/teams", list_all, methods=["GET"]),
        Route("/api/teams", add, methods=["POST"]),
        Route("/api/teams/{team}", change, methods=["PATCH"]),
        Route("/api/teams/{team}", remove, methods=["DELETE"]),
        Route("/api/accounts/{account}/teams/{team}", assign, methods=["PUT"]),
        Route("/api/accounts/{account}/teams/{team}", withdraw, methods=["DELETE"]),
    ]


def _row(team: Team) -> TeamRow:
    return TeamRow(
        id=encode_id(TEAM, team.id),
        name=team.name,
        members=[encode_id(USER, user) for user in sorted(team.members)],
        accounts=[
            TeamGrant(encode_id(ACCOUNT, account), level_name(level))
            for account, level in sorted(team.grants.items())
        ],
    )


def _users(texts: list[str]) -> frozenset[UserId]:
    numbers = [decode_id(USER, text) for text in texts]
    if None in numbers:
        raise NotFound("no_such_user", "There is no such user.")
    return frozenset(UserId(number) for number in numbers if number is not None)


def _team_id(request: Request) -> TeamId:
    missing = NotFound("no_such_team", "There is no such group of users.")
    return TeamId(path_number(request, "team", TEAM, missing))
