"""``python -m tests.e2e.screenshots``: every page, in both themes and languages, wide and on a phone.

The demonstration is led to an interesting state over HTTP; then each page is opened by its address.
"""

import io
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright
from tests.browser import QUIET
from tests.browser import chromium as executable
from tests.e2e import several, staged
from tests.e2e.demo import ROOT, running_demo
from tests.e2e.prepared import NEEDS_APPROVAL, SHARED, Prepared, prepare
from tests.e2e.visitor import DEMO_PASSWORD, MAILBOX, PHONE, WIDE, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.office import running_server
from tests.flow.sim import running_simulator

PATIENCE_MS = 20_000  # a busy machine takes its time
TARGET = ROOT / "docs" / "screenshots"
MOST_OCTETS = 120 * 1024
SETTLE_MS = 600
_SCREENS = 20  # how far down is looked
PROGRAM = "Mail auf dem Handy"

Walk = Callable[[Visitor, Prepared], None]


@dataclass(frozen=True)
class Shot:
    """One page: who opens it (None: nobody), how to get there. ``is_staged``: in a browser of its own."""

    name: str
    login: str | None
    walk: Walk
    is_staged: bool = False


def at(path: str) -> Walk:
    """A page by its address; ``{mailbox}``, ``{shared}`` and ``{approval}`` are account ids."""

    def walk(visitor: Visitor, prepared: Prepared) -> None:
        ids = prepared.accounts
        visitor.go(path.format(mailbox=ids[MAILBOX], shared=ids[SHARED], approval=ids[NEEDS_APPROVAL]))

    return walk


def then(first: Walk, *more: Callable[[Visitor], object]) -> Walk:
    """A page, and what is pressed there."""

    def walk(visitor: Visitor, prepared: Prepared) -> None:
        first(visitor, prepared)
        visitor.page.wait_for_timeout(SETTLE_MS)
        for step in more:
            step(visitor)

    return walk


def open_list(visitor: Visitor) -> None:
    """A mailbox opens at its inbox; on a wide page what stands beside it comes a moment later."""
    expect(visitor.rows.first).to_be_visible()
    if visitor.page.viewport_size == WIDE:
        visitor.sees("No message selected")


def open_nth(number: int) -> Callable[[Visitor], None]:
    def step(visitor: Visitor) -> None:
        open_list(visitor)
        visitor.rows.nth(number).click()
        expect(visitor.page.get_by_role("article")).to_be_visible()

    return step


def dialog_by(key: str) -> Callable[[Visitor], None]:
    def step(visitor: Visitor) -> None:
        visitor.page.keyboard.press(key)
        expect(visitor.dialog).to_be_visible()

    return step


def open_menu(visitor: Visitor) -> None:
    """The mailboxes above the folders; on the phone the folders are one step back from the list."""
    open_list(visitor)
    if not visitor.identity.is_visible():
        visitor.press("Folders")
    visitor.identity.click()


def ask_import(visitor: Visitor) -> None:
    visitor.field("E-mail address").fill("verkauf@buero-lindner.example")
    visitor.press("Import Office 365")
    expect(visitor.dialog).to_be_visible()


def ask_assign(visitor: Visitor) -> None:
    visitor.press("Add user")
    visitor.dialog.get_by_role("combobox").first.click()
    visitor.page.get_by_role("option").first.click()


def open_folder_menu(visitor: Visitor) -> None:
    """What can be done with a folder; on the phone the folders are one step back from the list."""
    open_list(visitor)
    if not visitor.identity.is_visible():
        visitor.press("Folders")
    visitor.folder("Objekte").click(button="right")
    expect(visitor.page.get_by_role("menu")).to_be_visible()


def open_thread(visitor: Visitor) -> None:
    """The first conversation of several messages: on a phone it may lie below what is shown first."""
    open_list(visitor)
    long_ones = visitor.rows.filter(has_text=re.compile(r"\([3-9]\)"))
    expect(visitor.rows.first).to_be_visible()
    for _ in range(_SCREENS):
        if long_ones.count():
            break
        visitor.page.get_by_role("grid").hover()
        visitor.page.mouse.wheel(0, 400)
        visitor.page.wait_for_timeout(SETTLE_MS)
    long_ones.first.click()
    expect(visitor.page.get_by_role("article").get_by_role("group").first).to_be_visible()


