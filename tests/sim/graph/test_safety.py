"""HTML is made harmless as a browser reads it, not as it is spelled."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser
from tests.sim.graph.harness import GraphCaller

from m365sim.world import Mailbox
from m365sim.world.compose import Written
from m365sim.world.safety import harmless
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

    assert shown == ("<!DOCTYPE html><html><head><style>p{}</style></head><body><a>z</a></body></html>")
