"""Newsletters in rich HTML: nested tables, inline styles, remote pictures, buttons, dark themes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from m365sim.seed.marks import marks
from m365sim.seed.phrases import say_one
from m365sim.seed.slots import turn_slots
from m365sim.seed.threads import Desk, Filed, new_id
from m365sim.seed.times import moment
from m365sim.world.seedtypes import SeedAddress, SeedMessage


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends newsletters: name, host, colours, whether the ground is dark, its kind and language."""

    name: str
    host: str
    colour: str
    ground: str
    ink: str
    topic: str
    speaks: str = "de"


SENDERS = (
    Sender("Maklerbrief", "maklerbrief.example", "#2450c8", "#f5f6f8", "#1a1d23", "trade"),
    Sender("Verband Wohnen & Eigentum", "verband-wohnen.example", "#1d6b45", "#ffffff", "#222222", "trade"),
    Sender("Baustoffdepot Havelufer", "baustoff-depot.example", "#c92a2a", "#fff8f0", "#2b2b2b", "shop"),
    Sender("Möbelhaus Nordstern", "moebelhaus-nordstern.example", "#ffd43b", "#14161c", "#f1f3f5", "shop"),
    Sender("Exposé-Studio", "expose-studio.example", "#9775fa", "#1b1530", "#eee8ff", "tool"),
    Sender("Property Weekly", "property-weekly.example", "#0b7285", "#f1fbfc", "#102a2e", "world", "en"),
    Sender("Kulturhaus Seefelden", "kulturhaus-seefelden.example", "#e8590c", "#fdf6ec", "#33261a", "town"),
)

_SUBJECTS = {
    "trade": (
        "Ihr Maklerwissen im {monat}",
        "Urteil der Woche: [Kaution|Eigenbedarf|Schönheitsreparaturen]",
        "Was sich {jahr} für Vermieter ändert",
        "Zinsen, Preise, Nachfrage: der Marktbericht {monat}",
    ),
    "shop": (
        "🔥 Nur bis {tag}: {zahl}0 % auf alles",
        "Ihr Gutschein über {zahl}0 € läuft ab",
        "Frühjahrsputz für Ihre Objekte",
        "Neu eingetroffen: Leuchten für helle Räume",
    ),
    "tool": (
        "Neu: Grundrisse in drei Minuten",
        "{zahl} Tipps für bessere Exposés",
        "Wartungsarbeiten {tag} ab {zeit}",
    ),
    "world": (
        "Weekly briefing: rents, rates and regulation",
        "Why {zahl} in ten tenants move within a year",
        "Market snapshot, {jahr}",
    ),
    "town": (
        "Programm im {monat}: Lesung, Konzert, Flohmarkt",
        "Noch Karten für {tag} 🎻",
        "Sommerfest am Stadtpark",
    ),
}
_HEADLINES = {
    "trade": (
        "Eigenbedarf: Gericht stärkt langjährige Mieter",
        "Heizungstausch: Diese Fristen gelten jetzt",
        "Grundsteuer richtig umlegen",
        "Energieausweis: neue Pflichtangaben in Anzeigen",
        "So dokumentieren Sie Übergaben rechtssicher",
        "Nachfrage nach kleinen Wohnungen steigt weiter",
    ),
    "shop": (
        "Raufaser, 25 Meter, der Klassiker",
        "Wandfarbe Kreideweiß, deckt beim ersten Anstrich",
        "Akkuschrauber-Satz mit zwei Akkus",
        "Sofa »Fjordblick« in fünf Stoffen",
        "Schreibtisch aus Eiche, geölt",
        "Regale, die Altbauwände verzeihen",
    ),
    "tool": (
        "Fotos automatisch begradigen",
        "Besichtigungen online buchen lassen",
        "Vorlagen für jede Objektart",
        "Einbinden in Ihre Internetseite",
    ),
    "world": (
        "Rents edge up as supply stalls",
        "What the new efficiency rules mean for landlords",
        "Inside the revival of the high street",
        "Remote work reshapes demand for a second bedroom",
    ),
    "town": (
        "Lesung: »Briefe aus dem Hinterhaus«",
        "Kammerkonzert im alten Speicher",
        "Nachtflohmarkt auf dem Marktplatz",
        "Kinderkino am Sonntag",
    ),
}
_TEASERS = {
    "trade": (
        "Was das für die Praxis bedeutet, fassen wir in fünf Minuten zusammen.",
        "Alle Einzelheiten und eine Vorlage zum Herunterladen.",
        "Lesen Sie, welche drei Fehler am häufigsten gemacht werden.",
        "Der Fall, die Begründung und unser Rat.",
    ),
    "shop": (
        "Solange der Vorrat reicht, Lieferung frei Haus ab {zahl}0 €.",
        "Jetzt {zahl}0 € günstiger, nur bis {tag}.",
        "Von unseren Kunden mit vier von fünf Sternen bewertet.",
        "Auch in unserer Ausstellung zum Ausprobieren.",
    ),
    "tool": (
        "In der neuen Fassung genügen dafür zwei Klicks.",
        "Ohne Mehrkosten in Ihrem Vertrag enthalten.",
        "Ein kurzer Film zeigt, wie es geht.",
    ),
    "world": (
        "Our analysts took a closer look at the figures.",
        "A five-minute read with three charts.",
        "Here is what changes, and what does not.",
        "Download the full report with all tables.",
    ),
    "town": (
        "Karten gibt es ab {zahl} € an der Abendkasse.",
        "{tag}, {zeit}, Eintritt frei.",
        "Bei Regen weichen wir in den Speicher aus.",
    ),
}


