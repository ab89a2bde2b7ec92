"""Draws ``bench/plots/*.svg`` from ``bench/results/*.jsonl``: what the benchmarks have printed, kept.

A result is a line of JSON; all other lines of a benchmark's output are passed over, so that it may be kept
as it is: ``python -m bench.growth | tee bench/results/growth.jsonl``. What has no line
is not drawn.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.capacity import LIMITS, PEAK
from bench.drawing import Panel, bars, panels
from bench.growth import ROWS

HERE = Path(__file__).parent
_ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_FEWEST = 2  # sizes of a curve
Json = dict[str, Any]


def main(results: Path, pictures: Path) -> None:
    """Draw what there are results for, and name each picture."""
    pictures.mkdir(exist_ok=True)
    lines = [line for file in sorted(results.glob("*.jsonl")) for line in read(file)]
    for name, picture in drawn(lines).items():
        (pictures / f"{name}.svg").write_text(picture)
        print(pictures / f"{name}.svg")


def read(file: Path) -> Iterator[Json]:
    """The results in a benchmark's output."""
    for line in file.read_text().splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def drawn(lines: Sequence[Json]) -> dict[str, str]:
    """The pictures by their names."""
    found = {}
    for curve in ("messages", "accounts"):
        figures = [line for line in lines if line.get("curve") == curve]
        if len({one["size"] for one in figures}) >= _FEWEST:
            found[f"growth-{curve}"] = _growth(curve, figures)
    kinds = {"first_sync": _first_sync, "webmail": _webmail, "jmap": _jmap, "capacity": _capacity}
    for kind, draw in kinds.items():
        for line in lines:
            if kind in line:
                beside = "-beside-cyrus" if kind == "jmap" and _is_beside_cyrus(line[kind]) else ""
                found[kind.replace("_", "-") + beside] = draw(line[kind])
    arriving = [line["scale"] for line in lines if line.get("scale", {}).get("phase") == "arriving"]
    if len({one["accounts"] for one in arriving}) >= _FEWEST:
        found["scale"] = _scale(arriving)
    return found


def _growth(curve: str, figures: Sequence[Json]) -> str:
    """A panel for each measure; PostgreSQL's processor time is the server's and the database's together."""
    by_measure: dict[str, dict[str, dict[float, float]]] = defaultdict(lambda: defaultdict(dict))
    for one in figures:
        if one["measure"] != ROWS:
            by_measure[one["measure"]][_ENGINES[one["engine"]]][one["size"]] = (
                one["cpu_ms"] + one["database_ms"]
            )
    shown = [
        Panel(
            name.partition(",")[0] if "KiB" in name else name,
            "KiB a message" if "KiB" in name else "ms",
            lines,
        )
        for name, lines in by_measure.items()
    ]
    what = "Messages in one mailbox" if curve == "messages" else "Mailboxes of an installation"
    note = f"Processor time, with PostgreSQL's. {_load(one['load'] for one in figures)}"
    return panels(f"{what}: what each request costs", note, shown, curve)


def _first_sync(figures: Json) -> str:
    names = {
        "bare": "only downloaded",
        "floor": "the same rows, in bulk",
        "server": "Poststelle",
        "o365": "O365 library, nothing stored",
        "msgraph-sdk": "msgraph SDK, nothing stored",
    }
    groups = {
        label: {"by the clock": figures.get(key), "of one processor": figures.get(f"{key} by cpu")}
        for key, label in names.items()
    }
    note = f"{figures['messages']:,} messages. {_load([figures['load']])}"
    return bars("Reading a mailbox for the first time", note, groups, "Messages a second, more is better")


def _webmail(figures: Json) -> str:
    names = {"dovecot": "Dovecot (IMAP)", "roundcube": "Roundcube", "poststelle": "Poststelle"}
    return _times("Reading mail beside an IMAP server and a webmail", figures, names)


def _jmap(figures: Json) -> str:
    names = {"cyrus": "Cyrus IMAP (JMAP)", "poststelle": "Poststelle", "million": "Poststelle, 1,000,000"}
    beside = " beside Cyrus IMAP" if _is_beside_cyrus(figures) else ""
    return _times(f"Reading mail by JMAP{beside}", figures, names)


def _is_beside_cyrus(figures: Json) -> bool:
    """A run in which Cyrus was asked, too, has a picture of its own."""
    return any("cyrus" in row for row in figures["ms"].values())


def _times(title: str, figures: Json, names: Mapping[str, str]) -> str:
    groups = {
        label: {shown: values.get(key) for key, shown in names.items() if key in values}
        for label, values in figures["ms"].items()
    }
    note = f"{figures['messages']:,} messages. {_load([figures['load']])}"
    return bars(title, note, groups, "Milliseconds in the middle, less is better")


def _scale(arriving: Sequence[Json]) -> str:
    """While mail comes: a line for each number of workers and each rate."""
    late: dict[str, dict[float, float]] = defaultdict(dict)
    used: dict[str, dict[float, float]] = defaultdict(dict)
    for one in arriving:
        name = f"{one['workers']} worker{'s' if one['workers'] > 1 else ''}, {one['rate']:g} a second"
        late[name][one["accounts"]] = one["p95_s"]
        used[name][one["accounts"]] = sum(one["processors"].values())
    shown = (Panel("to the right stream, p95", "s", late), Panel("processors in all", "", used))
    loads = _load(one["load"] for one in arriving)
    note = f"Of the processors the simulator and the benchmark use a part. {loads}"
    return panels("Mail arriving in many mailboxes", note, shown, "mailboxes")


def _capacity(needs: Sequence[Json]) -> str:
    peaks = {one["mailboxes"]: next(busy for busy in one["busy"] if busy["hour"] == PEAK) for one in needs}
    nights = {one["mailboxes"]: one["busy"][0] for one in needs}

    def of_peak(key: str) -> dict[float, float]:
        return {size: busy[key] for size, busy in peaks.items()}

    def of_all(key: str) -> dict[float, float]:
        return {one["mailboxes"]: one[key] for one in needs}

    limit = dict.fromkeys(peaks, LIMITS.requests_of_app)
    nightly = {size: busy["requests"] for size, busy in nights.items()}
    requests = {PEAK: of_peak("requests"), "at night": nightly, "limit of one app": limit}
    processors = {
        "workers": of_peak("processors"),
        "web": of_peak("processors_of_web"),
        "PostgreSQL": of_peak("processors_of_database"),
    }
    shown = (
        Panel("requests to Microsoft", "a second", requests),
        Panel("notifications", "a second", {PEAK: of_peak("notifications")}),
        Panel("processors", "at the peak", processors),
        Panel("worker processes", "", {PEAK: of_all("workers")}),
        Panel("database at first", "TB", {PEAK: {k: v / 1e12 for k, v in of_all("database").items()}}),
        Panel("database a year", "TB", {PEAK: {k: v / 1e12 for k, v in of_all("database_a_year").items()}}),
    )
    return panels("What so many mailboxes need, on paper", "docs/capacity.md says how.", shown, "mailboxes")


def _load(loads: Any) -> str:
    found = sorted(loads)
    low, high = round(found[0]), round(found[-1])
    return f"Load {low}" if low == high else f"Loads of {low} to {high}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.plots", description=__doc__)
    parser.add_argument("--results", type=Path, default=HERE / "results", help="(default: %(default)s)")
    parser.add_argument("--pictures", type=Path, default=HERE / "plots", help="(default: %(default)s)")
    options = parser.parse_args()
    main(options.results, options.pictures)
