"""Which method is analysed where a cohort was measured by several: that of most."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd


def method_of_most(
    methods: pd.Series[str], goes_last: Callable[[str], bool] = lambda _: False
) -> str:
    """Return the method of most rows; '' where there is no row.

    Parameters
    ----------
    methods
        The method of each row.
    goes_last
        Whether a method comes after the others of as many rows. Then the first by name is taken.
    """
    counts = methods.value_counts()
    order = sorted(counts.index, key=lambda name: (-counts[name], goes_last(name), name))
    return next(iter(order), "")
