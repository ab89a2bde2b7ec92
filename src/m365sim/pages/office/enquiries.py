"""What people typically write to an estate agent's office: invented, for demonstrations."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle


@dataclass(frozen=True, slots=True)
class Enquiry:
    """One letter."""

    name: str
    address: str
    subject: str
    text: str


_GERMAN = (
    Enquiry(
        "Clara Vogt",
        "clara.vogt@kunde.example",
        "Anfrage zur Besichtigung, Lindenallee 3",
        "Guten Tag,\n\nwir interessieren uns für die Dreizimmerwohnung in der Lindenallee 3. "
        "Könnten wir sie am "
        "Donnerstag ab 17 Uhr ansehen?\n\nMit freundlichen Grüßen\nClara Vogt",
    ),
    Enquiry(
        "Emre Yılmaz",
        "emre.yilmaz@kunde.example",
        "Exposé zum Reihenhaus in der Gartenstraße",
        "Sehr geehrte Damen und Herren,\n\nbitte senden Sie mir das Exposé und den Energieausweis "
        "zum Reihenhaus in "
        "der Gartenstraße 18. Unsere Finanzierung steht.\n\nFreundliche Grüße\nEmre Yılmaz",
    ),
    Enquiry(
        "Hausverwaltung Sommer",
        "post@hv-sommer.example",
        "Schlüsselübergabe am Montag",
        "Hallo zusammen,\n\nder neue Mieter kommt am Montag um 9 Uhr. Können Sie die Schlüssel und das "
        "Übergabeprotokoll mitbringen?\n\nViele Grüße\nHausverwaltung Sommer",
    ),
    Enquiry(
        "Maja Brandt",
        "maja.brandt@kunde.example",
        "Heizung in der Küche bleibt kalt",
        "Guten Morgen,\n\nseit gestern Abend bleibt der Heizkörper in der Küche kalt. Wann kann "
        "jemand danach "
        "sehen? Ich bin ab 16 Uhr zu Hause.\n\nDanke und Gruß\nMaja Brandt, 2. Stock links",
    ),
    Enquiry(
        "Notariat Feldmann",
        "termine@notariat-feldmann.example",
        "Entwurf des Kaufvertrags",
        "Sehr geehrte Damen und Herren,\n\nder Entwurf des Kaufvertrags ist fertig. Für die "
        "Beurkundung schlagen "
        "wir den 14. um 10:30 Uhr vor. Bitte bestätigen Sie den Termin.\n\nMit freundlichen Grüßen\n"
        "Notariat Feldmann",
    ),
)
_ENGLISH = (
    Enquiry(
        "Priya Shah",
        "priya.shah@customer.example",
        "Viewing the flat at 3 Linden Avenue",
        "Hello,\n\nwe are interested in the three-room flat at 3 Linden Avenue. Could we see it on "
        "Thursday after "
        "five?\n\nKind regards\nPriya Shah",
    ),
    Enquiry(
        "Tom O'Neill",
        "tom.oneill@customer.example",
        "Brochure for the terraced house",
        "Dear all,\n\nplease send me the brochure and the energy certificate of the terraced house "
        "in Garden Street. "
        "Our mortgage has been approved.\n\nBest wishes\nTom O'Neill",
    ),
    Enquiry(
        "Zoë Martin",
        "zoe.martin@customer.example",
        "Kitchen radiator stays cold",
        "Good morning,\n\nthe radiator in our kitchen has been cold since last night. When could "
        "somebody have a "
        "look? I am at home from four.\n\nThank you\nZoë Martin, second floor",
    ),
)


class Enquiries:
    """Gives one after another, in the language of the mailbox."""

    def __init__(self) -> None:
        self._german, self._english = cycle(_GERMAN), cycle(_ENGLISH)

    def next_for(self, language: str) -> Enquiry:
        """The next one in this language, e.g. ``de-DE``; English for all others."""
        return next(self._german if language.lower().startswith("de") else self._english)
