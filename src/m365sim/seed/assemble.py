"""Put the office together: tenants, people who can sign in, and their mailboxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import NAMESPACE_DNS, uuid5

from m365sim.seed.drafts import drafts, templates
from m365sim.seed.junk import hostile, junk
from m365sim.seed.mailboxes import Plan, mailbox
from m365sim.seed.newsletters import SENDERS, newsletter
from m365sim.seed.notices import notice
from m365sim.seed.oddities import oddities
from m365sim.seed.people import DOMAIN
from m365sim.seed.portals import PORTAL, open_by_portal
from m365sim.seed.stories import Story
from m365sim.seed.texts_de_house import HOUSE_DE
from m365sim.seed.texts_de_letting import LETTING_DE, PURCHASE
from m365sim.seed.texts_de_office import INTERNAL, OFFICE_DE
from m365sim.seed.texts_en import ENGLISH
from m365sim.seed.threads import Desk, Filed, tell
from m365sim.world.seedtypes import SeedAddress, SeedMailbox, SeedOffice, SeedTenant, SeedUser

DEMO_PASSWORD = "demo1234"  # noqa: S105 - printed for everybody to use; guards nothing
PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"
NORTH, ROTH, PERSONAL = "hausverwaltung-nord.example", "kanzlei-roth.example", "outlook.example"

_LETTING: tuple[Story, ...] = LETTING_DE + HOUSE_DE
_EVERYTHING: tuple[Story, ...] = _LETTING + OFFICE_DE + ENGLISH


@dataclass(frozen=True, slots=True)
class _Small:
    """A mailbox beside the main one; ``share`` is its part of all messages in percent."""

    address: str
    name: str
    share: int
    stories: tuple[Story, ...]
    plan: Plan = field(default_factory=Plan)


_SMALL = (
    _Small(f"vermietung@{DOMAIN}", "Vermietung Lindner", 4, _LETTING),
    _Small(f"verkauf@{DOMAIN}", "Verkauf Lindner", 4, (PURCHASE, *OFFICE_DE)),
    _Small(f"anna.berger@{DOMAIN}", "Anna Berger", 2, (INTERNAL, *ENGLISH)),
    _Small(f"thomas.maier@{DOMAIN}", "Thomas Maier", 1, (INTERNAL, *HOUSE_DE)),
    _Small(f"buero.lindner@{PERSONAL}", "Büro Lindner", 1, _EVERYTHING),
    _Small(f"emily.carter@{PERSONAL}", "Emily Carter", 1, ENGLISH, Plan(language="en-US")),
    _Small(f"verwaltung@{NORTH}", "Hausverwaltung Nord", 1, HOUSE_DE),
    _Small(f"post@{ROTH}", "Kanzlei Roth", 1, OFFICE_DE),
)


def office(seed: int = 1, *, now: datetime, messages: int = 2500) -> SeedOffice:
    """Make the office: about ``messages`` messages in all mailboxes, the newest from shortly before ``now``.

    ``now`` is aware; the same seed, now and count give the same bytes. Most mail lies in
    ``info@buero-lindner.example``. Small counts still hold every oddity, so they are a little exceeded.
    Raises ValueError when ``now`` has no time zone or ``messages`` is negative.
    """
    if now.tzinfo is None:
        raise ValueError("now must carry a time zone")
    if messages < 0:
        raise ValueError("messages must not be negative")
    today = now.astimezone(UTC)
    shares = {desk.address: messages * desk.share // 100 for desk in _SMALL}
    main = _main(
        _chance(seed, "info"),
        _desk(f"info@{DOMAIN}", "Immobilien Lindner", today),
        messages - sum(shares.values()),
    )
    small = tuple(
        _small(_chance(seed, kept.address), _desk(kept.address, kept.name, today), kept, shares[kept.address])
        for kept in _SMALL
    )
    return SeedOffice(_tenants(), _users(), (main, *small))


_FRESH_H = (0.1, 0.4, 0.9, 1.7, 2.5, 5, 8, 22, 26, 30)
"""Conversations that begin so many hours ago, so that there is always something new to see."""


def _chance(seed: int, part: str) -> Random:
    """Each mailbox draws from its own numbers, so that a change in one leaves the others alone."""
    return Random(f"{seed}/{part}")  # noqa: S311 - repeatable content, nothing to guess


def _desk(address: str, name: str, today: datetime) -> Desk:
    return Desk(SeedAddress(address, name), today)


def _main(rng: Random, desk: Desk, count: int) -> SeedMailbox:
    filed = [*oddities(rng, desk), *hostile(rng, desk), *drafts(rng, desk), *templates(rng, desk)]
    filed += [newsletter(rng, desk, sender) for sender in SENDERS]
    always = len(filed)
    for age_h in _FRESH_H if count > always else ():
        filed += tell(rng, _pick(rng, _EVERYTHING), desk, begin=desk.now - timedelta(hours=age_h))
    sources: tuple[tuple[int, Callable[[], list[Filed]]], ...] = (
        (25, lambda: tell(rng, _pick(rng, _EVERYTHING), desk)),
        (5, lambda: tell(rng, PORTAL, desk, open_by_portal)),
        (8, lambda: [newsletter(rng, desk)]),
        (9, lambda: [notice(rng, desk)]),
        (1, lambda: [junk(rng, desk)]),
    )
    weights = [weight for weight, _ in sources]
    makers = [make for _, make in sources]
    while len(filed) < count:
        filed += rng.choices(makers, weights)[0]()
    return mailbox(rng, desk, filed[: max(count, always)], Plan(has_tree=True))


def _small(rng: Random, desk: Desk, kept: _Small, count: int) -> SeedMailbox:
    filed: list[Filed] = []
    while len(filed) < count:
        filed += [newsletter(rng, desk)] if rng.random() < 0.12 else tell(rng, _pick(rng, kept.stories), desk)
    return mailbox(rng, desk, filed[:count], kept.plan)


def _pick(rng: Random, stories: tuple[Story, ...]) -> Story:
    return rng.choices(stories, [story.weight for story in stories])[0]


def _guid(name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, name))


def _tenants() -> tuple[SeedTenant, ...]:
    return (
        SeedTenant(_guid(DOMAIN), DOMAIN, "Immobilien Lindner GmbH", "user_may_consent"),
        SeedTenant(_guid(NORTH), NORTH, "Hausverwaltung Nord GmbH", "approval_workflow"),
        SeedTenant(_guid(ROTH), ROTH, "Kanzlei Roth", "admin_only"),
        SeedTenant(PERSONAL_TENANT, PERSONAL, "Personal accounts", "user_may_consent"),
    )


def _users() -> tuple[SeedUser, ...]:
    shared = (f"vermietung@{DOMAIN}", f"verkauf@{DOMAIN}")
    return (
        _user("info", DOMAIN, "Immobilien Lindner"),
        _user("vermietung", DOMAIN, "Vermietung Lindner"),
        _user("verkauf", DOMAIN, "Verkauf Lindner", password=None),
        _user("anna.berger", DOMAIN, "Anna Berger", may_open=shared),
        _user("thomas.maier", DOMAIN, "Thomas Maier", may_open=shared[1:]),
        _user("admin", DOMAIN, "Karl Lindner", is_admin=True, proxy=(f"karl.lindner@{DOMAIN}",)),
        _user("azubi", DOMAIN, "Mia Kaiser", has_mailbox=False),
        _user("verwaltung", NORTH, "Hausverwaltung Nord"),
        _user("admin", NORTH, "Nora Nordmann", is_admin=True),
        _user("post", ROTH, "Kanzlei Roth"),
        _user("admin", ROTH, "Richard Roth", is_admin=True, has_mailbox=False),
        _user("buero.lindner", PERSONAL, "Büro Lindner"),
        _user("emily.carter", PERSONAL, "Emily Carter", language="en-US"),
    )


def _user(
    local: str,
    domain: str,
    name: str,
    *,
    password: str | None = DEMO_PASSWORD,
    has_mailbox: bool = True,
    is_admin: bool = False,
    may_open: tuple[str, ...] = (),
    proxy: tuple[str, ...] = (),
    language: str = "de-DE",
) -> SeedUser:
    address = f"{local}@{domain}"
    is_personal = domain == PERSONAL
    first, _, last = name.partition(" ")
    return SeedUser(
        id=_guid(address),
        tenant_id=PERSONAL_TENANT if is_personal else _guid(domain),
        upn=address,
        display_name=name,
        given_name=first,
        surname=last,
        password=password,
        proxy_addresses=proxy,
        has_mailbox=has_mailbox,
        is_personal=is_personal,
        is_admin=is_admin,
        may_open=may_open,
        language=language,
    )
