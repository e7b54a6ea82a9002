"""What a technique measures, where and how, and the variables that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bonecohort.techniques.declare.stages import Per

Direction = Literal["higher is worse", "lower is worse", ""]


@dataclass(frozen=True)
class Sites:
    """Where a technique measures.

    Attributes
    ----------
    plural
        What several of them are called: "3 vertebrae".
    from_files
        Whether the rows of series.tsv name them; otherwise they are the study's levels.
    """

    plural: str
    from_files: bool = False


VERTEBRAE = Sites("vertebrae")


@dataclass(frozen=True)
class Method:
    """How a value may be obtained.

    Attributes
    ----------
    name
        As in the column ``method`` of measurements.csv.
    words
        What it is, in a sentence: "readings taken elsewhere (PACS), supplied as a table".
    """

    name: str
    words: str


@dataclass(frozen=True)
class Measure:
    """One measure of a technique.

    Attributes
    ----------
    name, unit
        As in the columns ``measure`` and ``unit`` of measurements.csv.
    label
        Name printed in tables and figures.
    decimals
        Decimals of its mean in printed tables.
    range
        Smallest and largest possible value; None where it has none.
    direction
        Whether more of it stands for weaker bone, or less; '' where neither is known.
    """

    name: str
    label: str
    unit: str = ""
    decimals: int = 1
    range: tuple[float, float] | None = None
    direction: Direction = ""


@dataclass(frozen=True)
class Derived:
    """A column that the technique's ``tables`` add to participants.csv or vertebrae.csv.

    Attributes
    ----------
    name, label, unit, decimals, direction
        As of a :class:`Measure`.
    levels
        Its categories, the reference first; none where it is continuous.
    told_from
        Columns that it is read off: a comparison of it with them says nothing.
    per
        Of whom it is told.
    """

    name: str
    label: str
    unit: str = ""
    decimals: int = 1
    direction: Direction = ""
    levels: tuple[str, ...] = ()
    told_from: tuple[str, ...] = ()
    per: Per = "participant"


@dataclass(frozen=True)
class SiteMean:
    """A participant's value of a measure: the mean of its sites.

    Attributes
    ----------
    name
        Its column of participants.csv; the columns of its sites are called ``name_site``.
    of
        Name of the measure, of the technique that declares the mean.
    sites
        The sites of the mean.
    least
        Of so many sites there must be a value, else there is no mean.
    """

    name: str
    of: str
    sites: tuple[str, ...]
    least: int

    @property
    def site(self) -> str:
        """Where it is, in measurements.csv: ``L1-L4``."""
        return f"{self.sites[0]}-{self.sites[-1]}"
