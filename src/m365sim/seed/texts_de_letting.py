"""German stories about letting and selling: enquiries, viewings, applications, contracts, purchases."""

from __future__ import annotations

from m365sim.seed.stories import Story, them, us

_THANKS = (
    "vielen Dank für Ihre [Nachricht|schnelle Antwort|Rückmeldung].",
    "danke für die [schnelle|freundliche] Antwort.",
    "herzlichen Dank für Ihre Mühe.",
    "das ging ja schnell, vielen Dank!",
    "besten Dank für die Informationen zu {objekt}.",
    "",
)
_US_THANKS = (
    "vielen Dank für Ihre [Nachricht|Anfrage|Rückmeldung].",
    "danke, dass Sie sich [gemeldet haben|so schnell zurückgemeldet haben].",
    "vielen Dank für Ihr Interesse an {objekt}.",
    "haben Sie vielen Dank für die [Unterlagen|Angaben].",
)
_CALL = (
    "Sie erreichen mich [am besten|meistens] [nach 17 Uhr|vormittags|in der Mittagspause] unter {tel}.",
    "Meine Nummer ist {tel}, [gern auch per Nachricht|eine kurze Nachricht genügt].",
    "Falls etwas dazwischenkommt: {tel}.",
    "",
    "",
)
_US_CALL = (
    "Bei Fragen rufen Sie mich gern an: {tel}.",
    "Unter {tel} bin ich bis [17|18] Uhr direkt zu erreichen.",
    "Melden Sie sich [jederzeit|einfach], wenn noch etwas offen ist.",
    "",
)
_WE_ARE = (
    "Wir sind ein [ruhiges|berufstätiges] Paar [ohne Haustiere|mit einer Katze|mit einem kleinen Hund].",
    "Wir ziehen zu dritt ein: meine [Frau|Partnerin|Schwester], unsere Tochter ({zahl} Jahre) und ich.",
    "Ich bin [Lehrerin|Krankenpfleger|Ingenieurin|Busfahrer|Physiotherapeutin] in Festanstellung und "
    "Nichtraucher.",
    "Ich trete zum Ersten des übernächsten Monats eine neue Stelle in {ort} an und suche deshalb dringend.",
    "Unser Nettoeinkommen liegt zusammen bei etwa {betrag} €.",
    "Wir wohnen seit {zahl} Jahren um die Ecke und kennen das Haus [vom Vorbeigehen|durch Freunde].",
    "Nach der Trennung suche ich etwas Kleineres für mich und alle zwei Wochen meinen Sohn.",
)
_ASK_DETAIL = (
    "Gibt es einen Keller oder einen Abstellplatz für Fahrräder?",
    "Ist die Einbauküche in der Miete enthalten, oder müsste eine Ablöse gezahlt werden?",
    "Wie hoch waren die Heizkosten im letzten Jahr ungefähr?",
    "Wäre ein Stellplatz dabei, oder parkt man auf der Straße?",
    "Ist der Balkon nach Süden oder zum Hof hin?",
    "Wie schnell ist der Internetanschluss im Haus? Ich arbeite oft von zu Hause.",
    "Dürfte man die Wände selbst streichen?",
    "Gibt es einen Aufzug? Meine Mutter ist nicht mehr gut zu Fuß.",
    "Liegt der Energieausweis schon vor?",
    "Ab wann wäre die Wohnung frühestens bezugsfertig?",
    "Hört man die Straßenbahn im Schlafzimmer?",
)
_ANSWER_DETAIL = (
    "Ein Kellerabteil von etwa {zahl} m² gehört dazu, Fahrräder stehen im [Hof|Keller].",
    "Die Küche bleibt [drin|in der Wohnung] und kostet keine Ablöse.",
    "Die Heizkosten lagen zuletzt bei rund {betrag2} € im Jahr.",
    "Ein Stellplatz in der Tiefgarage kann für 75 € im Monat dazugemietet werden.",
    "Der Balkon geht nach Südwesten, Sonne haben Sie ab dem Mittag.",
    "Im Haus liegt Glasfaser, der Anschluss ist im Flur.",
    "Streichen dürfen Sie selbstverständlich, beim Auszug bitte wieder hell.",
    "Einen Aufzug gibt es leider nicht, dafür ist das Treppenhaus [breit|hell und flach].",
    "Den Energieausweis lege ich Ihnen bei: Klasse [B|C|D], Baujahr der Heizung {vorjahr}.",
    "Der jetzige Mieter zieht zum Monatsende aus, danach wird noch [gestrichen|das Bad gefliest].",
)
_OFFER_DATE = (
    "Ich biete Ihnen {tag} um {zeit} zur Besichtigung an.",
    "Passt Ihnen {tag}, {zeit}? Treffpunkt ist der Hauseingang.",
    "Wir zeigen die Wohnung {tag} ab {zeit} in kleinen Gruppen; ich habe Sie für {zeit} eingeplant.",
    "Zwei Termine kann ich nennen: {tag} um {zeit} oder {tag2} um {zeit2}.",
    "Am schnellsten ginge es {tag} gegen {zeit}, sonst erst wieder {tag2}.",
)
_TAKE_DATE = (
    "{tag} um {zeit} passt [mir|uns] sehr gut.",
    "Den Termin {tag} um {zeit} nehmen wir gern.",
    "{tag} schaffe ich leider nicht, ginge auch {tag2} um {zeit2}?",
    "Leider bin ich {tag} auf Dienstreise. Hätten Sie {tag2} noch etwas frei?",
    "Wir kommen zu [zweit|dritt], ist das in Ordnung?",
    "Das passt! Muss ich etwas mitbringen?",
)
_CONFIRM = (
    "wunderbar, dann sehen wir uns {tag} um {zeit}.",
    "ist notiert: {tag}, {zeit}, {objekt}.",
    "ich habe {tag2} um {zeit2} für Sie eingetragen.",
    "passt. Bitte bei »Lindner« klingeln, ich bin schon oben.",
    "gern auch zu zweit, das ist kein Problem.",
)
_BRING = (
    "Bringen Sie bitte einen Ausweis mit.",
    "Eine Selbstauskunft brauchen wir erst, wenn Ihnen die Wohnung gefällt.",
    "Parken können Sie im Hof, das Tor ist offen.",
    "Bitte sagen Sie rechtzeitig ab, falls etwas dazwischenkommt; die Nachfrage ist groß.",
    "",
)
_AFTER_VIEWING = (
    "die Wohnung hat uns sehr gefallen, vor allem [der Grundriss|das Licht am Nachmittag|die Küche].",
    "noch einmal danke für die Führung am Nachmittag.",
    "nach einer Nacht darüber sind wir uns einig: Wir möchten die Wohnung nehmen.",
    "leider müssen wir absagen, das zweite Zimmer ist für uns doch zu klein.",
    "wir sind noch unschlüssig wegen der [Lage zur Straße|Treppen|Miete] und würden gern ein zweites Mal "
    "kommen.",
)
_PAPERS = (
    "Anbei Selbstauskunft, die letzten drei Gehaltsnachweise und die Bescheinigung des Vermieters.",
    "Die Unterlagen schicke ich [im Anhang|als PDF] mit.",
    "Die Bonitätsauskunft reiche ich nach, sie ist [bestellt|unterwegs].",
    "Fehlt noch etwas?",
)
_NEXT_STEP = (
    "Ich lege alles dem Eigentümer vor und melde mich bis {frist}.",
    "Die Entscheidung fällt voraussichtlich {tag}.",
    "Im Moment sind noch [zwei|drei|vier] weitere Interessenten im Gespräch.",
    "Der Eigentümer möchte Sie gern kurz kennenlernen; passt {tag2} um {zeit2}?",
    "Bitte senden Sie mir noch die letzte Seite der Selbstauskunft, sie ist abgeschnitten.",
)

