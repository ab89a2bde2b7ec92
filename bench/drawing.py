"""Two kinds of picture as SVG, drawn by hand: bars side by side, and small panels of lines over sizes.

Light, one type size, a scale of tens where values differ by tens. Nothing is loaded, nothing moves.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

COLOURS = ("#1f6f8b", "#d98032", "#7a9a3a", "#8a5a9c", "#5f6b75", "#b8485c")
_INK, _PALE, _RULE = "#26323a", "#5d6b75", "#dfe5e9"
_FONT = "font-family='system-ui,Segoe UI,Helvetica,Arial,sans-serif'"
_LINE, _BAR = 18, 13


@dataclass(frozen=True)
class Panel:
    """Values over sizes, by the name of their line."""

    title: str
    unit: str
    lines: Mapping[str, Mapping[float, float]]


def number(value: float) -> str:
    """As short as it can be read: 1.2, 35, 4,100, 2.5 M."""
    if value >= 1e6:
        return f"{value / 1e6:.3g} M"
    if value >= 10:
        return f"{value:,.0f}"
    return f"{value:.2g}"


def bars(title: str, note: str, groups: Mapping[str, Mapping[str, float | None]], unit: str) -> str:
    """A bar for each series in each group, on a scale of tens; None: there is none."""
    series = list(dict.fromkeys(name for values in groups.values() for name in values))
    found = [value for values in groups.values() for value in values.values() if value]
    low, high = _decade(min(found), -1), _decade(max(found), 1)
    left, width, top = 225, 430, 70
    y, body = float(top), []
    for group, values in groups.items():
        begin = y
        for name in series:
            value = values.get(name)
            if value:
                long = width * _share(value, low, high)
                body.append(_box(left, y, long, _BAR - 2, _of(series, name)))
                body.append(_text(left + long + 5, y + 10, number(value), _PALE, 11))
            y += _BAR
        body.append(_text(left - 8, (begin + y) / 2 + 3, group, _INK, 12, "end"))
        y += 9
    grid = [
        f"<path d='M{x:.1f} {top - 6}V{y:.0f}' stroke='{_RULE}'/>"
        + _text(x, y + 12, number(10**power), _PALE, 11, "middle")
        for power in range(round(math.log10(low)), round(math.log10(high)) + 1)
        for x in [left + width * _share(10**power, low, high)]
    ]
    head = [_text(16, 24, title, _INK, 15), *_legend(series, 16, 44)]
    foot = _text(16, y + 34, f"{unit}. {note}", _PALE, 11)
    return _svg(720, y + 46, [*grid, *body, *head, foot])


def panels(title: str, note: str, shown: Sequence[Panel], sizes: str) -> str:
    """Panels of lines, three in a row, both scales of tens."""
    series = list(dict.fromkeys(name for panel in shown for name in panel.lines))
    wide, high, gap, top = 180, 120, 84, 92
    body = [_text(16, 24, title, _INK, 15), *_legend(series, 16, 44)]
    for place, panel in enumerate(shown):
        x, y = 16 + 40 + place % 3 * (wide + gap), top + place // 3 * (high + 62)
        body += _panel(panel, series, x, y, wide, high)
    below = top + -(-len(shown) // 3) * (high + 62) - 18
    body.append(_text(16, below + 10, f"Across: {sizes}. {note}", _PALE, 11))
    return _svg(56 + 3 * wide + 2 * gap + 50, below + 24, body)


def _panel(panel: Panel, series: Sequence[str], x: float, y: float, wide: float, high: float) -> list[str]:
    across = sorted({size for line in panel.lines.values() for size in line})
    values = [value for line in panel.lines.values() for value in line.values() if value > 0]
    low, up = _decade(min(values), -1), _decade(max(values), 1)
    first, last = across[0], across[-1]

    def at(size: float, value: float) -> tuple[float, float]:
        share = _share(size, first, last) if last > first else 0.5
        return x + 8 + (wide - 16) * share, y + high - high * _share(max(value, low), low, up)

    unit = f" ({panel.unit})" if panel.unit else ""
    found = [_text(x - 40, y - 12, f"{panel.title}{unit}", _INK, 12)]
    for power in range(round(math.log10(low)), round(math.log10(up)) + 1):
        _, line_y = at(first, 10**power)
        found.append(f"<path d='M{x:.0f} {line_y:.1f}H{x + wide:.0f}' stroke='{_RULE}'/>")
        found.append(_text(x - 5, line_y + 4, number(10**power), _PALE, 10, "end"))
    for size in across:
        found.append(_text(at(size, low)[0], y + high + 14, number(size), _PALE, 10, "middle"))
    ends: list[tuple[float, str, str]] = []
    for name, line in panel.lines.items():
        points = [at(size, value) for size, value in sorted(line.items()) if value > 0]
        colour = _of(series, name)
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
        found.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'/>")
        found += [f"<circle cx='{px:.1f}' cy='{py:.1f}' r='3' fill='{colour}'/>" for px, py in points]
        if points:
            ends.append((points[-1][1], number(line[max(line)]), colour))
    return found + _ends(ends, x + wide - 4)


def _ends(ends: Sequence[tuple[float, str, str]], x: float) -> list[str]:
    """The last values beside their lines' ends, none upon another."""
    found, free = [], float("-inf")
    for y, told, colour in sorted(ends):
        free = max(y + 4, free)
        found.append(_text(x, free, told, colour, 10))
        free += 11
    return found


def _legend(series: Sequence[str], x: float, y: float) -> list[str]:
    found = []
    for name in series:
        found.append(_box(x, y - 9, 10, 10, _of(series, name)))
        found.append(_text(x + 15, y, name, _INK, 12))
        x += 34 + 6.6 * len(name)
    return found


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    place = f"x='{x:.0f}' y='{y:.0f}' width='{width:.1f}' height='{height:.0f}'"
    return f"<rect {place} fill='{colour}'/>"


def _of(series: Sequence[str], name: str) -> str:
    return COLOURS[series.index(name) % len(COLOURS)]


def _decade(value: float, way: int) -> float:
    """The power of ten at or beyond a value, below it (-1) or above (1)."""
    power = math.log10(value)
    return float(10.0 ** (math.floor(power) if way < 0 else math.ceil(power + 1e-9)))


def _share(value: float, low: float, high: float) -> float:
    return math.log10(value / low) / math.log10(high / low)


def _text(x: float, y: float, words: str, colour: str, size: int, anchor: str = "start") -> str:
    place = "" if anchor == "start" else f" text-anchor='{anchor}'"
    return f"<text x='{x:.1f}' y='{y:.1f}' fill='{colour}' font-size='{size}'{place}>{escape(words)}</text>"


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    box = f"width='{width:.0f}' height='{height:.0f}' viewBox='0 0 {width:.0f} {height:.0f}'"
    body = "\n".join(parts)
    white = "<rect width='100%' height='100%' fill='#fff'/>"
    return f"<svg xmlns='http://www.w3.org/2000/svg' {box} {_FONT}>\n{white}\n{body}\n</svg>\n"
