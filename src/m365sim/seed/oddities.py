"""One message for every oddity that a mail program must survive; each is a small, named function's work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

from m365sim.seed.attachments import DOCX, JPEG, PDF, PNG, Occasion, attach, brochure
from m365sim.seed.files import pictures
from m365sim.seed.files.zipped import write_docx
from m365sim.seed.people import ANNA, THOMAS, private_person
from m365sim.seed.places import PLACES
from m365sim.seed.threads import Desk, Filed, new_id
from m365sim.seed.times import moment
from m365sim.world.seedtypes import SeedAddress, SeedAttachment, SeedItemAttachment, SeedMessage

_ARABIC = (
    "مرحبا، رأيت إعلان الشقة في شارع الزيزفون رقم ٣ وأود أن أزورها هذا الأسبوع. هل الإيجار يشمل التدفئة؟"
)
_HEBREW = "שלום רב, האם הדירה בגן העיר עדיין פנויה? נשמח לקבוע פגישה ביום חמישי."
_CHINESE = "您好,我们对林登大道三号的公寓很感兴趣。请问周四下午可以看房吗?谢谢!"
_JAPANESE = "はじめまして。シュタットパーク十二番地のお部屋を拝見したいのですが、土曜日は可能でしょうか。"
_LONG_SUBJECT = "Nachtrag zu unserem Telefonat wegen der Wohnung " + " und ".join(
    f"der Frage {n}, ob {what} im Mietpreis enthalten {verb}"
    for n, (what, verb) in enumerate(
        (("der Keller", "ist"), ("die Küche", "ist"), ("der Stellplatz", "ist"), ("die Gartennutzung", "ist"),
         ("das Kabelfernsehen", "ist"), ("die Waschmaschinen", "sind"), ("der Winterdienst", "ist"),
         ("die Rauchmelder", "sind")), 1
    )
)  # fmt: skip
_LONG_LINE = (
    "ich schreibe immer alles in eine einzige Zeile weil mein Programm das so macht und niemand mir "
    "gezeigt hat wie man "
    "einen Absatz einfügt und deshalb erzähle ich hier kurz dass im Keller seit Dienstag das Licht brennt "
) * 14
_LONG_NAME = (
    "Übergabeprotokoll mit Zählerständen, Schlüsselverzeichnis und Fotos aller Räume, " * 2
    + "endgültige Fassung.pdf"
)


def oddities(rng: Random, desk: Desk) -> list[Filed]:
    """All of them, strewn over the months."""
    return [Filed(message, "oddity") for message in _all(rng, desk)]


def _all(rng: Random, desk: Desk) -> Iterator[SeedMessage]:
    yield from _texts(rng, desk)
    yield from _headers(rng, desk)
    yield from _attachments(rng, desk)


def _plain(rng: Random, desk: Desk, subject: str, text: str | None) -> SeedMessage:
    person = private_person(rng)
    at = moment(rng, desk.now)
    message_id = new_id(rng, person.address)
    return SeedMessage(
        message_id, message_id, person.seed, person.seed, subject, at, at + timedelta(seconds=4),
        to=(desk.address,), text=text,
    )  # fmt: skip


def _from(message: SeedMessage, address: str, name: str) -> SeedMessage:
    sender = SeedAddress(address, name)
    return replace(message, sender=sender, from_=sender)


def _texts(rng: Random, desk: Desk) -> Iterator[SeedMessage]:
    """Scripts, lengths and emptiness."""
    yield _from(_plain(rng, desk, "استفسار عن الشقة", _ARABIC), "layla@brieftaube.example", "ليلى حداد")
    rtl = f'<html><body dir="rtl"><p>{_HEBREW}</p><p dir="ltr">Ref. 4733</p></body></html>'
    yield replace(_plain(rng, desk, "דירה בגן העיר", None), html=rtl)
    yield _from(_plain(rng, desk, "关于林登大道三号的公寓", _CHINESE), "li.wei@netzpost.example", "李伟")
    yield _from(_plain(rng, desk, "お部屋の見学について", _JAPANESE), "h.tanaka@netzpost.example", "田中 弘")
    yield _plain(
        rng, desk, "🏡🔑🎉 Wir haben die Wohnung!!! 👩‍👩‍👧‍👦", "Danke danke danke! 🙏🏽🥳 Bis zur Übergabe 👋"
    )
    yield _plain(rng, desk, "", "Ohne Betreff, aber mit Grüßen aus dem Urlaub.")
    yield _plain(rng, desk, "", "Siehe Telefonat.")
    yield _plain(rng, desk, _LONG_SUBJECT, "Der Betreff sagt eigentlich schon alles.")
    yield _plain(rng, desk, "Licht im Keller", _LONG_LINE)
    yield _plain(rng, desk, "Leere Nachricht", None)
    yield replace(
        _plain(rng, desk, "Nur Leerzeichen im HTML", None), html="<html><body> &nbsp; </body></html>"
    )
    yield _plain(
        rng,
        desk,
        "Straße, Größe, Öl – ÄÖÜ äöü ß ẞ é ı Ł",
        "Žluťoučký kůň. Größe: 84 m² – „schön“, sagte sie …",
    )
    yield _plain(
        rng, desk, "<b>kein</b> HTML & doch spitze Klammern", "if (miete < 1000 && zimmer > 2) { anrufen(); }"
    )
    yield _plain(
        rng,
        desk,
        "Z\u0335a\u0336l\u0337g\u0338o\u0335 aus dem Drucker",
        "Der Text\u200b ist\u00ad voller unsichtbarer\u202f Zeichen.",
    )
    yield _plain(
        rng, desk, "Adresse ohne Umbruch", "https://www.immo-portal.example/suche?" + "ort=seefelden&" * 60
    )


def _headers(rng: Random, desk: Desk) -> Iterator[SeedMessage]:
    """Senders and recipients that are not as usual."""
    yield _from(_plain(rng, desk, "Rückruf bitte", "Bitte rufen Sie mich an."), "k.pohl@freipost.example", "")
    yield _from(
        _plain(rng, desk, "Rechnung und Komma", "Anbei."),
        "h.weber@post-haus.example",
        'Weber, Hans "Hansi", Dr.',
    )
    yield _from(
        _plain(rng, desk, "Sehr langer Name", "Grüße"),
        "x@mailwiese.example",
        "Freiin " + "von und zu " * 20 + "Seefelden",
    )
    many = tuple(private_person(rng).seed for _ in range(59))
    yield replace(
        _plain(rng, desk, "Einladung zum Hoffest", "Ihr seid alle eingeladen!"), to=(desk.address, *many)
    )
    yield replace(
        _plain(rng, desk, "Alle in Kopie", "Zur Kenntnis."),
        cc=tuple(private_person(rng).seed for _ in range(18)),
    )
    yield replace(_plain(rng, desk, "Sie stehen in Blindkopie", "Diskret."), to=(), bcc=(desk.address,))
    reply = private_person(rng)
    yield replace(
        _plain(rng, desk, "Antwort bitte an meine Frau", "Danke."),
        reply_to=(reply.seed, SeedAddress("zweite@freipost.example")),
    )
    other = _plain(rng, desk, "Im Auftrag geschrieben", "Ich schreibe im Auftrag von Herrn Maier.")
    yield replace(other, sender=ANNA.seed, from_=THOMAS.seed)
    late = _plain(rng, desk, "Vier Tage unterwegs", "Unser Server war nicht erreichbar.")
    yield replace(late, sent_at=late.received_at - timedelta(days=4, hours=3))
    for word, importance in (("WICHTIG: Wasser läuft!!", "high"), ("Nicht eilig: alte Flurlampe", "low")):
        message = _plain(rng, desk, word, "Bitte einmal ansehen.")
        yield replace(
            message, importance="high" if importance == "high" else "low", is_read=importance == "low"
        )
    due = _plain(rng, desk, "Bitte bis Freitag erledigen", "Die Liste für die Versammlung fehlt noch.")
    yield replace(
        due, flag_status="flagged", due_at=desk.now + timedelta(days=2), categories=("Dringend", "Rückruf")
    )


def _attachments(rng: Random, desk: Desk) -> Iterator[SeedMessage]:
    """Files of every kind, name and size."""
    place = PLACES[0]
    occasion = Occasion(rng, moment(rng, desk.now), ANNA, place, "31337")
    photo = SeedAttachment("Foto.jpg", JPEG, pictures.house_photo(0), "haus1@lindner", is_inline=True)
    room = SeedAttachment("Zimmer.jpg", JPEG, pictures.room_photo(0), "zimmer1@lindner", is_inline=True)
    html = (
        '<html><body><p>Zwei Bilder im Text:</p><p><img src="cid:haus1@lindner" width="320" alt="Haus"></p>'
        '<p>Und das Zimmer:</p><img src="cid:zimmer1@lindner" alt="Zimmer"><p>Schön, oder?</p></body></html>'
    )
    yield replace(_plain(rng, desk, "Bilder im Text", None), html=html, attachments=(photo, room))
    ghost = SeedAttachment("unbenutzt.png", PNG, pictures.logo(), "niemand@lindner", is_inline=True)
    broken = (
        '<html><body><p>Das Bild fehlt: <img src="cid:gibtesnicht@lindner" alt="fehlt"></p></body></html>'
    )
    yield replace(
        _plain(rng, desk, "Verweis auf ein fehlendes Bild", None), html=broken, attachments=(ghost,)
    )
    yield replace(
        _plain(rng, desk, "Lageplan in voller Auflösung", "Gut 2 MB."),
        attachments=(attach("scan", occasion),),
    )
    named = (
        SeedAttachment("Übersicht Größe & Maße (geprüft) – Straße 3.pdf", PDF, brochure(place)),
        SeedAttachment("🏠 Traumhaus 😍.jpg", JPEG, pictures.house_photo(0)),
        SeedAttachment(_LONG_NAME, PDF, brochure(place)),
        SeedAttachment("عقد الإيجار.pdf", PDF, brochure(place)),
        SeedAttachment("../../etc/Bericht:neu?.pdf", PDF, brochure(place)),
    )
    yield replace(_plain(rng, desk, "Sonderbare Dateinamen", "Öffnen sich alle?"), attachments=named)
    all_kinds = tuple(attach(kind, occasion) for kind in ("ics", "vcf", "table", "dossier", "floorplan"))
    letter = SeedAttachment(
        "Brief.docx", DOCX, write_docx(("Brief an die Eigentümer", "Mit freundlichen Grüßen"))
    )
    yield replace(_plain(rng, desk, "Alles Mögliche", "Sechs Dateien."), attachments=(*all_kinds, letter))
    empty = SeedAttachment("leer.txt", "text/plain", b"")
    unknown = SeedAttachment("daten.xyz", "application/octet-stream", bytes(range(256)))
    yield replace(_plain(rng, desk, "Leere und unbekannte Datei", "Hm."), attachments=(empty, unknown))
    yield from _nested(rng, desk, occasion)


def _nested(rng: Random, desk: Desk, occasion: Occasion) -> Iterator[SeedMessage]:
    inner = replace(
        _plain(rng, desk, "Ursprüngliche Beschwerde", "Seit Montag ist es kalt."),
        attachments=(attach("heater", occasion),),
    )
    middle = replace(
        _plain(rng, desk, "WG: Ursprüngliche Beschwerde", "Bitte kümmern."),
        attachments=(SeedItemAttachment(inner.subject, inner),),
    )
    yield replace(
        _plain(rng, desk, "Nachricht als Anhang", "Die Beschwerde liegt als Nachricht bei."),
        attachments=(SeedItemAttachment(inner.subject, inner), attach("offer", occasion)),
    )
    yield replace(
        _plain(rng, desk, "Nachricht in einer Nachricht", "Zweimal weitergeleitet."),
        attachments=(SeedItemAttachment(middle.subject, middle),),
    )
