"""Puts the built web UI into the wheel, so that an installed Poststelle serves it."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebUi(BuildHookInterface[Any]):
    """Runs for wheels; an editable install reads ``web/dist`` where it lies."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        dist = Path(self.root) / "web" / "dist"
        if not (dist / "index.html").is_file():
            raise SystemExit("The web UI is not built: run `make ui` first.")
        build_data["force_include"][str(dist)] = "poststelle/http/ui"
