"""German stories about living in a house: defects, neighbours, bills, craftsmen."""

from __future__ import annotations

from m365sim.seed.stories import Story, them, third, us

_SINCE = (
    "Das geht jetzt seit {zahl} Tagen so.",
    "Aufgefallen ist es uns [gestern Abend|heute früh|am Wochenende].",
    "Im letzten Winter war es genauso.",
    "Wir haben kleine Kinder und brauchen schnell Hilfe.",
    "Fotos habe ich angehängt.",
    "Bei der Nachbarin darunter ist es wohl auch so.",
)
_WHEN_HOME = (
    "Ich bin {tag} ab {zeit} zu Hause.",
    "Einen Schlüssel hat [die Nachbarin im Erdgeschoss|der Hausmeister].",
    "Bitte vorher anrufen: {tel}.",
    "Vormittags ist immer jemand da.",
    "",
)
_WE_SEND = (
    "Die Firma {firma} ist informiert und meldet sich heute noch bei Ihnen.",
    "{firma} kommt {tag} {fenster}.",
    "Den Notdienst habe ich beauftragt, er ist in etwa einer Stunde da.",
    "Ich habe {firma} in Kopie gesetzt und bitte um einen kurzfristigen Termin.",
    "Bitte stellen Sie so lange den Haupthahn unter der Spüle ab.",
)
_SORRY = (
    "das tut mir leid, darum kümmern wir uns sofort.",
    "danke für die schnelle Meldung.",
    "vielen Dank für die Fotos, damit ist alles klar.",
    "so etwas darf nicht lange dauern, da haben Sie recht.",
)
_CRAFT_DATE = (
    "wir können {tag} um {zeit} vor Ort sein.",
    "unser Monteur fährt {tag} {fenster} hin.",
    "das Ersatzteil ist bestellt, Lieferung voraussichtlich {tag}.",
    "leider ist der Kollege krank, frühestens {tag2} ab {zeit2}.",
)
_CRAFT_DONE = (
    "der Schaden ist behoben, die Anlage läuft wieder.",
    "es war die Pumpe, sie ist getauscht. Rechnung folgt.",
    "die Dichtung am Eckventil war spröde und ist ersetzt.",
    "die Wand muss noch {zahl} Tage trocknen, das Gerät bleibt so lange stehen.",
    "wir empfehlen, den ganzen Strang zu spülen; ein Angebot hängt an.",
)

HEATING = Story(
    "heating",
    7,
    (
        "Heizung ausgefallen {objekt}",
        "Heizung wird nicht warm",
        "DRINGEND: keine Heizung, kein Warmwasser",
        "{objekt}, {etage}: Heizkörper kalt",
    ),
    (
        them(
            (
                "bei uns {im_objekt} ({etage}) ist die Heizung ausgefallen.",
                "die Heizkörper im [Wohnzimmer|Kinderzimmer|Bad] bleiben kalt, obwohl sie voll aufgedreht "
                "sind.",
                "seit heute Nacht haben wir kein warmes Wasser mehr.",
                "die Therme zeigt den Fehler F{zahl}{zahl} und springt nicht mehr an.",
                "in der Wohnung sind es gerade noch 1{zahl} Grad.",
            ),
            _SINCE,
            (
                "Bitte schicken Sie möglichst noch heute jemanden.",
                "Wann können wir mit Hilfe rechnen?",
                "Sonst müssten wir die Miete mindern, was wir nicht wollen.",
            ),
            _WHEN_HOME,
            files=("heater",),
            chance=0.3,
        ),
        us(_SORRY, _WE_SEND, ("Geben Sie mir bitte Bescheid, ob es danach warm ist.", "")),
        third(
            _CRAFT_DATE,
            ("Bitte Zugang zum Heizungskeller sicherstellen.", "Der Auftrag läuft bei uns unter {rnr}.", ""),
        ),
        them(
            (
                "der Monteur war da, jetzt ist es wieder warm. Danke!",
                "leider ist niemand gekommen. Wir haben den ganzen Tag gewartet.",
                "es wurde repariert, aber heute früh war wieder alles kalt.",
                "super, das ging schnell. Vielen herzlichen Dank.",
            ),
        ),
        third(_CRAFT_DONE, files=("invoice",), chance=0.6),
        us(
            (
                "wunderbar, danke für die Rückmeldung.",
                "ich hake sofort bei {firma} nach.",
                "die Rechnung ist angekommen, danke.",
            )
        ),
    ),
    (
        them(
            (
                "es ist leider schon wieder kalt.",
                "die Heizung klopft jetzt nachts so laut, dass wir nicht schlafen.",
            ),
            _WHEN_HOME,
        ),
        us(
            (
                "ich schicke {firma} noch einmal hin.",
                "bitte entlüften Sie einmal den obersten Heizkörper, ich rufe Sie dazu an.",
            ),
            _WE_SEND,
        ),
        third(_CRAFT_DATE),
    ),
    third="plumber",
    categories=("Handwerker",),
    urgency=0.3,
)

