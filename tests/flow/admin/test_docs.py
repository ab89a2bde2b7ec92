"""docs/api.md names the addresses that the program has, no more and no fewer."""

import re
from pathlib import Path

from starlette.routing import Route
from tests.flow.admin.running import RunningServer

DOCS = Path(__file__).parents[3] / "docs" / "api.md"


def test_every_address_is_documented(server: RunningServer) -> None:
    """The headings of docs/api.md are the routes outside the mail API and the pages."""
    told = set(re.findall(r"^### ([A-Z]+ /\S*)$", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    real = {
        f"{method} {route.path}"
        for route in server.built.web.routes
        if isinstance(route, Route) and not re.match(r"/(jmap|\.well-known|\{path)", route.path)
        for method in (route.methods or ()) - {"HEAD"}
    }
    assert told == real


def test_every_action_of_the_audit_trail_is_documented() -> None:
    """Each deed recorded anywhere in the program stands in the list."""
    program = Path(__file__).parents[3] / "src" / "poststelle"
    sources = [*program.glob("access/*.py"), *program.glob("settings/*.py")]
    nouns = "user|login|password|account|grant|sign_in|setting|application|app|check"
    pattern = re.compile(rf"\"((?:{nouns})\.[a-z_]+)\"")
    recorded = set(pattern.findall("".join(p.read_text(encoding="utf-8") for p in sources)))
    documented = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", DOCS.read_text(encoding="utf-8")))
    assert recorded <= documented
