"""How a letter looks: greeting, paragraphs, closing, signature, and the letters it answers quoted below.

A person's ``style`` chooses the look: 0 a desktop program, 1 a web mailer, 2 a telephone, 3 plain text,
4 the office itself with its logo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from random import Random

from m365sim.seed.files.pictures import logo
from m365sim.seed.people import OFFICE, Person
from m365sim.seed.places import TOWN
from m365sim.seed.slots import stamp_de, stamp_en
from m365sim.world.seedtypes import SeedAttachment

LOGO_ID = "logo@buero-lindner.example"
_QUOTED = 4  # how many earlier letters a reply still carries
_CLOSING = {
    "de": ("Mit freundlichen Grüßen", "Freundliche Grüße", "Viele Grüße", "Beste Grüße"),
    "en": ("Kind regards", "Best wishes", "Best regards", "Many thanks and best wishes", "Yours sincerely"),
    "inside": ("LG", "Viele Grüße", "Gruß", "Bis später", "Danke und Gruß"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter before it becomes a message. ``shown`` is the author as headers and quotes name them."""

    author: Person
    shown: str
    to: str
    subject: str
    at: datetime
    rows: tuple[str, ...]
    speaks: str = "de"


@dataclass(frozen=True, slots=True)
class Body:
    """A finished body: exactly one of text and html, and the pictures that the html shows."""

    text: str | None
    html: str | None
    inline: tuple[SeedAttachment, ...] = ()


def greeting(rng: Random, tone: str, reader: Person | None) -> str:
    """The line a letter begins with; ``tone`` is de, en or inside (among colleagues)."""
    if tone == "inside" and reader:
        return rng.choice(
            (f"Hallo {reader.first},", f"Hi {reader.first},", f"Moin {reader.first},", f"{reader.first},")
        )
    if tone == "en":
        title = f"{'Ms' if reader.is_woman else 'Mr'} {reader.last}" if reader else "Sir or Madam"
        return rng.choice((f"Dear {title},", f"Hello {title},", "Hello,", f"Dear {title},"))
    if reader is None:
        return rng.choice(("Sehr geehrte Damen und Herren,", "Guten Tag,", "Hallo,", "Liebes Team Lindner,"))
    dear = "Sehr geehrte" if reader.is_woman else "Sehr geehrter"
    return rng.choice((f"{dear} {reader.formal},", f"Guten Tag {reader.formal},", f"Hallo {reader.formal},"))


def rows_of(
    rng: Random, tone: str, author: Person, reader: Person | None, words: Sequence[str]
) -> tuple[str, ...]:
    """Greeting, paragraphs, closing and name, a row each; now and then somebody skips the greeting."""
    is_curt = tone == "inside" and rng.random() < 0.4
    first, *rest = words or ("",)
    if is_curt or tone == "en":
        first = first[:1].upper() + first[1:]
    opening = () if is_curt else (greeting(rng, tone, reader),)
    name = author.first if tone == "inside" else author.name
    return (*opening, first, *rest, f"{rng.choice(_CLOSING[tone])}\n{name}")


def compose(rng: Random, letter: Letter, earlier: Sequence[Letter]) -> Body:
    """Lay the letter out in its author's style, above the ones it answers."""
    style = letter.author.style
    kept = earlier[-_QUOTED:]
    if style == 3:
        return Body(_plain(letter) + _quoted_text(kept), None)
    if style == 4:
        with_logo = rng.random() < 0.4
        html = _page(
            _rows(letter, "p") + _office_signature(letter.author, with_logo=with_logo), kept, _OFFICE_CSS
        )
        return Body(None, html, (_logo(),) if with_logo else ())
    if style == 0:
        return Body(
            None, _page(_rows(letter, 'p class="MsoNormal"') + _firm(letter.author), kept, _DESKTOP_CSS)
        )
    if style == 2:
        sent_from = "Sent from my phone" if letter.speaks == "en" else "Von unterwegs gesendet"
        return Body(None, _page(_rows(letter, "div") + f"<br><div>{sent_from}</div>", kept, ""))
    return Body(None, _page(_rows(letter, "p") + _firm(letter.author), kept, _WEB_CSS))


