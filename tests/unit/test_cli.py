"""The command line: a mistake is one clear line and a code of its own."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from poststelle.cli.app import app


@pytest.mark.parametrize("port", ["80000", "65536", "0", "-1"])
def test_a_port_that_cannot_be_is_told_in_one_line(tmp_path: Path, port: str) -> None:
    """No traceback, code 2, and nothing has been started."""
    result = CliRunner().invoke(app, ["demo", "--port", port, "--data", str(tmp_path)])

    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1), result.stderr
    assert result.stderr.startswith(f"There is no port {port}; choose one from 1 to 65535")
    assert list(tmp_path.iterdir()) == []
