"""What is said of many measured values, the same way in all benchmarks."""

from collections.abc import Sequence


def percentile(found: Sequence[float], share: float) -> float:
    """The value below which ``share`` of them lie: one of them, so never more than the largest; 0 of none."""
    ordered = sorted(found)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
