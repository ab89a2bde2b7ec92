"""Single sign-on, with an organisation of the simulated Microsoft as the provider: who comes in, and who not.

One office for all; each test has people of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import pyotp
import pytest
from tests.flow.admin.client import PASSWORD, PROOF, Answer, Client
from tests.flow.admin.conftest import actions, required_second_factor
from tests.flow.admin.guarded import Guarded, guarded_office
from tests.flow.admin.test_v1 import call, token
from tests.flow.sim import PASSWORD as THEIRS
from tests.flow.sim import TENANT, Simulator
from tests.sim.identity.browser import Browser

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def office(simulator_process: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded_office(simulator_process, tmp_path_factory.mktemp("sso")) as found:
        yield found


@pytest.fixture
def admin(office: Guarded) -> Client:
    return office.sabine


def provide(office: Guarded, **said: Any) -> dict[str, Any]:
    """The provider, as it is set from now on."""
    wanted = {
        "issuer": f"{office.m365.login_base}/{TENANT}/v2.0",
        "client_id": office.m365.facts["client_id"],
        "secret": office.m365.facts["client_secret"],
        "name": "Büro-Konto",
        "trusts_addresses": True,
    }
    answer = office.sabine.put("/api/settings/sso", wanted | PROOF | said)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json["provider"]
    return found


def added(office: Guarded, address: str, **said: Any) -> str:
    """Somebody here with this address; their id."""
    number = next(_NUMBERS)
    body = {"login": f"sso{number}", "name": f"Ina Sso {number}", "email": address, **said}
    answer = office.sabine.post("/api/users", body)
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


def begun(client: Client, next_: str = "", *, anew: bool = False) -> str:
    """Where the provider's page is."""
    answer = client.post("/api/login/sso", {"next": next_, "anew": anew})
    assert answer.status == 200, answer.body
    return str(answer.json["url"])


def signed_on(office: Guarded, url: str, address: str) -> str:
    """At the provider; the address that it sends the browser back to."""
    browser = Browser(office.m365.pages_url).open(url.replace(office.m365.login_base, office.m365.pages_url))
    if not browser.has("input[name=loginfmt]"):
        browser.press("back")
    browser.press("next", loginfmt=address)
    if browser.has("input[name=passwd]"):
        browser.press("signin", passwd=THEIRS)
    if browser.has("button#accept"):
        browser.press("accept")
    back = urlsplit(browser.left_for)
    return f"{back.path}?{back.query}"


def ends_at(answer: Answer) -> dict[str, str]:
    """What the login page is told."""
    where = urlsplit(answer.location)
    assert (answer.status, where.path, where.netloc) == (303, "/login", "")
    return dict(parse_qsl(where.query) + parse_qsl(where.fragment))


def come(office: Guarded, address: str, next_: str = "") -> tuple[Client, dict[str, str]]:
    """A whole sign-on in a browser of its own."""
    client = office.sabine.anew()
    return client, ends_at(client.get(signed_on(office, begun(client, next_), address)))


def me(client: Client) -> dict[str, Any] | None:
    found: dict[str, Any] | None = client.get("/api/start").json["user"]
    return found


def test_a_person_is_matched_by_address_once_and_known_from_then_on(office: Guarded, admin: Client) -> None:
    """Whatever their addresses are later, here and there; a password is not needed, and lets in as before."""
    provide(office)
    assert admin.anew().get("/api/start").json["single_sign_on"] == "Büro-Konto"
    address = office.m365.new_mailbox("ina")
    user = added(office, address.upper(), password=PASSWORD)
    client, told = come(office, address, "/mail/a1?x=1")
    assert told == {"next": "/mail/a1?x=1"}
    assert client.get("/api/start").json["single_sign_on"] == "Büro-Konto"  # for when they log out
    found = me(client)
    assert found is not None
    assert found["id"] == user
    assert next(one for one in admin.get("/api/users").json["users"] if one["id"] == user)["is_signed_on"]
    admin.patch(f"/api/users/{user}", {"email": "anders@example.org"})
    again, _ = come(office, address)
    assert (me(again) or {}).get("id") == user
    assert admin.anew().log_in(found["login"]).get("/api/mailboxes").status == 200
    assert "user.identity_noted" in actions(admin)
    stays = [c for c in (client, again) if c.get("/api/mailboxes").status == 200]
    assert stays == [client, again]
    assert admin.delete(f"/api/users/{user}/identity").status == 200
    assert client.get("/api/mailboxes").status == 401
    assert come(office, address)[1] == {"refused": "sso_unknown"}


