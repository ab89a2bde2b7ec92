"""Behaviour and limits: the forms are made from the declarations, so every switch there is has its field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.inspect import BoolType, Field, IntType, LiteralType, NoneType, UnionType, type_info
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from m365sim.behaviour import Behaviour
from m365sim.control.switches import limits_line, set_behaviour, set_limits
from m365sim.control.wire import LimitsBody
from m365sim.graph.tokens import TokenLedgers
from m365sim.limits import Limits
from m365sim.pages.office.frame import Form, Frame, Told, Wrong, back, language_of
from m365sim.pages.office.switch_words import GROUPS, group_of, label_of
from m365sim.pages.words import Language
from m365sim.world.simulation import Simulation

_PATH = "/office/switches"


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch. ``name`` is the control API's; values are as a form has them, "" standing for none.

    ``meanings`` are the values to choose from; it is empty where a number is typed in.
    """

    name: str
    value: str
    default: str
    meanings: Mapping[str, Any]
    is_optional: bool
    is_whole: bool

    @property
    def choices(self) -> tuple[str, ...]:
        """The values to choose from."""
        return tuple(self.meanings)

    @property
    def is_changed(self) -> bool:
        """Whether it stands elsewhere than at the beginning."""
        return self.value != self.default

    def read(self, given: str) -> Any:
        """What a form's value means; ValueError (or msgspec's) when it is none of the switch's."""
        text = given.strip()
        if self.meanings:
            return self.meanings[text]
        if not text and self.is_optional:
            return None
        number = int(text) if self.is_whole else float(text.replace(",", "."))
        if not math.isfinite(number):
            raise ValueError(text)
        return number


def switches_routes(frame: Frame) -> list[Route]:
    """The page and its forms."""
    door = _Switches(frame)
    return [
        Route(_PATH, frame.shows(door.page)),
        Route(_PATH + "/behaviour", frame.acts(door.page, door.set_behaviour), methods=["POST"]),
        Route(_PATH + "/limits", frame.acts(door.page, door.set_limits), methods=["POST"]),
    ]


class _Switches:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def page(self, request: Request, told: Told) -> Response:
        language = language_of(request)
        switches = behaviour_switches(self._frame.sim)
        return self._frame.render(
            request,
            "switches.html",
            told,
            groups=[(key, [s for s in switches if group_of(s.name) == key]) for key in GROUPS],
            limits=limit_switches(self._frame.sim),
            label=lambda name: label_of(language, name),
        )

    def set_behaviour(self, request: Request, form: Form) -> Response:
        sim = self._frame.sim
        wanted = changed(behaviour_switches(sim), form, language_of(request))
        _check(Behaviour, wanted, language_of(request))
        set_behaviour(sim.behaviour, wanted)
        return back(_PATH, "saved")

    def set_limits(self, request: Request, form: Form) -> Response:
        sim, language = self._frame.sim, language_of(request)
        wanted = changed(limit_switches(sim), form, language)
        for name, value in wanted.items():
            if isinstance(value, int | float) and value < 0:
                raise Wrong("o.bad_switch", name=label_of(language, name))
        set_limits(sim, msgspec.convert(wanted, LimitsBody))
        return back(_PATH + "#limits", "saved")


def behaviour_switches(sim: Simulation) -> list[Switch]:
    """Every switch of `Behaviour`, in the order of its declaration."""
    return _switches(Behaviour, msgspec.to_builtins(sim.behaviour), msgspec.to_builtins(Behaviour()))


def limit_switches(sim: Simulation) -> list[Switch]:
    """Every limit that the control API knows."""
    beginning = limits_line(Limits(), TokenLedgers())
    return _switches(LimitsBody, limits_line(sim.limits, sim.tokens), beginning)


def changed(switches: list[Switch], form: Form, language: Language) -> dict[str, Any]:
    """What a form sets otherwise than it showed; Wrong when a value makes no sense.

    A form shows all switches, and a program may have set some of them since: those stay. With ``reset`` all
    go back to their beginning.
    """
    if form.get("do") == "reset":
        return {s.name: s.read(s.default) for s in switches if s.is_changed}
    wanted: dict[str, Any] = {}
    for switch in switches:
        given = form.get(switch.name)
        if given is None or given.strip() == form.get(f"was.{switch.name}"):
            continue
        try:
            wanted[switch.name] = switch.read(given)
        except (ValueError, KeyError) as error:
            raise Wrong("o.bad_switch", name=label_of(language, switch.name)) from error
    return wanted


def _check(struct: type[msgspec.Struct], wanted: Mapping[str, Any], language: Language) -> None:
    """Name the first value that is out of its range."""
    for name, value in wanted.items():
        try:
            msgspec.convert({name: value}, struct)
        except msgspec.ValidationError as error:
            raise Wrong("o.bad_switch", name=label_of(language, name)) from error


def _switches(
    struct: type[msgspec.Struct], values: Mapping[str, Any], defaults: Mapping[str, Any]
) -> list[Switch]:
    info: Any = type_info(struct)
    return [_switch(f, values[f.encode_name], defaults[f.encode_name]) for f in info.fields]


def _switch(field: Field, value: Any, default: Any) -> Switch:
    kinds = _kinds(field.type)
    return Switch(
        name=field.encode_name,
        value=_text(value),
        default=_text(default),
        meanings={_text(v): v for k in kinds for v in _meanings(k)},
        is_optional=any(isinstance(k, NoneType) for k in kinds),
        is_whole=any(isinstance(k, IntType) for k in kinds),
    )


def _kinds(kind: Any) -> tuple[Any, ...]:
    return kind.types if isinstance(kind, UnionType) else (kind,)


def _meanings(kind: Any) -> tuple[Any, ...]:
    if isinstance(kind, BoolType):
        return (True, False)
    return tuple(kind.values) if isinstance(kind, LiteralType) else ()


def _text(value: Any) -> str:
    """A value as a form has it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
    return str(value)
