"""What a benchmark needs and this repository does not hold, and how it says that something is not there.

``gen_mail.py`` makes the mail that all servers get; ``jmap_bench.py`` and ``roundcube_bench.py`` are clients
that know nothing of us; ``cyrus_setup.sh`` and ``roundcube_setup.sh`` set up what we are compared with. They
lie in a folder beside the repository.
"""

import sys
from pathlib import Path
from typing import NoReturn

TOOLS = Path(__file__).resolve().parents[2] / "shared" / "bench"
NOT_WHOLE = 2
"""The exit status of a benchmark for which something was not there; what it could do without, it has done."""


def require(folder: Path, *names: str) -> None:
    """End the program with a sentence where one of these is not in the folder."""
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        remedy = "put the benchmarks' tools there, or name their folder with --tools"
        not_whole(
            f"{' and '.join(missing)} not found in {folder}: {remedy} (bench/README.md, What is needed)"
        )


def not_whole(why: str) -> NoReturn:
    """End the program, saying what was not there."""
    print(why, file=sys.stderr, flush=True)
    sys.exit(NOT_WHOLE)
