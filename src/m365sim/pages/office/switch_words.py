"""What each switch and limit is called on the page, and in which group it stands.

One without words here stands among the others under its own name.
"""

from __future__ import annotations

from m365sim.pages.words import Language

GROUPS = ("mail", "delta", "notify", "files", "other")

_SWITCHES: dict[str, tuple[str, str, str]] = {
    "sentIds": (
        "mail",
        "Kopie des Gesendeten: neue oder beibehaltene Id",
        "Sent copy: new ids, or the draft's",
    ),
    "outboxInterlude": ("mail", "Gesendetes liegt kurz im Postausgang", "What is sent passes the Outbox"),
    "sentCopyDelayS": ("mail", "Kopie des Gesendeten kommt später (s)", "Sent copy comes later (s)"),
    "deliveryDelayS": ("mail", "So lange ist Post unterwegs (s)", "How long mail is on its way (s)"),
    "sensitiveUpdates": (
        "mail",
        "Betreff und Text ändern braucht eigene Berechtigung",
        "Changing subject and text needs its own permission",
    ),
    "blocksExternalForwarding": (
        "mail",
        "Weiterleitung nach außen durch Regeln kommt zurück",
        "Forwarding outside by rules comes back",
    ),
    "recoverableItems": ("mail", "Gelöschtes bleibt wiederherstellbar", "Deleted mail can be recovered"),
    "folderActionStatus": (
        "mail",
        "Status nach Verschieben und Kopieren eines Ordners",
        "Status after moving or copying a folder",
    ),
    "removedReason": ("delta", "Grund für Wiederherstellbares", "Reason given for recoverable mail"),
    "deltaRepeats": ("delta", "Einträge doppelt (0 bis 1)", "Items given again (0 to 1)"),
    "deltaEmptyPages": ("delta", "Leere Seiten (0 bis 1)", "Empty pages (0 to 1)"),
    "deltaAnyOrder": ("delta", "Einträge in beliebiger Reihenfolge", "Items in any order"),
    "deltaLateS": ("delta", "Änderungen erscheinen später (s)", "Changes show later (s)"),
    "nextLinkLifeS": (
        "delta",
        "nextLink gilt so lange (s; leer: immer)",
        "nextLink lives (s; empty: for ever)",
    ),
    "resyncCode": ("delta", "Fehlercode für vergessene Stände", "Error code for forgotten states"),
    "resyncStatus": ("delta", "Status für vergessene Stände", "Status for forgotten states"),
    "wideFilters": (
        "delta",
        "$filter nimmt mehr als der Maildienst",
        "$filter takes more than the mail service",
    ),
    "searchLifeS": ("delta", "Suchergebnisse bleiben blätterbar (s)", "Searches can be paged for (s)"),
    "batchOrder": ("delta", "Reihenfolge der Antworten eines Stapels", "Order of a batch's answers"),
    "batchLoss": ("delta", "Antworten im Stapel fehlen (0 bis 1)", "Answers missing in batches (0 to 1)"),
    "seed": ("delta", "Zufall beginnt bei", "Chance begins at"),
    "subscriptionMinutes": ("notify", "Höchste Lebensdauer (Minuten)", "Longest life (minutes)"),
    "subscriptionHttpLocalhost": (
        "notify",
        "http://localhost ist als Ziel erlaubt",
        "http://localhost may be told",
    ),
    "subscriptionNeedsToken": (
        "notify",
        "Pausiert, wenn das Token abläuft",
        "Pauses when the token runs out",
    ),
    "validationRealS": ("notify", "Frist für den Handschlag (echte s)", "Time for the handshake (real s)"),
    "notificationRealS": ("notify", "Frist für eine Antwort (echte s)", "Time for an answer (real s)"),
    "notificationSample": (
        "notify",
        "Antworten bis zum Urteil „langsam“",
        "Answers before the verdict “slow”",
    ),
    "notificationsPerPost": ("notify", "Höchstens so viele in einem Aufruf", "At most so many in one POST"),
    "notificationDelayS": ("notify", "Benachrichtigungen kommen später (s)", "Notifications come later (s)"),
    "notificationsLostPercent": ("notify", "Gehen verloren (Prozent)", "Are lost (percent)"),
    "notificationsDoubledPercent": ("notify", "Kommen doppelt (Prozent)", "Come twice (percent)"),
    "notificationsShuffled": ("notify", "In anderer Reihenfolge", "In another order"),
    "notificationSeed": ("notify", "Zufall beginnt bei", "Chance begins at"),
    "sharedUploadsRefused": (
        "files",
        "In fremden Postfächern abgelehnt",
        "Refused in mailboxes of others",
    ),
    "uploadsLoseInline": (
        "files",
        "Bilder im Text werden gewöhnliche Anlagen",
        "Inline files become ordinary ones",
    ),
    "uploadAnswers": ("files", "Schreibweise der Zwischenantworten", "Spelling of the answers between"),
    "uploadPieceLimit": (
        "files",
        "Größtes Stück (Oktette; leer: beliebig)",
        "Largest piece (octets; empty: any)",
    ),
    "uploadSessionS": ("files", "Sitzung bleibt offen (s)", "A session stays open for (s)"),
    "dateSkewS": ("other", "Date der Antworten geht vor (s)", "Date of answers is ahead (s)"),
    # Limits
    "concurrent": ("limit", "Aufrufe gleichzeitig", "Requests at once"),
    "perWindow": ("limit", "Aufrufe in zehn Minuten", "Requests in ten minutes"),
    "perSecond": ("limit", "Aufrufe in der Sekunde", "Requests in a second"),
    "concurrencyScope": ("limit", "„Gleichzeitig“ zählt je", "“At once” counts by"),
    "refusal": ("limit", "Ablehnung mit Status", "Refuses with status"),
    "uploadOctets": ("limit", "Gesendete Oktette in fünf Minuten", "Octets sent in five minutes"),
    "retryAfterS": ("limit", "Retry-After (s)", "Retry-After (s)"),
    "latencyS": ("limit", "Ein Aufruf dauert mindestens (s)", "A request takes at least (s)"),
    "keptDeltaTokens": ("limit", "Delta-Stände je Postfach", "Delta states by mailbox"),
    "recipientsPerMessage": ("limit", "Empfänger je Nachricht", "Recipients of a message"),
    "messagesPerMinute": ("limit", "Nachrichten je Minute", "Messages a minute"),
    "recipientsPerDay": ("limit", "Empfänger am Tag", "Recipients a day"),
}


def group_of(name: str) -> str:
    """The group a switch stands in."""
    return _SWITCHES[name][0] if name in _SWITCHES else "other"


def label_of(language: Language, name: str) -> str:
    """What a switch is called; its own name where there are no words for it."""
    if name not in _SWITCHES:
        return name
    _, german, english = _SWITCHES[name]
    return german if language == "de" else english