ENQUIRY = Story(
    "enquiry",
    16,
    (
        "[Anfrage|Interesse|Frage] zu {objekt}",
        "{art} {objekt}, Objekt {nr}",
        "Wohnung {objekt} noch frei?",
        "Ihre Anzeige: {zimmer} Zimmer, {flaeche} m²",
        "{art} in {ort}",
    ),
    (
        them(
            (
                "ich habe Ihre Anzeige für die {art} {im_objekt} gesehen und bin sehr interessiert.",
                "ist die {art} {objekt} [noch frei|noch zu haben|schon vergeben]?",
                "über eine Bekannte habe ich von der {art} {im_objekt} gehört.",
                "mit großem Interesse habe ich Ihr Angebot {nr} gelesen.",
                "wir suchen seit Monaten genau so etwas wie Ihre {art} mit {zimmer} Zimmern.",
            ),
            _WE_ARE,
            _ASK_DETAIL,
            (
                "Wann könnte man die Wohnung besichtigen?",
                "Über einen Besichtigungstermin würden wir uns sehr freuen.",
                "Hätten Sie in der nächsten Woche einen Termin für uns?",
                "Am Wochenende könnten wir jederzeit kommen.",
            ),
            _CALL,
        ),
        us(_US_THANKS, _ANSWER_DETAIL, _OFFER_DATE, _US_CALL, files=("expose", "floorplan"), chance=0.45),
        them(_THANKS, _TAKE_DATE, (*_ASK_DETAIL, "", "", "")),
        us(_CONFIRM, _BRING, files=("ics",), chance=0.35),
        them(_AFTER_VIEWING, _PAPERS, files=("application",), chance=0.7),
        us(_US_THANKS, _NEXT_STEP),
    ),
    (
        them(
            (
                "gibt es schon etwas Neues?",
                "ich wollte nur freundlich nachfragen, wie es um {objekt} steht.",
                "wir hätten inzwischen auch die Bonitätsauskunft.",
                "kurz noch eine Frage, bevor wir uns entscheiden.",
            ),
            _ASK_DETAIL,
        ),
        us(
            (
                "der Eigentümer hat sich noch nicht entschieden, ich hake heute nach.",
                "gute Nachricht: Sie sind in der engeren Wahl.",
                "ich melde mich spätestens {tag}, versprochen.",
                "leider hat sich der Eigentümer für andere Bewerber entschieden; wir merken Sie gern vor.",
            ),
            _ANSWER_DETAIL,
        ),
    ),
    categories=("Vermietung",),
)

