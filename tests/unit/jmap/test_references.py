"""Result references (RFC 8620 §3.7)."""

import time
from typing import Any

import msgspec
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


def test_lists_are_flattened_however_they_were_written() -> None:
    """What is long was written before: it stands for its values. Source: RFC 8620 §3.7."""
    answer = {"list": [{"to": [1, 2]}, {"to": msgspec.Raw(b"[3,4]")}]}
    resolved = resolve(
        {"#ids": reference("g", "Email/get", "/list/*/to")}, [("Email/get", answer, "g")], Budget(10_000)
    )

    assert resolved == {"ids": [1, 2, 3, 4]}


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


def test_stars_map_within_one_another_and_over_members_of_that_name() -> None:
    """Lists that are found become one list; where there is no array ``*`` is a name."""
    answer: Response = ("Core/echo", {"x": [{"y": [[1], 2]}, {"y": []}], "o": {"*": 3}}, "e")

    def at(path: str) -> Any:
        return resolve({"#v": reference("e", "Core/echo", path)}, [answer], Budget(10_000))["v"]

    assert at("/x/*/y/*") == [1, 2]
    assert at("/x/*/y") == [[1], 2]
    assert at("/o/*") == 3


@pytest.mark.parametrize("path", ["/x/9999", "/x/*/*", "/" + "/" * 5_000])
def test_looking_for_little_in_very_much_is_bounded(path: str) -> None:
    """References that bring nothing, or one element, cost what they look at."""
    answer: Response = ("Core/echo", {"x": [[]] * 10_000}, "e")
    args = {f"#v{n}": reference("e", "Core/echo", path) for n in range(20_000)}
    began = time.monotonic()

    with pytest.raises(MethodError):
        resolve(args, [answer], Budget(100_000))

    assert time.monotonic() - began < 10
