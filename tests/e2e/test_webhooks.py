"""Webhooks on their settings page, and activities on theirs: set up, tried, told, sent again, erased."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.e2e.test_access import obstacles, obstacles_in_both_themes
from tests.e2e.visitor import PHONE, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import Client, eventually
from tests.flow.jmap.office import ADMIN, SECRET, Office, running_server
from tests.flow.push.service import PushService, running_push_service
from tests.flow.sim import running_simulator

FORMER = "The former one signs, too. Enter the new one in the program, then end the former here."
PAGE, HOOK = "/settings/basic/webhooks", "/crm"
EVA = "eva@kunden.example"


@dataclass
class Site:
    """An installation whose one mailbox records its messages, and a program beside it that takes webhooks."""

    office: Office
    receiver: PushService
    address: str
    account: str

    @property
    def url(self) -> str:
        return self.office.server.url

    def receive(self, subject: str) -> None:
        """A letter of Eva's; from after recording was turned on, for Microsoft tells seconds."""
        at = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
        said = {"receivedAt": at, "from": EVA}
        self.office.simulator.control.receive(self.address, subject=subject, **said)

    def recorded(self) -> list[str]:
        found = self.office.admin.ok("GET", "/api/records")["records"]
        return [one["subject"] for one in found]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("webhooks")
    with running_push_service(folder / "receiver") as receiver, running_simulator(folder / "m365") as m365:
        reach = {
            "POSTSTELLE_PUSH_NETWORKS": "127.0.0.0/8",
            "POSTSTELLE_PUSH_CA_FILE": str(receiver.ca_file),
        }
        with running_server(folder / "data", m365, 0.3, **reach) as server:
            office = Office(m365, server, Client(server.url).log_in(ADMIN, SECRET))
            address = m365.new_mailbox()
            account = office.connect(address)
            me = office.admin.ok("GET", "/api/start")["user"]["id"]
            path = f"/api/accounts/{account}/users/{me}"
            office.admin.ok("PUT", path, {"level": "manage", "confirm": True})
            office.admin.ok("PUT", f"/api/mailboxes/{account}/recording", {"is_on": True})
            yield Site(office, receiver, address, account)


def choose(visitor: Visitor, english: str) -> None:
    """Something of the webhook's menu."""
    visitor.press("More for {name}", name="CRM")
    visitor.page.get_by_role("menuitem", name=visitor.words(english), exact=True).click()


def told_again(site: Site) -> str:
    """The id of the next event that arrives."""
    return str(json.loads(site.receiver.box(HOOK).get(timeout=60).body)["id"])


def drop(row: Locator, words: Words) -> None:
    """While it is just being sent again, that is refused, and asked for once more."""
    for _ in range(10):
        row.get_by_role("button", name=words("Do not send")).click()
        with suppress(AssertionError):
            expect(row).to_contain_text(words("Not sent any more"), timeout=6_000)
            return
    raise AssertionError("it was on its way each time")


def in_dialog(visitor: Visitor, english: str) -> Locator:
    return visitor.dialog.get_by_role("button", name=visitor.words(english), exact=True)


def set_up(sabine: Visitor, site: Site) -> str:
    """A wrong address is refused beside its field; the secret that is shown once."""
    sabine.go(PAGE)
    sabine.sees("Activities are not passed on")
    assert obstacles_in_both_themes(sabine.page) == []
    sabine.press("New webhook")
    sabine.dialog.get_by_label(sabine.words("Name"), exact=True).fill("CRM")
    address = sabine.dialog.get_by_label(sabine.words("Address"), exact=True)
    address.fill("https://10.1.2.3/crm")
    in_dialog(sabine, "Pass activities on").click()
    expect(sabine.dialog).to_contain_text(sabine.words("Nothing can be sent to this address."))
    assert obstacles_in_both_themes(sabine.page) == []
    address.fill(site.receiver.url + HOOK)
    in_dialog(sabine, "Pass activities on").click()
    expect(sabine.dialog).to_contain_text(sabine.words("The secret of {0}").replace("{0}", "CRM"))
    secret = sabine.dialog.locator("code").inner_text()
    assert obstacles(sabine.page) == []
    in_dialog(sabine, "Done").click()
    return secret


