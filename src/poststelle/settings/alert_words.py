"""What alerts say, in the words of the pages. German and English."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from poststelle.settings.warnings import LOOP_FAILING, Warned


class _Words(NamedTuple):
    """``kinds``: a sentence by the kind of what is wrong."""

    some: str
    over: str
    settled: str
    test: str
    look: str
    since: str
    date: str
    kinds: dict[str, str]


_WORDS = {
    "de": _Words(
        some="Poststelle: {count} Meldung(en), um die sich jemand kümmern muss",
        over="Poststelle: {count} Meldung(en) erledigt",
        settled="Erledigt:",
        test="Poststelle: Probe der Benachrichtigung",
        look="Näheres: {url}",
        since=", seit {day}",
        date="%d.%m.%Y %H:%M UTC",
        kinds={
            "app_refused": "Microsoft nimmt die App-Registrierung nicht an",
            "secret_ended": "Der geheime Clientschlüssel ist abgelaufen",
            "secret_ends": "Der geheime Clientschlüssel läuft ab",
            "certificate_ended": "Das Zertifikat ist abgelaufen",
            "certificate_ends": "Das Zertifikat läuft ab",
            "application_too_wide": "Die Anwendung kann mehr Postfächer öffnen, als sie soll",
            "sign_in_needed": "{address}: Anmeldung bei Microsoft erforderlich",
            "sign_in_lost": "{address}: eine von mehreren Anmeldungen funktioniert nicht mehr",
            "sign_in_idle": "{address}: eine Anmeldung läuft ab, wenn sie nicht erneuert wird",
            "forwarding_refused": "{address}: Die Organisation lässt keine Weiterleitung nach außen zu",
            "not_synchronised": "{address}: wird nicht synchronisiert",
            "archive_behind": "{address}: Das Archiv kommt nicht nach",
            "trail_broken": "Das Protokoll wurde an Poststelle vorbei geändert oder gekürzt; prüfen Sie es,"
            " und vergleichen Sie die Datenbank mit einer Sicherung",
            "sealing_stopped": "Neue Einträge des Protokolls werden nicht versiegelt; sehen Sie in das Log"
            " des Servers",
            "sealing_began_anew": "Die Versiegelung des Protokolls hat neu begonnen: Ältere Einträge beweist"
            " nichts. Wenn Sie nicht gerade eine sehr alte Version aktualisiert haben, vergleichen Sie die"
            " Datenbank mit einer Sicherung",
            "archive_broken": "{address}: Das Archiv fehlt, oder es wurde an Poststelle vorbei geändert;"
            " prüfen Sie es, und vergleichen Sie es mit einer Sicherung",
            "proof_overdue": "Protokoll und Archive konnten seit drei Tagen nicht vollständig geprüft werden",
            "changes_wait": "{address}: Änderungen oder Nachrichten warten seit mehr als einer Stunde",
            "check_overdue": "{address}: Die Vollständigkeit konnte seit drei Tagen nicht geprüft werden",
            "disk_nearly_full": "Der Speicherplatz auf dem Server geht zu Ende",
            "files_unreachable": "Der Speicher für Nachrichten und Dateien ist nicht erreichbar",
            "webhook_failing": "Der Webhook {name} nimmt nichts an",
            "webhook_given_up": "Der Webhook {name} nimmt seit Tagen nichts an und wurde angehalten",
            "webhook_refuses": "Der Webhook {name} hat einzelne Aktivitäten tagelang nicht angenommen",
            "loop_failing": "Ein Teil des Programms bricht immer wieder ab: {code}",
            "no_worker": "Kein Prozess arbeitet: Nichts wird abgerufen und nichts gesendet",
        },
    ),
    "en": _Words(
        some="Poststelle: {count} thing(s) need a person",
        over="Poststelle: {count} thing(s) settled",
        settled="Settled:",
        test="Poststelle: alerts on trial",
        look="More: {url}",
        since=", since {day}",
        date="%Y-%m-%d %H:%M UTC",
        kinds={
            "app_refused": "Microsoft does not accept the app registration",
            "secret_ended": "The client secret has expired",
            "secret_ends": "The client secret will expire",
            "certificate_ended": "The certificate has expired",
            "certificate_ends": "The certificate will expire",
            "application_too_wide": "The application can open more mailboxes than it should",
            "sign_in_needed": "{address}: somebody must sign in at Microsoft",
            "sign_in_lost": "{address}: one of several sign-ins no longer works",
            "sign_in_idle": "{address}: a sign-in will end unless it is renewed",
            "forwarding_refused": "{address}: the organisation lets nothing be forwarded outside",
            "not_synchronised": "{address}: is not being synchronised",
            "archive_behind": "{address}: the archive cannot keep up",
            "trail_broken": "The audit trail was changed or shortened past Poststelle; check it, and compare"
            " the database with a backup",
            "sealing_stopped": "New entries of the audit trail are not being sealed; look at the log of the"
            " server",
            "sealing_began_anew": "Sealing of the audit trail has begun anew: nothing proves older entries."
            " Unless you have just updated a very old version, compare the database with a backup",
            "archive_broken": "{address}: the archive is missing, or was changed past Poststelle; check it,"
            " and compare it with a backup",
            "proof_overdue": "The audit trail and the archives could not all be checked for three days",
            "changes_wait": "{address}: changes or messages have been waiting for more than an hour",
            "check_overdue": "{address}: completeness could not be checked for three days",
            "disk_nearly_full": "The server is running out of disk space",
            "files_unreachable": "The storage of messages and files can't be reached",
            "webhook_failing": "The webhook {name} takes nothing",
            "webhook_given_up": "The webhook {name} has taken nothing for days and was paused",
            "webhook_refuses": "The webhook {name} has not taken some activities for days",
            "loop_failing": "A part of the program keeps breaking off: {code}",
            "no_worker": "No worker runs: nothing is fetched and nothing is sent",
        },
    ),
}


class Said(NamedTuple):
    subject: str
    text: str


def sentence(warned: Warned, language: str) -> str:
    """One thing, in one line; with Microsoft's code, for who looks it up."""
    words = _WORDS[language]
    code = warned.code if warned.code and warned.kind != LOOP_FAILING else None
    said = words.kinds[warned.kind].format(address=warned.address, code=warned.code, name=warned.username)
    day = "" if warned.at is None else words.since.format(day=warned.at.strftime(words.date))
    return f"{said}{f' ({code})' if code else ''}{day if not warned.kind.endswith('_ends') else ''}"


def news(begun: Sequence[str], over: Sequence[str], language: str, url: str) -> Said:
    """A letter about what has begun, and what is over."""
    words = _WORDS[language]
    subject = words.some.format(count=len(begun)) if begun else words.over.format(count=len(over))
    lines = [f"- {line}" for line in begun]
    if over:
        lines += [*([""] if begun else []), words.settled, *(f"- {line}" for line in over)]
    return Said(subject, "\n".join([*lines, "", words.look.format(url=url), ""]))


def trial(language: str, url: str, now: datetime) -> Said:
    words = _WORDS[language]
    day = now.strftime(words.date)
    return Said(words.test, f"{words.test} ({day})\n\n{words.look.format(url=url)}\n")