def name_new_folder(visitor: Visitor) -> None:
    """No folder is called like what is typed: Enter makes one."""
    visitor.dialog.get_by_role("combobox").fill("Gartenweg 8")
    visitor.page.keyboard.press("Enter")
    expect(visitor.field("Name")).to_have_value("Gartenweg 8")


def ask_palette(text: str) -> Callable[[Visitor], None]:
    """The palette; with nothing typed it shows all there is."""

    def step(visitor: Visitor) -> None:
        visitor.page.keyboard.press("Control+k")
        visitor.dialog.get_by_role("combobox").fill(text)
        expect(visitor.dialog.get_by_role("option").first).to_be_visible()

    return step


def read_beside(visitor: Visitor) -> None:
    """On a phone the message would hide the list."""
    if visitor.page.viewport_size != PHONE:
        open_nth(2)(visitor)


def choose_columns(visitor: Visitor) -> None:
    """A phone has no table: there the compact lines are seen."""
    if visitor.page.viewport_size == PHONE:
        return
    ask_palette("spalten" if visitor.words.language == "de" else "columns")(visitor)
    visitor.page.keyboard.press("Enter")
    expect(visitor.dialog.get_by_role("checkbox").first).to_be_visible()


def see_favourites(visitor: Visitor) -> None:
    """On the phone the folders are one step back from the list."""
    if not visitor.identity.is_visible():
        visitor.press("Folders")
    expect(visitor.page.locator("[role=treeitem][aria-keyshortcuts]")).to_have_count(3)


def tick_by_state(visitor: Visitor) -> None:
    open_list(visitor)
    visitor.press("Select by state")


def look_for(text: str) -> Callable[[Visitor], None]:
    def step(visitor: Visitor) -> None:
        open_list(visitor)
        field = visitor.page.get_by_role("combobox", name=visitor.words("Search"), exact=True)
        field.fill(text)
        field.press("Enter")
        expect(visitor.page.locator("mark").first).to_be_visible()

    return step


def tick_three(visitor: Visitor) -> None:
    open_list(visitor)
    for number in (1, 2, 4):
        visitor.rows.nth(number).click(modifiers=["Control"])


def answer(visitor: Visitor) -> None:
    """A letter that is being written beside the one it answers; closed before it is saved."""
    visitor.press("Reply")
    expect(visitor.page.locator(".letter")).to_be_focused()
    visitor.page.keyboard.type("Guten Tag,\n\nvielen Dank, wir melden uns morgen.\n\nAnna Berger")


def ask_delete(visitor: Visitor) -> None:
    visitor.press("Delete mailbox …")
    expect(visitor.dialog).to_be_visible()


def ask_user(visitor: Visitor) -> None:
    visitor.press("Add user")
    expect(visitor.dialog).to_be_visible()


SCROLL = """it => {
  const main = it.closest("main");
  const part = it.closest("section, li") ?? it;
  main.scrollTop += part.getBoundingClientRect().top - main.getBoundingClientRect().top;
}"""


def part(title: str) -> Callable[[Visitor], None]:
    """Further down a page: the part with this heading on top."""

    def step(visitor: Visitor) -> None:
        heading = visitor.page.get_by_role("heading", name=visitor.words(title), exact=True)
        expect(heading).to_be_visible()
        heading.evaluate(SCROLL)

    return step


def ask_many(visitor: Visitor) -> None:
    visitor.press("Several at once …")
    addresses = ("verkauf", "einkauf", "info", "vermietung")
    visitor.dialog.get_by_role("textbox").fill(
        "\n".join(f"{name}@buero-lindner.example" for name in addresses)
    )


def fill_program(visitor: Visitor) -> None:
    visitor.press("Add program")
    visitor.field("Name of the program").fill(PROGRAM)


