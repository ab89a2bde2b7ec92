"""German stories of the office itself: tax, bank, authorities, notary, insurance, colleagues."""

from __future__ import annotations

from m365sim.seed.stories import Story, them, us

TAX = Story(
    "tax",
    2,
    (
        "Unterlagen Umsatzsteuer {monat}",
        "Jahresabschluss {vorjahr}",
        "Offene Belege {monat}",
        "Lohnabrechnung {monat}",
    ),
    (
        them(
            (
                "für die Voranmeldung {monat} fehlen uns noch {zahl} Belege.",
                "der Entwurf des Jahresabschlusses {vorjahr} ist fertig.",
                "die Lohnabrechnungen {monat} liegen bei.",
                "das Finanzamt hat eine Rückfrage zu den Bewirtungskosten {vorjahr}.",
            ),
            (
                "Die Liste hängt an.",
                "Bitte reichen Sie alles bis {frist} nach.",
                "Wir schlagen eine Besprechung {tag} um {zeit} vor.",
                "Die Frist haben wir vorsorglich verlängern lassen.",
            ),
            (
                "Die Zahlung von {betrag2} € ist am {frist} fällig.",
                "Kontoauszüge bitte wieder als Tabelle.",
                "",
            ),
            files=("table", "statement"),
            chance=0.6,
        ),
        us(
            (
                "die Belege lade ich heute hoch.",
                "{tag} um {zeit} passt Herrn Lindner.",
                "die Rechnung des Malers suchen wir noch.",
            ),
            ("Danke für die Erinnerung!", ""),
            files=("receipts",),
            chance=0.4,
        ),
        them(
            (
                "alles angekommen, die Meldung ist übermittelt.",
                "eine Rechnung ist unleserlich, bitte noch einmal scannen.",
            )
        ),
    ),
    cast="tax",
)

BANK = Story(
    "bank",
    2,
    (
        "Ihr Geschäftskonto: neue Mitteilung",
        "Finanzierungsbestätigung {kunde}",
        "Mietkautionskonto {objekt}",
        "Gesprächstermin {tag}",
    ),
    (
        them(
            (
                "für {kunde} bestätigen wir die Finanzierung von {preis} € vorbehaltlich der "
                "Beleihungsprüfung.",
                "das Kautionskonto für {objekt} ist eröffnet, die Nummer endet auf {rnr}.",
                "gern würde ich mit Ihnen über die Anlage der Rücklagen sprechen.",
                "für die Auszahlung fehlt uns noch der Nachweis der Gebäudeversicherung.",
            ),
            (
                "Passt Ihnen {tag} um {zeit}?",
                "Den Vordruck finden Sie im Anhang.",
                "Bitte senden Sie ihn unterschrieben bis {frist} zurück.",
            ),
            files=("letter",),
            chance=0.5,
        ),
        us(
            (
                "{tag} passt, wir kommen zu zweit.",
                "den Nachweis hat die Versicherung heute geschickt, er liegt bei.",
                "vielen Dank, ich gebe es an die Käufer weiter.",
            ),
            files=("letter",),
            chance=0.3,
        ),
    ),
    cast="bank",
)

AUTHORITY = Story(
    "authority",
    3,
    (
        "Aktenzeichen {rnr}: {objekt}",
        "Baugenehmigung {objekt}",
        "Anhörung wegen Gehwegreinigung",
        "Grundbuchauszug {objekt}",
        "Auskunft Altlasten {objekt}",
    ),
    (
        them(
            (
                "zu Ihrem Antrag ergeht folgende Zwischennachricht.",
                "der beantragte Grundbuchauszug für {objekt} ist beigefügt.",
                "für die Nutzungsänderung {im_objekt} fehlen noch Unterlagen.",
                "bei einer Kontrolle wurde festgestellt, dass der Gehweg vor dem Haus {objekt} nicht "
                "geräumt war.",
                "im Altlastenkataster ist für das Grundstück {objekt} kein Eintrag vorhanden.",
            ),
            (
                "Es wird gebeten, bis zum {frist} Stellung zu nehmen.",
                "Die Gebühr beträgt {zahl}8,50 € und wird gesondert erhoben.",
                "Bitte geben Sie bei allen Schreiben das Aktenzeichen {rnr} an.",
                "Die Sprechzeiten haben sich geändert: dienstags 9 bis 12 Uhr und nach Vereinbarung.",
            ),
            files=("letter",),
            chance=0.7,
        ),
        us(
            (
                "die fehlenden Pläne reichen wir bis {frist} nach.",
                "unsere Stellungnahme liegt bei.",
                "mit dem Winterdienst ist eine Firma beauftragt, Vertrag anbei.",
            ),
            files=("letter", "scan"),
            chance=0.3,
        ),
    ),
    cast="authority",
)

NOTARY = Story(
    "notary",
    3,
    (
        "Kaufvertragsentwurf {objekt}",
        "UVZ {rnr}: Beurkundung {tag}",
        "Fälligkeitsmitteilung {objekt}",
        "Beurkundungstermin verschoben",
    ),
    (
        them(
            (
                "anbei übersende ich den Entwurf des Kaufvertrags über {objekt}.",
                "die Beurkundung ist für {tag}, {zeit} vorgesehen.",
                "die Voraussetzungen für die Fälligkeit des Kaufpreises von {preis} € liegen vor.",
                "wegen Erkrankung müssen wir die Beurkundung auf {tag2} verlegen.",
            ),
            (
                "Bitte leiten Sie den Entwurf nicht unverschlüsselt weiter.",
                "Änderungen erbitten wir bis {frist}.",
                "Die Beteiligten werden gesondert geladen.",
                "Eine Vollmacht der Miteigentümerin steht noch aus.",
            ),
            files=("contract",),
            chance=0.7,
        ),
        us(
            (
                "die Käufer sind einverstanden, bitte nehmen Sie die Küche als Zubehör auf.",
                "{tag2} passt allen Beteiligten.",
                "ich habe die Verkäufer informiert.",
            )
        ),
        them(("die Änderung ist eingearbeitet.", "vielen Dank, der Termin steht.")),
    ),
    cast="notary",
    categories=("Verkauf",),
)

