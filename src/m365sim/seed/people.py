"""The people of the office and everybody who writes to it. All of them are invented."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from m365sim.world.seedtypes import SeedAddress

OFFICE = "Immobilien Lindner GmbH"
DOMAIN = "buero-lindner.example"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes. ``style`` is the look of their mail (see `letters`); ``speaks`` is de or en."""

    first: str
    last: str
    address: str
    is_woman: bool = False
    phone: str = ""
    company: str = ""
    speaks: str = "de"
    style: int = 0

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def formal(self) -> str:
        """``Frau Weber``, ``Herr Weber``."""
        return f"{'Frau' if self.is_woman else 'Herr'} {self.last}"

    @property
    def seed(self) -> SeedAddress:
        """The address as it stands in a header."""
        shown = f"{self.name} | {self.company}" if self.company and self.style == 1 else self.name
        return SeedAddress(self.address, shown)


ANNA = Person("Anna", "Berger", f"anna.berger@{DOMAIN}", True, "030 23125 011", OFFICE, style=4)
THOMAS = Person("Thomas", "Maier", f"thomas.maier@{DOMAIN}", False, "030 23125 012", OFFICE, style=4)
LENA = Person("Lena", "Hofstetter", f"lena.hofstetter@{DOMAIN}", True, "030 23125 013", OFFICE, style=4)
KARL = Person("Karl", "Lindner", f"karl.lindner@{DOMAIN}", False, "030 23125 010", OFFICE, style=4)
STAFF = (ANNA, THOMAS, LENA, KARL)

_WOMEN = (
    "Sabine", "Claudia", "Ayşe", "Julia", "Katharina", "Marlene", "Petra", "Svenja", "Ingrid", "Nadine",
    "Elif", "Susanne", "Zuzana", "Birgit", "Mareike", "Fatima", "Heike", "Leonie", "Jördis", "Anneliese",
)  # fmt: skip
_MEN = (
    "Michael", "Jürgen", "Stefan", "Tobias", "Mehmet", "Björn", "Andreas", "Florian", "Wolfgang", "Piotr",
    "Sebastian", "Günter", "Lukas", "Rainer", "Dominik", "Yusuf", "Matthias", "Sören", "Holger", "Emil",
)  # fmt: skip
_LAST = (
    "Weber", "Schäfer", "Köhler", "Yıldız", "Brandt", "Nowak", "Grünwald", "Hoffmann", "Petersen", "Krüger",
    "Lange", "Vogel", "Jäger", "Demir", "Sommer", "Winkler", "Groß", "Böhm", "Kraft", "Wieczorek", "Seidel",
    "Marquardt", "Öztürk", "Ritter", "Busch", "Ebert", "Thiele", "Hartwig", "Lehnert", "Straßburger",
    "von der Heyde", "Müller-Langenfeld", "Kowalczyk", "Fuchs", "Pohl", "Engel", "Haas", "Dietrich",
)  # fmt: skip
_EN_WOMEN = ("Emily", "Grace", "Priya", "Chloe", "Siobhan", "Naomi", "Hannah", "Olivia", "Mei", "Amara")
_EN_MEN = ("Daniel", "Oliver", "Rohan", "Liam", "George", "Kwame", "Ethan", "Callum", "Mateo", "Hiroshi")
_EN_LAST = (
    "Whitfield", "O'Donnell", "Carter", "Sharma", "Bennett", "Okafor", "Hughes", "Castellano", "MacLeod",
    "Tanaka", "Fairchild", "Reyes", "Thornton", "Lindqvist", "Abbott", "Nakamura", "Ferreira", "Ashworth",
)  # fmt: skip
_HOSTS = (
    "post-haus.example",
    "freipost.example",
    "brieftaube.example",
    "mailwiese.example",
    "netzpost.example",
)
_PLAIN = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ş": "s", "ı": "i", "Ö": "oe", "é": "e", "ğ": "g", " ": "",
    "'": "",
})  # fmt: skip


