"""Names of files that lie together."""

from poststelle.mime.file_name import each_once, safe_file_name


def test_names_that_differ_by_capitals_alone_are_numbered() -> None:
    """Before the ending, and not as one that is there already; a name without an ending at its end."""
    names = ["a.pdf", "A.PDF", "a (2).pdf", "a.pdf", "Liste", "liste", ".env", ".env", "b.tar.gz", "b.tar.gz"]

    assert each_once(names) == [
        "a.pdf", "A (2).PDF", "a (2) (2).pdf", "a (3).pdf", "Liste", "liste (2)",
        ".env", ".env (2)", "b.tar.gz", "b.tar (2).gz",
    ]  # fmt: skip


def test_of_a_very_long_name_both_ends_are_looked_at() -> None:
    """A client may give one of megabytes; what stands in its middle would not be in the name."""
    assert safe_file_name(f"a{':' * 999}b{':' * 995}.pdf") == "a b.pdf"
    assert safe_file_name(f"a{':' * 999}bbbbb{':' * 996}.pdf") == "a.pdf"
    assert safe_file_name(f"{'Rechnung ' * 1_000}.pdf") == f"{('Rechnung ' * 20)[:147].strip()}.pdf"
