"""docs/api.md names the addresses that the program has, no more and no fewer."""

import re
from pathlib import Path

from starlette.routing import Route
from tests.flow.admin.running import RunningServer

from poststelle.model.writeback import OpKind
from poststelle.providers.graph.tokens import SCOPES, SHARED_SCOPES

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs" / "api.md"
PROGRAM = ROOT / "src" / "poststelle"
REFUSAL = re.compile(r"\b(?:NotFound|NotAllowed|Conflict)\(\s*\"([a-z_]+)\"")
ELSEWHERE = re.compile(r"/(jmap|\.well-known|\{path|api/v1/(?!openapi))")
OF_JMAP_ALONE = {
    "http/jmap/blob_octets.py",
    "mail/blobs.py",
    "mail/bundle.py",
    "mail/folders.py",
    "mail/push_subscriptions.py",
    "submission/submit.py",
}
"""What is refused here reaches nobody by the administration API, but for what other files refuse too."""


def test_every_address_is_documented(server: RunningServer) -> None:
    """The headings of docs/api.md are the routes outside the mail API and the pages; those below
    /api/v1 describe themselves.
    """
    told = set(re.findall(r"^### ([A-Z]+ /\S*)$", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    real = {
        f"{method} {route.path}"
        for route in server.built.web.routes
        if isinstance(route, Route)
        and not re.match(r"/(jmap|\.well-known|\{path|api/v1/(?!openapi))", route.path)
        for method in (route.methods or ()) - {"HEAD"}
    }
    assert told == real


def test_every_action_of_the_audit_trail_is_documented() -> None:
    """Each deed recorded anywhere in the program stands in the list."""
    sources = [*PROGRAM.glob("access/*.py"), *PROGRAM.glob("settings/*.py"), *PROGRAM.glob("backup/*.py")]
    nouns = "user|login|second_factor|recovery_codes|"
    nouns += "team|invitation|password|token|account|grant|sign_in|setting|application|app|check|keys|backup"
    pattern = re.compile(rf"(?<!log.info\()(?<!log.warning\()\"((?:{nouns})\.(?!json)[a-z_]+)\"")
    recorded = set(pattern.findall("".join(p.read_text(encoding="utf-8") for p in sources)))
    documented = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", DOCS.read_text(encoding="utf-8")))
    assert recorded <= documented


def test_every_refusal_is_documented() -> None:
    """Each code that a use case or an endpoint refuses with stands in the table of errors."""
    refused: set[str] = set()
    for file in PROGRAM.rglob("*.py"):
        if file.relative_to(PROGRAM).as_posix() not in OF_JMAP_ALONE:
            refused |= set(REFUSAL.findall(file.read_text(encoding="utf-8")))
    table = DOCS.read_text(encoding="utf-8").partition("| status |")[2].partition("## Login")[0]
    assert refused <= set(re.findall(r"`([a-z_]+)`", table))
    assert {"no_such_change", "being_sent", "on_its_way"} <= refused


def test_every_notice_is_documented_and_known_to_the_pages() -> None:
    """The codes with which a message's sending fails, and the kinds of changes, are those that are told."""
    told = DOCS.read_text(encoding="utf-8")
    notices = told.partition("/notices\n")[2].partition("###")[0]
    queue = told.partition("/queue\n")[2].partition("###")[0]
    page = (ROOT / "web" / "src" / "store" / "assigned.ts").read_text(encoding="utf-8")
    of_page = page.partition("interface Notice")[2].partition("detail")[0]
    sources = "".join(
        p.read_text(encoding="utf-8") for d in ("submission", "writeback") for p in PROGRAM.glob(f"{d}/*.py")
    )
    failing = set(re.findall(r'code="([a-z_]+)"', sources))
    assert failing >= {"unknown", "not_allowed", "gone", "refused"}
    for code in failing:
        assert (f"`{code}`" in notices, f'"{code}"' in of_page) == (True, True), code
    assert {kind.value for kind in OpKind} - {"send"} <= set(re.findall(r"`([a-z_]+)`", queue))


def test_every_permission_asked_for_is_documented() -> None:
    """Who registers the app is told all of them."""
    told = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    assert [scope for scope in {*SCOPES, *SHARED_SCOPES} if f"`{scope}`" not in told] == []


def test_the_threat_model_names_tests_that_there_are() -> None:
    """What is said to be proven is: each test and each folder of tests that the page on security names."""
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    files = [file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py")]
    there = {name for text in files for name in re.findall(r"^(?:async )?def (test_\w+)", text, re.M)}
    named = set(re.findall(r"`(test_\w+)`", page))
    assert len(named) > 50
    assert named - there == set()
    assert [path for path in re.findall(r"`(tests/[\w./]+)`", page) if not (ROOT / path).exists()] == []
