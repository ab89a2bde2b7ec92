"""How a person has set up their mail page. Pages show it, nothing here acts by it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from poststelle.model.ids import AccountId, FolderId

Layout = Literal["lines", "table"]
Density = Literal["comfortable", "compact"]
PreviewPlace = Literal["right", "below", "off"]
ColumnName = Literal["flag", "attachment", "from", "to", "subject", "categories", "size", "date"]
SortedBy = Literal["date", "from", "to", "subject", "size", "flag"]

NARROWEST, WIDEST = 24, 1_200


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the list's table; ``width`` in CSS pixels."""

    name: ColumnName
    width: int


@dataclass(frozen=True, slots=True)
class Sorting:
    by: SortedBy = "date"
    is_ascending: bool = False


@dataclass(frozen=True, slots=True)
class MailPage:
    """``columns``: those that are shown, in their order."""

    layout: Layout = "lines"
    density: Density = "comfortable"
    preview: PreviewPlace = "right"
    is_threaded: bool = True
    columns: tuple[Column, ...] = (
        Column("flag", 32),
        Column("attachment", 32),
        Column("from", 180),
        Column("subject", 320),
        Column("categories", 140),
        Column("size", 80),
        Column("date", 120),
    )
    sort: Sorting = Sorting()


@dataclass(frozen=True, slots=True)
class Favourite:
    """A folder that a person wants at hand, in whichever of their accounts it lies."""

    account: AccountId
    folder: FolderId


@dataclass(frozen=True, slots=True)
class PictureSender:
    """Somebody whose pictures from outside a person sees without being asked."""

    address: str
    allowed_at: datetime
