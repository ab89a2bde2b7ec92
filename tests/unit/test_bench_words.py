"""What benchmarks say of many values, and of what was not there for them."""

from pathlib import Path

import pytest
from bench.__main__ import shortcomings
from bench.idle import Idle
from bench.sample import percentile
from bench.tools import NOT_WHOLE, require


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99, 1.0])
def test_no_part_of_values_is_above_the_longest(share: float) -> None:
    """However few there are: a percentile is one of the values."""
    for count in range(1, 40):
        found = [0.1 * number for number in range(1, count + 1)]
        assert percentile(found, share) in found


def test_of_no_values_it_is_nothing() -> None:
    """Where nobody heard of anything the table says 0 and how many heard."""
    assert percentile([], 0.95) == 0


def test_missing_tools_end_a_benchmark_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names what is missing and the remedy; what is there is not named."""
    (tmp_path / "gen_mail.py").touch()

    require(tmp_path, "gen_mail.py")
    with pytest.raises(SystemExit) as ended:
        require(tmp_path, "gen_mail.py", "jmap_bench.py")

    assert ended.value.code == NOT_WHOLE
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"jmap_bench.py not found in {tmp_path}: ")
    assert "--tools" in line


def test_what_left_something_out_is_told_at_the_end() -> None:
    """Beside what failed; what ended well is not named."""
    assert list(shortcomings({"idle": 0})) == []
    assert list(shortcomings({"idle": 0, "webmail": NOT_WHOLE, "page": 1, "first_sync": NOT_WHOLE})) == [
        "\nnot whole, for something was not there (said above): webmail, first_sync",
        "\nfailed: page",
    ]


def test_too_few_mailboxes_say_nothing_of_an_arrival() -> None:
    """A dash stands there, and no number."""
    seen = Idle(0.01, 0.0, 2**20, 60.0, None, 0, 18.0, 1.0)

    assert str(seen).split("|")[4].strip() == "-"