VIEWING = Story(
    "viewing",
    12,
    (
        "Besichtigung {objekt}",
        "Besichtigungstermin {tag}",
        "Termin {objekt} ({art})",
        "Besichtigung Objekt {nr} – Terminvorschlag",
    ),
    (
        us(
            (
                "wie telefonisch besprochen, hier unser Vorschlag für die Besichtigung der {art} {objekt}.",
                "für {objekt} stehen die Besichtigungstermine jetzt fest.",
                "schön, dass Sie sich die {art} in der {etage} ansehen möchten.",
            ),
            _OFFER_DATE,
            _BRING,
            _US_CALL,
            files=("expose", "ics"),
            chance=0.5,
        ),
        them(_THANKS, _TAKE_DATE, _CALL),
        us(_CONFIRM, _BRING),
        them(_AFTER_VIEWING, ("Wie geht es nun weiter?", "Bis wann müssten wir uns melden?", "")),
        us(_US_THANKS, _NEXT_STEP, _US_CALL),
    ),
    (
        them(
            (
                "leider muss ich {tag} verschieben, unser Kind ist krank.",
                "wir stehen im Stau und kommen etwa {zahl}0 Minuten später.",
                "dürfen wir {tag2} noch einmal zum Ausmessen vorbeikommen?",
            ),
            ("Ginge {tag2}, {zeit2}?", "Tut mir leid für die Umstände.", "Ich hoffe, das ist noch möglich."),
        ),
        us(
            (
                "kein Problem, dann {tag2} um {zeit2}.",
                "gute Besserung! Ich halte Ihnen {tag2} frei.",
                "danke fürs Bescheidgeben, ich warte unten.",
            ),
            _BRING,
        ),
    ),
    categories=("Vermietung",),
)

