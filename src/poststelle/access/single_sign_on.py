"""Coming in by single sign-on: the way to the provider and back.

    begin ──> the provider's pages ──> finish ──known, or matched, or added──> login, or its second step
      │                                  └──> SignOnFailed
      └── kept sealed, 15 minutes, used once, for the browser that began

Who somebody is, is what the issuer calls them (``sub``), noted when they first come; from then on addresses
don't count. At first they are matched with the one active person who has their address, as long as the
provider says that it is theirs (or is trusted to know) and that person has not come as somebody else. A
password, where there is one, lets in as before.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from poststelle.access import ceremonies, comers
from poststelle.access.keeping import keep_an_administrator, who_administers
from poststelle.access.login import Door, NewLogin, NextStep, enter, proceed
from poststelle.access.proving import note_signed_on
from poststelle.access.rights import Asker, require_proof, require_settings
from poststelle.access.second_step import counted
from poststelle.access.texts import MAX_NAME, check_login, check_name
from poststelle.access.users import NewUser, add_by_provider, check_email, end_access, is_name_taken
from poststelle.auth.openid import CLIENT_REFUSED, Client, Identity, OpenId, ProviderTrouble
from poststelle.lib.ids import new_secret
from poststelle.lib.normal_form import normal_form
from poststelle.lib.secrets import hash_token
from poststelle.model.errors import Conflict, Invalid, LoginNeeded, NotFound
from poststelle.model.ids import UserId
from poststelle.model.second_factor import Purpose
from poststelle.model.user import User
from poststelle.settings.address import told
from poststelle.settings.single_sign_on import Provider, other_client, provider, secret
from poststelle.store import audit, identities, invitations, users
from poststelle.store import ceremonies as begun
from poststelle.store.tx import ReadTx, Tx

MOST_NEXT = 1_000
_MOST_PARAMETER = 4_000


class SignOnFailed(Exception):
    """Nobody came in; ``code`` is for the login page. ``detail``: where it failed, safe to show."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Counter:
    """The door, and what is behind it of single sign-on. ``redirect_uri``: where browsers come back."""

    door: Door
    openid: OpenId
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Begun:
    """``url`` is where the browser goes; ``browser`` is for its cookie, without which nobody comes back."""

    url: str
    browser: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """``next`` is the page of ours that was wanted, empty without one."""

    made: NewLogin | NextStep
    next: str


async def begin(counter: Counter, next_: str, *, is_anew: bool = False) -> Begun:
    """Begin a sign-on. ``next_`` is kept where it is a path of ours. ``is_anew``: who is logged in at the
    provider has to prove there anew who they are, which counts as a proof here (``access.proving``).

    Raises Conflict ``no_single_sign_on``, ``provider_unreachable`` (``detail``).
    """
    door = counter.door
    found, client = await door.store.read(_client, counter)
    state, browser = new_secret(), new_secret()
    try:
        question = await counter.openid.ask(client, state, is_anew=is_anew)
    except ProviderTrouble as trouble:
        message = f"{found.name} does not answer as it should."
        raise Conflict("provider_unreachable", message, detail=trouble.code) from trouble
    said = {
        "issuer": client.issuer,
        "client_id": client.client_id,
        "nonce": question.nonce,
        "verifier": question.verifier,
        "browser": hash_token(browser),
        "next": next_ if _is_path(next_) else "",
        "anew_since": door.clock.now().timestamp() if is_anew else None,
    }
    await door.store.write(_keep, counter, state, said, door.clock.now())
    return Begun(question.url, browser)


async def finish(
    counter: Counter, params: Mapping[str, str], browser: str, *, came_from: str, agent: str
) -> Arrived:
    """Take the provider's answer and let in whom it proves.

    Raises SignOnFailed, and TooMany as ``log_in`` does: answers that nobody here asked for are counted.
    """
    door = counter.door
    async with counted(door, came_from) as now:
        said = await door.store.write(_take, counter, params.get("state", ""), browser, now)
    identity = await _identity(counter, params, said)
    made = await door.store.write(_let_in, door, identity, said.get("anew_since"), door.clock.now(), agent)
    if isinstance(made, SignOnFailed):
        raise made
    return Arrived(made, said["next"])


