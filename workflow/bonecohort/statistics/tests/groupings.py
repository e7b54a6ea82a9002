"""A split of the rows of a table in groups that are compared."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bonecohort.statistics.site_name import SITE, SiteName

if TYPE_CHECKING:
    import pandas as pd

PAIRS = "{table}_pairs"


@dataclass(frozen=True)
class Grouping:
    """A split of the rows of ``frame`` in two or more groups.

    ``labels`` has the frame's index and holds one of ``groups``, another text or a missing value.
    ``warning`` says why no row could be labelled. ``site`` names a row where a participant has
    several.
    """

    table: str
    name: str
    groups: tuple[str, ...]
    frame: pd.DataFrame
    labels: pd.Series
    warning: str = ""
    site: SiteName = SITE

    def part(self, group: str) -> pd.DataFrame:
        """Return the rows of one group."""
        return self.frame[self.labels == group]

    def pooled(self) -> pd.DataFrame:
        """Return the rows of any group; all rows where the split is unknown for everyone."""
        if self.labels.isna().all():
            return self.frame
        return self.frame[self.labels.isin(self.groups)]

    def pairs(self) -> list[Grouping]:
        """Return each two of more than two groups as a grouping of its own."""
        if len(self.groups) == 2:
            return []
        table = PAIRS.format(table=self.table)
        return [
            replace(self, table=table, groups=two) for two in itertools.combinations(self.groups, 2)
        ]
