"""The values that sentences may name: days, hours, sums, people, the property; `stories` lists them."""

from __future__ import annotations

from datetime import datetime
from random import Random

from m365sim.seed.people import Person, private_person
from m365sim.seed.places import Place, euros, place_slots
from m365sim.seed.times import DAYS_DE, DAYS_EN, MONTHS_DE, MONTHS_EN, berlin, working_day


def thread_slots(rng: Random, place: Place, client: Person, firm: str, colleague: str) -> dict[str, str]:
    """What stays the same through a conversation."""
    named = client if not client.company else private_person(rng)
    return place_slots(place) | {
        "kunde": named.formal,
        "andere": private_person(rng).name,
        "firma": firm,
        "kollege": colleague,
        "rnr": str(rng.randint(10_000, 98_999)),
    }


def turn_slots(rng: Random, at: datetime, phone: str) -> dict[str, str]:
    """What changes with every letter: days after ``at``, hours, sums and the writer's telephone."""
    first = working_day(rng, at)
    second = working_day(rng, at, 12, 20)
    slots = {
        "tel": phone,
        "frist": f"{working_day(rng, at, 8, 25):%d.%m.%Y}",
        "monat": MONTHS_DE[(at.month - 2) % 12],
        "jahr": str(at.year),
        "vorjahr": str(at.year - 1),
        "fenster": rng.choice(("zwischen 8 und 10 Uhr", "zwischen 10 und 13 Uhr", "zwischen 14 und 17 Uhr")),
        "zahl": str(rng.randint(2, 9)),
        "betrag": euros(rng.randrange(1200, 9800, 20)),
        "betrag2": euros(rng.randrange(8_000, 92_000, 10) / 100).removesuffix(",00"),
        "betrag2_en": f"{rng.randrange(80, 900)}.{rng.choice(('40', '75', '10'))}",
    }
    for suffix, day in (("", first), ("2", second)):
        slots[f"tag{suffix}"] = day_de(day) if rng.random() < 0.75 else DAYS_DE[day.weekday()]
        slots[f"tag{suffix}_en"] = f"{DAYS_EN[day.weekday()]} {day.day} {MONTHS_EN[day.month - 1]}"
        slots[f"zeit{suffix}"] = f"{day:%H:%M} Uhr" if day.minute else f"{day.hour} Uhr"
        slots[f"zeit{suffix}_en"] = clock_en(day)
    return slots


def day_de(day: datetime) -> str:
    """``Donnerstag, den 14. Mai``."""
    return f"{DAYS_DE[day.weekday()]}, den {day.day}. {MONTHS_DE[day.month - 1]}"


def clock_en(day: datetime) -> str:
    """``4:30 pm``."""
    return f"{(day.hour - 1) % 12 + 1}:{day.minute:02d} {'am' if day.hour < 12 else 'pm'}"


def stamp_de(at: datetime) -> str:
    """The moment as quoted mail shows it: ``Donnerstag, 14. Mai 2026 16:12``."""
    local = berlin(at)
    return f"{DAYS_DE[local.weekday()]}, {local.day}. {MONTHS_DE[local.month - 1]} {local:%Y %H:%M}"


def stamp_en(at: datetime) -> str:
    """``Thursday, 14 May 2026 4:12 pm``."""
    local = berlin(at)
    return (
        f"{DAYS_EN[local.weekday()]}, {local.day} {MONTHS_EN[local.month - 1]} {local.year} {clock_en(local)}"
    )
