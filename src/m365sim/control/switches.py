"""Behaviour and limits, read and set by name: for the control API and for the page in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from m365sim.behaviour import Behaviour
from m365sim.control.reading import Refused
from m365sim.control.wire import LimitsBody
from m365sim.graph.tokens import TokenLedgers
from m365sim.limits import Limits
from m365sim.world.simulation import Simulation


def limits_line(limits: Limits, tokens: TokenLedgers) -> dict[str, Any]:
    """Every limit by its name in the control API; None: switched off."""
    return {
        "concurrent": limits.concurrent,
        "perWindow": limits.per_window,
        "perSecond": limits.per_second,
        "concurrencyScope": limits.concurrency_scope,
        "refusal": limits.refusal,
        "uploadOctets": limits.upload_octets,
        "retryAfterS": limits.retry_after_s,
        "latencyS": limits.latency_s,
        "keptDeltaTokens": tokens.kept,
        "recipientsPerMessage": limits.recipients_per_message,
        "messagesPerMinute": limits.messages_per_minute,
        "recipientsPerDay": limits.recipients_per_day,
    }


def set_limits(sim: Simulation, body: LimitsBody) -> None:
    """Set the limits named in the body; Refused, and nothing set, when one makes no sense."""
    values = {n: v for n, v in msgspec.structs.asdict(body).items() if v is not msgspec.UNSET}
    if any(isinstance(v, int | float) and v < 0 for v in values.values()):
        raise Refused("A limit cannot be negative.")
    sim.tokens.kept = values.pop("kept_delta_tokens", sim.tokens.kept)
    for name, value in values.items():
        setattr(sim.limits, name, value)


def set_behaviour(behaviour: Behaviour, wanted: Mapping[str, Any]) -> None:
    """Set the switches named, in camelCase; Refused, and nothing set, when one makes no sense."""
    try:
        changed = msgspec.convert({**msgspec.to_builtins(behaviour), **wanted}, Behaviour)
    except msgspec.ValidationError as error:
        raise Refused(str(error)) from error
    for name in changed.__struct_fields__:
        setattr(behaviour, name, getattr(changed, name))
