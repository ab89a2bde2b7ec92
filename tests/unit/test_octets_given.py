"""Who reads texts and octets of messages, and what the audit trail is told of it.

A new reader without a decision fails, as a new route does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "poststelle"

GIVERS = {
    "mail.blobs": {
        "open_part", "keep_part", "keep_original", "have_part", "known_parts", "open_kept", "take_out",
    },
    "mail.originals": {"originals"},
    "mail.query": {"bodies"},
    "mail.snippets": {"snippets"},
    "store.attachments": {"kept", "kept_of", "kept_many"},
    "store.bodies": {"get", "get_many", "packed_many"},
}  # fmt: skip
"""What tells texts, octets or where these lie, by its module."""

NOTED = "the reading is noted here, or by what is asked here"
EXPORTED = "account.exported is recorded before"
COPIED = "mail.copied is recorded with the copy"
LISTED = "the header, or files' names and sizes, as lists show them"
TOLD_OF = "what has been given is told of by who asks this"
PICTURE = "a picture from outside, by an address that only the text tells"
STAYS = "nobody is given it: it goes to the provider or into another row, or is compared"

DECIDED = {
    ("http.jmap.blob_octets.have_blob", "blobs.have_part"): NOTED,
    ("http.jmap.blob_octets.open_base", "blobs.open_part"): NOTED,
    ("http.jmap.email_copy._copy", "blobs.keep_original"): COPIED,
    ("http.jmap.email_create.find_octets", "blobs.keep_part"): NOTED,
    ("http.jmap.email_get._bodies", "query.bodies"): NOTED,
    ("http.jmap.fetched.fetched", "originals.originals"): TOLD_OF,
    ("http.jmap.search_snippet.search_snippet_get", "snippets.snippets"): NOTED,
    ("mail.arrivals.copy_within", "attachments.kept"): COPIED,
    ("mail.arrivals.copy_within", "bodies.packed_many"): COPIED,
    ("mail.blobs._body", "bodies.packed_many"): TOLD_OF,
    ("mail.blobs._wanted", "attachments.kept"): TOLD_OF,
    ("mail.blobs.kept_by_now", "attachments.kept"): TOLD_OF,
    ("mail.blobs.parts_here", "attachments.kept_of"): TOLD_OF,
    ("mail.bundle._have", "blobs.have_part"): NOTED,
    ("mail.bundle._kept", "blobs.open_kept"): NOTED,
    ("mail.bundle.as_zip", "blobs.take_out"): NOTED,
    ("mail.bundle.prepare", "blobs.known_parts"): NOTED,
    ("mail.export._next", "attachments.kept_many"): EXPORTED,
    ("mail.file_lists._exchange", "attachments.kept"): STAYS,
    ("mail.file_lists.without_missing", "attachments.kept"): STAYS,
    ("mail.file_lists.without_missing", "bodies.get"): STAYS,
    ("mail.originals._known", "attachments.kept_many"): TOLD_OF,
    ("mail.outside_pictures._kept", "attachments.kept_of"): PICTURE,
    ("mail.own._met", "bodies.get"): STAYS,
    ("mail.query.bodies", "bodies.get_many"): TOLD_OF,
    ("mail.query.own_fields", "attachments.kept_many"): LISTED,
    ("mail.rivals.edited", "bodies.packed_many"): STAYS,
    ("mail.snippets.snippets", "bodies.packed_many"): TOLD_OF,
    ("mail.take_over._may_have_files", "bodies.get"): STAYS,
    ("mail.take_over._read_page", "bodies.packed_many"): STAYS,
    ("settings.remotes._octets_of", "attachments.kept"): STAYS,
    ("submission.outcome._make_anew", "bodies.get"): STAYS,
    ("submission.receipts._wanted", "originals.originals"): LISTED,
    ("writeback.draft_steps.load", "attachments.kept"): STAYS,
    ("writeback.draft_steps.load", "bodies.get"): STAYS,
    ("writeback.sightings._search", "bodies.get"): STAYS,
}
"""What becomes of it, by who asks and what is asked."""


def test_every_reader_of_texts_and_octets_is_decided() -> None:
    found = {use for path in sorted(SOURCE.rglob("*.py")) for use in _uses(path)}
    assert found - DECIDED.keys() == set(), "decide what the audit trail is told of these"
    assert DECIDED.keys() - found == set(), "these are gone"


def _uses(path: Path) -> Iterator[tuple[str, str]]:
    """Functions of a file, and what they use of ``GIVERS``."""
    module = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
    tree = ast.parse(path.read_text())
    known = dict(_imported(tree))
    for at in tree.body:
        inner = at.body if isinstance(at, ast.ClassDef) else [at]
        for one in inner:
            if isinstance(one, ast.Import | ast.ImportFrom):
                continue
            name = getattr(one, "name", "…")
            within = f"{at.name}.{name}" if isinstance(at, ast.ClassDef) else name
            for used in _names(one, known):
                yield f"{module}.{within}", used


def _imported(tree: ast.Module) -> Iterator[tuple[str, tuple[str, str]]]:
    """Names in a file that stand for a module of ``GIVERS`` or for one of its functions: which."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("poststelle."):
            continue
        package = str(node.module).removeprefix("poststelle.")
        for alias in node.names:
            name = alias.asname or alias.name
            if f"{package}.{alias.name}" in GIVERS:
                yield name, (f"{package}.{alias.name}", "")
            elif alias.name in GIVERS.get(package, ()):
                yield name, (package, alias.name)


def _names(tree: ast.stmt, known: dict[str, tuple[str, str]]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and known.get(node.id, ("", ""))[1]:
            yield ".".join((known[node.id][0].rpartition(".")[2], known[node.id][1]))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module, function = known.get(node.value.id, ("", ""))
            if module and not function and node.attr in GIVERS[module]:
                yield f"{module.rpartition('.')[2]}.{node.attr}"
