"""A person at a browser: the steps of the story, by the words and roles a person would go by."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Error, FrameLocator, Locator, Page, expect
from tests.browser import PATIENCE_MS
from tests.e2e.words import Words

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
DEMO_PASSWORD = "poststelle-demo"
MICROSOFT_PASSWORD = "demo1234"
MAILBOX = "info@buero-lindner.example"
OWN_PAGE = {"X-Poststelle": "1"}
COLUMNS = {
    "flag": 32,
    "attachment": 32,
    "from": 180,
    "subject": 320,
    "categories": 140,
    "size": 80,
    "date": 120,
}


@dataclass
class Visitor:
    """One browser context. ``problems`` collects what a page should never have: errors, foreign requests."""

    page: Page
    words: Words
    base: str
    problems: list[str]

    # -- finding things ---------------------------------------------------------------------------

    def button(self, english: str, **values: str) -> Locator:
        return self.page.get_by_role("button", name=self.words(english, **values), exact=True)

    def press(self, english: str, **values: str) -> None:
        self.button(english, **values).first.click()

    def looks_away(self) -> None:
        """To another window: the notices that are there stay until the person is back, for slow machines."""
        self.page.evaluate("window.dispatchEvent(new Event('blur'))")

    def link(self, english: str) -> Locator:
        return self.page.get_by_role("link", name=self.words(english), exact=True)

    def field(self, english: str) -> Locator:
        return self.page.get_by_label(self.words(english), exact=True)

    def sees(self, english: str, **values: str) -> None:
        expect(self.page.get_by_text(self.words(english, **values)).first).to_be_visible()

    def sees_part(self, english: str) -> None:
        """The text stands somewhere, perhaps within a longer one."""
        expect(self.page.locator("body")).to_contain_text(self.words(english))

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    # -- login and settings -----------------------------------------------------------------------

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def log_in(self, login: str, password: str = DEMO_PASSWORD) -> None:
        self.go("/")
        self.field("Login name").fill(login)
        self.field("Password").fill(password)
        self.press("Log in")
        expect(self.page.get_by_role("navigation", name=self.words("Areas"))).to_be_visible()

    def let_in(self, login: str, password: str = DEMO_PASSWORD) -> None:
        """Log in without the page for it, which two pages more would have to be built for; ``go`` is next."""
        asked = {"login": login, "password": password}
        answer = self.page.context.request.post(f"{self.base}/api/login", data=asked, headers=OWN_PAGE)
        assert answer.ok, answer.text()

    def log_out(self, name: str) -> None:
        self.page.get_by_role("navigation", name=self.words("Areas")).get_by_role("button").last.click()
        self.page.get_by_role("menuitem", name=self.words("Log out")).click()
        expect(self.field("Login name")).to_be_visible()

    def open_mail_settings(self) -> None:
        """Settings > Basic settings > E-mail > External IMAP mailboxes, by menu."""
        self.link("Settings").click()
        parts = self.page.get_by_role("navigation", name=self.words("Settings"), exact=True)
        parts.get_by_role("link", name=self.words("E-mail"), exact=True).click()
        self.page.get_by_role("tab", name=self.words("External IMAP mailboxes")).click()
        expect(self.button("Import Office 365")).to_be_visible()

    def import_mailbox(self, address: str) -> None:
        """The group "IMAP Import" up to the warning, which is confirmed."""
        self.field("E-mail address").fill(address)
        self.press("Import Office 365")
        expect(self.dialog).to_contain_text(address)
        self.press("Understood, create mailbox")

    def row(self, address: str) -> Locator:
        return self.page.get_by_role("row").filter(has_text=address)

    def open_row(self, address: str) -> None:
        self.page.get_by_role("link", name=address).click()
        expect(self.button("Add user")).to_be_visible()

    def assign(self, name: str) -> None:
        """Add one user in the dialog with its warning; the button names the deed."""
        self.press("Add user")
        self.dialog.get_by_role("combobox", name=self.words("User"), exact=True).click()
        self.page.get_by_role("option", name=re.compile(re.escape(name))).click()
        warning = re.escape(self.words("{name} will be able to read the whole mailbox", name="@"))
        expect(self.dialog).to_contain_text(re.compile(warning.replace("@", rf"{re.escape(name)} \(\w+\)")))
        self.dialog.get_by_role("button", name=self.words("Give {0} access").replace("{0}", name)).click()
        expect(self.dialog).to_be_hidden()
        expect(self.page.get_by_text(name, exact=True).first).to_be_visible()

    # -- sign-in ----------------------------------------------------------------------------------

    @property
    def identity(self) -> Locator:
        """The drop-down of mailboxes."""
        return self.page.get_by_role("button", name=re.compile("^" + self.words("Identity")))

    def choose_identity(self, address: str) -> None:
        """Open a mailbox from the drop-down."""
        self.identity.click()
        self.page.get_by_role("menuitem").filter(has_text=address).click()

    def confirm(self) -> None:
        """The hand-over: who will be able to read, and the one button."""
        self.field("I have read who will be able to read this mailbox, and I agree.").check()
        self.press("Sign in at Microsoft")

    def go_to_microsoft(self) -> None:
        """Confirm the hand-over and leave for Microsoft's page."""
        self.confirm()
        self.page.wait_for_url(lambda url: not url.startswith(self.base))

    def type_password(self, password: str = MICROSOFT_PASSWORD) -> None:
        self.page.locator("#passwd").fill(password)
        self.page.locator("#signin").click()

    def accept(self) -> None:
        self.page.locator("#accept").click()
        self.page.wait_for_url(lambda url: url.startswith(self.base))

    def sign_in(self) -> None:
        """The whole way to Microsoft and back, without a detour."""
        self.go_to_microsoft()
        self.type_password()
        self.accept()

    # -- mail -------------------------------------------------------------------------------------

    @property
    def rows(self) -> Locator:
        return self.page.get_by_role("grid").get_by_role("row")

    def one_by_one(self) -> None:
        """Conversations off: each message has a row of its own."""
        self.press("View")
        self.page.get_by_role("menuitemradio", name=self.words("One by one")).click()
        expect(self.page.get_by_role("menu")).to_be_hidden()
        expect(self.rows.first.get_by_role("time")).to_be_visible()

    def message(self, subject: str) -> Locator:
        return self.rows.filter(has_text=subject).first

    def open_message(self, subject: str) -> None:
        self.message(subject).click()
        expect(self.page.get_by_role("article").get_by_role("heading", name=subject).first).to_be_visible()

    def letter(self) -> FrameLocator:
        """The frame of the opened message's HTML."""
        return self.page.get_by_role("article").frame_locator("iframe")

    def toolbar(self, english: str) -> Locator:
        bar = self.page.get_by_role("toolbar", name=self.words("Message"), exact=True)
        return bar.get_by_role("button", name=self.words(english), exact=True)

    def folder(self, name: str) -> Locator:
        named = self.page.get_by_text(name, exact=True)
        return self.page.get_by_role("treeitem").filter(has=named).first


