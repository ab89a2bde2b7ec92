"""Single sign-on from its set-up to a login, groups of users, and a deleted user's name."""

import re
from typing import Any

from playwright.sync_api import Browser, Locator, expect
from tests.e2e.prepared import MAILBOX, SETTINGS, Prepared, identity
from tests.e2e.test_access import obstacles, obstacles_in_both_themes
from tests.e2e.visitor import DEMO_PASSWORD, PHONE, Visitor, visiting
from tests.e2e.words import Words

USERS = "/settings/basic/users"
OWNERS = "Hausverwaltung"


def add_user(prepared: Prepared, login: str, name: str, **said: Any) -> str:
    body = {"login": login, "name": name, "password": DEMO_PASSWORD, **said}
    return str(prepared.admin.ok("POST", "/api/users", body)["id"])


def in_dialog(visitor: Visitor, english: str) -> Locator:
    return visitor.dialog.get_by_label(visitor.words(english), exact=True)


def tick(visitor: Visitor, english: str) -> None:
    """A box, whose name goes on with its hint."""
    visitor.dialog.get_by_role("checkbox", name=re.compile(re.escape(visitor.words(english)))).check()


def provider_of(prepared: Prepared) -> tuple[str, str, str]:
    """Issuer, client id and secret of the demonstration's registration, for its organisation alone."""
    client_id = prepared.admin.ok("GET", SETTINGS)["client_id"]
    told = identity(prepared, "GET", "")
    [app] = [one for one in told["apps"] if one["client_id"] == client_id]
    [tenant] = [one for one in told["tenants"] if one["domain"] == "buero-lindner.example"]
    secret, _ = app["secrets"][0]
    return f"{prepared.demo.issuer_base}/{tenant['id']}/v2.0", client_id, secret


def set_up_single_sign_on(sabine: Visitor, provider: tuple[str, str, str]) -> None:
    """First with an issuer that is none: it is said at once, and nothing is kept."""
    issuer, client_id, secret = provider
    sabine.let_in("sabine")
    sabine.go(USERS)
    sabine.press("Set up single sign-on …")
    expect(sabine.dialog.locator("code")).to_contain_text(f"{sabine.base}/sign-in/sso/callback")
    in_dialog(sabine, "Issuer").fill("http://provider.example")
    in_dialog(sabine, "Client ID").fill(client_id)
    in_dialog(sabine, "Client secret").fill(secret)
    in_dialog(sabine, "Name on the login page").fill("Büro-Konto")
    in_dialog(sabine, "Your password").fill(DEMO_PASSWORD)
    sabine.dialog.get_by_role("button", name=sabine.words("Save changes")).click()
    expect(sabine.dialog.get_by_role("alert").first).to_be_visible()
    assert obstacles(sabine.page) == []
    in_dialog(sabine, "Issuer").fill(issuer)
    tick(sabine, "E-mail addresses of the provider are verified")
    sabine.dialog.get_by_role("button", name=sabine.words("Save changes")).click()
    expect(sabine.dialog).to_be_hidden()
    sabine.sees("Only people who were added here come in.")
    assert obstacles(sabine.page) == []


def signs_on(visitor: Visitor, address: str) -> None:
    visitor.go("/")
    visitor.page.get_by_role("button", name=re.compile("Büro-Konto")).click()
    visitor.page.locator("#loginfmt").fill(address)
    visitor.page.locator("#next").click()
    visitor.type_password()


def proves_it_there(visitor: Visitor, address: str) -> None:
    """Who has no password signs on anew, comes back to the page and goes on."""
    visitor.go("/settings/me/security")
    visitor.press("Set up app")
    assert obstacles(visitor.page) == []
    visitor.press("Log in once more")
    visitor.page.get_by_role("button", name=re.compile(re.escape(address))).click()
    visitor.type_password()
    visitor.press("Set up app")
    expect(visitor.dialog).to_contain_text("You have just proven with single sign-on that it is you.")
    visitor.press("Continue")
    expect(visitor.dialog.get_by_role("img")).to_be_visible()


