"""``poststelle config``: what the environment says here, and the reference of all that it may say."""

from collections.abc import Iterator, Mapping

from poststelle import variables
from poststelle.cli.console import print_table, speaking
from poststelle.config import load
from poststelle.variables import VARIABLES, Values, Variable, own

USABLE = 0


def show(environ: Mapping[str, str]) -> int:
    """A table of what is set, secrets hidden; return the code to end with. Raises ConfigError."""
    console = speaking()
    print_table(console, [("variable", "value"), *_rows(environ)])
    for sentence in variables.unknown(environ):
        console.print(sentence)
    load(environ)
    console.print("A server can start with it, as far as that can be seen without opening anything.")
    return USABLE


def show_reference() -> int:
    """All variables as a page of Markdown; return the code to end with."""
    print(variables.reference(), end="")
    return USABLE


def _rows(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    texts = own(environ)
    values = Values(texts)
    for variable in VARIABLES:
        in_file = texts.get(variable.name_of_file or "", "").strip()
        told = f"in {in_file}" if in_file else _told(variable, values.get(variable.name))
        yield variable.full_name, told


def _told(variable: Variable, value: str) -> str:
    if not value:
        return f"not set: {variable.default.replace('`', '')}"
    return "set (hidden)" if variable.is_secret else value
