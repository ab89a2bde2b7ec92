"""Unfinished letters and templates: replies somebody began, notes to oneself, one without a recipient."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from m365sim.seed.attachments import Occasion, attach
from m365sim.seed.people import ANNA, private_person
from m365sim.seed.places import choose_place
from m365sim.seed.threads import Desk, Filed, new_id
from m365sim.seed.times import just_before, moment
from m365sim.world.seedtypes import SeedMessage

_TEXTS = (
    (
        "Rundschreiben an alle Mieter: Heizungswartung",
        "Sehr geehrte Mieterinnen und Mieter,\n\nam Dienstag wird",
    ),
    ("Angebot für Familie {name}", "Guten Tag,\n\nwie besprochen sende ich Ihnen"),
    ("Offer for {name}", "Dear all,\n\nplease find attached"),
    ("", "Schlüssel 14 fehlt. Thomas fragen!"),
    ("Antwort Versicherung", "Sehr geehrte Damen und Herren,\n\nden Bericht reichen wir bis"),
    ("Text für die neue Anzeige", "Helle Wohnung in ruhiger Lage, "),
)


def drafts(rng: Random, desk: Desk) -> list[Filed]:
    """A handful of drafts of the last weeks, the newest from today."""
    made = []
    for number, (subject, text) in enumerate(_TEXTS):
        person = private_person(rng)
        at = just_before(rng, desk.now) if number < 2 else moment(rng, desk.now)
        message_id = new_id(rng, desk.address.address)
        files = (
            (attach("expose", Occasion(rng, at, ANNA, choose_place(rng), "10001")),) if number == 1 else ()
        )
        message = SeedMessage(
            message_id, message_id, desk.address, desk.address, subject.format(name=person.last), at, at,
            to=() if not subject else (person.seed,), text=text, is_draft=True, attachments=files,
        )  # fmt: skip
        made.append(Filed(message, "draft", is_ours=True))
    return made


def templates(rng: Random, desk: Desk) -> list[Filed]:
    """The text templates that some program keeps in a hidden folder."""
    made = []
    for subject, text in _TEMPLATES:
        at = just_before(rng, desk.now) - timedelta(days=200)
        message_id = new_id(rng, desk.address.address)
        message = SeedMessage(message_id, message_id, desk.address, desk.address, subject, at, at, text=text)
        made.append(Filed(message, "template"))
    return made


_TEMPLATES = (
    ("Vorlage: Absage freundlich", "leider hat sich der Eigentümer anders entschieden."),
    ("Vorlage: Unterlagen nachfordern", "uns fehlen noch die letzten drei Gehaltsnachweise."),
)
