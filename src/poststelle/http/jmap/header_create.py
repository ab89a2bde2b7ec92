"""``header:*`` of a message to be created, as far as Microsoft keeps it.

A field that has a property of its own becomes that property; another one goes
along if its name begins with ``X-``. All others are refused by name.

Source: RFC 8621 §4.6; Graph v1.0, "Create and send Outlook messages" (internetMessageHeaders).
"""

from collections.abc import Callable, Iterator, Mapping
from email.utils import format_datetime
from typing import Any

from poststelle.http.jmap.errors import SetError
from poststelle.http.jmap.values import LONGEST_FIELD, instant, invalid, is_on_one_line
from poststelle.mime import written_head
from poststelle.mime.fields import FORMS, Field, HeaderProperty, as_addresses, parse_property
from poststelle.mime.header_told import CONVENIENT
from poststelle.model.draft import LONGEST_OWN_FIELD, MOST_OWN_FIELDS
from poststelle.store.tx import Check

_OWN: Mapping[str, str] = {asked.name.lower(): name for name, asked in CONVENIENT.items()}
_LONGEST = 1_000_000  # characters of a field that is read again
_MOST_GIVEN = 200
_RECEIPT = "disposition-notification-to"
_Fields = tuple[tuple[str, str], ...]


def take(check: Check, data: Mapping[str, Any]) -> tuple[dict[str, Any], _Fields]:
    """The properties with those that fields stand for, and the fields that go along.

    Raises SetError ``invalidProperties`` naming the one that is wrong.
    """
    given = counted(data)
    plain = {name: value for name, value in data.items() if not name.startswith("header:")}
    fields: list[tuple[str, str]] = []
    seen: dict[str, str] = {}
    for name in given:
        check()
        asked = asked_once(name, seen)
        found = _values(check, name, asked, data[name])
        own = _OWN.get(asked.name.lower())
        if own is None:
            fields += [(asked.name, value) for value in found]
        else:
            _put(plain, name, own, found)
    fields = _take_receipt(plain, seen, fields)
    if len(fields) > MOST_OWN_FIELDS:
        raise SetError(
            "invalidProperties", f"Microsoft keeps {MOST_OWN_FIELDS} such fields", properties=given
        )
    return plain, tuple(fields)


def counted(said: Mapping[str, Any]) -> list[str]:
    """Names of ``header:*`` properties. Raises SetError where they are too many, before any is read."""
    names = [name for name in said if name.startswith("header:")]
    listed = [said[name] for name in names if isinstance(said[name], list) and name.endswith(":all")]
    if len(names) > _MOST_GIVEN or sum(map(len, listed)) > _MOST_GIVEN:
        raise SetError("invalidProperties", f"at most {_MOST_GIVEN} fields", properties=names[:1])
    return names


def asked_once(name: str, seen: dict[str, str]) -> HeaderProperty:
    """The field and the form that a ``header:*`` property names; ``seen``: those before it, by their fields.

    Raises SetError ``invalidProperties`` for a form the field may not have, and a field given already.
    Source: RFC 8621 §4.1.2, §4.6.
    """
    asked = parse_property(name)
    if asked is None:
        raise invalid(name, "this is no field in a form that it may have")
    before = seen.setdefault(asked.name.lower(), name)
    if before != name:
        raise invalid(name, f"the same field is given by {before}")
    return asked