async def try_out(counter: Counter, wanted: Provider, secret_: str | None) -> None:
    """That the provider we have goes on knowing us, before another client or secret of ours is kept: people,
    the last administrator too, may come in by it alone. Another provider's is seen when somebody comes.

    Raises Invalid ``client_refused`` (``detail``), Conflict ``provider_unreachable``, and as ``save``.
    """
    door = counter.door
    found = await door.store.read(other_client, wanted, secret_, door.ring)
    if found is None:
        return
    known, new = found
    try:
        await counter.openid.try_client(Client(known.issuer, known.client_id, new, counter.redirect_uri))
    except ProviderTrouble as trouble:
        if trouble.code in CLIENT_REFUSED:
            message = f"{known.name} does not accept this client ID with this secret."
            raise Invalid("secret", "client_refused", message, detail=trouble.code) from trouble
        message = f"{known.name} does not answer as it should."
        raise Conflict("provider_unreachable", message, detail=trouble.code) from trouble


def forget(tx: Tx, by: Asker, user_id: UserId, now: datetime) -> None:
    """Forget who a user is at the provider, and end their logins: they are matched anew, or not at all.

    Raises NotAllowed, NotFound ``no_such_user``, ``no_such_identity``. An administrator may be shut out by
    it: as ``require_proof``, and Conflict ``last_administrator``.
    """
    users.wait_for_turn(tx)
    require_settings(tx, by.user)
    user = users.get(tx, user_id)
    if user is None:
        raise NotFound("no_such_user", "There is no such user.")
    if user.may_settings:
        require_proof(by)
    before = who_administers(tx)
    if not comers.forget(tx, by.user, user, now):
        raise NotFound("no_such_identity", "This person has never come by single sign-on.")
    keep_an_administrator(tx, before)
    end_access(tx, user_id, now)


def _client(tx: ReadTx, counter: Counter) -> tuple[Provider, Client]:
    ring = counter.door.ring
    found = provider(tx, ring)
    if found is None:
        raise Conflict("no_single_sign_on", "There is no single sign-on here.")
    return found, Client(found.issuer, found.client_id, secret(tx, ring), counter.redirect_uri)


def _keep(tx: Tx, counter: Counter, state: str, said: dict[str, Any], now: datetime) -> None:
    ceremonies.begin_as(tx, counter.door.ring, Purpose.SINGLE_SIGN_ON, state, None, now, **said)


def _take(tx: Tx, counter: Counter, state: str, browser: str, now: datetime) -> dict[str, Any]:
    """What was begun, for the only time, and only for the browser that began."""
    ring = counter.door.ring
    try:
        found = ceremonies.find(tx, ring, Purpose.SINGLE_SIGN_ON, state, now)
    except LoginNeeded as problem:
        raise SignOnFailed("sso_over") from problem
    if not hmac.compare_digest(found.said["browser"], hash_token(browser)):
        raise SignOnFailed("sso_over")  # another's browser ends nothing
    if not begun.destroy(tx, found.key):
        raise SignOnFailed("sso_over")
    return found.said


async def _identity(counter: Counter, params: Mapping[str, str], said: Mapping[str, Any]) -> Identity:
    if params.get("error"):
        raise SignOnFailed("sso_denied" if params["error"] == "access_denied" else "sso_failed", "refused")
    try:
        _, client = await counter.door.store.read(_client, counter)
    except Conflict as problem:
        raise SignOnFailed("sso_over") from problem
    if (client.issuer, client.client_id) != (said["issuer"], said["client_id"]):
        raise SignOnFailed("sso_over")  # the settings have changed meanwhile
    code = params.get("code", "")
    if not code or len(code) > _MOST_PARAMETER or params.get("iss", client.issuer) != client.issuer:
        raise SignOnFailed("sso_failed", "answer")
    try:
        return await counter.openid.redeem(
            client, code, nonce=said["nonce"], verifier=said["verifier"], now=counter.door.clock.now()
        )
    except ProviderTrouble as trouble:
        raise SignOnFailed("sso_failed", trouble.code) from trouble


