"""Signing in at (simulated) Microsoft: there and back, and every way in which it doesn't work."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.flow.admin.client import PASSWORD as OURS
from tests.flow.admin.client import Client
from tests.flow.admin.conftest import actions, assign, person
from tests.flow.admin.running import RunningServer, running_server
from tests.flow.sim import PASSWORD, Simulator
from tests.sim.identity.browser import Browser

from poststelle.settings.microsoft import Preset


@dataclass
class Office:
    """A server beside the simulator: Sabine administers, Anna (u2) is assigned to ``account``."""

    m365: Simulator
    server: RunningServer
    sabine: Client
    anna: Client
    address: str
    account: str

    def begin(self, who: Client | None = None) -> Browser:
        """Anna confirms the warning and is at Microsoft's password page."""
        answer = (who or self.anna).post(f"/sign-in/microsoft/{self.account}", {"confirm": True})
        assert answer.status == 200, answer.body
        return Browser(self.m365.pages_url).open(to_pages(self.m365, answer.json["url"]))

    def walk(self, browser: Browser) -> str:
        """The right password, consent if asked for; return the callback's path and query."""
        browser.press("signin", passwd=PASSWORD)
        if browser.has("button#accept"):
            browser.press("accept")
        return callback(browser)

    def row(self) -> dict[str, object]:
        found: dict[str, object] = self.sabine.get(f"/api/accounts/{self.account}").json
        return found


def to_pages(m365: Simulator, url: str) -> str:
    """The address with the simulator's plain pages, which share their paths with its HTTPS side."""
    return url.replace(m365.login_base, m365.pages_url)


def callback(browser: Browser) -> str:
    parts = urlsplit(browser.left_for)
    return f"{parts.path}?{parts.query}"


