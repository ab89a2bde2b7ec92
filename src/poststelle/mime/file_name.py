"""A file name that every system takes and nobody is misled by."""

import re
from collections.abc import Iterable

_MOST = 150
_MOST_READ = 1_000  # characters of either end: a search for an expression lets no other thread run
# Control characters, what Windows refuses, and the marks that turn the direction of writing: with them
# "rechnung\u202efdp.exe" reads as "rechnungexe.pdf".
_UNFIT = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]+')

# Names of devices, with whatever ending: Windows makes and opens no such file.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9\xb9\xb2\xb3]) *(?:\.|\Z)", re.IGNORECASE)


def safe_file_name(name: str, otherwise: str = "file") -> str:
    """The name without what is unfit for one, its ending kept; ``otherwise`` where nothing remains."""
    fit = _without_unfit(name, otherwise)
    return f"_{fit}" if _DEVICE.match(fit) else fit


def _without_unfit(name: str, otherwise: str) -> str:
    if len(name) > 2 * _MOST_READ:
        name = name[:_MOST_READ] + name[-_MOST_READ:]
    words = " ".join(_UNFIT.sub(" ", name).split())
    stem, dot, ending = words.rpartition(".")
    if dot and 0 < len(ending) <= 10 and " " not in ending:
        stem = stem.strip(". ")[: _MOST - len(ending)].strip(". ")
        return f"{stem or otherwise}.{ending}"
    return words.strip(". ")[:_MOST].strip(". ") or otherwise


def each_once(names: Iterable[str]) -> list[str]:
    """Names that can lie in one folder, in their order: what is there already, whatever its capitals,
    is numbered."""
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    found = []
    for name in names:
        stem, dot, ending = name.rpartition(".") if "." in name[1:] else (name, "", "")
        one = name
        while one.casefold() in taken:
            number = numbers[name.casefold()] = numbers.get(name.casefold(), 1) + 1
            one = f"{stem} ({number}){dot}{ending}"
        taken.add(one.casefold())
        found.append(one)
    return found