INSURANCE = Story(
    "insurance",
    2,
    (
        "Schadennummer {rnr} – {objekt}",
        "Gebäudeversicherung {objekt}: neue Bedingungen",
        "Ihr Leitungswasserschaden",
    ),
    (
        them(
            (
                "für den Leitungswasserschaden {im_objekt} benötigen wir noch den Reparaturbericht.",
                "die Übernahme der Trocknungskosten von {betrag} € sagen wir zu.",
                "der Beitrag für {objekt} ändert sich ab {monat} um {zahl} Prozent.",
            ),
            (
                "Unser Gutachter kommt {tag} um {zeit}.",
                "Bitte bewahren Sie die ausgebauten Teile auf.",
                "Das Formular liegt bei.",
            ),
            files=("letter",),
            chance=0.5,
        ),
        us(
            (
                "der Bericht von {firma} liegt bei.",
                "{tag} ist der Hausmeister vor Ort.",
                "danke für die schnelle Zusage.",
            ),
            files=("protocol", "damage"),
            chance=0.5,
        ),
    ),
    cast="insurance",
)

INTERNAL = Story(
    "internal",
    9,
    (
        "{objekt}: wer übernimmt?",
        "Rückruf {kunde}",
        "Besichtigung {tag}",
        "Urlaub {monat}",
        "Büroküche 🙃",
        "Schlüsselkasten",
        "Fotos {objekt}",
        "Notiz Telefonat {kunde}",
        "Protokoll Montagsrunde",
        "Exposé {objekt} bitte gegenlesen",
    ),
    (
        them(
            (
                "kannst du {tag} die Besichtigung {im_objekt} übernehmen? Ich bin beim Zahnarzt.",
                "{kunde} hat angerufen und bittet um Rückruf unter {tel}.",
                "der Schlüssel für {objekt} hängt nicht am Haken. Hat ihn jemand?",
                "die neuen Fotos von {objekt} sind da, ich finde sie richtig gut geworden.",
                "ich würde gern vom {frist} an eine Woche Urlaub nehmen.",
                "wer hat die Kaffeemaschine zuletzt entkalkt? Sie blinkt wieder rot. ☕",
                "bitte einmal über das Exposé für die {art} schauen, morgen soll es online gehen.",
                "hier das Protokoll von heute früh.",
            ),
            (
                "Es eilt nicht, aber bis {tag} wäre schön.",
                "Herr Lindner weiß Bescheid.",
                "Ich bin ab {zeit} wieder erreichbar.",
                "Danke dir!",
                "",
                "👍",
            ),
            files=("room", "draft", "vcf"),
            chance=0.3,
        ),
        us(
            (
                "mache ich.",
                "klar, trag mich ein.",
                "hab ihn, liegt bei mir in der Schublade. 🙈",
                "hab angerufen, niemand da, versuche es {tag} noch mal.",
                "Seite zwei: Es sind {flaeche} m², nicht {zahl}{zahl}.",
                "Urlaub ist genehmigt, schöne Zeit!",
                "schon erledigt.",
            ),
            (
                "",
                "LG",
                "Sag Bescheid, wenn sich etwas ändert.",
                "Kannst du dafür {tag2} den Notdienst nehmen?",
            ),
        ),
        them(
            (
                "danke! 🙏",
                "super.",
                "bist die Beste.",
                "perfekt, dann ist das auch vom Tisch.",
                "ok, trage ich im Kalender ein.",
            )
        ),
    ),
    (
        them(
            (
                "noch ein Nachtrag dazu: {kunde} möchte lieber {tag2}.",
                "ich habe noch etwas vergessen: der Rauchmelder im {etage} piept.",
            )
        ),
        us(("alles klar.", "ok, gebe ich weiter.", "schreib ich dem Hausmeister.")),
    ),
    cast="staff",
    categories=("Rückruf",),
)

MANAGER = Story(
    "manager",
    3,
    (
        "Eigentümerversammlung {objekt}",
        "Wirtschaftsplan {jahr} {objekt}",
        "Beschluss TOP {zahl}",
        "Hausgeld {objekt}",
    ),
    (
        them(
            (
                "zur Eigentümerversammlung {objekt} laden wir {tag} um {zeit} ein.",
                "der Wirtschaftsplan {jahr} liegt zur Prüfung bei.",
                "das Hausgeld für die {art} ist seit {zahl} Monaten offen.",
                "die Versammlung hat die Sanierung der Fassade beschlossen.",
            ),
            (
                "Die Tagesordnung finden Sie im Anhang.",
                "Vollmachten bitte bis {frist}.",
                "Die Sonderumlage beträgt {betrag2} € je Einheit.",
            ),
            files=("statement", "protocol"),
            chance=0.6,
        ),
        us(
            (
                "ich nehme für die Eigentümer teil, Vollmacht anbei.",
                "bitte setzen Sie die Fahrradständer auf die Tagesordnung.",
                "der Rückstand wird heute ausgeglichen.",
            )
        ),
        them(("ist aufgenommen, vielen Dank.", "das Protokoll folgt nach der Versammlung.")),
    ),
    cast="manager",
    categories=("Nebenkosten",),
)

OFFICE_DE = (TAX, BANK, AUTHORITY, NOTARY, INSURANCE, INTERNAL, MANAGER)
