"""The pytest plug-in, used as a stranger's tests would use it."""

from __future__ import annotations

import urllib.request
from typing import Any

import pytest

from m365sim.testing import M365

pytest_plugins = ["pytester"]


def _get(m365: M365, path: str, token: str) -> tuple[int, dict[str, str]]:
    request = urllib.request.Request(m365.graph_url + path, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, context=m365.ssl_context(), timeout=60) as response:
            return response.status, dict(response.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers)


def test_a_message_put_into_a_folder_lies_there(m365: M365) -> None:
    """account(...).folder(...).receive(...) makes the account and delivers."""
    desk = m365.account("desk@example.test", "Desk")

    made = desk.folder("inbox").receive(subject="Offer", from_="Ann <ann@example.org>")
    desk.folder("Projects").create().receive(subject="Plan")

    assert [m["id"] for m in desk.folder("inbox").messages()] == [made]
    assert desk.folder("Projects").subjects() == ["Plan"]


def test_the_next_call_fails_as_told(m365: M365) -> None:
    """fail_next hits one matching call, with the headers given."""
    token = m365.token(m365.account("desk@example.test").address)
    m365.fail_next("GET", "*/messages", status=429, headers={"Retry-After": "7"})

    first, second = (_get(m365, "/me/messages", token) for _ in range(2))

    assert (first[0], first[1]["retry-after"], second[0]) == (429, "7", 200)


def test_the_clock_moves_and_tokens_end(m365: M365) -> None:
    """After two hours by the simulator's clock an access token is worth nothing."""
    token = m365.token(m365.account("desk@example.test").address, ["User.Read", "Mail.Read"])
    before = m365.clock.now()

    m365.clock.advance(seconds=7200)

    assert (m365.clock.now() - before).total_seconds() >= 7200
    assert _get(m365, "/me", token)[0] == 401


def test_an_app_reads_mail_by_itself_once_it_is_let_in(m365: M365) -> None:
    """let_app_in stands for an administrator's consent."""
    address = m365.account("desk@example.test").address
    m365.let_app_in("example.test", ["Mail.Read"])

    assert _get(m365, f"/users/{address}/messages", m365.app_token("example.test"))[0] == 200


def test_a_colleague_opens_a_shared_mailbox(m365: M365) -> None:
    """may_open gives the right that shared mailboxes need."""
    desk = m365.account("desk@example.test")
    ann = m365.account("ann@example.test").may_open(desk.address)
    token = m365.token(ann.address, "Mail.Read.Shared")

    assert _get(m365, f"/users/{desk.address}/messages", token)[0] == 200


_FRESH = """
import pytest

seen = []

def test_one(m365):
    m365.account("desk@example.test").receive(subject="Offer")
    m365.clock.advance(seconds=100)
    m365.fail_next("GET", "*", status=500)
    seen.append((m365.base_url, m365.ca_file))

def test_two(m365):
    assert m365.control.mailboxes() == []
    assert m365.control.clock()["aheadS"] == 0
    assert (m365.base_url, m365.ca_file) == seen[0]

@pytest.mark.m365(seed="office", messages=20)
def test_three(m365):
    assert len(m365.control.mailboxes()) > 1
    assert m365.msal_authority.startswith("https://localhost:")
"""


def _run(pytester: pytest.Pytester, *options: str) -> Any:
    """In this process, which has imported everything already."""
    return pytester.runpytest_inprocess("-p", "m365sim.pytest_plugin", "-p", "no:cacheprovider", *options)


def test_each_test_has_a_fresh_world_at_the_same_address(pytester: pytest.Pytester) -> None:
    """Mail, faults and clock do not outlive a test; the server and its CA do. A marker chooses the world."""
    pytester.makepyfile(_FRESH)

    result = _run(pytester, "--strict-markers", "-W", "error")

    result.assert_outcomes(passed=3)


def test_the_ini_file_chooses_the_world_of_all_tests(pytester: pytest.Pytester) -> None:
    """m365_seed and m365_messages hold where no marker says otherwise."""
    pytester.makeini("[pytest]\nm365_seed = office:2\nm365_messages = 10\n")
    pytester.makepyfile("def test_one(m365):\n    assert len(m365.control.mailboxes()) > 1\n")

    _run(pytester).assert_outcomes(passed=1)


def test_a_misspelt_marker_is_an_error(pytester: pytest.Pytester) -> None:
    """The marker takes seed and messages and nothing else."""
    pytester.makepyfile("import pytest\n@pytest.mark.m365(seeds='office')\ndef test_one(m365):\n    pass\n")

    result = _run(pytester)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*takes seed and messages by name*seeds*"])


def test_nothing_is_started_for_tests_that_do_not_ask(pytester: pytest.Pytester) -> None:
    """Loading the plug-in does not even import the simulator."""
    pytester.makepyfile("import sys\ndef test_one():\n    assert 'm365sim.server' not in sys.modules\n")

    result = pytester.runpytest_subprocess("-p", "m365sim.pytest_plugin", "-p", "no:cacheprovider")

    result.assert_outcomes(passed=1)
