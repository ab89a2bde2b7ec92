"""docs/m365sim/coverage.md is what the simulator itself answers."""

from __future__ import annotations

from tests.contract.description import Description
from tests.coverage import PAGE, page

from m365sim.graph.differences import DIFFERENCES


def test_the_list_of_what_is_simulated_is_true(description: Description) -> None:
    """`python -m tests.coverage` writes the page anew."""
    assert PAGE.read_text() == page(description)


def test_known_differences_are_about_operations_there_are(description: Description) -> None:
    """Each names the method and the end of the path of an operation."""
    known = [(o.method, o.path) for o in description.operations]

    for difference in DIFFERENCES:
        assert any(m == difference.method and p.endswith(difference.path) for m, p in known), difference