CONTRACT = Story(
    "contract",
    7,
    (
        "Mietvertrag {objekt}",
        "Unterlagen zum Mietvertrag",
        "Schlüsselübergabe {objekt}",
        "Ihr Einzug am {frist}",
    ),
    (
        us(
            (
                "es freut mich, Ihnen die Zusage für {objekt} geben zu können.",
                "anbei der Mietvertrag für die {art} {objekt} zur Durchsicht.",
                "wie versprochen erhalten Sie heute den Vertragsentwurf.",
            ),
            (
                "Die Kaltmiete beträgt {kalt} €, mit Vorauszahlungen {warm} €.",
                "Die Kaution von {kaution} € können Sie in drei Raten zahlen.",
                "Bitte prüfen Sie besonders Ihre Anschrift und den Einzugstermin.",
            ),
            (
                "Unterschreiben können wir {tag} um {zeit} bei uns im Büro.",
                "Zwei unterschriebene Ausfertigungen bitte bis {frist} zurück.",
                "Änderungswünsche nehme ich gern bis {frist} auf.",
            ),
            _US_CALL,
            files=("contract",),
            chance=0.9,
        ),
        them(
            _THANKS,
            (
                "In Paragraf {zahl} steht noch die alte Adresse meiner Eltern, könnten Sie das ändern?",
                "Soweit ist für uns alles in Ordnung.",
                "Können wir den Einzug um eine Woche vorziehen? Die alte Wohnung ist schon übergeben.",
                "Was bedeutet die Klausel zu den Kleinreparaturen genau?",
            ),
            ("{tag} um {zeit} passt uns gut.", "Wir kommen {tag2} vorbei.", ""),
        ),
        us(
            (
                "das ist berichtigt, die neue Fassung hängt an.",
                "Kleinreparaturen bis 100 € im Einzelfall tragen Sie selbst, höchstens 8 % der Jahresmiete.",
                "der Eigentümer ist mit dem früheren Einzug einverstanden.",
            ),
            ("Dann bis {tag}.", "Bitte denken Sie an den Ausweis.", ""),
            files=("contract",),
            chance=0.5,
        ),
        them(
            (
                "unterschrieben und eingescannt im Anhang.",
                "die erste Rate der Kaution ist heute überwiesen.",
                "der Zähler stand beim Einzug auf {rnr}, Foto liegt bei.",
                "wann können wir die Schlüssel abholen?",
            ),
            files=("signed", "room"),
            chance=0.6,
        ),
        us(
            (
                "alles angekommen, vielen Dank.",
                "die Schlüsselübergabe ist {tag} um {zeit} vor Ort.",
                "das Übergabeprotokoll liegt bei, bitte heben Sie es gut auf.",
            ),
            ("Willkommen im Haus!", "Einen guten Einzug wünsche ich Ihnen.", ""),
            files=("protocol",),
            chance=0.6,
        ),
    ),
    categories=("Vermietung",),
)

NOTICE = Story(
    "notice",
    4,
    (
        "Kündigung Mietverhältnis {objekt}",
        "Kündigung der Wohnung zum Monatsende",
        "Auszug und Übergabetermin",
    ),
    (
        them(
            (
                "hiermit kündige ich das Mietverhältnis über die {art} {objekt} fristgerecht.",
                "nach {zahl} schönen Jahren müssen wir aus {objekt} ausziehen.",
                "aus beruflichen Gründen kündige ich zum nächstmöglichen Zeitpunkt.",
            ),
            (
                "Bitte bestätigen Sie mir den Eingang und das Ende des Mietverhältnisses.",
                "Könnten Sie mir einen Termin zur Übergabe nennen?",
                "Einen Nachmieter hätte ich, falls Sie möchten: {andere}.",
            ),
            _CALL,
            files=("letter",),
            chance=0.6,
        ),
        us(
            (
                "Ihre Kündigung ist eingegangen, das Mietverhältnis endet zum Monatsende in drei Monaten.",
                "schade, dass Sie gehen. Ihre Kündigung bestätige ich hiermit.",
                "für eine wirksame Kündigung brauchen wir das Schreiben bitte mit Unterschrift im Original.",
            ),
            (
                "Zur Vorabnahme komme ich {tag} um {zeit}.",
                "Ihr Nachmieter kann sich gern bei uns bewerben.",
                "Bitte dulden Sie bis dahin Besichtigungen, immer mit Ankündigung.",
            ),
        ),
        them(
            _THANKS,
            (
                "{tag} passt.",
                "Die Küche würde ich gern dem Nachmieter überlassen.",
                "Der Brief ist in der Post.",
            ),
        ),
    ),
    categories=("Vermietung",),
)