@contextmanager
def visiting(
    browser: Browser,
    base: str,
    words: Words,
    size: dict[str, int] | None = None,
    theme: str = "light",
    *,
    has_worker: bool = False,
) -> Iterator[Visitor]:
    """A fresh browser; at the end no page may have thrown an error or asked a stranger for anything.

    ``has_worker``: with the service worker, as people have it. It fetches every file of the page once more
    into each fresh browser, a quarter of what a short visit costs: only tests in which it matters have it.
    """
    is_phone = size is PHONE
    context = browser.new_context(
        locale=words.locale,
        timezone_id="Europe/Berlin",
        viewport=size or WIDE,  # type: ignore[arg-type]  # a plain dict with both sides
        color_scheme=theme,  # type: ignore[arg-type]  # "light" or "dark"
        has_touch=is_phone,
        is_mobile=is_phone,
        reduced_motion="reduce",
        accept_downloads=True,
        service_workers="allow" if has_worker else "block",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"error on {page.url}: {error}"))
    visitor = Visitor(page, words, base, problems)
    try:
        yield visitor
        assert problems == []
    finally:
        page.close()
        with suppress(Error):  # the server may have been stopped
            as_in_the_beginning(context, base)
        context.close()


def as_in_the_beginning(context: BrowserContext, base: str) -> None:
    """What was chosen of the mail page goes with the person: the next test meets them with nothing chosen."""
    columns = [{"name": name, "width": width} for name, width in COLUMNS.items()]
    sort = {"by": "date", "is_ascending": False}
    plain = {"layout": "lines", "density": "comfortable", "preview": "right", "is_threaded": True}
    change = {"mail_page": plain | {"columns": columns, "sort": sort}}
    if not context.request.patch(f"{base}/api/me", data=change, headers=OWN_PAGE).ok:
        return  # nobody has logged in
    for one in context.request.get(f"{base}/api/favourites").json()["favourites"]:
        context.request.delete(f"{base}/api/favourites/{one['account']}/{one['folder']}", headers=OWN_PAGE)