WATER = Story(
    "water",
    6,
    (
        "Wasserschaden {objekt}",
        "Feuchter Fleck an der Decke",
        "Rohrbruch im Keller {objekt}",
        "Schimmel im Bad, {objekt}",
    ),
    (
        them(
            (
                "an unserer Decke im [Bad|Flur|Schlafzimmer] ist ein feuchter Fleck, der größer wird.",
                "im Keller {im_objekt} steht das Wasser {zahl} Zentimeter hoch.",
                "unter der Spüle tropft es ununterbrochen, ich habe eine Schüssel daruntergestellt.",
                "hinter dem Schrank an der Außenwand hat sich Schimmel gebildet.",
            ),
            _SINCE,
            (
                "Unser Parkett hat sich schon gewölbt.",
                "Muss ich das meiner Hausratversicherung melden?",
                "Die Steckdose daneben benutzen wir vorsichtshalber nicht mehr.",
            ),
            _WHEN_HOME,
            files=("damage", "damage2"),
            chance=0.75,
        ),
        us(
            _SORRY,
            _WE_SEND,
            (
                "Den Schaden melde ich heute der Gebäudeversicherung.",
                "Bitte fotografieren Sie auch Ihre beschädigten Möbel.",
                "",
            ),
        ),
        third(
            _CRAFT_DATE, ("Eine Leckortung bringen wir mit.", "Wir brauchen Zugang zu beiden Wohnungen.", "")
        ),
        third(_CRAFT_DONE, files=("offer", "protocol"), chance=0.6),
        us(
            (
                "die Versicherung hat die Schadennummer {rnr} vergeben.",
                "das Angebot von {firma} ist freigegeben, bitte beginnen.",
                "bis zum Abschluss der Trocknung mindert sich Ihre Miete um zehn Prozent.",
            ),
            ("Der Strom für die Trockner wird Ihnen erstattet.", "Ich komme {tag} selbst vorbei.", ""),
        ),
        them(
            (
                "danke, das ist fair.",
                "die Trockner sind leider sehr laut, wie lange stehen sie noch?",
                "die Maler waren da, alles wieder schön weiß.",
            )
        ),
    ),
    third="plumber",
    categories=("Handwerker", "Dringend"),
    urgency=0.35,
)