def private_person(rng: Random, speaks: str = "de") -> Person:
    """A private person with an address at one of the invented mail hosts."""
    is_woman = rng.random() < 0.5
    if speaks == "de":
        first, last = rng.choice(_WOMEN if is_woman else _MEN), rng.choice(_LAST)
    else:
        first, last = rng.choice(_EN_WOMEN if is_woman else _EN_MEN), rng.choice(_EN_LAST)
    address = (
        f"{_ascii(first)}.{_ascii(last)}{rng.choice(('', '', rng.randint(61, 99)))}@{rng.choice(_HOSTS)}"
    )
    return Person(first, last, address, is_woman, mobile(rng), "", speaks, rng.choice((0, 1, 2, 2, 3)))


def mobile(rng: Random) -> str:
    """A mobile number from the range kept for fiction.

    Source: Bundesnetzagentur, "Rufnummern für Medienproduktionen" (0171 39200xx).
    """
    return f"0171 39200 {rng.randrange(100):02d}"


def landline(rng: Random) -> str:
    """A landline number from the range kept for fiction (030 23125 xxx).

    Source: Bundesnetzagentur, "Rufnummern für Medienproduktionen".
    """
    return f"030 23125 {rng.randrange(100, 1000)}"


def _ascii(name: str) -> str:
    return name.lower().translate(_PLAIN)


_FIRMS = {
    "plumber": (("Sanitär Brückner GmbH", "sanitaer-brueckner"),
                ("Heizungsbau Ollenhauer", "heizung-ollenhauer"),
                ("Haustechnik Wendt & Co.", "haustechnik-wendt")),
    "craft": (("Malerbetrieb Petri", "maler-petri"), ("Dachdeckerei Voss & Söhne", "dach-voss"),
              ("Elektro Hanke", "elektro-hanke"), ("Gartenpflege Immergrün", "immergruen-garten"),
              ("Tischlerei Holzapfel", "tischlerei-holzapfel"), ("Aufzugdienst Kranich", "aufzug-kranich"),
              ("Gebäudereinigung Blitzeblank", "blitzeblank-seefelden")),
    "tax": (("Steuerkanzlei Albrecht + Partner", "kanzlei-albrecht"),),
    "bank": (("Sparbank Havelufer eG", "sparbank-havelufer"), ("Baukasse Seefelden", "baukasse-seefelden")),
    "authority": (("Bauamt der Stadt Seefelden", "stadt-seefelden"),
                  ("Ordnungsamt Seefelden", "ordnung.stadt-seefelden"),
                  ("Grundbuchamt am Amtsgericht Seefelden", "gericht-seefelden")),
    "utility": (("Stadtwerke Seefelden", "stadtwerke-seefelden"),
                ("Wasserverband Untere Nuthe", "wasser-nuthe"),
                ("Wärmemess Abrechnungsdienst", "waermemess")),
    "notary": (("Notariat Dr. Steinhoff", "notariat-steinhoff"),),
    "insurance": (("Havelländer Versicherungsverein", "havellaender-vv"),),
    "manager": (("Hausverwaltung Nord GmbH", "hausverwaltung-nord"),),
}  # fmt: skip


def firm_person(rng: Random, trade: str) -> Person:
    """Somebody writing for a firm or an office of the given trade."""
    company, host = rng.choice(_FIRMS[trade])
    is_woman = rng.random() < 0.5
    first, last = rng.choice(_WOMEN if is_woman else _MEN), rng.choice(_LAST)
    local = rng.choice(
        (f"{_ascii(first)}.{_ascii(last)}", "info", "buero", f"{_ascii(first[0])}.{_ascii(last)}")
    )
    return Person(
        first,
        last,
        f"{local}@{host}.example",
        is_woman,
        landline(rng),
        company,
        "de",
        rng.choice((0, 1, 1, 3)),
    )