def _let_in(
    tx: Tx, door: Door, identity: Identity, anew_since: float | None, now: datetime, agent: str
) -> NewLogin | NextStep | SignOnFailed:
    """The refusal is to be kept in the audit trail, so it is returned."""
    made = _step(tx, door, identity, now, agent)
    if isinstance(made, NewLogin) and anew_since is not None and identity.has_signed_on_since(anew_since):
        note_signed_on(tx, door.ring, made.login, now)
    return made


def _step(
    tx: Tx, door: Door, identity: Identity, now: datetime, agent: str
) -> NewLogin | NextStep | SignOnFailed:
    found = provider(tx, door.ring)
    if found is None or found.issuer != identity.issuer:
        return SignOnFailed("sso_over")
    users.wait_for_turn(tx)
    user = _person(tx, found, identity, now)
    if isinstance(user, SignOnFailed):
        audit.record(tx, now, None, "login.refused", step="single_sign_on", why=user.code)
        return user
    if found.trusts_second_factor:
        return enter(tx, user.id, now, agent, by="single_sign_on")
    return proceed(tx, door.ring, user, now, agent, by="single_sign_on")


def _person(tx: Tx, found: Provider, identity: Identity, now: datetime) -> User | SignOnFailed:
    known = identities.get(tx, identity.issuer, identity.subject)
    if known is not None:
        user = users.get(tx, known)
        return user if user is not None and user.is_active else SignOnFailed("sso_deactivated")
    address = _address(found, identity)
    same = comers.found_by(tx, address)
    if len(same) > 1:
        return SignOnFailed("sso_ambiguous")
    if same:
        return _matched(tx, identity, same[0], now)
    return _added(tx, identity, address, now) if found.creates_users else SignOnFailed("sso_unknown")


def _address(found: Provider, identity: Identity) -> str:
    """By which the person may be matched; empty where nothing vouches for it, or it is written as none is."""
    if identity.email and (identity.is_email_verified or found.trusts_addresses):
        return told(identity.email)
    is_address = "@" in identity.username and found.trusts_addresses
    return told(identity.username) if is_address else ""


def _matched(tx: Tx, identity: Identity, user: User, now: datetime) -> User | SignOnFailed:
    if not user.is_active:
        return SignOnFailed("sso_deactivated")
    if identities.has_one_of(tx, user.id, identity.issuer):
        return SignOnFailed("sso_other_identity")  # an address that was given to somebody else
    identities.insert(tx, identity.issuer, identity.subject, user.id, now)
    invitations.destroy_of(tx, user.id)
    audit.record(tx, now, user.id, "user.identity_noted", subject=user.label, issuer=identity.issuer)
    return user


def _added(tx: Tx, identity: Identity, address: str, now: datetime) -> User | SignOnFailed:
    try:
        login = check_login(address or _unverified(identity.username))
        new = NewUser(login, _name(tx, identity, login), check_email(address), may_settings=False)
        user = add_by_provider(tx, new, now)
    except (Invalid, Conflict):
        return SignOnFailed("sso_unknown", "login")
    identities.insert(tx, identity.issuer, identity.subject, user.id, now)
    audit.record(tx, now, user.id, "user.identity_noted", subject=user.label, issuer=identity.issuer)
    return user


def _unverified(username: str) -> str:
    """As a login. Nobody vouches for it, so it is not to look like an address: that would be somebody's."""
    return normal_form(username, "NFKC").partition("@")[0]


def _name(tx: ReadTx, identity: Identity, login: str) -> str:
    """What the provider says, with the login where somebody here goes by that name already."""
    try:
        name = check_name(identity.name)
    except Invalid:
        return login
    if not is_name_taken(tx, name):
        return name
    told_apart = f"{name} ({login})"
    return told_apart if len(told_apart) <= MAX_NAME else login


def _is_path(text: str) -> bool:
    """A page of ours, and no other site's however a browser reads it."""
    is_plain = len(text) <= MOST_NEXT and text.isprintable() and "\\" not in text
    return is_plain and text.startswith("/") and not text.startswith("//")
