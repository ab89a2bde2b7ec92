"""Which Poststelle this is."""

from importlib import metadata


def version() -> str:
    try:
        return metadata.version("poststelle")
    except metadata.PackageNotFoundError:
        return "0"
