"""What people attach, by the names that stories use; contents that cannot differ are made once.

`attach` looks a name up; an unknown name is a KeyError, a mistake in a story.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from random import Random

from m365sim.seed.files import pictures
from m365sim.seed.files.papers import Paper, write_brochure, write_paper
from m365sim.seed.files.plain import write_csv, write_ics, write_vcf
from m365sim.seed.files.zipped import write_docx, write_zip
from m365sim.seed.people import OFFICE, Person
from m365sim.seed.places import TOWN, Place, euros
from m365sim.seed.times import berlin, to_utc, working_day
from m365sim.world.seedtypes import SeedAttachment

PDF, PNG, JPEG, CSV = "application/pdf", "image/png", "image/jpeg", "text/csv"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True, slots=True)
class Occasion:
    """What an attachment is about: when it was sent, by whom, concerning which property and number."""

    rng: Random
    at: datetime
    author: Person
    place: Place
    number: str

    @property
    def day(self) -> str:
        """The letter's date."""
        return f"{berlin(self.at):%d.%m.%Y}"

    @property
    def head(self) -> str:
        """Who stands in the letterhead."""
        return self.author.company or self.author.name


def attach(kind: str, occasion: Occasion) -> SeedAttachment:
    """Make the attachment of this kind."""
    return _MAKERS[kind](occasion)


def _file(name: str, content_type: str, content: bytes) -> SeedAttachment:
    return SeedAttachment(name, content_type, content)


def _slug(place: Place) -> str:
    return place.street.replace(" & ", "+").replace(", ", "_").replace(" ", "_")


def _expose(o: Occasion) -> SeedAttachment:
    return _file(f"Exposé {o.place.street}.pdf", PDF, brochure(o.place))


@cache
def brochure(place: Place) -> bytes:
    """The property's brochure."""
    facts = (
        ("Objektnummer", str(place.number)), ("Art", place.kind), ("Lage", f"{place.street}, {TOWN}"),
        ("Zimmer", place.rooms), ("Wohnfläche", f"ca. {place.metres} m²"), ("Etage", place.floor),
        ("Kaltmiete", f"{euros(place.rent)} €"), ("Kaufpreis", f"{euros(place.price)} €"),
    )  # fmt: skip
    words = (
        f"Die {place.kind} liegt {place.where} in {TOWN}, wenige Gehminuten von Bäcker, Schule und Bahn.",
        "Der Grundriss ist gut geschnitten: ein heller Wohnraum, eine Küche mit Fenster und ein ruhiges "
        "Schlafzimmer zum Hof. Die Böden wurden vor wenigen Jahren abgeschliffen, die Fenster erneuert.",
        "Geheizt wird über eine zentrale Anlage. Ein Kellerabteil gehört dazu, Fahrräder stehen im Hof.",
        "Besichtigungen sind nach Absprache möglich. Bitte betreten Sie das Grundstück nicht ohne Termin.",
    )
    return write_brochure(f"{place.kind}, {place.street}", facts, words, OFFICE)


def _floor_plan(o: Occasion) -> SeedAttachment:
    return _file(f"Grundriss_{o.place.number}.png", PNG, pictures.floor_plan(o.place.plan))


_WORKS = (
    "Anfahrt und Arbeitszeit Monteur", "Umwälzpumpe liefern und einbauen", "Eckventil und Dichtungen "
                                                                           "erneuern",
    "Wandfläche grundieren und zweimal streichen", "Rohrleitung spülen", "Trocknungsgerät je Tag",
    "Entsorgung Altmaterial", "Rinne reinigen", "Rauchmelder prüfen", "Grundpreis", "Verbrauch laut Zähler",
)  # fmt: skip


def _bill(o: Occasion, title: str, words: str) -> bytes:
    sums = [(item, o.rng.randrange(3_900, 64_000, 50) / 100) for item in o.rng.sample(_WORKS, 4)]
    net = sum(value for _, value in sums)
    rows = [(item, f"{euros(value)} EUR") for item, value in sums]
    rows += [("Summe netto", f"{euros(net)} EUR"), ("Umsatzsteuer 19 %", f"{euros(net * 0.19)} EUR")]
    rows.append(("Gesamtbetrag", f"{euros(net * 1.19)} EUR"))
    return write_paper(Paper(
        o.head, f"{TOWN} · Telefon {o.author.phone} · {o.author.address}", f"{TOWN}, {o.day}", title,
        (f"Objekt: {o.place.street}, {TOWN}", words), tuple(rows),
        "Bitte geben Sie bei Zahlungen die Nummer an.",
    ))  # fmt: skip


