"""``poststelle config``: what the environment says here, and the reference of all that it may say."""

import re
from collections.abc import Iterator, Mapping

from poststelle import variables
from poststelle.auth.crypto import BadKey, parse_keys
from poststelle.cli.console import print_table, speaking
from poststelle.config import ConfigError, load
from poststelle.variables import VARIABLES, Values, Variable, own

USABLE = 0
# Host, port and name; none where an @, : or / in the password makes it doubtful which they are.
_DATABASE = re.compile(r"(postgres(?:ql)?://)(?:[^/?#@]*@)?((?:[\w.-]+(?::\d+)?)?/[\w-]+)(?:\?[^@]*)?")


def show(environ: Mapping[str, str]) -> int:
    """A table of what is set, secrets hidden; return the code to end with. Raises ConfigError."""
    console = speaking()
    print_table(console, [("variable", "value"), *_rows(environ)])
    for sentence in variables.unknown(environ):
        console.print(sentence)
    config = load(environ)
    if config.keys:
        _check_keys(config.keys)
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
    if variable.is_secret:
        at = _DATABASE.fullmatch(value)
        return "set (hidden)" if at is None else f"{at[1]}{at[2]} (the rest is hidden)"
    return without_userinfo(value)


def without_userinfo(text: str) -> str:
    """An address without the name and password that are wrongly in it, and that they are."""
    scheme, slashes, rest = text.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if not slashes or "@" not in authority:
        return text
    shown = rest[authority.rindex("@") + 1 :]
    return f"{scheme}://{shown} (with a name or password in it, hidden here: take that out)"


def _check_keys(text: str) -> None:
    try:
        parse_keys(text)
    except BadKey as problem:
        raise ConfigError(f"{variables.PREFIX}KEY can't be used. {problem}") from problem