def revoke_program(visitor: Visitor) -> None:
    """That of the picture before; the list shows one."""
    leave = visitor.page.get_by_role(
        "button", name=visitor.words("Revoke the access of {0}").replace("{0}", PROGRAM)
    )
    visitor.page.wait_for_load_state("networkidle")
    if leave.count():
        leave.click()
        visitor.press("Revoke access")
        expect(visitor.dialog).to_be_hidden()


def make_program(visitor: Visitor) -> None:
    revoke_program(visitor)
    fill_program(visitor)
    visitor.field("Your password").fill(DEMO_PASSWORD)
    visitor.press("Create access")
    expect(visitor.field("Password or token")).to_be_visible()


def result(outcome: str, **facts: str) -> Walk:
    """A page on the way back from Microsoft."""
    return at(f"/sign-in/result/{{shared}}?{urlencode({'outcome': outcome, **facts})}")


def edit_signature(visitor: Visitor) -> None:
    visitor.button("Change “{0}”", **{"0": "Das Büro"}).click()
    expect(visitor.dialog.frame_locator("iframe").get_by_text("Anna Berger")).to_be_visible()


def edit_group(visitor: Visitor) -> None:
    visitor.button("Change “{name}”", name="Eigentümer Lindenallee 3").click()
    visitor.press("Paste addresses …")
    pasted = "Name\tE-Mail\nLena Lorenz\tlena@lorenz.example\nunvollständig@"
    visitor.dialog.get_by_label(visitor.words("Addresses to add")).fill(pasted)
    visitor.press("Add these addresses")
    expect(visitor.dialog).to_contain_text("unvollständig@")


