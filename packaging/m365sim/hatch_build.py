"""Finds the simulator's code: in the repository two folders up, or, in a source archive, in ``code``."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface


def _code(root: str) -> Path:
    """The folder of the package ``m365sim``."""
    here = Path(root)
    places = (here / "code" / "m365sim", here.parents[1] / "src" / "m365sim")
    found = next((p for p in places if (p / "__init__.py").is_file()), None)
    if found is None:
        raise SystemExit(f"The code of m365sim is neither at {places[0]} nor at {places[1]}.")
    return found


class Readme(MetadataHookInterface):
    """The README that lies beside the code."""

    def update(self, metadata: dict[str, Any]) -> None:
        text = (_code(self.root) / "README.md").read_text()
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


class Code(BuildHookInterface[Any]):
    """Puts the code into wheels and source archives."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            raise SystemExit("Install the repository itself to edit the simulator.")
        inside = "code/m365sim" if self.target_name == "sdist" else "m365sim"
        build_data["force_include"][str(_code(self.root))] = inside