def _invoice(o: Occasion) -> SeedAttachment:
    words = "Wir danken für Ihren Auftrag und berechnen wie folgt. Zahlbar innerhalb von 14 Tagen ohne Abzug."
    return _file(f"Rechnung_{o.number}.pdf", PDF, _bill(o, f"Rechnung Nr. {o.number}", words))


def _offer(o: Occasion) -> SeedAttachment:
    words = "Gern bieten wir Ihnen die folgenden Arbeiten an. Dieses Angebot gilt vier Wochen."
    return _file(f"Angebot {o.number} {o.place.street}.pdf", PDF, _bill(o, f"Angebot Nr. {o.number}", words))


def _paper(o: Occasion, title: str, *words: str) -> bytes:
    return write_paper(Paper(o.head, TOWN, f"{TOWN}, {o.day}", title, words))


_CLAUSES = (
    "Vermietet wird die {kind} {where}, {floor}, mit einer Wohnfläche von etwa {metres} m².",
    "Das Mietverhältnis beginnt am Ersten des Monats und läuft auf unbestimmte Zeit.",
    "Die Miete beträgt monatlich {rent} EUR zuzüglich der Vorauszahlungen auf die Betriebskosten.",
    "Der Mieter leistet eine Sicherheit in Höhe von drei Monatsmieten, zahlbar in drei gleichen Raten.",
    "Kleinreparaturen trägt der Mieter bis 100 EUR im Einzelfall, höchstens acht Prozent der Jahresmiete.",
    "Die Haltung von Kleintieren ist erlaubt; für Hunde und Katzen ist die Zustimmung einzuholen.",
    "Die Hausordnung ist Bestandteil dieses Vertrages. Nebenabreden bestehen nicht.",
)


def _contract(o: Occasion) -> SeedAttachment:
    place = o.place
    slots = {
        "kind": place.kind, "where": place.where, "floor": place.floor, "metres": place.metres,
        "rent": euros(place.rent),
    }  # fmt: skip
    words = [f"§ {n}  {clause.format_map(slots)}" for n, clause in enumerate(_CLAUSES * 2, 1)]
    return _file(f"Vertrag_{_slug(place)}_Entwurf.pdf", PDF, _paper(o, f"Vertrag {place.street}", *words))


def _signed(o: Occasion) -> SeedAttachment:
    words = f"Unterzeichnet in {TOWN} am {o.day} durch {o.author.name}."
    return _file("unterschrieben.pdf", PDF, _paper(o, "Unterzeichnete Ausfertigung", words))


def _letter(o: Occasion) -> SeedAttachment:
    words = (
        f"Betreff: {o.place.street}, {TOWN}. Zeichen: {o.number}.",
        "Sehr geehrte Damen und Herren, wir nehmen Bezug auf den bisherigen Schriftverkehr in dieser Sache.",
        "Die erforderlichen Angaben haben wir in der Anlage zusammengestellt. Für Rückfragen stehen wir "
        "zur Verfügung.",
    )
    return _file(f"Schreiben {o.day}.pdf", PDF, _paper(o, "Schreiben", *words))


def _protocol(o: Occasion) -> SeedAttachment:
    words = (
        f"Ort: {o.place.street}, {TOWN}. Datum: {o.day}.",
        "Festgestellt wurden: Wände ohne Schäden, Fenster gangbar, Zählerstände abgelesen und fotografiert.",
        "Übergeben wurden: zwei Haustürschlüssel, drei Wohnungsschlüssel, ein Briefkastenschlüssel.",
    )
    return _file(f"Protokoll_{_slug(o.place)}.pdf", PDF, _paper(o, "Protokoll", *words))