def _take_receipt(
    plain: dict[str, Any], given: Mapping[str, str], fields: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """The fields without that which asks for a read receipt: Microsoft has a mark for it."""
    asking = [value for name, value in fields if name.lower() == _RECEIPT]
    for value in asking:
        authors = {
            str(one.get("email", "")).lower() for one in plain.get("from") or () if isinstance(one, dict)
        }
        named = {one["email"] for one in as_addresses(Field(_RECEIPT, f" {value}".encode()))}
        if len(named) != 1 or (authors and {str(one).lower() for one in named} != authors):
            raise invalid(given[_RECEIPT], "Microsoft has receipts sent to the author")
        plain["poststelle:receipt"] = "asked"
    return [field for field in fields if field[0].lower() != _RECEIPT]


def _put(plain: dict[str, Any], name: str, own: str, found: list[str]) -> None:
    """The property that the field stands for."""
    if plain.get(own) is not None or len(found) > 1:
        raise invalid(name, f"this is {own}, and given twice")
    if not found:
        return
    field = Field(own, f" {found[0]}".encode())
    is_people = CONVENIENT[own].form == "Addresses"
    if is_people and any(group["name"] is not None for group in FORMS["GroupedAddresses"](field)):
        raise invalid(name, "Microsoft keeps no groups")
    plain[own] = CONVENIENT[own].value([Field(CONVENIENT[own].name, field.raw)])
    if plain[own] is None or (is_people and found[0] and not plain[own]):
        raise invalid(name, f"this can't be read as {own}")


def _values(check: Check, name: str, asked: HeaderProperty, given: Any) -> list[str]:
    """The field's values on one line each."""
    lower = asked.name.lower()
    if lower not in _OWN and lower != _RECEIPT and not lower.startswith("x-"):
        raise invalid(name, "Microsoft keeps only fields whose names begin with X-")
    listed = given if asked.is_all else [given]
    if not isinstance(listed, list):
        raise invalid(name, "this is a list of values")
    found = []
    for one in listed:
        if one is None:
            continue
        try:
            text = _WRITERS[asked.form](check, one)
        except (TypeError, KeyError, AttributeError) as error:
            raise invalid(name, f"this is not of the form {asked.form}") from error
        except _TooLong as error:
            raise invalid(name, f"at most {LONGEST_FIELD} characters") from error
        longest = _LONGEST if lower in _OWN else LONGEST_OWN_FIELD
        if len(text) > _LONGEST or len(text := " ".join(text.split())) > longest:
            raise invalid(name, f"this field holds at most {longest} characters")
        if not text.isprintable():
            raise invalid(name, "there are characters in it that a header can't hold")
        found.append(text)
    return found


class _TooLong(Exception):
    """A text that is longer than one in a header is to be."""


def _plain(_check: Check, value: Any) -> str:
    return _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    if len(value) > LONGEST_FIELD:
        raise _TooLong
    return value


def _addresses(check: Check, value: Any) -> str:
    people = ((one.get("name") or "", one["email"]) for one in _each(check, value))
    return ", ".join(written_head.address(_text(name), _email(email)) for name, email in people)


def _email(value: Any) -> str:
    """What would end an address and begin another one is none."""
    email = _text(value).strip()
    if not is_on_one_line(email):
        raise TypeError(value)
    return email


def _groups(check: Check, value: Any) -> str:
    told = []
    for group in _each(check, value):
        people = _addresses(check, group["addresses"])
        told.append(people if group.get("name") is None else f"{_text(group['name'])}: {people};")
    return ", ".join(told)


def _message_ids(check: Check, value: Any) -> str:
    return " ".join(f"<{_text(one)}>" for one in _each(check, value))


def _urls(check: Check, value: Any) -> str:
    return ", ".join(f"<{_text(one)}>" for one in _each(check, value))


def _date(_check: Check, value: Any) -> str:
    return format_datetime(instant(value, "header:Date:asDate"))


def _each(check: Check, value: Any) -> Iterator[Any]:
    """What is in a list, which may be long."""
    if not isinstance(value, list):
        raise TypeError(value)
    for one in value:
        check()
        yield one


_WRITERS: Mapping[str, Callable[[Check, Any], str]] = {
    "Raw": _plain,
    "Text": _plain,
    "Addresses": _addresses,
    "GroupedAddresses": _groups,
    "MessageIds": _message_ids,
    "Date": _date,
    "URLs": _urls,
}
