"""What each reader measured, side by side: from the measurements' rows to subjects × readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bonecohort.study.series import MEAN_OF_READERS, counting
from bonecohort.techniques.endplates.defects import ENDPLATES
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bonecohort.study.settings import Settings

HU_MEASURES = ("hu_upper", "hu_middle", "hu_lower", "hu")
BODY_MEASURES = ("body_width_mm", "body_height_mm")
DEFECT_MEASURES = (
    "width_mm", "depth_mm", "standardized_width", "standardized_depth", "cumulative_score",
)  # fmt: skip
SUBJECT = ["participant_id", "level"]

Among = Literal["vertebrae", "participants", "defect_by_all", "defect_by_any"]


@dataclass(frozen=True)
class Readings:
    """One measure as its readers read it.

    ``values`` has a row a subject, indexed by participant (and level), a column a reader, NaN
    where not read.
    """

    measure: str
    among: Among
    values: pd.DataFrame

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

    Sizes of defects are compared only among vertebrae in which all (or any) of the readers
    found a defect by ``affected``: the zeros of vertebrae that all read as normal would agree by
    definition.
    """

    unit: str = ""
    affected: pd.DataFrame | None = None

    def read_by(self, readers: tuple[str, ...]) -> pd.DataFrame:
        """Return what all these readers read, among the subjects meant."""
        common = super().read_by(readers)
        if self.affected is None:
            return common
        found = self.affected.loc[common.index, list(readers)] > 0
        return common[found.all(axis=1) if self.among == "defect_by_all" else found.any(axis=1)]


@dataclass(frozen=True)
class Graded(Readings):
    """A finding as category numbers from 0; ``ordered`` when a higher number is worse."""

    n_categories: int = 2
    ordered: bool = False


def measured_by_readers(measurements: pd.DataFrame, settings: Settings) -> Iterator[Measured]:
    """Give every measure that any reader measured, in the order it is reported."""
    own = _own(measurements)
    units = dict(zip(own["measure"], own["unit"].fillna(""), strict=True))
    hu = by_reader(own, "hu")
    for measure in (*HU_MEASURES, *BODY_MEASURES):
        values = by_reader(own, measure)
        if not values.empty:
            yield Measured(measure, "vertebrae", values, units[measure])
    total = _total_spine(hu, settings)
    if not total.empty:
        yield Measured("total_spine_hu", "participants", total, units["hu"])
    affected = n_affected_endplates(own)
    for measure in DEFECT_MEASURES:
        values = by_reader(own, measure)
        if not values.empty:
            yield Measured(measure, "defect_by_all", values, units[measure], affected)
            yield Measured(measure, "defect_by_any", values, units[measure], affected)


def graded_by_readers(measurements: pd.DataFrame) -> Iterator[Graded]:
    """Give defect yes/no, its type and the number of affected endplates, by vertebra."""
    own = _own(measurements)
    superior, inferior = (_has_defect(own, endplate) for endplate in ENDPLATES)
    if superior.empty:
        return
    count = superior + inferior
    yield Graded("endplate_defect", "vertebrae", (count > 0).astype(float).where(count.notna()))
    yield Graded("defect_type", "vertebrae", superior + 2 * inferior, n_categories=4)
    yield Graded("n_affected_endplates", "vertebrae", count, n_categories=3, ordered=True)


def n_affected_endplates(own: pd.DataFrame) -> pd.DataFrame:
    """Return each reader's number of endplates with a defect: 0, 1, 2, NaN where not read."""
    superior, inferior = (_has_defect(own, endplate) for endplate in ENDPLATES)
    return superior + inferior


def by_reader(own: pd.DataFrame, measure: str, endplate: str = "") -> pd.DataFrame:
    """Return one measure of the vertebra, or of one endplate: subjects × readers, in order."""
    rows = own[(own["measure"] == measure) & (own["endplate"] == endplate)]
    wide = rows.pivot(index=SUBJECT, columns="reader", values="value")
    readers: list[str] = sorted(rows["reader"].unique(), key=counting)
    return wide[readers].dropna(how="all")


def paired_readers(values: pd.DataFrame) -> tuple[str, ...]:
    """Return the readers who read something that another reader read too."""
    shared = values[values.notna().sum(axis=1) > 1]
    return tuple(shared.columns[shared.notna().any()])


def _own(measurements: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of single readers, without the means of several; sites taken apart."""
    own = measurements[measurements["reader"] != MEAN_OF_READERS]
    parts = own["site"].str.extract(r"^([^.]*)\.?(.*)$")
    return own.assign(level=parts[0], endplate=parts[1])


def _has_defect(own: pd.DataFrame, endplate: str) -> pd.DataFrame:
    counts = by_reader(own, "n_defects", endplate)
    return (counts > 0).astype(float).where(counts.notna())


def _total_spine(hu: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return each reader's mean HU of a participant's levels, where enough were measured."""
    of_study = hu[hu.index.get_level_values("level").isin(settings.levels)]
    participants = of_study.groupby(level="participant_id", sort=False)
    enough = participants.count() >= settings.of(HounsfieldSettings).min_levels
    return participants.mean().where(enough).dropna(how="all")