def _statement(o: Occasion) -> SeedAttachment:
    items = ("Heizung", "Wasser", "Müllabfuhr", "Hauswart", "Versicherung", "Gartenpflege", "Grundsteuer")
    sums = [(item, o.rng.randrange(4_000, 58_000) / 100) for item in items]
    rows = [(item, f"{euros(value)} EUR") for item, value in sums]
    rows.append(("Ihr Anteil", f"{euros(sum(value for _, value in sums))} EUR"))
    year = o.at.year - 1
    words = (f"Objekt: {o.place.street}",)
    paper = Paper(o.head, TOWN, f"{TOWN}, {o.day}", f"Betriebskosten {year}", words, tuple(rows))
    content = write_paper(paper)
    return _file(f"Abrechnung_{year}_{_slug(o.place)}.pdf", PDF, content)


def _application(o: Occasion) -> SeedAttachment:
    words = (f"Name: {o.author.name}", f"Telefon: {o.author.phone}", f"Gewünschte Wohnung: {o.place.street}",
             "Haustiere: keine. Raucher: nein. Beschäftigt seit mehr als zwei Jahren.")  # fmt: skip
    last = o.author.last.replace(" ", "_")
    return _file(f"Selbstauskunft_{last}.pdf", PDF, _paper(o, "Selbstauskunft", *words))


def _dossier(o: Occasion) -> SeedAttachment:
    files = [("Expose.pdf", brochure(o.place)), ("Grundriss.png", pictures.floor_plan(o.place.plan))]
    return _file(f"Unterlagen_{o.place.number}.zip", "application/zip", write_zip(files))


def _scan(o: Occasion) -> SeedAttachment:
    return _file("Lageplan_Scan.png", PNG, pictures.big_scan())


def _receipts(o: Occasion) -> SeedAttachment:
    files = [(f"Beleg_{n}.pdf", _bill(o, f"Beleg {n}", "Bar bezahlt.")) for n in range(1, 4)]
    return _file(f"Belege_{o.number}.zip", "application/zip", write_zip(files))


def _table(o: Occasion) -> SeedAttachment:
    rows = [("Datum", "Vorgang", "Betrag")]
    for item in o.rng.sample(_WORKS, 6):
        rows.append((o.day, item, euros(o.rng.randrange(2_000, 90_000) / 100)))
    return _file(f"Übersicht_{o.number}.csv", CSV, write_csv(rows))


def _ics(o: Occasion) -> SeedAttachment:
    start = to_utc(working_day(o.rng, o.at))
    content = write_ics(
        f"{o.number}-{o.place.number}@buero-lindner.example",
        start,
        30,
        summary=f"Besichtigung {o.place.street}",
        place=f"{o.place.street}, {TOWN}",
        organizer=o.author.address,
    )
    return _file("Besichtigung.ics", "text/calendar", content)


def _vcf(o: Occasion) -> SeedAttachment:
    person = o.author
    content = write_vcf(person.first, person.last, person.address, person.phone, person.company)
    return _file(f"{person.name}.vcf", "text/vcard", content)


def _draft(o: Occasion) -> SeedAttachment:
    content = write_docx((f"Exposé {o.place.street} (Entwurf)", f"{o.place.kind}, {o.place.metres} m².",
                          "Bitte die Absätze zwei und drei noch einmal prüfen."))  # fmt: skip
    return _file(f"Exposé_{_slug(o.place)}_v2.docx", DOCX, content)


def _photo(name: str, draw: Callable[[int], bytes]) -> Callable[[Occasion], SeedAttachment]:
    def make(o: Occasion) -> SeedAttachment:
        return _file(f"{name}_{o.rng.randint(1000, 9999)}.jpg", JPEG, draw(o.rng.randrange(3)))

    return make


_MAKERS: dict[str, Callable[[Occasion], SeedAttachment]] = {
    "expose": _expose, "floorplan": _floor_plan, "invoice": _invoice, "offer": _offer, "contract": _contract,
    "signed": _signed, "letter": _letter, "protocol": _protocol, "statement": _statement,
    "application": _application, "dossier": _dossier, "scan": _scan, "receipts": _receipts, "table": _table,
    "ics": _ics, "vcf": _vcf, "draft": _draft, "room": _photo("IMG", pictures.room_photo),
    "house": _photo("Haus", pictures.house_photo), "damage": _photo("IMG", pictures.damage_photo),
    "damage2": _photo("Foto", pictures.damage_photo), "heater": _photo("IMG", pictures.room_photo),
}  # fmt: skip
