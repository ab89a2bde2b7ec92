"""The benchmarks' pictures are drawn from kept results, and say what those say."""

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from bench import capacity, plots

HERE = Path(plots.__file__).parent
LINES = [
    {"curve": "messages", "engine": engine, "size": size, "measure": "list", "cpu_ms": ms, "database_ms": 1.0,
     "clock_ms": 9.0, "load": 2.4}
    for engine, size, ms in (("sqlite", 1000, 2.0), ("sqlite", 10_000, 4.0), ("postgresql", 1000, 31.0))
]  # fmt: skip


def test_a_curve_is_drawn_from_a_benchmarks_output_as_it_is(tmp_path: Path) -> None:
    """Other lines are passed over; PostgreSQL's processor time counts with ours; the load is named."""
    output = ["| a table |", *map(json.dumps, LINES), ""]
    (tmp_path / "growth.jsonl").write_text("\n".join(output))

    plots.main(tmp_path, tmp_path / "pictures")

    [picture] = (tmp_path / "pictures").iterdir()
    words = [text.text for text in Xml.parse(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert picture.name == "growth-messages.svg"
    assert {"SQLite", "PostgreSQL", "list (ms)", "5", "32"} <= set(words)
    assert any("Load 2" in word for word in words if word)


@pytest.mark.parametrize("size", [1000])
def test_one_size_is_no_curve(size: int) -> None:
    """Nothing is drawn that would show nothing."""
    assert plots.drawn([line for line in LINES if line["size"] == size]) == {}


def test_many_mailboxes_are_drawn_over_their_number() -> None:
    """While mail comes, by workers and rate; other phases, and one size alone, make no picture."""
    shared = {"workers": 2, "rate": 50, "processors": {"worker 1": 0.5, "simulator": 0.25}, "load": 1.2}
    lines = [
        {"scale": shared | {"phase": phase, "accounts": accounts, "p95_s": late}}
        for phase, accounts, late in (
            ("arriving", 600, 0.7),
            ("arriving", 10_000, 1.57),
            ("backlog", 7, 9.0),
        )
    ]

    picture = plots.drawn(lines)["scale"]

    words = [text.text for text in Xml.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert {"2 workers, 50 a second", "600", "10,000", "1.6", "0.75"} <= set(words)
    assert "7" not in words
    assert plots.drawn(lines[:1]) == {}


def test_a_run_without_cyrus_has_a_picture_of_its_own() -> None:
    """It does not take the place of the comparison."""
    runs = [{"list": {"cyrus": 37.3, "poststelle": 2.6}}, {"list": {"poststelle": 2.6}}]
    lines = [{"jmap": {"messages": 50, "load": 1.0, "ms": ms}} for ms in runs]

    pictures = plots.drawn(lines)

    assert set(pictures) == {"jmap", "jmap-beside-cyrus"}
    assert "Cyrus" not in pictures["jmap"]


def test_the_pictures_here_are_those_of_the_results_here() -> None:
    """Whoever keeps new results draws them, too: ``python -m bench.plots``."""
    lines = [line for file in sorted((HERE / "results").glob("*.jsonl")) for line in plots.read(file)]
    held = {file.stem: file.read_text() for file in (HERE / "plots").glob("*.svg")}

    assert plots.drawn(lines) == held


def test_the_page_about_capacity_shows_the_kept_result() -> None:
    """Its tables are those that ``python -m bench.capacity`` printed when the result was kept."""
    [line] = plots.read(HERE / "results" / "capacity.jsonl")
    page = (HERE.parent / "docs" / "capacity.md").read_text()

    assert [row for row in capacity.tables(capacity.kept(line["capacity"])) if row not in page] == []