MAIL = at("/mail/{mailbox}")
PAGE = at("/settings/basic/email/external/{mailbox}")
COLLEAGUE = "thomas.maier@buero-lindner.example"
SHOTS = (
    Shot("login", None, at("/login")),
    Shot("mail", "anna", then(MAIL, open_nth(3))),
    Shot("mail-list", "anna", then(MAIL, open_list)),
    Shot("mail-folders", "anna", then(MAIL, open_menu)),
    Shot("mail-conversation", "anna", then(MAIL, open_thread)),
    Shot("mail-folder-menu", "anna", then(MAIL, open_folder_menu)),
    Shot("mail-search", "anna", then(MAIL, look_for("Besichtigung"))),
    Shot("mail-ticked", "anna", then(MAIL, tick_three)),
    Shot("mail-palette", "anna", then(MAIL, open_nth(3), ask_palette(""))),
    Shot("mail-palette-typed", "anna", then(MAIL, open_nth(3), ask_palette("stadt"))),
    Shot("mail-select", "anna", then(MAIL, tick_by_state)),
    Shot("mail-table", "anna", then(staged.table, read_beside), is_staged=True),
    Shot("mail-columns", "anna", then(staged.table, choose_columns), is_staged=True),
    Shot("mail-favourites", "anna", then(staged.favourite_folders, see_favourites), is_staged=True),
    Shot("mail-move", "anna", then(MAIL, open_nth(2), dialog_by("v"))),
    Shot("mail-move-new", "anna", then(MAIL, open_nth(2), dialog_by("v"), name_new_folder)),
    Shot("mail-keys", "anna", then(MAIL, open_nth(2), dialog_by("?"))),
    Shot("mail-write", "anna", then(MAIL, open_nth(3), answer), is_staged=True),
    Shot("mail-empty", "anna", staged.in_folder("Postausgang")),
    Shot("mail-pictures", "anna", staged.held_pictures),
    Shot("mail-offline", "anna", staged.offline, is_staged=True),
    Shot("mail-not-connected", "anna", staged.not_connected, is_staged=True),
    Shot("mail-refused", "anna", staged.refused, is_staged=True),
    Shot("mail-under-way", "anna", staged.under_way, is_staged=True),
    Shot("mail-unanswered", "anna", staged.unanswered, is_staged=True),
    Shot("mail-sync", "anna", staged.loading, is_staged=True),
    Shot("mail-sync-troubled", "anna", staged.troubled, is_staged=True),
    Shot("hand-over", "anna", at("/mail/{shared}")),
    Shot("no-mailbox", "sabine", at("/mail")),
    Shot(
        "result-approval", "anna", at("/sign-in/result/{approval}?outcome=approval_needed&detail=AADSTS90094")
    ),
    Shot("result-requested", "anna", result("approval_requested")),
    Shot("result-approved", "anna", result("approved")),
    Shot("result-cancelled", "anna", result("cancelled")),
    Shot("result-denied", "anna", result("denied", detail="AADSTS65004")),
    Shot("result-wrong-account", "anna", result("wrong_account", signed_in_as=COLLEAGUE)),
    Shot("result-no-access", "anna", result("no_access", signed_in_as=COLLEAGUE)),
    Shot("result-no-mailbox", "anna", result("no_mailbox")),
    Shot("result-blocked", "anna", result("blocked", detail="AADSTS53003")),
    Shot("result-app-settings", "anna", result("app_settings", detail="AADSTS7000215")),
    Shot("result-expired", "anna", result("expired")),
    Shot("result-failed", "anna", result("failed", detail="AADSTS90033")),
    Shot("settings-external", "sabine", at("/settings/basic/email/external")),
    Shot("settings-internal", "sabine", at("/settings/basic/email/internal")),
    Shot("settings-import", "sabine", then(at("/settings/basic/email/external"), ask_import)),
    Shot("settings-import-many", "sabine", then(at("/settings/basic/email/external"), ask_many)),
    Shot("settings-mailbox", "sabine", PAGE),
    Shot("settings-sign-ins", "sabine", then(staged.sign_ins, part("Sign-ins at Microsoft")), is_staged=True),
    Shot("settings-remove-sign-in", "sabine", staged.remove_only_sign_in),
    Shot("settings-completeness", "sabine", then(PAGE, part("Completeness"))),
    Shot("settings-assign", "sabine", then(PAGE, ask_assign)),
    Shot("settings-delete", "sabine", then(PAGE, ask_delete)),
    Shot("settings-user", "sabine", then(at("/settings/basic/users"), ask_user)),
    Shot("settings-microsoft", "sabine", at("/settings/basic/microsoft")),
    Shot(
        "settings-application",
        "sabine",
        then(staged.application, part("Have it approved")),
        is_staged=True,
    ),
    Shot("mail-all", several.LOGIN, staged.all_mailboxes, is_staged=True),
    Shot("mail-all-table", several.LOGIN, staged.all_table, is_staged=True),
    Shot("mail-all-search", several.LOGIN, staged.all_searched, is_staged=True),
    Shot("mail-all-folders", several.LOGIN, staged.all_folders, is_staged=True),
    Shot("mail-all-move", several.LOGIN, staged.all_moved, is_staged=True),
    Shot("settings-warnings", "sabine", staged.warnings, is_staged=True),
    Shot("settings-users", "sabine", at("/settings/basic/users")),
    Shot("settings-audit", "sabine", at("/settings/basic/audit")),
    Shot("settings-me", "anna", at("/settings/me")),
    Shot("settings-add-program", "anna", then(at("/settings/me"), fill_program)),
    Shot("settings-program", "anna", then(at("/settings/me"), make_program)),
    Shot("settings-programs", "anna", then(at("/settings/me"), part("Programs"))),
    Shot("settings-signatures", "anna", staged.signatures, is_staged=True),
    Shot("settings-signature", "anna", then(staged.signatures, edit_signature), is_staged=True),
    Shot("settings-templates", "anna", staged.templates, is_staged=True),
    Shot("mail-signature", "anna", staged.signed_letter, is_staged=True),
    Shot("mail-receipt", "anna", staged.receipt, is_staged=True),
    Shot("mail-reading", "anna", staged.read_by_another, is_staged=True),
    Shot("mail-answering", "anna", staged.answered_by_another, is_staged=True),
    Shot("mail-second-answer", "anna", staged.second_answer, is_staged=True),
    Shot("mail-group", "anna", staged.letter_to_group, is_staged=True),
    Shot("mail-attached", "anna", staged.attached, is_staged=True),
    Shot("settings-template", "anna", staged.template_with_files, is_staged=True),
    Shot("settings-groups", "anna", staged.groups, is_staged=True),
    Shot("settings-group", "anna", then(staged.groups, edit_group), is_staged=True),
    Shot("settings-device", "anna", staged.device, is_staged=True),
    Shot("settings-quiet", "anna", then(staged.device, part("Quiet hours")), is_staged=True),
    Shot("settings-no-right", "anna", at("/settings/basic/users")),
    Shot("help", "anna", at("/help/microsoft-365")),
)


