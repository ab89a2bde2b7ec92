"""The houses and flats that the office lets, sells and looks after."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

TOWN = "14999 Seefelden"


@dataclass(frozen=True, slots=True)
class Place:
    """One property. ``street`` also names its folder; ``hue`` chooses its photographs.

    ``rent`` is the cold rent, ``price`` the asking price, both in euros; ``metres`` are square metres.
    """

    number: int
    street: str
    kind: str
    kind_en: str
    rooms: str
    metres: int
    floor: str
    floor_en: str
    rent: int
    price: int
    is_new: bool = False
    hue: int = 0

    @property
    def where(self) -> str:
        """The street with its preposition: ``in der Lindenallee 3``, ``im Rosenweg 7``."""
        first = self.street.split()[0].lower()
        if first == "am":
            return self.street
        is_feminine = first.endswith(("allee", "straße", "gasse"))
        return f"{'in der' if is_feminine else 'im'} {self.street}"

    @property
    def plan(self) -> tuple[tuple[str, int, int], ...]:
        """Rooms for `pictures.floor_plan`: name, share of the row, square metres."""
        metres = self.metres
        return (
            ("FLUR", 18, metres // 10), ("BAD", 18, metres // 12), ("KÜCHE", 30, metres // 6),
            ("WOHNEN", 46, metres // 3), ("SCHLAFEN", 34, metres // 5), ("ARBEIT", 24, metres // 9),
        )  # fmt: skip


PLACES = (
    Place(4711, "Lindenallee 3", "3-Zimmer-Wohnung", "three-room flat", "3", 84, "2. OG", "second floor",
          1180, 398_000, hue=0),
    Place(4712, "Lindenallee 3", "Dachgeschosswohnung", "attic flat", "2,5", 66, "DG", "top floor",
          990, 321_000, hue=0),
    Place(4733, "Am Stadtpark 12 & 14", "4-Zimmer-Wohnung", "four-room flat", "4", 112, "1. OG",
          "first floor", 1640, 559_000, hue=1),
    Place(4734, "Am Stadtpark 12 & 14", "2-Zimmer-Wohnung", "two-room flat", "2", 58, "EG", "ground floor",
          870, 289_000, hue=1),
    Place(4801, "Rosenweg 7", "Doppelhaushälfte", "semi-detached house", "5", 138, "EG bis DG",
          "ground floor to attic", 1950, 615_000, hue=2),
    Place(4820, "Hafenstraße 21", "Ladenfläche", "shop", "3", 96, "EG", "ground floor",
          1420, 440_000, hue=3),
    Place(4835, "Kirchgasse 5", "Altbauwohnung", "period flat", "3,5", 101, "3. OG", "third floor",
          1390, 472_000, hue=4),
    Place(4842, "Birkenhof 9", "Stadtvilla", "town villa", "6", 164, "EG und OG",
          "ground and upper floor", 2250, 738_000, hue=5),
    Place(4860, "Mühlenweg 18", "1-Zimmer-Wohnung", "studio", "1", 34, "4. OG", "fourth floor",
          560, 169_000, hue=2),
    Place(4901, "Quartier Südhafen, Haus C", "Neubauwohnung", "new-build flat", "3", 89, "2. OG",
          "second floor", 1495, 529_000, is_new=True, hue=4),
    Place(4902, "Quartier Südhafen, Haus D", "Penthouse-Wohnung", "penthouse", "4", 131, "Staffelgeschoss",
          "top floor", 2480, 894_000, is_new=True, hue=4),
    Place(4915, "Gartenstraße 40", "Maisonette-Wohnung", "duplex flat", "4,5", 121, "EG bis DG",
          "ground floor to attic", 1720, 548_000, hue=0),
)  # fmt: skip


def euros(amount: float) -> str:
    """``1180`` as ``1.180,00``: German thousands and decimals."""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def place_slots(place: Place) -> dict[str, str]:
    """What sentences may say about a property, in German and in English."""
    warm = place.rent + 2 * place.metres + place.metres // 2
    return {
        "objekt": place.street, "nr": str(place.number), "art": place.kind, "art_en": place.kind_en,
        "zimmer": place.rooms, "zimmer_en": place.rooms.replace(",", "."), "flaeche": str(place.metres),
        "etage": place.floor, "etage_en": place.floor_en, "ort": TOWN.partition(" ")[2],
        "im_objekt": place.where,
        "kalt": euros(place.rent), "warm": euros(warm), "kaution": euros(3 * place.rent),
        "kalt_en": f"{place.rent:,}", "warm_en": f"{warm:,}", "kaution_en": f"{3 * place.rent:,}",
        "preis": euros(place.price).removesuffix(",00"), "preis_en": f"{place.price:,}",
    }  # fmt: skip


def choose_place(rng: Random) -> Place:
    """A property; the two streets with folders of their own come up most often."""
    return rng.choice(PLACES + PLACES[:4])