@pytest.mark.parametrize(("language", "size"), [("de", None), ("en", None), ("de", PHONE)])
def test_a_webhook_from_its_making_to_its_end(
    browser: Browser, site: Site, language: str, size: dict[str, int] | None
) -> None:
    """Tried, told of a letter, sent again, refused and dropped, given a new secret, paused, removed."""
    words = Words("de" if language == "de" else "en")
    site.receiver.boxes.clear()  # an attempt too many of an earlier test's, which was sent again by itself
    with visiting(browser, site.url, words, size) as sabine:
        sabine.let_in(ADMIN, SECRET)
        secret = set_up(sabine, site)
        sabine.sees("Nothing was sent so far")
        sabine.press("Send a trial")
        sabine.sees("The trial was taken ({answer}).", answer="status 201")
        told_again(site)

        site.receive(f"Anfrage {language} {size is None}")
        event = told_again(site)
        sabine.press("Show what was sent last")
        sent = sabine.page.get_by_role("list", name=words("What was sent to {name}", name="CRM"))
        row = sent.get_by_role("listitem")
        expect(row).to_contain_text(words("Taken"))
        row.get_by_role("button", name=words("Send again")).click()
        assert told_again(site) == event
        expect(row).to_contain_text("status 201")
        assert obstacles_in_both_themes(sabine.page) == []
        assert is_as_wide_as_its_window(sabine)

        site.receiver.answers[HOOK] = (422, {})
        row.get_by_role("button", name=words("Send again")).click()
        told_again(site)
        expect(row).to_contain_text(words("Is sent again"))
        expect(row).to_contain_text("status 422")
        sabine.sees("The last was not taken ({problem})", problem="status 422")
        drop(row, words)
        site.receiver.answers.clear()

        choose(sabine, "Make a new secret")
        expect(sabine.dialog).to_contain_text(words(FORMER))
        assert sabine.dialog.locator("code").inner_text() != secret
        in_dialog(sabine, "Done").click()
        sabine.sees("The new one and the former one sign.")
        choose(sabine, "End the former secret")
        in_dialog(sabine, "End former secret").click()
        expect(sabine.page.get_by_text(words("The new one and the former one sign."))).to_be_hidden()
        sabine.press("Pause")
        expect(sabine.button("Resume")).to_be_visible()
        sabine.press("Resume")
        expect(sabine.button("Pause")).to_be_visible()
        choose(sabine, "Remove webhook")
        assert obstacles(sabine.page) == []
        in_dialog(sabine, "Remove webhook").click()
        sabine.sees("Activities are not passed on")


@pytest.mark.parametrize(("language", "size"), [("de", None), ("en", PHONE)])
def test_a_webhook_that_was_given_up_is_seen_everywhere(
    browser: Browser, site: Site, language: str, size: dict[str, int] | None
) -> None:
    """Above every settings page, which leads to where it is resumed; what was given up alone, too."""
    words = Words("de" if language == "de" else "en")
    body = {"name": "CRM", "url": site.receiver.url + HOOK}
    made = site.office.admin.ok("POST", "/api/webhooks", body)["webhook"]["id"]
    now = f"{datetime.now(UTC).timestamp() * 1000:.0f}"
    site.office.server.run_sql(
        f"update webhooks set problem = 'status 500', paused_at = {now}, is_given_up = 1"
    )
    with visiting(browser, site.url, words, size) as sabine:
        sabine.let_in(ADMIN, SECRET)
        sabine.go("/settings/me")
        title = "The webhook {name} was paused: it has taken nothing for five days"
        sabine.sees(title, name="CRM")
        sabine.link("To the webhooks").click()
        expect(sabine.button("Resume")).to_be_visible()
        assert obstacles_in_both_themes(sabine.page) == []
        assert is_as_wide_as_its_window(sabine)
        sabine.press("Resume")
        expect(sabine.button("Pause")).to_be_visible()
        sabine.page.reload()
        expect(sabine.button("Pause")).to_be_visible()
        expect(sabine.page.get_by_text(words(title, name="CRM"))).to_be_hidden()
    site.office.admin.ok("DELETE", f"/api/webhooks/{made}")


def is_as_wide_as_its_window(visitor: Visitor) -> bool:
    """Nothing has to be scrolled sideways."""
    return bool(visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize(("language", "size"), [("de", None), ("en", PHONE)])
def test_activities_are_found_kept_and_erased(
    browser: Browser, site: Site, language: str, size: dict[str, int] | None
) -> None:
    """By who manages the mailbox and administers: the list, how long it is kept, and a contact who goes."""
    words = Words("de" if language == "de" else "en")
    subject = f"Besichtigung {language}"
    site.receive(subject)
    eventually(lambda: subject in site.recorded())
    count = len(site.recorded())
    with visiting(browser, site.url, words, size) as sabine:
        sabine.let_in(ADMIN, SECRET)
        sabine.go(f"/settings/records?of={site.account}")
        expect(sabine.page.get_by_role("link", name=subject)).to_be_visible()
        assert obstacles_in_both_themes(sabine.page) == []
        assert is_as_wide_as_its_window(sabine)
        sabine.field("Activities are kept").click()
        sabine.page.get_by_role("option").nth(2).click()
        expect(sabine.field("Activities are kept")).to_contain_text("12")
        kept = site.office.admin.ok("GET", f"/api/mailboxes/{site.account}/recording")["keep_months"]

        sabine.field("Address to be erased").fill("niemand")
        sabine.press("Erase the activities")
        in_dialog(sabine, "Erase for good").click()
        sabine.sees_part("This is not a complete e-mail address.")
        sabine.field("Address to be erased").fill(EVA.upper())
        sabine.press("Erase the activities")
        assert obstacles(sabine.page) == []
        in_dialog(sabine, "Erase for good").click()
        done = sabine.page.get_by_role("status").filter(has_text=str(count))
        expect(done).to_be_visible()
        expect(sabine.page.get_by_role("link", name=subject)).to_be_hidden()
        sabine.sees("Nothing is recorded yet")
    assert (kept, site.recorded()) == (12, [])
    site.office.admin.ok("PUT", f"/api/mailboxes/{site.account}/recording", {"keep_months": None})
