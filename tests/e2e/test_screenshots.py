"""Nothing that people may see is left out of the pictures."""

import re
from pathlib import Path

from tests.e2e import screenshots
from tests.e2e.demo import ROOT


def test_every_way_back_from_microsoft_is_in_the_pictures() -> None:
    """Each outcome that has a page of its own has a picture of it."""
    page = (ROOT / "web" / "src" / "features" / "sign-in" / "outcomes.ts").read_text(encoding="utf-8")
    outcomes = set(re.findall(r"^  ([a-z_]+): \(", page, re.MULTILINE))
    taken = Path(screenshots.__file__).read_text(encoding="utf-8")
    assert {"approval_needed", "no_access", "blocked", "expired"} <= outcomes
    assert outcomes == set(re.findall(r'(?:outcome=|result\(")([a-z_]+)', taken))