def main() -> None:
    """Take all of them, or those whose names are given."""
    expect.set_options(timeout=PATIENCE_MS)
    wanted = set(sys.argv[1:])
    shots = [shot for shot in SHOTS if not wanted or shot.name in wanted]
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        if not wanted or "setup" in wanted:
            take_setup(browser, Path(folder))
        with running_demo(Path(folder) / "demo") as demo:
            prepared = prepare(demo)
            # Who has several mailboxes comes last: the others' pages show them too.
            for chosen in (
                [shot for shot in shots if shot.login != several.LOGIN],
                [shot for shot in shots if shot.login == several.LOGIN],
            ):
                if any(shot.login == several.LOGIN for shot in chosen):
                    several.prepare_several(prepared)
                for words, theme, size, kind in variants():
                    take(browser, prepared, chosen, words, theme, size, kind)


def variants() -> Iterator[tuple[Words, str, dict[str, int], str]]:
    for language in ("de", "en"):
        for theme in ("light", "dark"):
            for size, kind in ((WIDE, "wide"), (PHONE, "phone")):
                yield Words(language), theme, size, kind


def take(
    browser: Browser,
    prepared: Prepared,
    shots: list[Shot],
    words: Words,
    theme: str,
    size: dict[str, int],
    kind: str,
) -> None:
    """One language, theme and size: each person logs in once and walks through all pages."""
    for login in (None, "anna", "sabine"):
        chosen = [shot for shot in shots if shot.login == login and not shot.is_staged]
        if not chosen:
            continue
        with visiting(browser, prepared.demo.url, words, size, theme, has_worker=True) as visitor:
            if login:
                visitor.log_in(login)
            for shot in chosen:
                shot.walk(visitor, prepared)
                save(visitor, f"{shot.name}-{kind}-{theme}-{words.language}")
    for shot in shots:
        if not shot.is_staged:
            continue
        with visiting(browser, prepared.demo.url, words, size, theme, has_worker=True) as visitor:
            visitor.log_in(shot.login or "")
            shot.walk(visitor, prepared)
            save(visitor, f"{shot.name}-{kind}-{theme}-{words.language}")


def take_setup(browser: Browser, folder: Path) -> None:
    """The first start needs a server without people."""
    nobody = {"POSTSTELLE_ADMIN_LOGIN": "", "POSTSTELLE_ADMIN_PASSWORD": ""}
    with (
        running_simulator(folder / "m365") as simulator,
        running_server(folder / "server", simulator, 2.0, **nobody) as server,
    ):
        for words, theme, size, kind in variants():
            with visiting(browser, server.url, words, size, theme, has_worker=True) as visitor:
                visitor.go("/setup")
                save(visitor, f"setup-{kind}-{theme}-{words.language}")


def save(visitor: Visitor, name: str) -> None:
    """A small file: as few colours as the page needs to look right."""
    expect(visitor.page.locator(":is(h1, h2, [role=tree], p):visible").first).to_be_visible()
    visitor.page.wait_for_load_state("load")
    visitor.page.wait_for_timeout(SETTLE_MS)
    picture = Image.open(io.BytesIO(visitor.page.screenshot(scale="css"))).convert("RGB")
    for colours in (256, 128, 64, 32):
        small = io.BytesIO()
        # Maximum coverage keeps the rare colours: a dot, a star. Median cut would grey them.
        picture.quantize(colours, method=Image.Quantize.MAXCOVERAGE, kmeans=1).save(
            small, "PNG", optimize=True
        )
        if small.tell() <= MOST_OCTETS:
            break
    (TARGET / f"{name}.png").write_bytes(small.getvalue())
    print(f"{name}  {small.tell() // 1024} KB", flush=True)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=QUIET)
        yield browser
        browser.close()


if __name__ == "__main__":
    main()