def newsletter(rng: Random, desk: Desk, sender: Sender | None = None) -> Filed:
    """One issue, sent early in the morning of some day."""
    chosen = sender or rng.choice(SENDERS)
    at = moment(rng, desk.now)
    early = at.replace(hour=4, minute=rng.randrange(60))
    at = min(at, early)
    slots = turn_slots(rng, at, "")
    subject = say_one(rng, _SUBJECTS[chosen.topic], slots)
    address = SeedAddress(f"newsletter@{chosen.host}", chosen.name)
    message_id = new_id(rng, address.address)
    token = f"{rng.getrandbits(48):012x}"
    message = SeedMessage(
        message_id=message_id,
        conversation_key=message_id,
        sender=address,
        from_=address,
        subject=subject,
        sent_at=at,
        received_at=at + timedelta(seconds=rng.randint(20, 900)),
        to=(desk.address,),
        reply_to=(SeedAddress(f"service@{chosen.host}"),),
        html=_issue(rng, chosen, subject, slots, token),
        inference="other",
        headers=(
            (
                "List-Unsubscribe",
                f"<https://www.{chosen.host}/abmelden?t={token}>, <mailto:abmelden@{chosen.host}>",
            ),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("List-Id", f"{chosen.name} <news.{chosen.host}>"),
            ("Precedence", "bulk"),
        ),
        **marks(rng, at, desk.now),
    )
    return Filed(message, "newsletter")


def _issue(rng: Random, sender: Sender, subject: str, slots: dict[str, str], token: str) -> str:
    headlines = rng.sample(_HEADLINES[sender.topic], min(4, len(_HEADLINES[sender.topic])))
    teasers = _TEASERS[sender.topic]
    articles = "".join(_article(sender, h, say_one(rng, teasers, slots), n) for n, h in enumerate(headlines))
    return (
        f'<!DOCTYPE html><html lang="{sender.speaks}"><head><meta charset="utf-8"><title>{subject}</title>'
        f"{_STYLE.replace('COLOUR', sender.colour)}</head>"
        f'<body style="margin:0;padding:0;background-color:{sender.ground};color:{sender.ink}">'
        f'<div style="display:none;max-height:0;overflow:hidden">{headlines[0]}</div>'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td '
        'align="center">'
        '<!--[if mso]><table width="600"><tr><td><![endif]-->'
        '<table role="presentation" class="wrap" width="600" cellpadding="0" cellspacing="0" '
        'style="max-width:600px">'
        f'<tr><td style="background:{sender.colour};padding:22px 28px;font:bold 24px '
        'Georgia,serif;color:#ffffff">'
        f'<img src="https://bilder.{sender.host}/kopf.png" width="120" height="40" '
        f'alt="{sender.name}"></td></tr>'
        f'<tr><td style="padding:24px 28px;font:bold 22px Arial,sans-serif">{subject}</td></tr>{articles}'
        f"{_footer(sender, token)}</table><!--[if mso]></td></tr></table><![endif]--></td></tr></table>"
        f'<img src="https://zaehler.{sender.host}/o/{token}.gif" width="1" height="1" alt=""></body></html>'
    )


_STYLE = (
    "<style>@media (max-width:620px){.wrap{width:100%!important}"
    ".half{display:block!important;width:100%!important}}"
    "@media (prefers-color-scheme:dark){body{background:#101216!important;color:#e8eaee!important}}"
    "a.button:hover{opacity:.9}h2{margin:0 0 6px;border-left:4px solid COLOUR;padding-left:8px}</style>"
    "<!--[if mso]><style>h2{font-family:Arial,sans-serif}</style><![endif]-->"
)


def _article(sender: Sender, headline: str, teaser: str, number: int) -> str:
    more = "Read more" if sender.speaks == "en" else "Weiterlesen"
    return (
        '<tr><td style="padding:12px 28px"><table role="presentation" width="100%"><tr>'
        '<td class="half" width="180" valign="top"><img '
        f'src="https://bilder.{sender.host}/beitrag-{number + 1}.jpg" '
        f'width="170" height="110" alt="{headline}" style="display:block;border-radius:4px"></td>'
        '<td class="half" valign="top" style="font:15px/1.5 Arial,sans-serif"><h2 '
        f'style="font-size:17px">{headline}</h2>'
        f'<p style="margin:0 0 12px">{teaser}</p>'
        f'<a class="button" href="https://www.{sender.host}/beitrag/{number + 1}?utm_source=newsletter" '
        f'style="background:{sender.colour};color:#ffffff;padding:8px '
        "16px;text-decoration:none;border-radius:3px;"
        f'display:inline-block">{more}</a></td></tr></table></td></tr>'
    )


def _footer(sender: Sender, token: str) -> str:
    words, leave, show = (
        ("You receive this mail because you subscribed.", "Unsubscribe", "View in browser")
        if sender.speaks == "en"
        else ("Sie erhalten diese E-Mail, weil Sie sich angemeldet haben.", "Abmelden", "Im Browser ansehen")
    )
    return (
        f'<tr><td style="padding:20px 28px;font:11px Arial,sans-serif;color:#8a8f98">{words}<br>'
        f'<a href="https://www.{sender.host}/abmelden?t={token}" style="color:#8a8f98">{leave}</a> · '
        f'<a href="https://www.{sender.host}/ansicht/{token}" style="color:#8a8f98">{show}</a></td></tr>'
    )