NEIGHBOURS = Story(
    "neighbours",
    5,
    (
        "Ruhestörung {objekt}",
        "Fahrräder im Hausflur",
        "Mülltonnen {objekt}",
        "Frage zum Stellplatz",
        "Klingelschild und Briefkasten",
        "Schlüssel verloren",
    ),
    (
        them(
            (
                "in der Wohnung über uns wird [jede Nacht|am Wochenende] bis drei Uhr Musik gehört.",
                "im Hausflur stehen wieder {zahl} Fahrräder und ein Kinderwagen, man kommt kaum durch.",
                "die gelben Tonnen wurden seit {zahl} Wochen nicht geleert.",
                "auf meinem Stellplatz parkt ständig ein fremder grauer Kombi.",
                "mein Haustürschlüssel ist mir gestern in den Kanal gefallen.",
                "könnten Sie das Klingelschild auf {andere} ändern?",
                "das Licht im Treppenhaus geht nach zehn Sekunden wieder aus.",
            ),
            (
                "Gesprochen haben wir schon miteinander, leider ohne Erfolg.",
                "Ein Aushang würde vielleicht helfen.",
                "Ich möchte niemanden anschwärzen, aber so geht es nicht.",
                "Was kostet der Ersatz?",
            ),
            _WHEN_HOME,
        ),
        us(
            (
                "danke für Ihren Hinweis, ich spreche mit den Beteiligten.",
                "ein Aushang hängt ab {tag} im Eingang.",
                "der Hausmeister kümmert sich {tag} darum.",
                "für die Schließanlage brauche ich Ihre Unterschrift auf dem Formular im Anhang.",
                "das Zeitrelais ist bestellt.",
            ),
            (
                "Bitte führen Sie zwei Wochen lang ein kurzes Protokoll mit Uhrzeiten.",
                "Geben Sie mir Bescheid, ob es besser wird.",
                "",
            ),
        ),
        them(
            (
                "seit dem Aushang ist Ruhe, danke.",
                "es hat sich leider nichts geändert.",
                "perfekt, vielen Dank für die unkomplizierte Hilfe!",
            )
        ),
    ),
)

COSTS = Story(
    "costs",
    7,
    (
        "Nebenkostenabrechnung {vorjahr}",
        "Widerspruch Betriebskosten {vorjahr}",
        "Rückfrage Abrechnung {objekt}",
        "Vorauszahlung anpassen",
        "Kaution zurück – {objekt}",
    ),
    (
        them(
            (
                "die Abrechnung für {vorjahr} habe ich erhalten und verstehe den Posten »Hauswart« nicht.",
                "eine Nachzahlung von {betrag2} € kann nicht stimmen, wir waren drei Monate verreist.",
                "könnten wir die Nachzahlung von {betrag2} € in Raten zahlen?",
                "die Kaution von {kaution} € ist {zahl} Monate nach dem Auszug noch nicht zurück.",
                "bitte erhöhen Sie unsere Vorauszahlung um 30 € im Monat, dann wird es am Ende weniger.",
            ),
            (
                "Ich möchte die Belege gern einsehen.",
                "Der Verbrauch in Kubikmetern ist doppelt so hoch wie im Jahr davor.",
                "Laut Vertrag werden Aufzugskosten nach Einheiten verteilt.",
                "Meine Kontoverbindung hat sich nicht geändert.",
            ),
            _WHEN_HOME,
            files=("invoice",),
            chance=0.3,
        ),
        us(
            (
                "Ihre Frage ist berechtigt, ich habe die Belege angefordert.",
                "die Einsicht ist {tag} ab {zeit} bei uns möglich.",
                "der Zähler wurde im {monat} getauscht, daher die zwei Zeilen.",
                "gegen eine Ratenzahlung in drei Teilen spricht nichts.",
                "die Kaution wird nach Eingang der letzten Abrechnung ausgezahlt, spätestens bis {frist}.",
            ),
            (
                "Eine berichtigte Abrechnung liegt bei.",
                "Die Aufstellung finden Sie im Anhang.",
                "Rufen Sie mich gern an, dann gehen wir es zusammen durch.",
            ),
            files=("statement", "table"),
            chance=0.55,
        ),
        them(
            (
                "jetzt ist es nachvollziehbar, danke.",
                "den Betrag überweise ich bis {frist}.",
                "damit bin ich nicht einverstanden und lege Widerspruch ein.",
            )
        ),
        us(
            (
                "vielen Dank, dann ist der Vorgang erledigt.",
                "Ihren Widerspruch habe ich aufgenommen; Antwort bis {frist}.",
            )
        ),
    ),
    categories=("Nebenkosten",),
)

