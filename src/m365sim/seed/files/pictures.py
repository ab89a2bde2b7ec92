"""The pictures of an office: its logo, floor plans, photographs of houses, rooms and damages.

Photographs are functions of place (`jpeg.Scene`) with a little grain, so that they
look taken rather than drawn.
"""

from __future__ import annotations

from functools import cache
from math import hypot, sin

from m365sim.seed.files.jpeg import Scene, write_jpeg
from m365sim.seed.files.png import Canvas, Colour

_INK: Colour = (38, 44, 58)
_BRAND: Colour = (36, 80, 200)
_Light = tuple[float, float, float]


@cache
def logo() -> bytes:
    """The office's logo, 176 × 48: a house in the brand's blue beside the name (PNG)."""
    canvas = Canvas(176, 48)
    for step in range(16):
        canvas.fill(24 - step, 6 + step, 2 * step, 1, _BRAND)
    canvas.fill(12, 22, 24, 20, _BRAND)
    canvas.fill(21, 30, 6, 12, (255, 255, 255))
    canvas.write(50, 12, "LINDNER", _INK, 4)
    canvas.write(51, 36, "IMMOBILIEN", (120, 128, 142), 2)
    return canvas.png()


@cache
def pixel() -> bytes:
    """A single white pixel (PNG), as counting pictures in newsletters are."""
    return Canvas(1, 1).png()


@cache
def floor_plan(rooms: tuple[tuple[str, int, int], ...]) -> bytes:
    """A floor plan (PNG, 480 × 330): (name, share of the width in percent, square metres) in two rows."""
    canvas = Canvas(480, 330, (250, 250, 247))
    middle = (len(rooms) + 1) // 2
    for row, names in enumerate((rooms[:middle], rooms[middle:])):
        _draw_row(canvas, names, top=20 + 145 * row)
    canvas.frame(20, 20, 440, 290, thickness=7, colour=_INK)
    return canvas.png()


def _draw_row(canvas: Canvas, rooms: tuple[tuple[str, int, int], ...], top: int) -> None:
    whole = sum(share for _, share, _ in rooms) or 1
    left = 20
    for name, share, metres in rooms:
        width = 440 * share // whole
        canvas.frame(left, top, width, 145, thickness=3, colour=_INK)
        canvas.fill(left + width // 2 - 14, top - 4, 28, 8, (250, 250, 247))
        canvas.write(left + 12, top + 40, name, (70, 78, 95), 2)
        canvas.write(left + 12, top + 60, f"{metres} m²", (140, 146, 160), 2)
        left += width


@cache
def big_scan() -> bytes:
    """A scanned plan of a little over 2 MB: a PNG whose pixels are stored without compression."""
    canvas = Canvas(840, 840, (246, 243, 234))
    for line in range(60, 800, 37):
        canvas.fill(60, line, 720, 1, (176, 190, 205))
        canvas.fill(line, 60, 1, 720, (176, 190, 205))
    for offset in range(0, 300, 60):
        canvas.frame(100 + offset, 120 + offset, 600 - 2 * offset, 520 - offset, thickness=4, colour=_INK)
    canvas.write(110, 740, "LAGEPLAN M 1-500", _INK, 5)
    return canvas.png(level=0)


@cache
def house_photo(hue: int) -> bytes:
    """A house under the sky, 320 × 240 (JPEG); ``hue`` 0..5 chooses the facade's colour."""
    return write_jpeg(320, 240, _house(_FACADES[hue % len(_FACADES)]))


@cache
def room_photo(hue: int) -> bytes:
    """A room with a window, 320 × 240 (JPEG)."""
    return write_jpeg(320, 240, _room(_FACADES[hue % len(_FACADES)]))


@cache
def damage_photo(size: int) -> bytes:
    """A stain on a wall, 240 × 320 (JPEG); ``size`` 0..5 says how far it has spread."""
    return write_jpeg(240, 320, _stain(0.16 + 0.05 * (size % 6)))


_FACADES: tuple[_Light, ...] = (
    (232, 214, 178), (214, 120, 96), (236, 236, 230), (178, 196, 178), (190, 202, 220), (226, 190, 190),
)  # fmt: skip


def _grain(x: float, y: float) -> float:
    return 9 * (sin(x * 1270.1 + y * 3117.7) * 43758.5 % 1) - 4.5


def _lit(colour: _Light, by: float, grain: float) -> _Light:
    red, green, blue = (min(255.0, max(0.0, part * by + grain)) for part in colour)
    return red, green, blue


def _house(facade: _Light) -> Scene:
    def scene(x: float, y: float) -> _Light:
        grain = _grain(x, y)
        if y > 0.82:
            return _lit((96, 140, 72), 1.25 - 0.4 * (1 - y) * 4, grain)
        roof = 0.18 < y < 0.4 and abs(x - 0.5) < 0.12 + (y - 0.18) * 1.1
        if roof:
            return _lit((136, 62, 48), 0.8 + x * 0.4, grain)
        if y >= 0.4 and 0.2 < x < 0.8:
            across, down = (x - 0.2) % 0.15, (y - 0.4) % 0.2
            is_window = 0.04 < across < 0.11 and 0.05 < down < 0.15
            return _lit((70, 92, 120) if is_window else facade, 0.85 + 0.3 * x, grain)
        cloud = 26 * sin(9 * x + 4 * y) * sin(7 * y + 1)
        return _lit((128 + cloud, 172 + cloud * 0.7, 224), 1.15 - 0.25 * y, grain / 2)

    return scene


def _room(wall: _Light) -> Scene:
    def scene(x: float, y: float) -> _Light:
        grain = _grain(x, y)
        if 0.52 < x < 0.84 and 0.14 < y < 0.56:
            is_bar = abs(x - 0.68) < 0.012 or abs(y - 0.35) < 0.012
            return (250, 250, 248) if is_bar else _lit((196, 222, 246), 1.1 - 0.2 * y, 0)
        if y > 0.7:
            plank = 0.9 + 0.1 * sin(40 * (x + (x - 0.5) * (y - 0.7) * 2))
            return _lit((172, 128, 84), plank * (0.7 + 0.6 * x), grain)
        return _lit(wall, 0.72 + 0.3 * (1 - hypot(x - 0.68, y - 0.35)), grain)

    return scene


def _stain(reach: float) -> Scene:
    def scene(x: float, y: float) -> _Light:
        distance = hypot(x - 0.45, (y - 0.2) * 0.8) + 0.03 * sin(14 * x + 9 * y)
        wet = max(0.0, 1 - distance / reach) ** 0.5
        rim = 0.16 if abs(distance - reach) < 0.025 else 0.0
        return _lit((228, 224, 214), 1 - 0.38 * wet - rim, _grain(x, y))

    return scene
