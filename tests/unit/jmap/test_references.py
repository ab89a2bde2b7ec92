"""Result references (RFC 8620 §3.7)."""

from typing import Any

import pytest

from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.references import Budget, Response, resolve

QUERY: Response = ("Email/query", {"ids": ["m1", "m2"], "a/b": {"c~d": 7}}, "q")
GET: Response = ("Email/get", {"list": [{"threadId": "t1"}, {"threadId": "t2", "to": [1, 2]}]}, "g")


def reference(of: str, name: str, path: str) -> dict[str, str]:
    return {"resultOf": of, "name": name, "path": path}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/ids", ["m1", "m2"]),
        ("/ids/1", "m2"),
        ("/a~1b/c~0d", 7),
        ("", QUERY[1]),
    ],
)
def test_a_path_leads_to_a_value(path: str, value: Any) -> None:
    """A JSON pointer picks a member, an element, an escaped name, or the whole answer."""
    resolved = resolve({"#ids": reference("q", "Email/query", path)}, [QUERY, GET], Budget(10_000))

    assert resolved == {"ids": value}


def test_a_star_maps_over_an_array() -> None:
    """``*`` collects from every element."""
    resolved = resolve(
        {"#ids": reference("g", "Email/get", "/list/*/threadId")}, [QUERY, GET], Budget(10_000)
    )

    assert resolved == {"ids": ["t1", "t2"]}


@pytest.mark.parametrize(
    "given",
    [
        reference("x", "Email/query", "/ids"),
        reference("q", "Email/get", "/ids"),
        reference("q", "Email/query", "/ids/2"),
        reference("q", "Email/query", "/ids/01"),
        reference("q", "Email/query", "/ids/-1"),
        reference("q", "Email/query", "ids"),
        reference("q", "Email/query", "/nothing"),
        reference("g", "Email/get", "/list/*/to"),
        {"resultOf": "q"},
        "q",
        None,
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(given: Any) -> None:
    """Nothing is guessed: the call fails with invalidResultReference."""
    with pytest.raises(MethodError) as caught:
        resolve({"#ids": given}, [QUERY, GET], Budget(10_000))

    assert caught.value.type == "invalidResultReference"


def test_a_name_given_both_ways_is_refused() -> None:
    """Plainly and by reference at once is invalidArguments."""
    with pytest.raises(MethodError) as caught:
        resolve({"ids": [], "#ids": reference("q", "Email/query", "/ids")}, [QUERY], Budget(10_000))

    assert caught.value.type == "invalidArguments"
