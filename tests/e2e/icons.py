"""``python -m tests.e2e.icons``: the pictures of the installed page, drawn from the SVGs beside them.

Operating systems take PNG for icons and notifications; Chromium draws them, as it draws the page.
"""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from tests.browser import QUIET, chromium
from tests.e2e.demo import ROOT

FOLDER = ROOT / "web" / "public" / "icons"
SIZES = {"icon": (96, 192, 512), "maskable": (180, 192, 512), "write": (96,), "badge": (96,)}


def draw(page: Page, source: Path, side: int) -> None:
    """One picture of ``side`` pixels; what the SVG leaves free is transparent."""
    page.set_viewport_size({"width": side, "height": side})
    svg = source.read_text().replace("<svg ", f'<svg width="{side}" height="{side}" style="display:block" ')
    page.set_content(f'<body style="margin:0;background:transparent">{svg}</body>')
    drawn = Image.open(io.BytesIO(page.screenshot(omit_background=True)))
    drawn.save(source.with_name(f"{source.stem}-{side}.png"), optimize=True)


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        page = browser.new_page()
        for name, sides in SIZES.items():
            for side in sides:
                draw(page, FOLDER / f"{name}.svg", side)
        browser.close()


if __name__ == "__main__":
    main()
