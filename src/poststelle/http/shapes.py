"""Types of members of answers, as the description of the API (``http/v1/document``) tells them."""

from datetime import datetime
from typing import Annotated, Literal, cast

import msgspec

from poststelle.model.rights import Level

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""With its zone, so RFC 3339."""

AskedInstant = Annotated[datetime, msgspec.Meta(extra_json_schema={"format": "date-time"})]
"""In a request."""

LevelName = Literal["read", "write", "send", "manage"]

AskedLevel = Annotated[str, msgspec.Meta(extra_json_schema={"enum": [level.name.lower() for level in Level]})]
"""In a request, where another text is refused as what it is: a level that there is none of."""


def level_name(level: Level) -> LevelName:
    return cast(LevelName, level.name.lower())
