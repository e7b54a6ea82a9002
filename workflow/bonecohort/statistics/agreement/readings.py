"""What each reader measured, side by side: from the measurements' rows to subjects × readers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bonecohort.statistics.site_name import SITE, SiteName
from bonecohort.study.series import MEAN_OF_READERS, counting

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


@dataclass(frozen=True)
class Readings:
    """One measure as its readers read it.

    ``values`` has a row a subject, indexed by participant (and site), a column a reader, NaN where
    not read. ``among`` says which subjects are meant, ``site`` what one is called.
    """

    measure: str
    among: str
    values: pd.DataFrame
    site: SiteName = field(default=SITE, kw_only=True)

    def read_by(self, readers: tuple[str, ...]) -> pd.DataFrame:
        """Return what all these readers read, among the subjects meant."""
        return self.values[list(readers)].dropna()

    def n_incomplete(self, readers: tuple[str, ...]) -> int:
        """Return how many subjects some of these readers read, yet not all."""
        read = self.values[list(readers)].notna()
        return int((read.any(axis=1) & ~read.all(axis=1)).sum())


@dataclass(frozen=True)
class Measured(Readings):
    """A measure with a unit.

    Sizes of findings are compared only among subjects in which all (or any) of the readers found
    one by ``affected``. The zeros of subjects that all read as normal would agree by definition.
    """

    unit: str = ""
    affected: pd.DataFrame | None = None
    affected_by: Literal["all", "any"] = "all"

    def read_by(self, readers: tuple[str, ...]) -> pd.DataFrame:
        """Return what all these readers read, among the subjects meant."""
        common = super().read_by(readers)
        if self.affected is None:
            return common
        result = self.affected.loc[common.index, list(readers)] > 0
        return common[result.all(axis=1) if self.affected_by == "all" else result.any(axis=1)]


@dataclass(frozen=True)
class Graded(Readings):
    """A finding as category numbers from 0; ``ordered`` when a higher number is worse."""

    n_categories: int = 2
    ordered: bool = False


def by_reader(rows: pd.DataFrame, subject: Sequence[str]) -> pd.DataFrame:
    """Return the rows of one measure as subjects × readers, in order; only what any reader read.

    Parameters
    ----------
    rows
        One row a subject and reader: the columns of ``subject``, ``reader``, ``value``.
    subject
        The columns that name a subject.
    """
    wide = rows.pivot(index=list(subject), columns="reader", values="value")
    readers: list[str] = sorted(rows["reader"].unique(), key=counting)
    return wide[readers].dropna(how="all")


def of_single_readers(measurements: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of single readers, without the means of several."""
    return measurements[measurements["reader"] != MEAN_OF_READERS]


def paired_readers(values: pd.DataFrame) -> tuple[str, ...]:
    """Return the readers who read something that another reader read too."""
    shared = values[values.notna().sum(axis=1) > 1]
    return tuple(shared.columns[shared.notna().any()])
