"""HTML is made harmless as a browser reads it, not as it is spelled."""

from __future__ import annotations

import time

import pytest
from selectolax.lexbor import LexborHTMLParser
from tests.sim.graph.harness import GraphCaller

from m365sim.world import Mailbox
from m365sim.world.compose import Written
from m365sim.world.safety import harmless
from m365sim.world.sheets import in_comments
from m365sim.world.simulation import Simulation

SPELLED = [
    "javascript:alert(1)",
    " JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\r\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "java&#9;script:alert(1)",
    "java&Tab;script:alert(1)",
    "java&NewLine;script:alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A;&#x61;vascript&#58;alert(1)",
    "javascript&colon;alert(1)",
    "vb\nscript:x",
]


@pytest.mark.parametrize("address", SPELLED)
def test_a_script_address_goes_however_it_is_spelled(address: str) -> None:
    """Tabs, line breaks, controls and entities hide no scheme; the words of the link stay."""
    safe = LexborHTMLParser(harmless(f'<p><a href="{address}">go</a></p>'))

    link = safe.css_first("a")
    assert link is not None
    assert (link.attributes, link.text()) == ({}, "go")


@pytest.mark.parametrize(
    "html",
    [
        "<a/onclick=evil()>x</a>",
        "<svg/onload=evil()>x</svg>",
        "<a ONCLICK\n=\nevil()>x</a>",
        '<svg><a xlink:href="javascript:evil()">x</a></svg>',
        "<svg><animate attributeName=href values='x;javascript:evil()'></svg>x",
        "<!--><script>evil()</script>x",
        "<script>evil()</script>x<script>evil()</script>",
        "<object><embed src=evil></object>x",
        "<meta http-equiv=Refresh content='0;url=javascript:evil()'>x",
        "<noscript><p title='</noscript><img src=x onerror=evil()>'></p></noscript>x",
        "<template><p onclick=evil()>y</p></template>x",
        "<button formaction='java&#10;script:evil()'>x</button>",
    ],
)
def test_nothing_that_runs_is_left(html: str) -> None:
    """Whatever way it is put into the page."""
    safe = harmless(html)

    assert "evil" not in safe
    assert "x" in safe


@pytest.mark.parametrize(
    "html",
    [
        "<p>Learn JavaScript: it&#8217;s easy</p>",
        '<a href="https://example.net/?q=javascript:">x</a>',
        "<p>cost &amp; description: online = <b>good</b>",
        "<P CLASS=MsoNormal>unclosed<br>",
        '<a title="on = off" href=mailto:a@example.net>x</a>',
    ],
)
def test_what_is_harmless_stays_octet_for_octet(html: str) -> None:
    """Also where the text looks suspicious at first."""
    assert harmless(html) == html


def test_a_page_stays_a_page(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """Over HTTP: the head and its styles stay, the hidden address and the handler go."""
    html = (
        "<!DOCTYPE html><html><head><style>p{}</style></head><body onload=x><a href='java&#9;script:y'>z</a>"
    )
    message = sim.world.receive(mailbox, mailbox.named["inbox"], Written("<m@x>", "s", html, True, 1))

    shown = graph.get(f"/me/messages/{mailbox.ids.immutable(message.number)}")["body"]["content"]

    assert shown == (
        "<!DOCTYPE html><html><head><style>\r\n<!--\r\np\r\n\t{}\r\n-->\r\n</style></head>"
        "<body><a>z</a></body></html>"
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("p {margin-top:0;margin-bottom:0;}", "p\r\n\t{margin-top:0;\r\n\tmargin-bottom:0}"),
        ("<!-- P {margin:0} -->", "P\r\n\t{margin:0}"),
        ("/* a */ p, li {margin:0} i{}", "p, li\r\n\t{margin:0}\r\ni\r\n\t{}"),
        ("@media print{p{margin:0}}", "@media print{p{margin:0}}"),
    ],
)
def test_style_sheets_are_shown_inside_comments(
    written: str, shown: str, sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """As Exchange writes them anew; what was asked for as it is, and other comments, stay as they are."""
    rest = "<!--[if mso]><style>b{}</style><![endif]--><body>x</body>"
    html = f'<style type="text/css" style="display:none">{written}</style>{rest}'
    message = sim.world.receive(mailbox, mailbox.named["inbox"], Written("<m@x>", "s", html, True, 1))
    path = f"/me/messages/{mailbox.ids.immutable(message.number)}"

    safe = graph.get(path)["body"]["content"]
    raw = graph.get(path, "outlook.allow-unsafe-html")["body"]["content"]

    assert safe == f'<style type="text/css" style="display:none">\r\n<!--\r\n{shown}\r\n-->\r\n</style>{rest}'
    assert raw == html


@pytest.mark.parametrize(
    "written", ["<style" * 50_000, "<style>" * 50_000, "<!--" * 50_000, "<style>" + "{" * 100_000]
)
def test_style_sheets_are_read_in_a_moment(written: str) -> None:
    """However they are written."""
    before = time.process_time()
    in_comments(f"{written}<style>")

    assert time.process_time() - before < 1
