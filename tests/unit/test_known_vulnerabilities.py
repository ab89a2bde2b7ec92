"""Known vulnerabilities end the build; a database that can't be reached is told, and does not."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "packaging" / "known_vulnerabilities.py"


@contextmanager
def database(known: dict[str, list[str]], status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """OSV's answers for packages by name; its address, and what it was asked."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            asked.extend(queries)
            results = [
                {"vulns": [{"id": id_} for id_ in known[q["package"]["name"]]]}
                if q["package"]["name"] in known
                else {}
                for q in queries
            ]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps({"results": results}).encode())

        def log_message(self, *_: object) -> None:
            """Quietly."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/querybatch", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run(url: str, accepted: str, folder: Path) -> tuple[int, str]:
    (folder / "accepted.txt").write_text(accepted)
    command = [sys.executable, str(PROGRAM), "--url", url, "--accepted", str(folder / "accepted.txt")]
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")
    return done.returncode, done.stdout + done.stderr


def test_what_is_known_ends_the_build_until_it_is_accepted(tmp_path: Path) -> None:
    """Packages of the server and of the page, in their pinned versions; not the tools that build it."""
    with database({"aiohttp": ["GHSA-1"], "dompurify": ["GHSA-2"], "vite": ["GHSA-3"]}) as (url, asked):
        code, said = run(url, "# none\n", tmp_path)
        assert code == 1
        assert "aiohttp" in said and "GHSA-1" in said and "GHSA-2" in said and "GHSA-3" not in said
        assert all(q["version"] and q["package"]["ecosystem"] in {"PyPI", "npm"} for q in asked)
        code, said = run(url, "GHSA-1 we never parse that\nGHSA-2 not reachable\n", tmp_path)
    assert (code, "2 accepted" in said) == (0, True), said


def test_without_a_network_it_says_that_nothing_was_checked(tmp_path: Path) -> None:
    """Nobody there, and a database in trouble."""
    code, said = run("http://127.0.0.1:9/v1/querybatch", "", tmp_path)
    assert (code, "NOT checked" in said) == (0, True), said
    with database({"aiohttp": ["GHSA-1"]}, status=500) as (url, _):
        code, said = run(url, "", tmp_path)
    assert (code, "NOT checked" in said) == (0, True), said
