"""Words in one form, what people type as terms, and passages that show what was found."""

import html
import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poststelle.mail.snippets import LONGEST_PREVIEW, Effort, Sought, marked, passage
from poststelle.mail.terms import parse
from poststelle.mime import html_text
from poststelle.mime.words import LONGEST_WORD, fold, fold_prefix, spans
from poststelle.model.search import Term

# Letters of several scripts, accents, signs, what shows nothing, halves of characters.
texts = st.text(
    st.one_of(
        st.sampled_from(
            "aeouqAEOU szßäöüÄÖÜéøæþıİµ½²ª\u0301\u0308\xad\u200b\ufb01中文かनि\ud800 -.@*\"'<&\n"
        ),
        st.characters(),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "MUELLER"), ("Müller", "muller"), ("Mu\u0308ller", "Müller"), ("Straße", "strasse"),
        ("für", "fuer"), ("Ångström", "angstroem"), ("café", "CAFE"), ("Yılmaz", "yilmaz"),
        ("Søren", "soeren"),
        ("ﬁn", "fin"), ("Liefer\xadung", "Lieferung"), ("E-Mail", "e mail"), ("İstanbul", "istanbul"),
        ("Привет", "ПРИВЕТ"), ("a.b@c-d.example", "a b c d example"), ("aktuell", "aktüll"),
    ],
)  # fmt: skip
def test_one_word_has_one_form(one: str, other: str) -> None:
    """However it is written."""
    assert fold(one).split() == fold(other).split() != []


@pytest.mark.parametrize(
    ("one", "other"), [("Mull", "Muller"), ("blue", "blu"), ("toe", "to"), ("due", "du")]
)
def test_other_words_have_other_forms(one: str, other: str) -> None:
    """At the end of a word nothing is an umlaut written out."""
    assert fold(one).split() != fold(other).split()


@settings(max_examples=60, deadline=None)
@given(texts)
def test_places_are_those_of_the_words(text: str) -> None:
    """``spans`` finds what ``fold`` finds, each word where it stands, whatever the text."""
    found = list(spans(text))
    assert [span.word for span in found] == fold(text).split()
    assert all(fold(text[span.start : span.end]).split() == [span.word] for span in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("aeoumüßlé"), min_size=1, max_size=8), st.integers(1, 8))
def test_a_beginning_of_a_word_finds_the_word(word: str, length: int) -> None:
    """Whatever is typed so far, whether or not an umlaut written out is half finished."""
    [begun] = fold_prefix(word[:length]).split()
    assert fold(word).strip().startswith(begun)


def test_long_words_are_cut_alike() -> None:
    """A word longer than anybody types counts with its beginning, in whatever text it stands."""
    long = "x" * 500
    assert [len(word) for word in fold(f"kurz {long} ende").split()] == [4, LONGEST_WORD, 4]
    assert fold(long).split() == fold(f"ein {long}y").split()[1:]
    assert len(fold("я" * 500).strip().encode()) == LONGEST_WORD


@pytest.mark.parametrize("size", range(LONGEST_WORD - 1, LONGEST_WORD + 102, 9))
@pytest.mark.parametrize("before", ["", "Langwort ", "a " * 49, "a " * 120])
def test_a_long_word_at_the_end_is_cut_too(before: str, size: int) -> None:
    """Wherever in a text it stands, it is the word that is looked for."""
    [*_, last] = fold(f"{before}{'q' * size}").split()
    assert last == fold("q" * size).strip() == "q" * min(size, LONGEST_WORD)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Rechnung Müller", [Term(("rechnung",)), Term(("muller",))]),
        ('"offene Rechnung" 12', [Term(("offene", "rechnung")), Term(("12",))]),
        ("„offene Rechnung“", [Term(("offene", "rechnung"))]),
        ("'offene Rechnung'", [Term(("offene", "rechnung"))]),
        ("don't", [Term(("don", "t"))]),
        (r'"a \" b"', [Term(("a", "b"))]),
        ("Rech* Mue*", [Term(("rech",), is_prefix=True), Term(("mu",), is_prefix=True)]),
        ('"offene Rech*"', [Term(("offene", "rech"), is_prefix=True)]),
        ('"offene Rech"*', [Term(("offene", "rech"), is_prefix=True)]),
        ("anna@berger.example", [Term(("anna", "berger", "example"))]),
        ("- ! *", [Term(())]),
        ("", [Term(())]),
        ('"offen', [Term(("offen",))]),
    ],
)
def test_what_people_type_becomes_terms(text: str, terms: list[Term]) -> None:
    """Words, phrases in any quotation marks, beginnings, and signs that hold words together."""
    assert list(parse(text)) == terms


@settings(max_examples=60, deadline=None)
@given(texts)
def test_anything_can_be_typed(text: str) -> None:
    """No text breaks the reading of a search, and its words are searchable ones."""
    assert all(word.isalnum() or not word.isascii() for term in parse(text) for word in term.words)
    assert sum(len(term.words) for term in parse(text * 100)) <= 50


@settings(max_examples=60, deadline=None)
@given(texts, texts)
def test_a_passage_is_short_html_that_holds_a_hit(before: str, after: str) -> None:
    """At most 255 octets, escaped, marks closed, and the text as it was between them."""
    text = " ".join(f"{before * 20} treffer {after * 20}".split()).encode(errors="replace").decode()
    given = passage(text, Sought([Term(("treffer",))]), "", Effort(unasked))
    assert given is not None
    found, _ = given
    assert "<mark>treffer</mark>" in found
    assert len(found.encode()) <= LONGEST_PREVIEW
    assert re.findall(r"</?mark>", found) == ["<mark>", "</mark>"] * found.count("<mark>")
    assert html.unescape(re.sub(r"</?mark>", "", found)) in text


def test_overlapping_hits_are_marked_once() -> None:
    """Phrases and words that share words are one mark."""
    terms = [Term(("a", "b")), Term(("b", "c")), Term(("c",))]
    assert marked("a b c a c", Sought(terms), Effort(unasked)) == "<mark>a b c</mark> a <mark>c</mark>"
    assert marked("a", Sought([Term(("b",))]), Effort(unasked)) is None


def test_a_word_is_looked_at_once_however_many_are_looked_for() -> None:
    """Phrases cost the words they are compared with; what is looked at comes to an end, and asks before."""
    asked: list[None] = []
    text = "a " * 10_000
    effort = Effort(lambda: asked.append(None), steps=100_000)
    assert marked(text, Sought([Term((f"w{n}",)) for n in range(100)]), effort) is None
    assert (effort.steps, len(asked)) == (90_000, 2)
    assert passage(text, Sought([Term(("a", "b"))]), "", effort) is None
    assert effort.steps > 79_000 and len(asked) >= 4
    assert marked(text, Sought([Term(("b",) * 49 + ("a",))]), effort) is None
    assert effort.steps <= 0
    assert passage("a", Sought([Term(("a",))]), "", effort) is None


def unasked() -> None:
    """Nobody ends it."""


def test_tags_within_a_word_do_not_end_it() -> None:
    """Word processors put them anywhere; a new line or cell is the end of a word."""
    text = html_text.text_of(
        "<p>Lie<b>fer</b><span class=x>ung</span></p><p>neu</p><table><tr><td>a<td>b<br>c</table>"
    )
    assert fold(text).split() == ["lieferung", "neu", "a", "b", "c"]