def test_people_log_in_with_their_organisations_account(browser: Browser, prepared: Prepared) -> None:
    """Who is known by address gets in; who is not is told whom to ask; then it is removed again."""
    add_user(prepared, "ina", "Ina Info", email=MAILBOX, password=None)
    with visiting(browser, prepared.demo.url, Words("de")) as sabine:
        set_up_single_sign_on(sabine, provider_of(prepared))
        with visiting(browser, prepared.demo.url, Words("en"), PHONE) as ina:
            signs_on(ina, MAILBOX)  # which has let Poststelle in before
            expect(ina.page.get_by_role("navigation", name=ina.words("Areas"))).to_be_visible()
            proves_it_there(ina, MAILBOX)
        with visiting(browser, prepared.demo.url, Words("en")) as ina:
            signs_on(ina, MAILBOX)
            expect(ina.page.get_by_role("navigation", name=ina.words("Areas"))).to_be_visible()
            ina.log_out("Ina Info")  # and the way back in stands there at once, in the same page
            ina.page.get_by_role("button", name=re.compile("Büro-Konto")).click()
            expect(ina.page.get_by_role("navigation", name=ina.words("Areas"))).to_be_visible()
        with visiting(browser, prepared.demo.url, Words("de")) as stranger:
            signs_on(stranger, "vermietung@buero-lindner.example")
            stranger.accept()
            expect(stranger.page.get_by_role("alert").first).to_be_visible()
            assert obstacles(stranger.page) == []
        sabine.press("Remove single sign-on …")
        in_dialog(sabine, "Your password").fill("falsch")
        sabine.dialog.get_by_role("button", name=sabine.words("Remove single sign-on")).click()
        expect(sabine.dialog.get_by_role("alert").first).to_be_visible()
        expect(in_dialog(sabine, "Your password")).to_have_value("")
        assert obstacles(sabine.page) == []
        in_dialog(sabine, "Your password").fill(DEMO_PASSWORD)
        sabine.dialog.get_by_role("button", name=sabine.words("Remove single sign-on")).click()
        sabine.sees("Not set up.")


def test_an_administrators_addresses_are_looked_at(browser: Browser, prepared: Prepared) -> None:
    """Before somebody gets the right to the settings it stands there by which addresses they may come in."""
    user = add_user(prepared, "pia@kanzlei.example", "Pia Prien", email="pia@anderswo.example")
    with visiting(browser, prepared.demo.url, Words("de"), PHONE) as sabine:
        sabine.let_in("sabine")
        sabine.go(USERS)
        sabine.page.get_by_role("button", name=re.compile("Pia Prien")).first.click()
        sabine.page.get_by_role("menuitem", name=sabine.words("Change …")).click()
        tick(sabine, "Right for the basic settings")
        expect(sabine.dialog.get_by_role("listitem")).to_have_text(
            ["pia@anderswo.example", "pia@kanzlei.example"]
        )
        in_dialog(sabine, "E-mail address").fill("pia@kanzlei.example")
        expect(sabine.dialog.get_by_role("listitem")).to_have_text(["pia@kanzlei.example"])
        in_dialog(sabine, "Your password").fill(DEMO_PASSWORD)
        save = sabine.dialog.get_by_role("button", name=sabine.words("Save changes"))
        save.click()
        missing = sabine.words("Please confirm this first.")
        expect(sabine.dialog.get_by_role("alert")).to_have_text([missing, missing])
        assert obstacles_in_both_themes(sabine.page) == []
        sabine.dialog.get_by_label(re.compile("Ich habe nachgesehen")).check()
        sabine.dialog.get_by_label(re.compile("Ich bin sicher")).check()
        in_dialog(sabine, "Your password").fill("falsch")
        save.click()
        password = in_dialog(sabine, "Your password")
        expect(password).to_be_focused()  # what is wrong stands far below, and comes into view
        expect(password).to_be_in_viewport()
        expect(sabine.dialog.get_by_role("alert")).to_be_in_viewport()
        password.fill(DEMO_PASSWORD)
        save.click()
        expect(sabine.dialog).to_be_hidden()
        told = prepared.admin.ok("GET", "/api/users")["users"]
        [pia] = [one for one in told if one["id"] == user]
        assert (pia["may_settings"], pia["email"]) == (True, "pia@kanzlei.example")
        prepared.admin.ok("DELETE", f"/api/users/{user}", {"proof": {"password": DEMO_PASSWORD}})


