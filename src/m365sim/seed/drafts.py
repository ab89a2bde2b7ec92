"""Unfinished letters: replies somebody began, notes to oneself, one without a recipient."""

from __future__ import annotations

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
