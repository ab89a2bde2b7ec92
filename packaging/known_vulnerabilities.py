"""Whether what is delivered stands on packages with known vulnerabilities: ``make audit``.

The pinned packages of the server and of the web UI are looked up in the OSV database. Ends with 0 when there
is none, or the database can't be reached (which is told: a machine without a network builds all the same);
with 1 when there is one that ``accepted_vulnerabilities.txt`` does not name.

Source: OSV, "POST /v1/querybatch" (google.github.io/osv.dev).
"""

import argparse
import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
OSV = "https://api.osv.dev/v1/querybatch"
ACCEPTED = Path(__file__).with_name("accepted_vulnerabilities.txt")
_AT_ONCE = 500  # OSV takes 1,000
_PATIENCE_S = 20
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


class Package(NamedTuple):
    """``ecosystem`` as OSV calls it."""

    ecosystem: str
    name: str
    version: str


class Unreachable(Exception):
    """The database did not answer as it should."""


def main() -> int:
    """Look all up; the code to end with."""
    parser = argparse.ArgumentParser(description="Look for known vulnerabilities.")
    parser.add_argument("--url", default=OSV)
    parser.add_argument("--accepted", type=Path, default=ACCEPTED)
    options = parser.parse_args()
    packages = sorted({*_of_python(), *_of_web()})
    try:
        found = list(_known(packages, options.url))
    except Unreachable as problem:
        sys.stderr.write(f"Dependencies were NOT checked for known vulnerabilities: {problem}\n")
        return 0
    accepted = _accepted(options.accepted)
    bad = [(package, id_) for package, id_ in found if id_ not in accepted]
    for package, id_ in bad:
        sys.stderr.write(f"{package.name} {package.version}: {id_}\n")
    told = f"{len(packages)} packages, {len(bad)} known vulnerabilities, {len(found) - len(bad)} accepted"
    sys.stdout.write(f"{told}.\n")
    return 1 if bad else 0


def _of_python() -> Iterator[Package]:
    text = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    return (Package("PyPI", name, version) for name, version in _PIN.findall(text))


def _of_web() -> Iterator[Package]:
    """What ends in a browser; tools that build it stay here."""
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))
    for place, told in lock["packages"].items():
        if place and not told.get("dev"):
            yield Package("npm", place.rpartition("node_modules/")[2], told["version"])


def _known(packages: list[Package], url: str) -> Iterator[tuple[Package, str]]:
    for begin in range(0, len(packages), _AT_ONCE):
        some = packages[begin : begin + _AT_ONCE]
        queries = [
            {"package": {"ecosystem": one.ecosystem, "name": one.name}, "version": one.version}
            for one in some
        ]
        results = _asked(url, {"queries": queries}).get("results")
        if not isinstance(results, list) or len(results) != len(some):
            raise Unreachable("the database's answer was not understood.")
        for package, result in zip(some, results, strict=True):
            yield from ((package, known["id"]) for known in (result or {}).get("vulns") or ())


def _asked(url: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - ours, or a test's
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer:  # noqa: S310
            told = json.load(answer)
    except urllib.error.HTTPError as problem:
        if problem.code < 500:  # it is there, and does not take what we ask
            raise
        raise Unreachable(f"{url} is in trouble ({problem.code}).") from problem
    except (OSError, ValueError) as problem:
        raise Unreachable(f"{url} can't be reached ({type(problem).__name__}).") from problem
    return told if isinstance(told, dict) else {}


def _accepted(path: Path) -> set[str]:
    """Ids at the beginning of lines; what follows says why."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


if __name__ == "__main__":
    sys.exit(main())