def test_who_is_not_known_is_added_only_where_that_is_allowed(office: Guarded, admin: Client) -> None:
    """Without any right; a person who is deactivated here stays out."""
    provide(office, creates_users=False)
    address = office.m365.new_mailbox("neu")
    assert come(office, address)[1] == {"refused": "sso_unknown"}
    provide(office, creates_users=True)
    client, told = come(office, address)
    found = me(client)
    assert (told, found is not None) == ({}, True)
    assert found is not None
    assert (found["login"], found["email"], found["may_settings"]) == (address, address, False)
    assert client.get("/api/mailboxes").json == []
    admin.patch(f"/api/users/{found['id']}", {"is_active": False})
    assert client.get("/api/mailboxes").status == 401
    assert come(office, address)[1] == {"refused": "sso_deactivated"}


def test_an_address_counts_only_where_somebody_vouches_for_it(office: Guarded, admin: Client) -> None:
    """Not one that is merely said; not one that two have; not one that was given to somebody else."""
    address = office.m365.new_mailbox("falsch")
    user = added(office, address)
    provide(office, trusts_addresses=False)
    assert come(office, address)[1] == {"refused": "sso_unknown"}
    provide(office)
    twin = added(office, address, **PROOF)
    assert come(office, address)[1] == {"refused": "sso_ambiguous"}
    admin.delete(f"/api/users/{twin}")
    assert come(office, address)[1] == {}
    other = office.m365.new_mailbox("andere")
    admin.patch(f"/api/users/{user}", {"email": other})
    assert come(office, other)[1] == {"refused": "sso_other_identity"}


def test_a_name_that_nobody_checked_is_nobodys_address(office: Guarded, admin: Client) -> None:
    """Where people choose their names at the provider: no login that looks like somebody's address."""
    provide(office, creates_users=True, trusts_addresses=False)
    address = office.m365.new_mailbox("selbst")
    client, _ = come(office, address)
    found = me(client) or {}
    assert (found["login"], found["email"]) == (address.partition("@")[0], "")


def test_a_login_that_looks_like_an_address_is_one_as_long_as_nobody_came_as_it(
    office: Guarded, admin: Client
) -> None:
    """Who was added by a provider before may have chosen it: the true owner is not taken for them."""
    provide(office)
    taken, own = office.m365.new_mailbox("vergeben"), office.m365.new_mailbox("eigen")
    user = added(office, own, login=taken)
    assert (me(come(office, own)[0]) or {})["id"] == user
    assert come(office, taken)[1] == {"refused": "sso_unknown"}
    fresh = office.m365.new_mailbox("frisch")
    user = added(office, "", login=fresh)
    assert (me(come(office, fresh)[0]) or {})["id"] == user


def test_a_login_that_a_provider_told_is_no_address_when_it_is_forgotten_who_came(
    office: Guarded, admin: Client
) -> None:
    """It may be a name that its people choose there: by the e-mail address alone they are found again."""
    provide(office, creates_users=True)
    address, other = office.m365.new_mailbox("alt"), office.m365.new_mailbox("richtig")
    user = (me(come(office, address)[0]) or {})["id"]
    admin.patch(f"/api/users/{user}", {"email": other})
    assert admin.delete(f"/api/users/{user}/identity").status == 200
    provide(office, creates_users=False)
    assert come(office, address)[1] == {"refused": "sso_unknown"}
    assert (me(come(office, other)[0]) or {})["id"] == user


def test_a_login_is_nobody_elses_address(office: Guarded, admin: Client) -> None:
    """It would stand for them, and keep them from being found by it."""
    address = office.m365.new_mailbox("chef")
    added(office, address)
    refused = admin.post("/api/users", {"login": address.upper(), "name": "Nina Neu"})
    assert (refused.status, refused.code) == (409, "login_is_address")