_DESKTOP_CSS = (
    "<!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/>"
    "</o:OfficeDocumentSettings></xml><![endif]-->"
    '<style>@font-face{font-family:"Cambria Math"}@font-face{font-family:Calibri}'
    "p.MsoNormal, li.MsoNormal, div.MsoNormal{margin:0cm 0cm 8pt;font-size:11.0pt;"
    'font-family:"Calibri",sans-serif}a:link, span.MsoHyperlink{color:#0563C1;text-decoration:underline}'
    'span.EmailStyle17{font-family:"Calibri",sans-serif;color:windowtext}.MsoChpDefault{font-size:10.0pt}'
    "@page WordSection1{margin:70.85pt 70.85pt 2.0cm 70.85pt}div.WordSection1{}</style>"
)
_WEB_CSS = "<style>body{font-family:Verdana,Arial,sans-serif;font-size:13px}p{margin:0 0 1em}</style>"
_OFFICE_CSS = "<style>body{font-family:'Segoe UI',Arial,sans-serif;font-size:14px;color:#1a1d23}</style>"


def _page(body: str, earlier: Sequence[Letter], head: str) -> str:
    charset = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
    return f"<html><head>{charset}{head}</head><body>{body}{_quoted_html(earlier)}</body></html>"


def _rows(letter: Letter, tag: str) -> str:
    close = tag.split(" ", maxsplit=1)[0]
    gap = "<div><br></div>" if tag == "div" else ""
    return gap.join(
        f"<{tag}>{escape(row, quote=False).replace(chr(10), '<br>')}</{close}>" for row in letter.rows
    )


def _firm(author: Person) -> str:
    if not author.company:
        return ""
    return (
        f'<p style="color:#666;font-size:12px">{escape(author.company)}<br>{TOWN}<br>'
        f"Tel. {author.phone}<br>{author.address}</p>"
    )


def _office_signature(author: Person, *, with_logo: bool) -> str:
    picture = (
        f'<td><img src="cid:{LOGO_ID}" width="176" height="48" alt="{OFFICE}"></td>' if with_logo else ""
    )
    return (
        '<table cellpadding="6" style="border-top:1px solid '
        f'#e3e6eb;font-size:12px;color:#5c6470"><tr>{picture}'
        f"<td>{author.name}<br>{OFFICE}<br>Lindenallee 1, {TOWN}<br>Telefon {author.phone}</td></tr></table>"
    )


def _logo() -> SeedAttachment:
    return SeedAttachment("logo.png", "image/png", logo(), LOGO_ID, is_inline=True)


def _plain(letter: Letter) -> str:
    text = "\n\n".join(letter.rows)
    if letter.author.company:
        text += f"\n\n-- \n{letter.author.company}\nTel. {letter.author.phone}"
    return text


def _head(letter: Letter) -> tuple[tuple[str, str], ...]:
    if letter.speaks == "en":
        return (
            ("From", letter.shown),
            ("Sent", stamp_en(letter.at)),
            ("To", letter.to),
            ("Subject", letter.subject),
        )
    return (
        ("Von", letter.shown),
        ("Gesendet", stamp_de(letter.at)),
        ("An", letter.to),
        ("Betreff", letter.subject),
    )


def _quoted_html(earlier: Sequence[Letter]) -> str:
    out = ""
    for letter in earlier:
        head = "<br>".join(f"<b>{name}:</b> {escape(value, quote=False)}" for name, value in _head(letter))
        rule = '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0 0 0">'
        out = f"<br>{rule}<p>{head}</p></div><blockquote>{_rows(letter, 'p')}{out}</blockquote>"
    return out


def _quoted_text(earlier: Sequence[Letter]) -> str:
    out: list[str] = []
    for letter in earlier:
        lead = f"On {stamp_en(letter.at)}, {letter.shown} wrote:" if letter.speaks == "en" else (
            f"Am {stamp_de(letter.at)} schrieb {letter.shown}:")  # fmt: skip
        own = "\n\n".join(letter.rows).split("\n")
        out = [lead, *(f"> {row}" if not row.startswith(">") else f">{row}" for row in (*own, "", *out))]
    return "\n\n" + "\n".join(out) if out else ""
