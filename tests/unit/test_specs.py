"""The list of specifications is the code's own."""

from tests.specs import PAGE, page


def test_the_list_of_specifications_is_true() -> None:
    """docs/specs.md is what the docstrings say; `python -m tests.specs` writes it anew."""
    assert PAGE.read_text() == page()
