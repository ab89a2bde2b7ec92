"""Every AADSTS number a program should know a help text for can be made to appear, where it belongs."""

from __future__ import annotations

from tests.sim.identity.app import PASSWORD, App
from tests.sim.identity.browser import Browser

from m365sim.identity.kinds import KINDS

ANNA = "anna@lindner.example"

# The table of the reference facts: number -> the error a program sees. "sign in again" is answered by
# invalid_grant, interaction_required, consent_required, login_required, access_denied; what the operator
# must mend by invalid_client, unauthorized_client, invalid_request, invalid_scope, invalid_resource; what
# passes by temporarily_unavailable.
AGAIN = {"invalid_grant", "interaction_required", "consent_required", "login_required", "access_denied"}
OPERATOR = {
    "invalid_client",
    "unauthorized_client",
    "invalid_request",
    "invalid_scope",
    "invalid_resource",
}
LATER = {"temporarily_unavailable"}
TABLE: list[tuple[str, set[str]]] = [
    ("65001 65004 90094 90095", AGAIN),
    ("90008", OPERATOR),
    ("50076 50079 50072 50074 50078", {"interaction_required"}),
    ("53000 53001 53002 53003 530035", {"interaction_required"}),
    ("50173 50132 50133 70000 70008 700082 70043 700084", {"invalid_grant"}),
    ("54005 50089 501481", {"invalid_grant"}),
    ("7000215 7000222 7000218 700025 700027", {"invalid_client"}),
    ("700016 700011 7000112 70001", {"unauthorized_client"}),
    ("500011 650052 650056 650057", OPERATOR),
    ("50194", {"invalid_request"}),
    ("50020 500208 50034 51004 50105", AGAIN),
    ("50011 500113 900971", {"invalid_request"}),
    ("50057 50053 50055 50144", {"invalid_grant"}),
    ("50058", {"login_required"}),
    ("50196", LATER),
    ("70011 28002 700022", {"invalid_scope"}),
    ("9002313 900144", {"invalid_request"}),
    ("90033 90024 90006 50033 90012", LATER),
    ("90038", {"invalid_request"}),
    ("7000012 700005", {"invalid_grant"}),
    ("16000", {"interaction_required"}),
    ("9002331 9002332 90130 90124 9001023", {"invalid_request"}),
]
NUMBERS = [(int(number), errors) for numbers, errors in TABLE for number in numbers.split()]
SUBERRORS = {
    50076: "basic_action",
    50079: "basic_action",
    53000: "additional_action",
    53003: "message_only",
    530035: "message_only",
    50173: "bad_token",
    700082: "token_expired",
    70043: "token_expired",
    65001: "consent_required",
    50055: "user_password_expired",
}


def _at(place: str) -> list[tuple[int, set[str]]]:
    return [(number, errors) for number, errors in NUMBERS if place in KINDS[number].places]


def test_every_number_of_the_table_is_known() -> None:
    """None is missing, and each shows itself somewhere."""
    assert [n for n, _ in NUMBERS if n not in KINDS] == []
    assert all(KINDS[n].places for n, _ in NUMBERS)


def test_the_token_endpoint_can_give_each_that_belongs_there(app: App) -> None:
    """Status, error, number, suberror and claims of every one, one request each."""
    tokens = app.control("POST", "/tokens", {"user": ANNA, "client_id": app.client_id})[1]
    wrong: dict[int, object] = {}
    for number, errors in _at("token"):
        assert app.control("POST", "/fail-next", {"token": [number]})[0] == 200
        status, answer = app.refresh(tokens["refresh_token"], "lindner.example")
        expected = 401 if answer["error"] == "invalid_client" else 503 if answer["error"] in LATER else 400
        if number == 50196:
            expected = 400
        is_right = (
            answer["error"] in errors
            and answer["error_codes"] == [number]
            and answer["error_description"].startswith(f"AADSTS{number}: ")
            and status == expected
            and (number not in SUBERRORS or answer.get("suberror") == SUBERRORS[number])
            and ("claims" in answer) == (KINDS[number].policy is not None)
        )
        if not is_right:
            wrong[number] = (status, answer)

    assert wrong == {}
    assert app.refresh(tokens["refresh_token"], "lindner.example")[0] == 200


def test_a_sign_in_can_meet_each_that_belongs_there(app: App) -> None:
    """On the page for the person, or at the redirect address for the app, as the number has it."""
    wrong: dict[int, str] = {}
    for number, errors in NUMBERS:
        places = KINDS[number].places
        if places == ("token",):
            continue
        assert app.control("POST", "/fail-next", {"sign_in": [number]})[0] == 200
        browser = Browser(app.sim.pages_url)
        browser.open(app.authorize_url(login_hint=ANNA)).press("signin", passwd=PASSWORD)
        if places[0] == "page":
            is_right = f"AADSTS{number}:" in browser.node("#error").text()
        else:
            answer = browser.answer()
            is_right = f"AADSTS{number}:" in answer["error_description"] and answer["state"] == "s-1"
            is_right = is_right and answer["error"] in errors
        if not is_right:
            wrong[number] = browser.text()

    assert wrong == {}


def test_a_number_is_planned_where_it_appears_only(app: App) -> None:
    """A secret is no matter of a sign-in, a missing reply address none of a token request."""
    for body in ({"sign_in": [7000215]}, {"token": [900971]}, {"token": [1]}, {"sign_in": [1]}):
        status, answer = app.control("POST", "/fail-next", body)
        assert status == 400
        assert "AADSTS" in answer["error"]


def test_the_numbers_can_be_listed(app: App) -> None:
    """Number, error, status, suberror, claims and places of each."""
    _, lines = app.control("GET", "/errors")

    [line] = [line for line in lines if line["number"] == 65001]
    assert line == {
        "number": 65001,
        "error": "consent_required",
        "token_error": "invalid_grant",
        "status": 400,
        "suberror": "consent_required",
        "has_claims": False,
        "places": ["redirect", "token"],
    }
