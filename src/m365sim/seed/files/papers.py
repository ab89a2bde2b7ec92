"""The papers of an office as PDF files: brochures, invoices, contracts, letters, minutes, statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from m365sim.seed.files.pdf import Page, write_pdf

_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 535, 780, 70
_COLUMNS = 88  # characters of 10 point text between the margins

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on a paper: letterhead, date line, title, paragraphs, and a table of (item, amount)."""

    head: str
    below: str
    dated: str
    title: str
    paragraphs: tuple[str, ...] = ()
    table: tuple[Row, ...] = ()
    foot: str = ""


def write_paper(paper: Paper) -> bytes:
    """Set a paper, over several pages where it is long."""
    setter = _Setter(paper.head, paper.below)
    setter.line(paper.dated, gap=28)
    setter.line(paper.title, size=15, bold=True, gap=26)
    for paragraph in paper.paragraphs:
        for row in wrap(paragraph, _COLUMNS):
            setter.line(row)
        setter.gap(8)
    setter.table(paper.table)
    if paper.foot:
        setter.gap(18)
        setter.line(paper.foot)
    return write_pdf(setter.pages, paper.title)


def write_brochure(title: str, facts: Sequence[Row], words: Sequence[str], head: str) -> bytes:
    """A property's brochure: a tinted title page with its facts, then a page of description."""
    cover = Page()
    cover.box(0, 520, 595, 322, 0.88)
    cover.box(180, 560, 235, 130, 0.72)
    cover.box(160, 690, 275, 30, 0.55)
    for x in range(200, 400, 55):
        cover.box(x, 610, 28, 44, 0.95)
    cover.text(60, 480, title, 20, bold=True)
    for index, (name, value) in enumerate(facts):
        y = 440 - 24 * index
        cover.text(60, y, name, 11)
        cover.text(300, y, value, 11, bold=True)
        cover.rule(60, y - 7, 535, y - 7, 0.4)
    cover.text(60, 60, head, 9)
    setter = _Setter(head, "Alle Angaben nach bestem Wissen, ohne Gewähr")
    setter.line("Beschreibung", size=15, bold=True, gap=26)
    for paragraph in words:
        for row in wrap(paragraph, _COLUMNS):
            setter.line(row)
        setter.gap(8)
    return write_pdf([cover, *setter.pages], title)


class _Setter:
    """Sets line below line and starts a new page when one is full."""

    def __init__(self, head: str, below: str) -> None:
        self._head, self._below = head, below
        self.pages: list[Page] = []
        self._turn()

    def _turn(self) -> None:
        page = Page()
        page.text(_LEFT, _TOP, self._head, 13, bold=True)
        page.text(_LEFT, _TOP - 16, self._below, 8)
        page.rule(_LEFT, _TOP - 24, _RIGHT, _TOP - 24)
        page.text(_RIGHT - 40, 40, f"Seite {len(self.pages) + 1}", 8)
        self.pages.append(page)
        self._y: float = _TOP - 60

    def line(self, words: str, size: float = 10, *, bold: bool = False, gap: float = 14) -> None:
        if self._y < _BOTTOM:
            self._turn()
        self.pages[-1].text(_LEFT, self._y, words, size, bold=bold)
        self._y -= gap

    def gap(self, points: float) -> None:
        self._y -= points

    def table(self, rows: Sequence[Row]) -> None:
        for number, (item, amount) in enumerate(rows):
            is_last = number == len(rows) - 1
            if is_last:
                self.pages[-1].rule(_LEFT, self._y + 12, _RIGHT, self._y + 12)
            if self._y < _BOTTOM:
                self._turn()
            self.pages[-1].text(_RIGHT - 5.4 * len(amount), self._y, amount, 10, bold=is_last)
            self.line(item, bold=is_last, gap=16)
