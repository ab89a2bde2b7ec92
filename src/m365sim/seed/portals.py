"""Enquiries that come through property portals: a table of contact data, then an ordinary conversation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html import escape
from random import Random

from m365sim.seed.letters import Letter
from m365sim.seed.marks import marks
from m365sim.seed.texts_de_letting import ENQUIRY
from m365sim.seed.threads import Filed, Scene, new_id, said
from m365sim.world.seedtypes import SeedAddress, SeedMessage

PORTAL = replace(
    ENQUIRY,
    name="portal",
    weight=19,
    subjects=(
        "Neue Anfrage zu Ihrem Objekt {nr} – {objekt}",
        "Kontaktanfrage: {art}, {objekt} (Objekt-Nr. {nr})",
        "Sie haben eine neue Nachricht zu »{art} {objekt}«",
    ),
)
"""The same conversation as a direct enquiry, opened by a portal's notice."""

_PORTALS = (
    ("Immo-Portal", "anfragen@immo-portal.example", "#0a7d5a"),
    ("Wohnfinder", "noreply@wohnfinder.example", "#d9480f"),
    ("heimsuche24", "kontakt@heimsuche24.example", "#5f3dc4"),
)
_MOVES = ("sofort", "in ein bis drei Monaten", "flexibel", "zum nächsten Ersten")
_HOUSEHOLDS = ("1 Person", "2 Personen", "Familie mit Kindern", "Wohngemeinschaft")


def open_by_portal(rng: Random, scene: Scene) -> tuple[Filed, Letter]:
    """The portal's notice: from the portal's own address, with Reply-To leading to the person."""
    cast, place = scene.cast, scene.cast.place
    name, address, colour = rng.choice(_PORTALS)
    client = cast.client
    words = said(rng, scene, client)
    facts = (
        ("Objekt", f"{place.kind}, {place.street}"), ("Objektnummer", str(place.number)),
        ("Name", client.name), ("E-Mail", client.address), ("Telefon", client.phone),
        ("Einzug", rng.choice(_MOVES)), ("Haushalt", rng.choice(_HOUSEHOLDS)),
        ("Haustiere", rng.choice(("keine", "keine", "Katze", "kleiner Hund"))),
    )  # fmt: skip
    sender = SeedAddress(address, f"{client.name} über {name}" if rng.random() < 0.5 else name)
    message_id = new_id(rng, address)
    message = SeedMessage(
        message_id=message_id,
        conversation_key=message_id,
        sender=sender,
        from_=sender,
        subject=scene.subject,
        sent_at=scene.at,
        received_at=scene.at + timedelta(seconds=rng.randint(2, 90)),
        to=(scene.desk.address,),
        reply_to=(client.seed,),
        html=_notice(name, colour, facts, words, place.number),
        headers=(("X-Portal-Objekt", str(place.number)), ("Auto-Submitted", "auto-generated")),
        **marks(rng, scene.at, scene.desk.now, cast.story),
    )
    rows = (f"Nachricht von {client.name}:", *words)
    letter = Letter(
        client, f"{sender.name} <{address}>", scene.desk.address.name, scene.subject, scene.at, rows
    )
    return Filed(message, "portal", place=place), letter


def _notice(
    name: str, colour: str, facts: tuple[tuple[str, str], ...], words: tuple[str, ...], number: int
) -> str:
    rows = "".join(
        f'<tr><td style="padding:4px 12px 4px 0;color:#667">{label}</td>'
        f'<td style="padding:4px 0"><b>{escape(value, quote=False)}</b></td></tr>'
        for label, value in facts
    )
    text = "".join(f"<p>{escape(row, quote=False)}</p>" for row in words)
    button = (
        f'<a href="https://www.{name.lower()}.example/nachrichten/{number}" '
        f'style="background:{colour};color:#fff;'
        'padding:10px 18px;border-radius:4px;text-decoration:none;display:inline-block">Direkt antworten</a>'
    )
    return (
        '<html><head><meta charset="utf-8"></head><body '
        'style="margin:0;background:#f2f4f6;font-family:Arial,sans-serif">'
        '<table width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">'
        '<table width="600" cellpadding="24" cellspacing="0" style="background:#ffffff">'
        f'<tr><td style="background:{colour};color:#fff;font-size:20px">{name}</td></tr>'
        f"<tr><td><p>Guten Tag,<br>zu Ihrem Inserat ist eine neue Anfrage eingegangen.</p>"
        f'<table style="font-size:14px">{rows}</table>'
        f'<div style="border-left:3px solid {colour};padding-left:12px;margin:16px '
        f'0">{text}</div>{button}</td></tr>'
        f'<tr><td style="color:#99a;font-size:11px">Diese Nachricht wurde über {name} gesendet. Antworten '
        "gehen "
        "direkt an die anfragende Person.</td></tr></table></td></tr></table></body></html>"
    )
