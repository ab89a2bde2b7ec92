"""The words of an HTML text: those that a browser's parser finds, in linear time whatever is thrown at it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from poststelle.mime.html_text import LONGEST_HTML, SLICE, lines_of, shows_nothing, text_of, words_of

OUTLOOK = (
    "<html xmlns:o='urn:schemas-microsoft-com:office:office'><head><title>Angebot</title>"
    "<meta http-equiv=Content-Type content='text/html; charset=utf-8'>"
    "<!--[if mso]><xml><o:x>nicht</o:x></xml><![endif]-->"
    "<style><!-- p.MsoNormal > a { color: red } --></style></head><body lang=DE>"
    "<p class=MsoNormal style='font-family:\"Calibri\",sans-serif'>Guten Tag Frau M&uuml;ller,<o:p></o:p></p>"
    "<p>die <strong>Ab</strong>rechnung f\u00fcr M&auml;rz &amp; April:<br>12&nbsp;&euro; &lt; 13&#8364;</p>"
    "<![if !mso]><p>Bild: <img alt='a>b' src=\"cid:1\">hier</p><![endif]>"
    "<table><tr><td>eins<td>zwei</td></tr></table><ul><li>drei<li>vier</ul></body></html>"
)
ORDINARY = (
    OUTLOOK,
    "",
    "a < b & c > d &copy e &notit; &ampx &amp;lt;",
    "<p>x</p",
    "<p>x <a href='y",
    "<p title=it's>a</p><p title='x>y'>b</p><p title = \"q>r\" id=p>c</p>",
    "<head>kein Kopf</head>",
    "<TITLE>a<b></TITLE >b",
    "<script>if (a < b) '</p>' </scripts> </script x='>'>c",
    "<style>a",
    "<titles>x</titles>",
    "a<!-->b<!--->c<!-- d --!>e<!-- f -- g - h -->i <!doctype x>j <?xml k ?>l </ m>n<!-- o --",
    "a<template>b<Template>c</template>d</template>e",
    "a<template>b",
    "a </template>b",
    "<textarea>a</textarea><select><option>b<option>c</select>",
)
PIECES = (
    *("<p>", "</p>", "<div class='a>b'>", "</div>", "<b>", "</b>", "<br>", "<td>", '<img alt=">">'),
    *("<!-- x -->", "<style>p{}</style>", "<script>a<b</script>", "&uuml;", "&lt;"),
    *(" ", "\n", "Wort", "a", "ß", "=", "'", '"'),
)
HOSTILE = (
    *("<div>", "<ul><li>", "<p><code id=1>", "<template>", "<svg><g><![CDATA[></g>]]>"),
    *("<", "</", "<!", "<!--", "<!-- -", "<!--->", "<a ", "<a b='", '<a b=\'" c="', "<p =", "<i\n"),
    *("<style></styl", "<script><", "<title></title>", "&", "&#1", "&#x1", "&lt", "&" + "a" * 31),
)
SEARCHED = (
    *("<", "\n<", "</", "<a ", "<a x", "<b>", "<x>y", "< ", "&", "&amp", "<!---->", "<script></script>"),
    *("<template>", "<template/>", "</template><"),
)
"""What a search finds, or nearly, again and again. What is skipped, as in comments, costs nothing."""
SECONDS = 20
"""What is linear takes a hundredth of it; what is not, days."""


def words_in_tree(html: str) -> list[str]:
    """What a parser that does as browsers do finds, all tags between words."""
    tree = LexborHTMLParser(html)
    tree.strip_tags(["script", "style", "head", "title", "template"])
    assert tree.body is not None
    return tree.body.text(separator=" ").split()


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Ends what would go on for days. Python looks at signals while it looks for an expression."""

    def over(*_: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("html", ORDINARY)
def test_the_words_are_those_of_a_tree(html: str) -> None:
    """But for tags within words, which nobody sees."""
    apart = html.replace("<strong>Ab</strong>", "Ab")
    assert words_of(html).split() == words_in_tree(apart)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_order_of_markup_has_the_words_of_a_tree(pieces: list[str]) -> None:
    """Letter by letter: where words end is another question."""
    html = "<body>" + "".join(pieces)
    assert "".join(text_of(html).split()) == "".join(words_in_tree(html))


def test_what_an_outlook_mail_says() -> None:
    assert words_of(OUTLOOK) == (
        "Guten Tag Frau Müller, die Abrechnung für März & April: 12 € < 13€ Bild: hier eins zwei drei vier"
    )


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_html_takes_linear_time(unit: str) -> None:
    """What is nothing but nested or unfinished is read like any other mail."""
    with at_most(SECONDS):
        assert text_of("<p>Anfang</p>" + unit * (400_000 // len(unit))).split()[0].startswith("Anfang")


@pytest.mark.parametrize("unit", SEARCHED)
def test_no_search_is_given_more_than_a_slice(unit: str) -> None:
    """While an expression is looked for no other thread runs: a mail must not stop everybody's work."""
    times = count()
    text_of(unit * (400_000 // len(unit)), lambda: next(times))
    assert next(times) >= 400_000 // SLICE


@pytest.mark.parametrize(
    "html", ["<x " + '="' * 60_000, "<script>" + "</" * 60_000, "<script>" + "</script x='" * 20_000]
)
def test_what_is_longer_than_a_slice_is_followed_in_steps(html: str) -> None:
    times = count()
    assert text_of(html, lambda: next(times)).strip() == ""
    assert next(times) >= len(html) // SLICE


def test_the_work_can_be_ended() -> None:
    def over() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        text_of("<p>", over)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 250), st.lists(st.sampled_from(PIECES), max_size=30))
def test_where_a_slice_ends_changes_nothing(before_it: int, pieces: list[str]) -> None:
    begun = "<body>" + "." * (SLICE - before_it) + "".join(pieces)
    html = begun + "'\"> <p>" + "." * SLICE
    assert "".join(text_of(html).split()) == "".join(words_in_tree(html))


@pytest.mark.parametrize(
    "long",
    [
        *("<style>%s</style>", "<script x>%s</scripts></script y='>'>", "<!--%s-- ->-->", "<!--%s--!>"),
        *("<img src='>%s'>", '<a title = "%s" href=>', "<p x=%s y=1>", "<!%s>", "<?%s>", "</ %s>", "<%s>"),
        "<template>%s<b></template>",
    ],
)
def test_what_is_longer_than_a_slice_ends_where_it_would(long: str) -> None:
    html = f"vor {long % ('a' * 3 * SLICE)} nach <i>her</i>" + " <p>" * SLICE
    assert words_of(html) == "vor nach her"


def test_what_stands_deep_is_found() -> None:
    deep = "<div>" * 300_000 + "unten" + "</div>" * 50_000
    with at_most(SECONDS):
        assert words_of(f"<p>oben</p>{deep}") == "oben unten"


def test_only_so_much_is_looked_at() -> None:
    assert words_of(" " * (LONGEST_HTML - 1) + "ab") == "a"


def test_a_number_without_end_is_no_character() -> None:
    """Python refuses to read one of some thousand digits."""
    assert words_of(f"a &#{'1' * 5000}; b &#x{'f' * 5000}; c") == "a \ufffd b \ufffd c"


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("Guten Tag,<br>\n<br>\nich bin weg.<br/>", "Guten Tag,||ich bin weg."),
        ("<p>A</p>\n<p>B\nC</p><P>D</P>", "A|B C|D"),
        ("A<div>B</div>C", "A|B|C"),
        ("<div>A<br></div><div><br></div><div>B</div></div>", "A||B"),
        ("<p class=MsoNormal>A</p><p><o:p>&nbsp;</o:p></p><p>B</p>", "A||B"),
        ("<ul><li>A</li><li>B</li></ul>", "A|B"),
        ("<style>p<br>q</style><!-- <p> --><a title='<br>'>A</a><b>B</b><hr>&lt;br&gt;\x1eC", "AB|<br> C"),
        ("<body><pre>A</pre><brr>B", "A|B"),
        ("", ""),
        ("." * SLICE + "<br>" + "<p>" * SLICE + "A", "." * SLICE + "|A"),
    ],
)
def test_the_lines_are_those_that_a_reader_sees(html: str, lines: str) -> None:
    assert lines_of(html) == lines.replace("|", "\n")


@pytest.mark.parametrize(
    ("html", "is_empty"),
    [
        ("", True), ("\n \t", True), ("<p></p>", True), ("<p>&nbsp;&#8203;<br></p>", True),
        ("<!-- <img> --><style>p {}</style><title>Weg</title>", True), ("<template><img>a</template>", True),
        ("<template><img>", True), ('<p title="<img>"></p>', True), ("<imgs>", True),
        ("<p>.</p>", False), ("&lt;", False), ("<IMG src=a>", False), ("<template></template><svg/>", False),
        ("<p>" * SLICE + "<img>", False),
    ],
)  # fmt: skip
def test_whether_a_reader_sees_anything(html: str, is_empty: bool) -> None:
    """A sign that has a form, or a picture."""
    assert shows_nothing(html) == is_empty
