"""The way to a real tenant, walked to a simulator that is told of by nothing but a settings file."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.contract.tenant import DOMAIN, NEEDS_CONTROL, SCOPES, VARIABLE, settings, simulated

from m365sim.testing import M365

ROOT = Path(__file__).resolve().parents[2]
FILES = ("test_msal.py", "test_sdk_reading.py", "test_sdk_errors.py")


@pytest.fixture
def environment(m365: M365, tmp_path: Path) -> dict[str, str]:
    """An environment in which the contract tests know the simulator as a tenant somewhere."""
    if settings() is not None:
        pytest.skip("it is a real tenant already")
    place = simulated(m365)
    m365.let_app_in(DOMAIN)
    file = tmp_path / "settings.json"
    file.write_text(
        json.dumps(
            {
                "login_url": place.login_url,
                "graph_url": place.graph_url,
                "tenant": place.tenant,
                "client_id": place.client_id,
                "client_secret": place.client_secret,
                "person": place.person,
                "colleague": place.colleague,
                "token_cache": str(tmp_path / "tokens.json"),
                "ca_file": m365.ca_file,
            }
        )
    )
    inherited = {n: v for n, v in os.environ.items() if n not in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")}
    return {**inherited, VARIABLE: str(file)}


@pytest.mark.long
def test_the_same_tests_run_at_a_tenant_somewhere(m365: M365, environment: dict[str, str]) -> None:
    """Sign in once by device code, then run: none fails, only what needs the control API is left out."""
    _sign_in(m365, environment)
    command = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider"]
    command += [str(ROOT / "tests" / "contract" / name) for name in FILES]

    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )

    skipped = re.findall(r"^SKIPPED \[\d+\] [^ ]+ (.*)$", done.stdout, re.MULTILINE)
    passed = re.search(r"(\d+) passed", done.stdout)
    assert done.returncode == 0, done.stdout[-3000:]
    assert set(skipped) == {NEEDS_CONTROL}
    assert passed is not None
    assert int(passed[1]) >= 9


def _sign_in(m365: M365, environment: dict[str, str]) -> None:
    """``python -m tests.contract.sign_in``, with a person who enters the code it shows."""
    command = [sys.executable, "-m", "tests.contract.sign_in"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        shown = process.stdout.readline()
        code = re.search(r"\b[A-Z0-9]{8,9}\b", shown)
        assert code is not None, shown
        person = simulated(m365).person
        m365.token(person, SCOPES)  # consents
        m365.control.identity("POST", f"/device-codes/{code[0]}/approve", {"user": person})
        assert process.wait(60) == 0
