"""``python -m bench``: all benchmarks, one after the other, each a program of its own.

The sizes end in about an hour on two processors at rest; each can be run by itself with others
(``python -m bench.NAME --help``). Where one fails, or lacks what it needs or compares with, the others go on,
and the last lines and the exit status say so. ``--results FOLDER`` keeps what each prints there, and draws
the pictures beside it.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench import plots
from bench.tools import NOT_WHOLE


def benchmarks(options: argparse.Namespace) -> dict[str, tuple[str, ...]]:
    """Each with its sizes."""
    return {
        "first_sync": ("--messages", str(options.messages)),
        "latency": ("--changes", str(options.changes)),
        "search": ("--messages", str(options.searched)),
        "jmap": ("--messages", "10000"),
        "webmail": ("--messages", "5000"),
        "page": ("--messages", "20000"),
        "growth": ("--messages", "10000", "50000", "--accounts", "10", "100", "1000"),
        "looks": (),
        "idle": ("--accounts", str(options.accounts)),
        "scale": (),
        "reading": (),
        "object_storage": (),
        "simulator": (),
        "capacity": (),
    }


def main() -> int:
    """Read the options and run; how many benchmarks failed or are not whole."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--messages", type=int, default=20_000, help="messages in the mailbox (default: %(default)s)"
    )
    parser.add_argument(
        "--changes", type=int, default=100, help="changes whose way is timed (default: %(default)s)"
    )
    parser.add_argument(
        "--accounts", type=int, default=200, help="mailboxes that are idle (default: %(default)s)"
    )
    parser.add_argument(
        "--searched", type=int, default=50_000, help="messages that are searched (default: %(default)s)"
    )
    parser.add_argument("--only", action="append", metavar="NAME", help="of these alone; may be said again")
    parser.add_argument("--results", type=Path, help="keep what they print in this folder")
    options = parser.parse_args()
    if options.messages < 200:
        parser.error("--messages must be at least 200: first_sync waits for fifty in the inbox")
    if options.changes < 20:
        parser.error("--changes must be at least 20")
    known = benchmarks(options)
    if unknown := set(options.only or ()) - known.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    wanted = {name: sizes for name, sizes in known.items() if not options.only or name in options.only}
    ended = {name: _run(name, sizes, options.results) for name, sizes in wanted.items()}
    if options.results:
        plots.main(options.results, options.results)
    for line in shortcomings(ended):
        print(line, file=sys.stderr)
    return sum(status != 0 for status in ended.values())


def shortcomings(ended: Mapping[str, int]) -> Iterator[str]:
    """Which of these exit statuses say that a benchmark failed, or that something was not there for it."""
    if short := [name for name, status in ended.items() if status == NOT_WHOLE]:
        yield f"\nnot whole, for something was not there (said above): {', '.join(short)}"
    if failed := [name for name, status in ended.items() if status not in (0, NOT_WHOLE)]:
        yield f"\nfailed: {', '.join(failed)}"


def _run(name: str, sizes: tuple[str, ...], results: Path | None) -> int:
    """One benchmark, shown while it runs; its exit status."""
    print(f"\n== {name} {' '.join(sizes)}", flush=True)
    command = [sys.executable, "-m", f"bench.{name}", *sizes]
    if results is None:
        return subprocess.run(command, check=False).returncode
    results.mkdir(parents=True, exist_ok=True)
    with (results / f"{name}.jsonl").open("w") as kept:
        running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            kept.write(line)
        return running.wait()


if __name__ == "__main__":
    sys.exit(main())
