"""The README's code runs as it stands there, but for addresses and files."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import m365sim
from m365sim.testing import M365

pytest_plugins = ["pytester"]

README = Path(m365sim.__file__).with_name("README.md")
ANNA = "anna.berger@buero-lindner.example"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)


def _block(word: str, language: str = "python") -> str:
    [block] = [b for b in _blocks(language) if word in b]
    return block


@pytest.fixture
def here(m365: M365) -> Callable[[str], str]:
    """Puts this test's simulator in the place of the README's."""
    places = {
        "https://localhost:8443": m365.base_url,
        "http://localhost:8080": m365.pages_url,
        ".m365sim/ca.pem": m365.ca_file,
    }

    def replaced(code: str) -> str:
        for old, new in places.items():
            code = code.replace(old, new)
        return code

    return replaced


@pytest.mark.m365(seed="office", messages=60)
def test_the_quick_start_signs_in_and_reads_mail(
    m365: M365, here: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both blocks in one program; the person enters the code when it is printed."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    printed: list[Any] = []

    def saying(*words: Any) -> None:
        printed.append(words)
        if "user_code" in program.get("flow", {}) and "result" not in program:
            path = f"/device-codes/{program['flow']['user_code']}/approve"
            m365.control.identity("POST", path, {"user": ANNA})

    program: dict[str, Any] = {"print": saying}
    exec(here(_block("initiate_device_flow")), program)
    exec(here(_block("GraphServiceClient")), program)

    assert printed[1] == ("Anna Berger",)
    subjects = {m["subject"] for m in m365.control.snapshot(ANNA)[1].values()}
    assert {words[1] for words in printed[2:-1]} <= subjects
    assert "Written by a program" in subjects


@pytest.mark.m365(seed="office", messages=20)
def test_the_control_api_does_what_the_readme_says(m365: M365, here: Callable[[str], str]) -> None:
    """The block in Python, and the bodies of the calls by curl."""
    program: dict[str, Any] = {}

    exec(here(_block("ControlClient")), program)
    calls = re.findall(r"curl -d '(.*?)'[\s\\]*(http\S+)", here(_block("curl", "sh")))
    for body, url in calls:
        urllib.request.urlopen(url, body.encode(), timeout=10).close()

    assert program["messages"][program["id_"]]["subject"] == "Offer"
    assert "New" in m365.account(ANNA).folder("inbox").subjects()
    assert len(calls) == 2


def test_the_tests_in_the_readme_pass(pytester: pytest.Pytester) -> None:
    """The block about the fixture is a file of tests."""
    pytester.makepyfile(_block("def test_we_wait"))

    result = pytester.runpytest_subprocess("-p", "m365sim.pytest_plugin", "-p", "no:cacheprovider")

    result.assert_outcomes(passed=2)


def test_the_options_in_the_readme_are_those_there_are() -> None:
    """The table of `m365sim serve` names every option, and no other."""
    from inspect import signature

    from m365sim.cli.serve import serve_command

    table = README.read_text().partition("## `m365sim serve`")[2].partition("\n\nCtrl-C")[0]
    named = set(re.findall(r"--[a-z][a-z-]+", table))
    real = {"--" + name.replace("_", "-") for name in signature(serve_command).parameters}
    assert named == (real | {"--json"}) - {"--as-json"}
