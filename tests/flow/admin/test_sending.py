"""How long sending can be taken back is a setting."""

from __future__ import annotations

import pytest
from tests.flow.admin.client import Client

PATH = "/api/settings/sending"


def test_the_hold_is_ten_seconds_until_it_is_set(admin: Client) -> None:
    """It shows, is kept, and stands in the audit trail."""
    before = admin.get(PATH).json
    assert before == {"hold_s": 10}
    assert admin.put(PATH, {"hold_s": 30}).json == {"hold_s": 30}
    assert admin.get(PATH).json == {"hold_s": 30}
    entry = admin.get("/api/audit").json["entries"][0]
    assert (entry["subject"], entry["detail"]) == ("submission.hold_s", {"cleared": False, "value": "30"})
    admin.put(PATH, {"hold_s": 10})


@pytest.mark.parametrize("seconds", [-1, 121])
def test_a_hold_out_of_bounds_is_refused(admin: Client, seconds: int) -> None:
    """Two minutes at most; nothing is changed."""
    answer = admin.put(PATH, {"hold_s": seconds})
    assert (answer.status, answer.json["error"]["code"]) == (422, "invalid_hold")
    assert admin.get(PATH).json == {"hold_s": 10}
