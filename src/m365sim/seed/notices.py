"""Mail that machines write: invitations, bounces, automatic replies, receipts, faxes, warnings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from m365sim.seed.attachments import Occasion, attach
from m365sim.seed.marks import marks
from m365sim.seed.people import OFFICE, STAFF, Person, landline, mobile, private_person
from m365sim.seed.places import choose_place
from m365sim.seed.slots import day_de
from m365sim.seed.threads import Desk, Filed, new_id
from m365sim.seed.times import berlin, moment, working_day
from m365sim.world.seedtypes import SeedAddress, SeedAttachment, SeedItemAttachment, SeedMessage

Attached = tuple[SeedAttachment | SeedItemAttachment, ...]


def notice(rng: Random, desk: Desk) -> Filed:
    """One machine-written message of some day."""
    return rng.choice(_KINDS)(rng, desk, moment(rng, desk.now))


def _message(
    rng: Random,
    desk: Desk,
    at: datetime,
    sender: SeedAddress,
    subject: str,
    *,
    text: str | None = None,
    html: str | None = None,
    headers: tuple[tuple[str, str], ...] = (("Auto-Submitted", "auto-generated"),),
    attachments: Attached = (),
) -> Filed:
    message_id = new_id(rng, sender.address)
    message = SeedMessage(
        message_id=message_id,
        conversation_key=message_id,
        sender=sender,
        from_=sender,
        subject=subject,
        sent_at=at,
        received_at=at + timedelta(seconds=rng.randint(1, 20)),
        to=(desk.address,),
        text=text,
        html=html,
        inference="other",
        headers=headers,
        attachments=attachments,
        **marks(rng, at, desk.now),
    )
    return Filed(message, "notice")


def _occasion(rng: Random, at: datetime, author: Person) -> Occasion:
    return Occasion(rng, at, author, choose_place(rng), str(rng.randint(10_000, 99_999)))


def _invitation(rng: Random, desk: Desk, at: datetime) -> Filed:
    author = rng.choice(STAFF)
    occasion = _occasion(rng, at, author)
    day = working_day(rng, at)
    what = rng.choice(("Besichtigung", "Übergabe", "Fototermin", "Begehung", "Beurkundung"))
    text = (
        f"Was: {what} {occasion.place.street}\nWann: {day_de(day)}, {day:%H:%M} Uhr\n"
        f"Wo: {occasion.place.street}\nWer: {author.name}\n\nDiese Einladung wurde aus dem Kalender gesendet."
    )
    news = rng.choice(("Einladung", "Aktualisiert", "Abgesagt", "Erinnerung"))
    subject = f"{news}: {what} {occasion.place.street}"
    return _message(rng, desk, at, author.seed, subject, text=text, attachments=(attach("ics", occasion),))


def _bounce(rng: Random, desk: Desk, at: datetime) -> Filed:
    lost = private_person(rng)
    reason = rng.choice((
        "550 5.1.1 Empfänger unbekannt", "552 5.2.2 Postfach voll", "554 5.7.1 Nachricht abgelehnt",
        "451 4.4.1 Zeitüberschreitung; aufgegeben nach 48 Stunden",
    ))  # fmt: skip
    text = (
        "Ihre Nachricht konnte nicht zugestellt werden.\n\n"
        f"Empfänger: {lost.address}\nGrund: {reason}\n\n"
        "Bitte prüfen Sie die Adresse und senden Sie die Nachricht noch einmal.\n"
        f"Die ursprüngliche Nachricht hängt an.\n\nReporting-MTA: dns; post.{lost.address.partition('@')[2]}"
    )
    sent_id = new_id(rng, desk.address.address)
    sent_at = at - timedelta(minutes=rng.randint(1, 90))
    original = SeedMessage(
        sent_id, sent_id, desk.address, desk.address, "Besichtigung: Terminvorschlag", sent_at, sent_at,
        to=(lost.seed,), text=f"Guten Tag {lost.formal},\n\nanbei die Unterlagen.\n\nViele "
                              f"Grüße\n{STAFF[0].name}",
    )  # fmt: skip
    sender = SeedAddress(f"mailer-daemon@{lost.address.partition('@')[2]}", "Mail Delivery Subsystem")
    return _message(
        rng, desk, at, sender, "Unzustellbar: Besichtigung: Terminvorschlag", text=text,
        headers=(("Auto-Submitted", "auto-replied"), ("X-Failed-Recipients", lost.address)),
        attachments=(SeedItemAttachment("Besichtigung: Terminvorschlag", original),),
    )  # fmt: skip


def _away(rng: Random, desk: Desk, at: datetime) -> Filed:
    person = private_person(rng, rng.choice(("de", "de", "en")))
    back = berlin(at) + timedelta(days=rng.randint(3, 18))
    if person.speaks == "en":
        subject = "Automatic reply: Viewing appointment"
        text = f"Thank you for your message. I am away until {back.day}/{back.month}. - {person.name}"
    else:
        subject = "Automatische Antwort: Besichtigung"
        text = rng.choice((
            f"Guten Tag,\n\nich bin bis {day_de(back)} nicht erreichbar. Ihre Nachricht wird nicht "
            "weitergeleitet.",
            f"Vielen Dank für Ihre Nachricht. Ab {day_de(back)} bin ich wieder da und melde mich dann. 🌴",
        )) + f"\n\n{person.name}"  # fmt: skip
    headers = (("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"))
    return _message(rng, desk, at, person.seed, subject, text=text, headers=headers)


def _receipt(rng: Random, desk: Desk, at: datetime) -> Filed:
    shop = Person(
        "Kasse",
        "Bestellservice",
        "rechnung@buero-bedarf.example",
        phone=landline(rng),
        company="Bürobedarf Tintenfass",
    )
    occasion = _occasion(rng, at, shop)
    rows = "".join(
        f"<tr><td>{count} ×</td><td>{item}</td><td align=right>{count * price},90&nbsp;€</td></tr>"
        for item, price in rng.sample(_GOODS, 3)
        for count in (rng.randint(1, 5),)
    )
    html = (
        f"<html><body><h3>Danke für Ihre Bestellung {occasion.number}</h3><table border=1 "
        f"cellpadding=5>{rows}</table>"
        "<p>Die Lieferung erfolgt in zwei bis drei Werktagen. Die Rechnung finden Sie im "
        "Anhang.</p></body></html>"
    )
    sender = SeedAddress(shop.address, "Bürobedarf Tintenfass")
    subject = f"Ihre Bestellung {occasion.number} ist unterwegs 📦"
    return _message(rng, desk, at, sender, subject, html=html, attachments=(attach("invoice", occasion),))


_GOODS = (
    ("Kopierpapier A4, 5 Pakete", 24), ("Ordner breit, blau", 3), ("Schlüsselanhänger beschriftbar, 100 "
                                                                   "Stück", 12),
    ("Toner schwarz", 79), ("Umschläge C4 mit Fenster", 17), ("Haftnotizen gelb", 6),
    ("Kaffeebohnen 1 kg", 14),
)  # fmt: skip


def _fax(rng: Random, desk: Desk, at: datetime) -> Filed:
    sender = SeedAddress("fax@buero-lindner.example", "Faxempfang")
    number = landline(rng)
    fax = attach("letter", _occasion(rng, at, Person("", "Faxgerät", sender.address, phone=number)))
    text = f"Neues Fax von {number}, {rng.randint(1, 6)} Seiten, empfangen {berlin(at):%d.%m.%Y %H:%M}."
    return _message(rng, desk, at, sender, f"Fax von {number}", text=text, attachments=(fax,))


def _voice(rng: Random, desk: Desk, at: datetime) -> Filed:
    sender = SeedAddress("telefon@buero-lindner.example", "Telefonanlage")
    number = mobile(rng)
    length = f"0:{rng.randint(10, 59)}"
    text = rng.choice((
        f"Neue Sprachnachricht von {number} ({length} min).\n\nErkannter Text: »Guten Tag, ich rufe wegen "
        "der "
        "Wohnung an, bitte melden Sie sich.«",
        f"Verpasster Anruf von {number} um {berlin(at):%H:%M} Uhr.",
        f"Neue Sprachnachricht von {number} ({length} min).\n\nErkannter Text: »Ja hallo, hier noch mal "
        "wegen dem "
        "Schlüssel, ich steh jetzt vor der Tür.«",
    ))  # fmt: skip
    return _message(rng, desk, at, sender, f"Sprachnachricht von {number}", text=text)


def _scanner(rng: Random, desk: Desk, at: datetime) -> Filed:
    sender = SeedAddress("scanner@buero-lindner.example")
    scan = attach("signed", _occasion(rng, at, Person("", OFFICE, sender.address)))
    return _message(rng, desk, at, sender, f"Scan {berlin(at):%Y-%m-%d %H:%M}", text="", attachments=(scan,))


def _system(rng: Random, desk: Desk, at: datetime) -> Filed:
    sender = SeedAddress("technik@edv-kolibri.example", "EDV Kolibri Überwachung")
    subject, text = rng.choice((
        ("[OK] Datensicherung erfolgreich", "Die nächtliche Sicherung wurde ohne Fehler "
                                            "abgeschlossen.\nDauer: 14 min"),
        ("[WARNUNG] Speicherplatz unter 15 %", "Auf dem Dateiserver sind nur noch 14 % frei. Bitte alte "
                                               "Exposés aufräumen."),
        ("[FEHLER] Drucker Empfang: Papierstau", "Fach 2, hintere Klappe. Der Auftrag wird danach "
                                                 "fortgesetzt."),
        ("Ihr Kennwort läuft in 7 Tagen ab", "Bitte ändern Sie Ihr Kennwort über den üblichen Weg, nie "
                                             "über einen Verweis in einer E-Mail."),
    ))  # fmt: skip
    return _message(rng, desk, at, sender, subject, text=text)


_KINDS: tuple[Callable[[Random, Desk, datetime], Filed], ...] = (
    _invitation, _invitation, _invitation, _bounce, _away, _away, _receipt, _fax, _voice, _voice,
    _scanner, _system,
)  # fmt: skip
