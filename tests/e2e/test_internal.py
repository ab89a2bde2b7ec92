"""An internal mailbox, from its creation in the settings to a message read in it; what its archive keeps."""

import os
import re
import zipfile
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from tests.e2e.prepared import Prepared
from tests.e2e.visitor import DEMO_PASSWORD, visiting
from tests.e2e.words import Words

ADDRESS = "ablage@buero-lindner.example"
LETTER = b"""From: Erika Muster <erika@kunden.example>\r
To: ablage@buero-lindner.example\r
Subject: Mietvertrag von damals\r
Date: Mon, 02 Mar 2020 08:00:00 +0000\r
Message-ID: <damals@kunden.example>\r
Content-Type: text/html; charset=utf-8\r
\r
<p>Der Vertrag liegt bei Frau Sch\xc3\xb6n.</p>\r
"""


def _shot(page: Page, folder: str | None, name: str) -> None:
    if folder:
        page.wait_for_timeout(400)
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_an_internal_mailbox_is_created_and_read(browser: Browser, prepared: Prepared) -> None:
    """Made with its users after the warning, filled from a file, archived, read and filed; then deleted.

    Its archive stays, is looked into and proven, and is deleted by its address.
    """
    shots = os.environ.get("INTERNAL_SHOTS")
    with visiting(browser, prepared.demo.url, Words("de")) as sabine:
        page, words = sabine.page, sabine.words
        shot = partial(_shot, page, shots)

        sabine.let_in("sabine")
        sabine.go("/settings/basic/email/internal")
        sabine.sees("There are no internal mailboxes yet")
        shot("empty")
        sabine.field("E-mail address").fill(ADDRESS)
        sabine.press("Create mailbox")
        sabine.dialog.get_by_role("checkbox", name="Sabine").check()
        sabine.dialog.get_by_role("checkbox", name="Anna").check()
        shot("dialog")
        sabine.press("Understood, create mailbox")
        expect(sabine.dialog).to_be_hidden()
        expect(sabine.row(ADDRESS)).to_be_visible()
        shot("list")
        sabine.open_row(ADDRESS)
        sabine.sees("Import and export")
        for absent in ("Active", "Connection", "Disconnect", "Completeness"):
            expect(page.get_by_text(words(absent), exact=True)).to_have_count(0)
        files = [{"name": "brief.eml", "mimeType": "message/rfc822", "buffer": LETTER}]
        page.get_by_label(words("Files to import")).set_input_files(files)
        expect(page.get_by_text("1 Nachricht wurde importiert.")).to_be_visible()
        with page.expect_download() as loading:
            sabine.press("ZIP")
        with zipfile.ZipFile(loading.value.path()) as archive:
            assert LETTER in [archive.read(name) for name in archive.namelist()]
        expect(page.get_by_text("1 Nachricht wurde exportiert.")).to_be_visible()
        shot("page")
        sabine.press("Turn the archive on …")
        sabine.dialog.get_by_role("checkbox").check()
        shot("turn-on")
        sabine.press("Turn the archive on")
        expect(sabine.dialog).to_be_hidden()
        expect(page.get_by_text("1 Nachricht, ")).to_be_visible()
        shot("archived")

    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        anna.log_in("anna")
        anna.choose_identity(ADDRESS)
        anna.sees("Internal mailbox")
        anna.folder("Archiv").click()
        anna.open_message("Mietvertrag von damals")
        expect(anna.letter().get_by_text("Der Vertrag liegt bei Frau Schön.")).to_be_visible()
        if shots:
            anna.page.screenshot(path=Path(shots) / "mail.png")
        anna.toolbar("Delete").click()
        expect(anna.message("Mietvertrag von damals")).to_have_count(0)
        anna.folder("Gelöscht").click()
        expect(anna.message("Mietvertrag von damals")).to_be_visible()

    with visiting(browser, prepared.demo.url, Words("de")) as sabine:
        shot = partial(_shot, sabine.page, shots)
        sabine.let_in("sabine")
        sabine.go("/settings/basic/email/internal")
        sabine.open_row(ADDRESS)
        sabine.press("Delete mailbox …")
        expect(sabine.dialog.get_by_text(sabine.words("The archive stays"))).to_be_visible()
        shot("delete")
        sabine.dialog.get_by_role("textbox").first.fill(ADDRESS)
        sabine.field("Your password").fill(DEMO_PASSWORD)  # for the archive that is on ends
        sabine.press("Delete mailbox for good")
        expect(sabine.dialog).to_be_hidden()
        sabine.sees("There are no internal mailboxes yet")
        page = sabine.page
        sabine.link("Archives").click()
        sabine.sees("The mailbox was deleted here; its archive has stayed.")
        sabine.field("Words of subject, names or addresses").fill("erika mietv")
        sabine.press("Find")
        eml = page.get_by_role("link", name=re.compile("als EML herunterladen$"))
        with page.expect_download() as loading:
            eml.click()
        assert Path(loading.value.path()).read_bytes() == LETTER
        sabine.press("Check the archive")
        sabine.sees("The archive holds: nothing was changed or taken out.")
        shot("archive")
        sabine.press("Delete the archive …")
        sabine.dialog.get_by_role("textbox").first.fill(ADDRESS)
        sabine.field("Your password").fill(DEMO_PASSWORD)
        sabine.press("Delete the archive for good")
        sabine.sees("No mailbox is archived")
