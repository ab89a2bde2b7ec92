"""Finds code and documentation of the simulator: in the repository, or, in a source archive, in ``code``."""

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURE = re.compile(r"^!\[[^\]]*\]\(\.\./[^)]*\)\n\n?", re.MULTILINE)


def _code(root: str) -> Path:
    """The folder of the package ``m365sim``."""
    return _either(Path(root) / "code" / "m365sim", Path(root).parents[1] / "src" / "m365sim", "__init__.py")


def _docs(root: str) -> Path:
    """The folder of its documentation."""
    return _either(Path(root) / "code" / "docs", Path(root).parents[1] / "docs" / "m365sim", "world.md")


def _either(archived: Path, in_repository: Path, sign: str) -> Path:
    found = next((p for p in (archived, in_repository) if (p / sign).is_file()), None)
    if found is None:
        raise SystemExit(f"{sign} is neither in {archived} nor in {in_repository}.")
    return found


class Readme(MetadataHookInterface):
    """The README that lies beside the code."""

    def update(self, metadata: dict[str, Any]) -> None:
        text = (_code(self.root) / "README.md").read_text()
        text = _PICTURE.sub("", text)  # it lies in the repository, where no link from an index leads
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


class Code(BuildHookInterface[Any]):
    """Puts the code into wheels and source archives."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            raise SystemExit("Install the repository itself to edit the simulator.")
        inside = "code/m365sim" if self.target_name == "sdist" else "m365sim"
        docs = "code/docs" if self.target_name == "sdist" else "m365sim/docs"
        build_data["force_include"][str(_code(self.root))] = inside
        build_data["force_include"][str(_docs(self.root))] = docs