def test_whose_addresses_they_are_is_confirmed_when_somebody_becomes_an_administrator(
    office: Guarded, admin: Client
) -> None:
    """A program may have named them: whoever has one at the provider would come in as an administrator."""
    provide(office)
    thief, own = office.m365.new_mailbox("dieb"), office.m365.new_mailbox("nina")
    secret = token(admin)
    said = {"login": f"nina@{thief.partition('@')[2]}", "name": "Nina Neu", "email": thief}
    user = call(admin, secret, "POST", "/api/v1/users", said).json["id"]
    url, right = f"/api/users/{user}", {"may_settings": True} | PROOF
    refused = admin.patch(url, right)
    assert (refused.status, refused.code) == (422, "addresses_unconfirmed")
    assert refused.params["addresses"] == sorted([thief, said["login"]])
    assert admin.patch(url, right | {"addresses": [own]}).code == "addresses_unconfirmed"
    corrected = right | {"email": own, "addresses": [own.upper(), said["login"]]}
    came = me(come(office, thief)[0]) or {}
    assert came["id"] == user
    assert admin.patch(url, corrected).json["may_settings"] is True
    assert come(office, thief)[1] == {"refused": "sso_unknown"}
    assert (me(come(office, own)[0]) or {})["id"] == user


def test_who_has_the_name_of_a_colleague_is_told_apart(office: Guarded, admin: Client) -> None:
    """Names come from the provider, where people may choose them; nobody is to stand for somebody else."""
    provide(office, creates_users=True)
    first, second = office.m365.new_mailbox("zwilling"), office.m365.new_mailbox("zwilling2")
    name = str((me(come(office, first)[0]) or {})["name"])
    for address in (first, second):
        office.m365.identity("PUT", f"/users/{address}", {"display_name": name})
    found = me(come(office, second)[0]) or {}
    assert found["name"] == f"{name} ({second})"


def test_our_second_factor_is_asked_for_unless_theirs_counts(office: Guarded, admin: Client) -> None:
    """The login waits for it, and nothing is open meanwhile."""
    provide(office)
    address = office.m365.new_mailbox("zwei")
    added(office, address)
    with required_second_factor(office.server, admin) as proof:
        client, told = come(office, address)
        assert (told.get("ways", ""), me(client)) == ("", None)
        assert "secret" in client.post("/api/login/app", {"token": told["step"]}).json
        provide(office, trusts_second_factor=True, proof=proof())
        client, told = come(office, address)
        assert (told, me(client) is not None) == ({}, True)


TOKEN = {"name": "Phone", "level": "read"}


def test_who_has_no_password_proves_it_at_the_provider(office: Guarded, admin: Client) -> None:
    """Signing on anew counts for ten minutes and this login; a password is for administrators to offer."""
    provide(office)
    address = office.m365.new_mailbox("ohne")
    user = added(office, address)
    client, _ = come(office, address)
    assert (me(client) or {})["has_password"] is False
    refused = client.post("/api/me/tokens", TOKEN)
    assert (refused.status, refused.code, refused.params["field"]) == (422, "sign_on_needed", "password")
    assert client.post("/api/me/tokens", TOKEN | {"password": "anything"}).code == "sign_on_needed"
    other, _ = come(office, address)
    url = begun(client, "/settings/security", anew=True)
    assert parse_qs(urlsplit(url).query)["prompt"] == ["login"]
    assert ends_at(client.get(signed_on(office, url, address))) == {"next": "/settings/security"}
    assert client.get("/api/me/second-factor").json["signed_on_until"] is not None
    assert client.post("/api/me/tokens", TOKEN).status == 201
    assert other.post("/api/me/tokens", TOKEN).code == "sign_on_needed"
    refused = client.post("/api/me/password", {"old": "", "new": PASSWORD})
    assert (refused.status, refused.code) == (409, "no_password")
    office.server.clock.advance(11 * 60)
    assert client.post("/api/me/tokens", TOKEN).code == "sign_on_needed"
    office.server.clock.advance(-11 * 60)  # the provider's clock has not moved
    link = admin.post(f"/api/users/{user}/invitation", {}).json["link"].partition("#")[2]
    chosen = admin.anew()
    assert chosen.post("/api/invitation", {"token": link, "password": PASSWORD}).json["has_password"] is True
    assert chosen.post("/api/me/tokens", TOKEN | {"password": PASSWORD}).status == 201


def test_the_second_factor_is_the_proof_of_who_has_no_password(office: Guarded, admin: Client) -> None:
    """Signing on anew is none for who has one; guesses at it are counted."""
    provide(office, trusts_second_factor=True)
    address = office.m365.new_mailbox("faktor")
    added(office, address)
    client = admin.anew()
    ends_at(client.get(signed_on(office, begun(client, anew=True), address)))
    app = client.post("/api/me/second-factor/app", {}).json
    code = pyotp.TOTP(app["secret"]).at(office.server.clock.now())
    done = client.put("/api/me/second-factor/app", {"token": app["token"], "code": code})
    [mine, *_] = done.json["recovery_codes"]
    assert client.post("/api/me/tokens", TOKEN).code == "second_factor_needed"
    assert client.post("/api/me/tokens", TOKEN | {"code": mine}).status == 201
    wrong = [client.post("/api/me/tokens", TOKEN | {"code": "000000"}).code for _ in range(6)]
    assert wrong == ["wrong_code"] * 5 + ["locked"]