def outcome(location: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(location)
    return parts.path, dict(parse_qsl(parts.query))


@pytest.fixture
def office(m365: Simulator, tmp_path: Path) -> Iterator[Office]:
    with running_server(
        tmp_path,
        with_engines=True,
        **m365.settings,
    ) as server:
        sabine = server.client
        sabine.post("/api/setup", {"login": "sabine", "name": "Sabine Lindner", "password": OURS})
        anna = person(sabine, "anna", "Anna Berger")
        address = m365.new_mailbox()
        account = sabine.post("/api/accounts", {"address": address, "confirm": True}).json["id"]
        assign(sabine, account, "u2", "read")
        yield Office(m365, server, sabine, anna, address, account)


def test_there_and_back_connects_the_mailbox(office: Office) -> None:
    """The address is filled in, the password is typed at Microsoft, and the mailbox is connected."""
    browser = office.begin()
    assert office.address in browser.text()

    back = office.anna.get(office.walk(browser))

    assert (back.status, back.location) == (303, f"/mail/{office.account}?signed_in=1")
    row = office.row()
    assert (row["state"], row["state_reason"]) == ("connected", None)
    assert row["sign_in"] == {"username": office.address, "by": "Anna Berger", "at": row["sign_in"]["at"]}  # type: ignore[index]  # a dict
    assert [m["state"] for m in office.anna.get("/api/mailboxes").json] == ["connected"]
    assert actions(office.sabine)[-2:] == ["sign_in.begun", "sign_in.completed"]


def test_the_first_messages_arrive_by_themselves(office: Office) -> None:
    """Connecting wakes the synchronisation; nothing else has to be pressed."""
    office.m365.control.receive(office.address, subject="Offer")
    office.anna.get(office.walk(office.begin()))

    until = time.monotonic() + 60
    while time.monotonic() < until and office.row()["last_synced_at"] is None:
        time.sleep(0.05)

    row = office.row()
    assert row["last_synced_at"] is not None
    assert row["sync"]["held"] == 1  # type: ignore[index]  # a dict


def test_the_warning_names_the_readers_and_must_be_confirmed(office: Office) -> None:
    """Without the tick nobody gets to Microsoft; with it the audit trail keeps the names."""
    assign(office.sabine, office.account, "u1")
    answer = office.anna.post(f"/sign-in/microsoft/{office.account}", {})
    assert (answer.status, answer.code) == (422, "confirmation_needed")
    assert answer.params["names"] == ["Anna Berger", "Sabine Lindner"]

    office.begin()
    newest = office.sabine.get("/api/audit").json["entries"][0]
    assert (newest["action"], newest["user"]["name"]) == ("sign_in.begun", "Anna Berger")
    assert newest["detail"] == {
        "confirmed": True,
        "readers": ["Anna Berger (anna)", "Sabine Lindner (sabine)"],
    }


def test_declining_ends_on_its_page(office: Office) -> None:
    """Cancel on the consent page: nothing is connected, and the page knows why."""
    browser = office.begin().press("signin", passwd=PASSWORD).press("decline")

    path, query = outcome(office.anna.get(callback(browser)).location)

    assert path == f"/sign-in/result/{office.account}"
    assert query == {"outcome": "denied", "detail": "AADSTS65004"}
    assert office.row()["state"] == "waiting_for_sign_in"
    assert actions(office.sabine)[-1] == "sign_in.refused"


def test_needed_approval_ends_on_its_page_with_a_guide(office: Office) -> None:
    """In a strict tenant the page offers the link for the administrator; afterwards it just works."""
    office.m365.identity("PUT", "/tenants/buero.example", {"consent_policy": "admin_only"})
    try:
        browser = office.begin().press("signin", passwd=PASSWORD).press("leave")
        _, query = outcome(office.anna.get(callback(browser)).location)
        guide = office.anna.get(f"/api/mailboxes/{office.account}/approval").json
        asked = dict(parse_qsl(urlsplit(guide["admin_consent_url"]).query))
    finally:
        office.m365.identity("PUT", "/tenants/buero.example", {"consent_policy": "users_may_consent"})

    assert query == {"outcome": "approval_needed", "detail": "AADSTS90094"}
    assert "/buero.example/v2.0/adminconsent" in guide["admin_consent_url"]
    assert asked["state"].partition("-")[0] == office.account
    assert guide["page_url"].endswith(f"/approve/{asked['state']}")
    assert asked["redirect_uri"].endswith("/sign-in/microsoft/approved")
    assert guide["client_id"] == office.m365.facts["client_id"]
    assert "Mail.ReadWrite" in guide["scopes"]


def test_the_administrator_returns_without_a_login(office: Office) -> None:
    """The return page needs no login here and believes nothing but which mailbox to go on with."""
    guide = office.anna.get(f"/api/mailboxes/{office.account}/approval").json
    state = guide["page_url"].rpartition("/")[2]
    stranger = office.anna.anew()
    good = stranger.get(f"/sign-in/microsoft/approved?admin_consent=True&tenant=evil&state={state}")
    bad = stranger.get(f"/sign-in/microsoft/approved?error=access_denied&state={state}")
    odd = stranger.get(f"/sign-in/microsoft/approved?error=no%20%26%20never&state={state}")
    junk = stranger.get("/sign-in/microsoft/approved?state=https://evil.example/")
    assert good.location == f"/sign-in/result/{office.account}?outcome=approved"
    assert outcome(bad.location)[1] == {"outcome": "approval_needed", "detail": "access_denied"}
    assert outcome(odd.location)[1] == {"outcome": "approval_needed", "detail": "no & never"}
    assert junk.location == "/sign-in/result/unknown?outcome=approved"
    assert office.row()["state"] == "waiting_for_sign_in"


def test_another_mailboxs_owner_is_the_wrong_account(office: Office) -> None:
    """Somebody else's sign-in is recognised, named, and not kept."""
    other = office.m365.new_mailbox("privat")
    browser = office.begin().press("back").press("next", loginfmt=other)

    location, _, fragment = office.anna.get(office.walk(browser)).location.partition("#")

    path, query = outcome(location)
    assert path == f"/sign-in/result/{office.account}"
    assert query == {"outcome": "wrong_account", "detail": "wrong_mailbox"}
    assert dict(parse_qsl(fragment)) == {"signed_in_as": other}
    assert (office.row()["state"], office.row()["sign_in"]) == ("waiting_for_sign_in", None)


def test_a_user_without_mailbox_is_told_so(office: Office) -> None:
    """A missing licence at Microsoft is not our user's mistake, and has its own page."""
    office.m365.control.set_user(office.address, hasMailbox=False)

    _, query = outcome(office.anna.get(office.walk(office.begin())).location)

    assert query["outcome"] == "no_mailbox"
    assert office.row()["state"] == "waiting_for_sign_in"


def test_a_blocked_sign_in_is_told_so(office: Office) -> None:
    """Conditional Access (53003) leads to the page that says whom to ask."""
    office.m365.identity("POST", "/fail-next", {"token": [53003]})
    _, query = outcome(office.anna.get(office.walk(office.begin())).location)
    assert (query["outcome"], query["detail"]) == ("blocked", "AADSTS53003")


def test_a_wrong_secret_is_the_operators_matter(office: Office) -> None:
    """Microsoft refuses our app, not the user: the page says so."""
    client_id = office.m365.facts["client_id"]
    path = office.walk(office.begin())
    office.sabine.put("/api/settings/microsoft", {"client_id": client_id, "secret": "not~the~right~one"})

    _, query = outcome(office.anna.get(path).location)

    assert (query["outcome"], query["detail"]) == ("app_settings", "AADSTS7000215")


def test_without_an_app_nobody_is_sent_to_microsoft(office: Office, tmp_path: Path) -> None:
    """Before the settings are filled in, beginning is refused, and not in Microsoft's name."""
    with running_server(tmp_path / "other") as server:
        assert server.built.services.preset == Preset()
        admin = server.client
        admin.post("/api/setup", {"login": "sabine", "name": "S", "password": OURS})
        admin.post("/api/accounts", {"address": "info@example.org", "confirm": True})
        assign(admin, "a1", "u1")
        begun = admin.post("/sign-in/microsoft/a1", {"confirm": True})
        guide = admin.get("/api/mailboxes/a1/approval")
    assert (begun.status, begun.code) == (409, "app_missing")
    assert (guide.status, guide.code) == (409, "app_missing")


def test_a_callback_works_once(office: Office) -> None:
    """Loading it again changes nothing and says that it is over."""
    path = office.walk(office.begin())
    office.anna.get(path)
    before = office.row()["sign_in"]

    again = office.anna.get(path)

    assert outcome(again.location) == (
        "/sign-in/result/unknown",
        {"outcome": "expired", "detail": "unknown_state"},
    )
    assert office.row()["sign_in"] == before


def test_a_callback_belongs_to_the_login_that_began(office: Office) -> None:
    """Neither a colleague, nor another browser of the same user, nor a stranger can finish it."""
    assign(office.sabine, office.account, "u1")
    path = office.walk(office.begin())

    for other in (office.sabine, office.anna.anew().log_in("anna"), office.anna.anew()):
        _, query = outcome(other.get(path).location)
        assert query["outcome"] == "expired"
        assert office.row()["state"] == "waiting_for_sign_in"

    assert office.anna.get(path).location == f"/mail/{office.account}?signed_in=1"


def test_a_callback_is_good_for_ten_minutes(office: Office) -> None:
    """A sign-in left lying is begun anew."""
    path = office.walk(office.begin())
    office.server.clock.advance(601)
    _, query = outcome(office.anna.get(path).location)
    assert query == {"outcome": "expired", "detail": "unknown_state"}


def test_a_callback_of_junk_is_refused(office: Office) -> None:
    """No parameters, foreign state, an error without state: each ends on the result page."""
    for query in ("", "?code=x&state=y", "?error=access_denied", "?state=" + "x" * 5000):
        answer = office.anna.get(f"/sign-in/microsoft/callback{query}")
        assert answer.status == 303
        assert answer.location.startswith("/sign-in/result/unknown?outcome=expired")


def test_who_lost_the_assignment_meanwhile_cannot_finish(office: Office) -> None:
    """Rights are asked again when the answer comes back."""
    path = office.walk(office.begin())
    office.sabine.delete(f"/api/accounts/{office.account}/users/u2")
    _, query = outcome(office.anna.get(path).location)
    assert query == {"outcome": "failed", "detail": "not_assigned"}
    assert office.row()["state"] == "waiting_for_sign_in"


def test_disconnecting_forgets_the_tokens_and_a_new_sign_in_reconnects(office: Office) -> None:
    """The account keeps its id and waits; signing in again connects it."""
    office.anna.get(office.walk(office.begin()))
    assert office.sabine.post(f"/api/accounts/{office.account}/disconnect").json["sign_in"] is None
    assert office.row()["state"] == "waiting_for_sign_in"

    office.anna.get(office.walk(office.begin()))

    assert office.row()["state"] == "connected"


def test_a_working_sign_in_is_replaced_only_by_who_manages_the_mailbox(office: Office) -> None:
    """A reader connects a waiting mailbox and then leaves its sign-in alone; the list says the same."""
    office.anna.get(office.walk(office.begin()))
    for level, right in (("read", False), ("send", False), ("manage", True)):
        assign(office.sabine, office.account, "u2", level)
        [mailbox] = office.anna.get("/api/mailboxes").json
        assert mailbox["may_sign_in"] is right
        begun = office.anna.post(f"/sign-in/microsoft/{office.account}", {"confirm": True})
        assert begun.status == (200 if right else 403)
        if not right:
            assert (begun.code, begun.params) == ("needs_level", {"needed": "manage", "held": level})

    assign(office.sabine, office.account, "u1", "read")
    assert [m["may_sign_in"] for m in office.sabine.get("/api/mailboxes").json] == [True]
    assert office.sabine.post(f"/sign-in/microsoft/{office.account}", {"confirm": True}).status == 200


def test_who_comes_back_second_changes_nothing(office: Office) -> None:
    """Of two readers at Microsoft at the same time, the first one's sign-in stays."""
    person(office.sabine, "thomas", "Thomas Maier")
    assign(office.sabine, office.account, "u3", "read")
    thomas = office.sabine.anew().log_in("thomas")
    late = office.walk(office.begin(thomas))
    office.anna.get(office.walk(office.begin()))

    _, query = outcome(thomas.get(late).location)

    assert query == {"outcome": "failed", "detail": "connected_already"}
    assert office.row()["sign_in"]["by"] == "Anna Berger"  # type: ignore[index]  # a dict


def test_the_address_is_written_as_microsoft_does(office: Office) -> None:
    """Typed in capitals, it becomes Microsoft's spelling once the sign-in has proven the mailbox."""
    address = office.m365.new_mailbox("verkauf")
    typed = office.sabine.post("/api/accounts", {"address": address.upper(), "confirm": True}).json
    assign(office.sabine, typed["id"], "u2")
    office.account = typed["id"]
    assert office.row()["address"] != address

    office.anna.get(office.walk(office.begin()))

    assert (office.row()["state"], office.row()["address"]) == ("connected", address)
    again = office.sabine.post("/api/accounts", {"address": address.upper(), "confirm": True})
    assert again.code == "duplicate_address"


def test_of_many_sign_ins_begun_the_newest_five_are_kept(office: Office) -> None:
    """Beginning over and over fills nothing; the last window opened works, the first one is over."""
    first = office.begin()
    for _ in range(5):
        last = office.begin()
    _, query = outcome(office.anna.get(office.walk(first)).location)
    assert query == {"outcome": "expired", "detail": "unknown_state"}

    assert office.anna.get(office.walk(last)).location == f"/mail/{office.account}?signed_in=1"


def test_a_lost_sign_in_is_visible_and_renewed(office: Office) -> None:
    """Revoked tokens show as sign-in needed with Microsoft's code; signing in again heals it."""
    office.anna.get(office.walk(office.begin()))
    office.m365.identity("POST", f"/users/{office.address}/revoke", {"drop_access_tokens": True})

    until = time.monotonic() + 60
    while time.monotonic() < until and office.row()["state"] == "connected":
        time.sleep(0.05)
    assert (office.row()["state"], office.row()["state_reason"]) == ("sign_in_needed", "AADSTS50173")

    office.anna.get(office.walk(office.begin()))
    assert (office.row()["state"], office.row()["state_reason"]) == ("connected", None)


def test_tokens_are_on_no_page_and_lie_sealed(office: Office, tmp_path: Path) -> None:
    """No answer of ours carries a token, and none stands readable in the database."""
    office.anna.get(office.walk(office.begin()))
    for path in (f"/api/accounts/{office.account}", "/api/audit"):
        office.sabine.get(path)
    for path in ("/api/mailboxes", "/api/start"):
        office.anna.get(path)
    told = b"".join(office.anna.seen + office.sabine.seen)
    files = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    for word in (b"refresh_token", b"RefreshToken", b"access_token", b"AccessToken", b"code_verifier"):
        assert word not in told
        assert word not in files