def test_a_group_of_users_gets_a_mailbox_and_loses_it(browser: Browser, prepared: Prepared) -> None:
    """Made, assigned with a warning, seen by its member, taken away with an undo, deleted."""
    add_user(prepared, "gero", "Gero Grün")
    account = prepared.accounts[MAILBOX]
    with visiting(browser, prepared.demo.url, Words("de")) as sabine:
        sabine.let_in("sabine")
        sabine.go(USERS)
        sabine.sees("There are no groups of users yet.")
        sabine.press("New group of users")
        in_dialog(sabine, "Name").fill(OWNERS)
        sabine.dialog.get_by_role("checkbox", name=re.compile("Gero Grün")).check()
        assert obstacles(sabine.page) == []
        sabine.press("Save group")
        expect(sabine.page.get_by_text(OWNERS, exact=True)).to_be_visible()

        sabine.go(f"/settings/basic/email/external/{account}")
        sabine.press("Add group of users")
        sabine.dialog.get_by_role("combobox", name=sabine.words("Group of users")).click()
        sabine.page.get_by_role("option", name=OWNERS).click()
        expect(sabine.dialog).to_contain_text(f"in der Gruppe {OWNERS} können dann das ganze Postfach lesen")
        assert obstacles(sabine.page) == []
        sabine.press("Give the group access")
        expect(sabine.dialog).to_be_hidden()
        with visiting(browser, prepared.demo.url, Words("en"), PHONE) as gero:
            gero.let_in("gero")
            gero.go(f"/mail/{account}")
            expect(gero.rows.first).to_be_visible()
            remove = sabine.words("Take access away from the group {0}").replace("{0}", OWNERS)
            sabine.page.get_by_role("button", name=remove).click()
            expect(sabine.button("Undo")).to_be_visible()
            sabine.looks_away()
            expect(gero.rows).to_have_count(0)
        sabine.press("Undo")
        expect(sabine.page.get_by_text(OWNERS, exact=True)).to_be_visible()

        sabine.go(USERS)
        delete = sabine.words("Delete the group {0}").replace("{0}", OWNERS)
        sabine.page.get_by_role("button", name=delete).click()
        sabine.press("Delete group")
        sabine.sees("There are no groups of users yet.")


def test_a_deleted_user_goes_without_a_name(browser: Browser, prepared: Prepared) -> None:
    """By the box in the question; the trail says what happened, and holds."""
    add_user(prepared, "paul", "Paul Pohl")
    with visiting(browser, prepared.demo.url, Words("en")) as sabine:
        sabine.let_in("sabine")
        sabine.go(USERS)
        sabine.page.get_by_role(
            "button", name=sabine.words("Actions for {0}").replace("{0}", "Paul Pohl")
        ).click()
        sabine.page.get_by_role("menuitem", name=re.compile(sabine.words("Delete"))).click()
        tick(sabine, "Also take the name out of the audit trail")
        in_dialog(sabine, "Your password").fill(DEMO_PASSWORD)
        assert obstacles(sabine.page) == []
        sabine.dialog.get_by_role("button", name=re.compile("Paul Pohl")).click()
        expect(sabine.dialog).to_be_hidden()
        sabine.go("/settings/basic/audit")
        sabine.sees("has the name of a deleted user taken out of the audit trail")
        sabine.press("Check the trail")
        sabine.sees("The trail holds: nothing was changed or taken out.")
        expect(sabine.page.get_by_role("status").filter(has_text="sealed since").first).to_be_visible()
