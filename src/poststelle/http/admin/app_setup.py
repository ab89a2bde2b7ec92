"""``/api/settings/microsoft/…``: the set-up guide. Each step tried, commands for Exchange, and the proof."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access.rights import require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.http import authn
from poststelle.http.body import Body, parse_account, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.http.shapes import Instant
from poststelle.http.sign_in import APPROVED_PATH
from poststelle.lib.ids import encode_id
from poststelle.model.account import AccountType
from poststelle.model.application_proof import Proof
from poststelle.model.errors import Conflict
from poststelle.model.ids import ACCOUNT, AccountId, UserId
from poststelle.model.user import SignInKind
from poststelle.settings import app_check, least_privilege, microsoft
from poststelle.settings.app_check import CheckDesk
from poststelle.settings.exchange_commands import commands
from poststelle.settings.microsoft import Preset
from poststelle.store import accounts, sign_ins, users
from poststelle.store.tx import ReadTx


class ProofBody(Body):
    control: str
    accounts: tuple[str, ...] = ()


class CommandsBody(Body):
    accounts: tuple[str, ...] = ()
    control: str = ""


class FindingRow(msgspec.Struct):
    step: str
    outcome: str
    code: str | None


class CheckAnswer(msgspec.Struct):
    at: Instant
    findings: list[FindingRow]


class TriedRow(msgspec.Struct):
    address: str
    result: str


class ProofRow(msgspec.Struct):
    """``by`` null: it was repeated by itself."""

    at: Instant
    by: str | None
    verdict: str
    opened: list[TriedRow]
    control: TriedRow


class Choosable(msgspec.Struct):
    """``is_given``: the application opens it already."""

    id: str
    address: str
    is_given: bool


class ProofSheet(msgspec.Struct):
    proof: ProofRow | None
    mailboxes: list[Choosable]


class CommandsAnswer(msgspec.Struct):
    connect: str
    allow: str
    add: str
    test: str
    narrow: str


def routes(services: Services) -> list[Route]:
    store = services.store
    desk = CheckDesk(
        store,
        services.ring,
        services.preset,
        services.clock,
        services.microsoft,
        services.desk.redirect_uri,
        services.config.public_url + APPROVED_PATH,
    )

    async def check(request: Request) -> Response:
        who = await authn.bearer(services, request)
        await read_body(request, Body)
        findings = await app_check.check(desk, who.user.id)
        rows = [FindingRow(f.step.value, f.outcome.value, f.code) for f in findings]
        return json_response(request, CheckAnswer(services.clock.now(), rows))

    async def show(request: Request) -> Response:
        who = await authn.bearer(services, request)
        sheet = await store.read(_sheet, who.user.id, services.ring, services.preset)
        return json_response(request, sheet)

    async def prove(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, ProofBody)
        chosen = [parse_account(text) for text in body.accounts]
        await least_privilege.prove(services.application, who.user.id, chosen, body.control)
        sheet = await store.read(_sheet, who.user.id, services.ring, services.preset)
        return json_response(request, sheet)

    async def written(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, CommandsBody)
        chosen = {parse_account(text) for text in body.accounts}
        found = await store.read(
            _commands, who.user.id, services.ring, services.preset, chosen, body.control.strip()
        )
        return json_response(request, found)

    return [
        Route("/api/settings/microsoft/test", check, methods=["POST"]),
        Route("/api/settings/microsoft/proof", show, methods=["GET"]),
        Route("/api/settings/microsoft/proof", prove, methods=["POST"]),
        Route("/api/settings/microsoft/commands", written, methods=["POST"]),
    ]


def _sheet(tx: ReadTx, by: UserId, ring: KeyRing, preset: Preset) -> ProofSheet:
    proof = least_privilege.show(tx, by, ring, preset)
    given = {s.account_id for s in sign_ins.list_all(tx) if s.kind is SignInKind.APPLICATION}
    mailboxes = [
        Choosable(encode_id(ACCOUNT, account.id), account.address, account.id in given)
        for account in accounts.list_all(tx)
        if account.type is AccountType.GRAPH
    ]
    return ProofSheet(None if proof is None else _proof_row(tx, proof), mailboxes)


def _proof_row(tx: ReadTx, proof: Proof) -> ProofRow:
    user = None if proof.by is None else users.get(tx, proof.by)
    return ProofRow(
        at=proof.at,
        by=user.name if user else None,
        verdict=proof.verdict.value,
        opened=[TriedRow(one.address, one.result.value) for one in proof.opened],
        control=TriedRow(proof.control.address, proof.control.result.value),
    )


def _commands(
    tx: ReadTx, by: UserId, ring: KeyRing, preset: Preset, chosen: set[AccountId], control: str
) -> CommandsAnswer:
    require_settings(tx, by)
    tenant = microsoft.application_tenant(tx, ring)
    if tenant is None:
        raise Conflict("application_tenant_missing", "Enter the organisation first.")
    client_id = microsoft.credentials(tx, ring, preset).client_id
    if not client_id:
        raise Conflict(microsoft.APP_MISSING, "No app registration is entered in the Microsoft settings yet.")
    found = [account.address for account in accounts.list_all(tx) if account.id in chosen]
    written = commands(client_id, tenant, found, control)
    return CommandsAnswer(written.connect, written.allow, written.add, written.test, written.narrow)
