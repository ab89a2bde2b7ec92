"""The folders of the office's mailboxes, and which message lies where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from m365sim.seed.marks import CATEGORIES
from m365sim.seed.places import PLACES
from m365sim.seed.threads import Desk, Filed
from m365sim.world.seedtypes import SeedFolder, SeedMailbox, SeedMessage

Path = tuple[str, ...]

INBOX: Path = ("Posteingang",)
DRAFTS: Path = ("Entwürfe",)
SENT: Path = ("Gesendete Elemente",)
DELETED: Path = ("Gelöschte Elemente",)
JUNK: Path = ("Junk-E-Mail",)
ARCHIVE: Path = ("Archiv",)
_ENGLISH = {
    INBOX: ("Inbox",), DRAFTS: ("Drafts",), SENT: ("Sent Items",), DELETED: ("Deleted Items",),
    JUNK: ("Junk Email",), ARCHIVE: ("Archive",),
}  # fmt: skip

OBJECTS: Path = ("Objekte",)
LINDENALLEE: Path = ("Objekte", "Lindenallee 3")
STADTPARK: Path = ("Objekte", "Am Stadtpark 12 & 14")
VIEWINGS: Path = (*STADTPARK, "Besichtigungen")
PORTALS: Path = ("Anfragen / Portale",)
NEW_BUILDING: Path = ("🏠 Neubau",)
NEWSLETTERS: Path = ("Newsletter",)
ESTATE_AR: Path = ("عقارات",)
INTERNAL: Path = (".intern",)
QUOTED: Path = ("\"Sonderfälle\" & 'Diverses'",)
LONG: Path = (
    "Handwerker, Wartungsverträge und Gewährleistung – abgeschlossene Vorgänge, die noch geprüft werden "
    "müssen "
    "(bitte nichts löschen, Frau Berger fragen)",
)
EMPTY: Path = ("Wiedervorlage",)
HIDDEN: Path = ("Vorlagen (ausgeblendet)",)
DONE: Path = ("Posteingang", "Erledigt")

_SYSTEM: tuple[tuple[Path, str], ...] = (
    (INBOX, "inbox"), (DRAFTS, "drafts"), (SENT, "sentitems"), (DELETED, "deleteditems"), (JUNK, "junkemail"),
    (ARCHIVE, "archive"),
)  # fmt: skip
_OWN: tuple[Path, ...] = (
    OBJECTS, LINDENALLEE, STADTPARK, VIEWINGS, PORTALS, NEW_BUILDING, NEWSLETTERS, ESTATE_AR, INTERNAL,
    QUOTED, LONG, EMPTY, HIDDEN, DONE,
)  # fmt: skip
_BY_ABOUT = {
    "portal": PORTALS, "newsletter": NEWSLETTERS, "internal": INTERNAL, "craft_offer": LONG, "heating": LONG,
    "authority": QUOTED, "insurance": QUOTED, "tax": QUOTED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """How a mailbox is kept: with the whole tree or with the system folders alone, in which language."""

    has_tree: bool = False
    language: str = "de-DE"


def mailbox(rng: Random, desk: Desk, filed: Iterable[Filed], plan: Plan) -> SeedMailbox:
    """Sort messages into folders; each folder newest first. Messages in one keep their conversation."""
    lying: dict[Path, list[SeedMessage]] = defaultdict(list)
    for one in filed:
        path = _place(rng, desk, one, plan)
        lying[path].append(_as_lying(one, path))
    folders = [_folder(path, lying[path], name, plan) for path, name in _SYSTEM]
    if plan.has_tree:
        folders += [_folder(path, lying[path], None, plan) for path in _OWN]
    return SeedMailbox(desk.address.address, folders, CATEGORIES, plan.language)


def _folder(path: Path, messages: list[SeedMessage], well_known: str | None, plan: Plan) -> SeedFolder:
    shown = _ENGLISH.get(path, path) if plan.language.startswith("en") else path
    newest_first = sorted(
        messages, key=lambda message: (message.received_at, message.message_id), reverse=True
    )
    return SeedFolder(shown, tuple(newest_first), well_known, is_hidden=path == HIDDEN)


def _place(rng: Random, desk: Desk, one: Filed, plan: Plan) -> Path:
    if one.about == "junk":
        return JUNK
    if one.about == "template":
        return HIDDEN
    if one.message.is_draft:
        return DRAFTS
    if one.is_ours:
        return SENT
    age = desk.now - one.message.received_at
    if one.about == "oddity":
        return INBOX
    if not one.message.is_read:
        is_sorted = plan.has_tree and one.about in {"newsletter", "portal"} and rng.random() < 0.6
        return _BY_ABOUT[one.about] if is_sorted else INBOX
    if age < timedelta(days=10) or rng.random() < 0.4:
        return DELETED if rng.random() < 0.05 else INBOX
    chance = rng.random()
    if chance < 0.07:
        return DELETED
    if chance < 0.2 or not plan.has_tree:
        return ARCHIVE
    return _own_place(rng, one)


def _own_place(rng: Random, one: Filed) -> Path:
    if rng.random() < 0.15:
        return DONE
    if one.about in _BY_ABOUT:
        return _BY_ABOUT[one.about]
    if one.place is None:
        return ARCHIVE
    if one.place.is_new:
        return NEW_BUILDING
    if one.place.street == PLACES[0].street:
        return LINDENALLEE
    if one.place.street == PLACES[2].street:
        return VIEWINGS if one.about in {"viewing", "enquiry", "flat"} else STADTPARK
    return rng.choice((OBJECTS, OBJECTS, ARCHIVE, ESTATE_AR))


def _as_lying(one: Filed, path: Path) -> SeedMessage:
    """What was thrown away has been read and is no longer flagged."""
    if path != DELETED:
        return one.message
    return replace(one.message, is_read=True, flag_status="notFlagged", due_at=None)