CRAFT_OFFER = Story(
    "craft_offer",
    8,
    (
        "Angebot {rnr} {objekt}",
        "Rechnung {rnr}",
        "Terminbestätigung {objekt}",
        "Ihre Anfrage: Arbeiten {objekt}",
        "Wartung {jahr}",
    ),
    (
        them(
            (
                "anbei unser Angebot Nr. {rnr} über {betrag} € netto für {objekt}.",
                "für die ausgeführten Arbeiten {im_objekt} erlauben wir uns zu berechnen: {betrag2} €.",
                "die jährliche Wartung {im_objekt} steht wieder an.",
                "nach der Besichtigung vor Ort können wir folgendes anbieten.",
            ),
            (
                "Die Ausführung dauert etwa {zahl} Tage, beginnen könnten wir {tag}.",
                "An den Preis halten wir uns bis {frist} gebunden.",
                "Das Gerüst ist im Preis enthalten, die Entsorgung nicht.",
                "Zahlbar innerhalb von 14 Tagen, bei Zahlung bis {frist} zwei Prozent Skonto.",
                "Bitte informieren Sie die Mieter, dass {tag} das Wasser abgestellt wird.",
            ),
            ("Über Ihren Auftrag würden wir uns freuen.", "Bei Fragen: {tel}.", ""),
            files=("offer", "invoice"),
            chance=0.6,
        ),
        us(
            (
                "das Angebot ist freigegeben, bitte beginnen Sie {tag}.",
                "der Eigentümer holt noch ein zweites Angebot ein, ich melde mich bis {frist}.",
                "in Position {zahl} steht die falsche Wohnung, bitte berichtigen.",
                "die Rechnung ist sachlich geprüft und wird zum {frist} gezahlt.",
            ),
            ("Die Mieter sind informiert.", "Schlüssel liegen im Büro bereit.", ""),
        ),
        them(
            (
                "vielen Dank für den Auftrag, wir bestätigen {tag}, {zeit}.",
                "die berichtigte Fassung hängt an.",
                "wegen des Wetters verschiebt sich der Beginn auf {tag2}.",
            ),
            files=("invoice",),
            chance=0.3,
        ),
    ),
    cast="craft",
    categories=("Handwerker",),
)

UTILITY = Story(
    "utility",
    5,
    (
        "Ihre Rechnung {rnr}",
        "Abschlagsplan {jahr} – {objekt}",
        "Ablesetermin {objekt}",
        "Zählerstand bitte mitteilen",
        "Unterbrechung der Wasserversorgung am {frist}",
    ),
    (
        them(
            (
                "Ihre Rechnung für die Verbrauchsstelle {objekt} liegt als Anhang bei.",
                "wir lesen {tag} {fenster} die Zähler {im_objekt} ab.",
                "der neue Abschlag für {objekt} beträgt ab {monat} {betrag2} €.",
                "wegen Arbeiten am Netz wird die Versorgung {im_objekt} {tag} ab {zeit} für etwa "
                "{zahl} Stunden unterbrochen.",
                "für die Zählernummer {rnr} fehlt uns der Stand zum Jahresende.",
            ),
            (
                "Der Betrag von {betrag2} € wird zum {frist} abgebucht.",
                "Bitte sorgen Sie für freien Zugang zum Zählerraum.",
                "Den Stand können Sie bis {frist} formlos per E-Mail mitteilen.",
                "Diese Nachricht wurde automatisch erstellt und ist ohne Unterschrift gültig.",
            ),
            files=("invoice",),
            chance=0.65,
        ),
        us(
            (
                "der Zählerstand beträgt {rnr}.",
                "der Hausmeister schließt {tag} um {zeit} auf.",
                "bitte buchen Sie den Betrag vom Hauskonto ab.",
            )
        ),
    ),
    cast="utility",
    categories=("Nebenkosten",),
    inference="other",
)

HOUSE_DE = (HEATING, WATER, NEIGHBOURS, COSTS, CRAFT_OFFER, UTILITY)