def test_no_token_without_a_second_factor_where_one_is_required(office: Guarded, admin: Client) -> None:
    """A login that the requirement has left, as its provider was trusted, makes none once that is over."""
    provide(office, trusts_second_factor=True)
    address = office.m365.new_mailbox("vertraut")
    added(office, address)
    client = admin.anew()
    ends_at(client.get(signed_on(office, begun(client, anew=True), address)))
    with required_second_factor(office.server, admin) as proof:
        assert client.post("/api/me/tokens", TOKEN).status == 201
        provide(office, proof=proof())
        assert client.post("/api/me/tokens", TOKEN).code == "second_factor_first"
    assert client.post("/api/me/tokens", TOKEN).status == 201


def test_an_answer_is_good_once_and_for_the_browser_that_asked(office: Guarded, admin: Client) -> None:
    """Nobody can be logged in as somebody else by a link, nor an answer be used again."""
    provide(office)
    address = office.m365.new_mailbox("link")
    added(office, address)
    asking, victim = admin.anew(), admin.anew()
    back = signed_on(office, begun(asking), address)
    assert ends_at(victim.get(back)) == {"refused": "sso_over"}
    begun(victim)  # with a cookie of its own, too
    assert ends_at(victim.get(back)) == {"refused": "sso_over"}
    assert me(victim) is None
    cookies = dict(asking.cookies)
    assert ends_at(asking.get(back)) == {}
    asking.cookies |= {"poststelle_sso": cookies["poststelle_sso"]}
    assert ends_at(asking.get(back)) == {"refused": "sso_over"}
    late = admin.anew()
    back = signed_on(office, begun(late), address)
    provide(office, issuer="https://id.example")
    assert ends_at(late.get(back)) == {"refused": "sso_over"}
    provide(office)


def test_a_code_of_another_question_proves_nothing(office: Guarded, admin: Client) -> None:
    """Neither with another verifier, nor from another issuer; a refusal is told in words."""
    provide(office)
    address = office.m365.new_mailbox("code")
    added(office, address)
    mine, theirs = admin.anew(), admin.anew()
    first, second = begun(mine), signed_on(office, begun(theirs), address)
    state = parse_qs(urlsplit(first).query)["state"][0]
    code = parse_qs(urlsplit(second).query)["code"][0]
    swapped = mine.get(f"/sign-in/sso/callback?{urlencode({'state': state, 'code': code})}")
    assert ends_at(swapped)["refused"] == "sso_failed"
    for more in ({"iss": "https://elsewhere.example", "code": "x"}, {"error": "access_denied"}, {}):
        state = parse_qs(urlsplit(begun(mine)).query)["state"][0]
        told = ends_at(mine.get(f"/sign-in/sso/callback?{urlencode({'state': state, **more})}"))
        assert told["refused"] == ("sso_denied" if "error" in more else "sso_failed")
    assert me(mine) is None


@pytest.mark.parametrize("next_", ["https://evil.example/", "//evil.example", "/\\evil.example", "mail"])
def test_nobody_is_led_elsewhere_afterwards(office: Guarded, next_: str) -> None:
    """What is no path of ours is forgotten."""
    provide(office)
    address = office.m365.new_mailbox("weg")
    added(office, address)
    assert come(office, address, next_)[1] == {}


def test_the_settings_keep_the_secret_to_themselves(office: Guarded, admin: Client) -> None:
    """It is told nobody, and not to another provider; without one there is no way in."""
    assert provide(office)["has_secret"] is True
    assert provide(office, secret=None)["has_secret"] is True
    assert provide(office, secret=None, issuer="https://id.example")["has_secret"] is False
    asked = admin.anew().post("/api/login/sso", {})
    assert (asked.status, asked.code, asked.params["detail"]) == (409, "provider_unreachable", "unreachable")
    for issuer in ("http://id.example", "https://", "https://u@id.example", "id.example", "https://x/?a=1"):
        body = {"issuer": issuer, "client_id": "x", "name": "X"}
        assert admin.put("/api/settings/sso", body | PROOF).code == "invalid_issuer"
    refused = admin.delete("/api/settings/sso")
    assert (refused.status, refused.code, refused.params["field"]) == (422, "proof_needed", "proof")
    assert admin.get("/api/settings/sso").json["provider"] is not None
    assert admin.delete("/api/settings/sso", PROOF).json["provider"] is None
    assert admin.anew().get("/api/start").json["single_sign_on"] is None
    assert admin.anew().post("/api/login/sso", {}).code == "no_single_sign_on"