PURCHASE = Story(
    "purchase",
    8,
    (
        "Kaufinteresse {objekt}",
        "{art} {objekt} – Kaufpreis",
        "Reservierung Objekt {nr}",
        "Finanzierung {objekt}",
        "Notartermin {objekt}",
    ),
    (
        them(
            (
                "wir interessieren uns für den Kauf der {art} {objekt}.",
                "ist beim Kaufpreis von {preis} € noch etwas Spielraum?",
                "nach der Besichtigung möchten wir Ihnen ein Angebot machen: {betrag2}00 € unter der "
                "Forderung.",
                "unsere Bank braucht für die Prüfung noch einige Unterlagen.",
            ),
            (
                "Könnten Sie uns die Teilungserklärung und die letzten drei Protokolle schicken?",
                "Wie hoch ist die Rücklage der Gemeinschaft?",
                "Stehen in den nächsten Jahren größere Sanierungen an?",
                "Ein Gutachter würde sich das Dach gern {tag} ansehen.",
            ),
            _CALL,
        ),
        us(
            _US_THANKS,
            (
                "Die Eigentümer bleiben bei {preis} €, die Übergabe ist dafür flexibel.",
                "Die Rücklage betrug Ende {vorjahr} rund {betrag} €, ein Beschluss zur Sanierung liegt "
                "nicht vor.",
                "Teilungserklärung, Protokolle und Wirtschaftsplan hängen an.",
                "Der Gutachter kann {tag} um {zeit} ins Haus, ich schließe auf.",
            ),
            (
                "Eine Reservierung ist für vier Wochen kostenlos möglich.",
                "Für Rückfragen der Bank stehe ich gern bereit.",
                "",
            ),
            files=("expose", "dossier"),
            chance=0.6,
        ),
        them(
            _THANKS,
            (
                "Wir möchten reservieren, bitte schicken Sie uns das Formular.",
                "Die Zusage der Bank erwarten wir bis {frist}.",
                "Wir schlafen noch einmal darüber und melden uns {tag}.",
            ),
            files=("signed",),
            chance=0.3,
        ),
        us(
            (
                "das Notariat hat {tag} um {zeit} vorgeschlagen.",
                "der Entwurf des Kaufvertrags geht Ihnen direkt vom Notariat zu.",
                "die Reservierung ist bis {frist} eingetragen.",
            ),
            ("Bitte bringen Sie gültige Ausweise und Ihre Steuernummern mit.", "Ich freue mich für Sie!", ""),
        ),
    ),
    (
        them(
            (
                "eine Frage noch zum Entwurf: Wer trägt die Kosten der Löschung?",
                "die Bank ist so weit, es fehlt nur noch der Grundbuchauszug.",
            )
        ),
        us(
            (
                "die Löschung zahlen die Verkäufer.",
                "der Grundbuchauszug ist beantragt und kommt {tag}.",
                "das kläre ich mit dem Notariat und melde mich.",
            )
        ),
    ),
    categories=("Verkauf",),
)

OWNER = Story(
    "owner",
    6,
    (
        "Stand der Vermietung {objekt}",
        "Ihr Objekt {objekt}: Zwischenbericht",
        "Verkauf {objekt} – Einschätzung",
        "Frage zu meiner Wohnung {objekt}",
    ),
    (
        them(
            (
                "wie läuft die Vermietung der {art} {objekt}?",
                "gibt es inzwischen ernsthafte Interessenten?",
                "ich überlege, {objekt} doch zu verkaufen. Was halten Sie für realistisch?",
                "meine Schwester und ich haben das Haus geerbt und brauchen Ihren Rat.",
            ),
            (
                "Ich bin [bis {tag}|die nächsten zwei Wochen] verreist, lese aber meine Post.",
                "Die Anzeige finde ich übrigens sehr gelungen.",
                "Beim letzten Mal ging es schneller, deshalb meine Frage.",
                "",
            ),
        ),
        us(
            (
                "auf die Anzeige kamen bisher {zahl}4 Anfragen, {zahl} Besichtigungen haben stattgefunden.",
                "realistisch sind nach unseren Vergleichen {preis} €, bei guter Aufbereitung etwas mehr.",
                "drei Bewerbungen liegen vor, alle mit vollständigen Unterlagen. Die Übersicht hängt an.",
                "zurzeit ist es ruhig, ich schlage neue Fotos vor.",
            ),
            (
                "Für eine Bewertung vor Ort könnte ich {tag} um {zeit} kommen.",
                "Ich rufe Sie {tag} dazu an.",
                "Wollen wir kurz telefonieren?",
            ),
            files=("table",),
            chance=0.4,
        ),
        them(
            _THANKS,
            (
                "{tag} bin ich zu Hause.",
                "Nehmen Sie bitte die Familie mit der Lehrerin.",
                "Mit {kalt} € bin ich einverstanden.",
                "Das deckt sich mit meinem Gefühl.",
            ),
        ),
    ),
    categories=("Verkauf",),
)

LETTING_DE = (ENQUIRY, VIEWING, CONTRACT, NOTICE, PURCHASE, OWNER)