def test_who_came_by_a_wrong_address_is_no_administrator_though_it_was_corrected_before(
    office: Guarded, admin: Client
) -> None:
    """The address is corrected in one save, the right given in the next: who came before is out for good."""
    provide(office)
    wrong, own = office.m365.new_mailbox("dieb"), office.m365.new_mailbox("nina")
    user = added(office, wrong)
    thief, _ = come(office, wrong)
    assert admin.patch(f"/api/users/{user}", {"email": own}).status == 200
    assert admin.patch(f"/api/users/{user}", {"may_settings": True, "addresses": [own]} | PROOF).status == 200
    assert (me(thief), thief.get("/api/users").status) == (None, 401)
    assert come(office, wrong)[1] == {"refused": "sso_unknown"}
    right, told = come(office, own)
    assert (told, (me(right) or {}).get("may_settings")) == ({}, True)


def test_without_an_address_it_is_who_came_that_is_confirmed(office: Guarded, admin: Client) -> None:
    """Nobody could be matched anew. Whoever came stays known, once somebody has said who it was."""
    provide(office)
    address = office.m365.new_mailbox("nora")
    user = added(office, address)
    came, _ = come(office, address)
    assert admin.patch(f"/api/users/{user}", {"email": ""}).status == 200
    promoted = {"may_settings": True, "addresses": []} | PROOF
    refused = admin.patch(f"/api/users/{user}", promoted)
    assert (refused.status, refused.code, refused.params["field"]) == (
        422,
        "comer_unconfirmed",
        "is_who_came",
    )
    assert came.get("/api/users").status == 403
    assert admin.patch(f"/api/users/{user}", promoted | {"is_who_came": True}).status == 200
    assert (me(come(office, address)[0]) or {}).get("may_settings") is True


def test_an_administrator_whose_address_is_corrected_is_known_anew(office: Guarded, admin: Client) -> None:
    provide(office)
    wrong, own = office.m365.new_mailbox("falsche"), office.m365.new_mailbox("richtige")
    user = added(office, wrong)
    assert (
        admin.patch(f"/api/users/{user}", {"may_settings": True, "addresses": [wrong]} | PROOF).status == 200
    )
    thief, _ = come(office, wrong)
    assert thief.get("/api/users").status == 200
    assert admin.patch(f"/api/users/{user}", {"email": own} | PROOF).status == 200
    assert thief.get("/api/users").status == 401
    assert come(office, wrong)[1] == {"refused": "sso_unknown"}
    assert (me(come(office, own)[0]) or {}).get("may_settings") is True


def test_forgetting_who_came_ends_their_programs_too(office: Guarded, admin: Client) -> None:
    provide(office)
    address = office.m365.new_mailbox("paula")
    user = added(office, address, password=PASSWORD)
    come(office, address)
    login = next(one["login"] for one in admin.get("/api/users").json["users"] if one["id"] == user)
    theirs = admin.anew().log_in(login)
    made = theirs.post(
        "/api/me/tokens", {"name": "x", "level": "read", "mailboxes": None} | {"password": PASSWORD}
    )
    assert made.status == 201, made.body
    assert admin.delete(f"/api/users/{user}/identity").status == 200
    assert admin.anew().log_in(login).get("/api/me/tokens").json["tokens"] == []


@pytest.mark.parametrize("sign", ["\u200b", "\u00ad"])
def test_a_name_with_an_invisible_sign_is_somebody_elses(office: Guarded, admin: Client, sign: str) -> None:
    """People who paste an address are helped; what a provider tells is compared as it stands."""
    provide(office, creates_users=True)
    address = office.m365.new_mailbox("vera")
    user = added(office, address)
    other = f"{address[:2]}{sign}{address[2:]}"
    wish = {"tenant": TENANT, "password": THEIRS, "display_name": "Fremd", "has_mailbox": False}
    office.m365.identity("PUT", f"/users/{quote(other)}", wish)
    who = me(come(office, other)[0])
    assert who is None or (who["id"] != user and who["email"] != address)
    assert (me(come(office, address)[0]) or {}).get("id") == user
