"""What a technique measures, where and how, and the variables that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from bonecohort.techniques.declare.stages import AllSettings, Per

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
    names
        All that there may be, where they are neither: ``total_hip``.
    levels
        By the study's settings, the levels that stages ``per="level"`` measure beside the sites
        that the rows of series.tsv name; None where there are no such stages.
    """

    plural: str
    from_files: bool = False
    names: tuple[str, ...] = ()
    levels: Callable[[AllSettings], tuple[str, ...]] | None = None


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
    ratio_units
        Its odds ratios are printed for so many units as well, where one unit is little.
    """

    name: str
    label: str
    unit: str = ""
    decimals: int = 1
    range: tuple[float, float] | None = None
    direction: Direction = ""
    ratio_units: int = 1


@dataclass(frozen=True)
class Count:
    """A number of run.json that shows how far a study came; the technique's ``tables`` count it.

    Attributes
    ----------
    name
        As among the ``counts`` of run.json.
    of_sites
        Whether it counts the sites of which something is known; else it counts what was found.
    in_flow
        Its words in the flow diagram, ``{n}`` for the number: "HU measured in {n}".
    title
        Its title in the report's summary; '' where it is not there.
    at_the_end
        Its words at the end of a run: "{n} vertebrae with HU".
    """

    name: str
    of_sites: bool = False
    in_flow: str = ""
    title: str = ""
    at_the_end: str = ""


@dataclass(frozen=True)
class SplitText:
    """What texts say of a column that splits participants in two, where its label does not do.

    Attributes
    ----------
    groups
        Head the columns of its groups, yes before no.
    event, having, by
        The event in a sentence, after "odds ratio of", and at the end of a title.
    unknown, in_neither, nobody
        Said of participants in no group; their heading; and said where that is everybody.
    is_plural
        Whether the event is.
    """

    groups: tuple[str, str]
    event: str
    having: str
    by: str
    unknown: str
    in_neither: str
    nobody: str
    is_plural: bool = False


@dataclass(frozen=True)
class Derived:
    """A column that the technique's ``tables`` add to participants.csv or vertebrae.csv.

    Attributes
    ----------
    name, label, unit, decimals, direction, ratio_units
        As of a :class:`Measure`.
    levels
        Its categories, the reference first; none where it is continuous.
    computed_from
        Columns that it is computed from: a comparison of it with them says nothing.
    per
        Of whom it is known.
    comes_first
        Whether it stands before the study's own variables in the list of participants, and on
        paper.
    split
        How texts speak of its groups; None: by its label.
    """

    name: str
    label: str
    unit: str = ""
    decimals: int = 1
    direction: Direction = ""
    levels: tuple[str, ...] = ()
    computed_from: tuple[str, ...] = ()
    per: Per = "participant"
    comes_first: bool = False
    split: SplitText | None = None
    ratio_units: int = 1


@dataclass(frozen=True)
class SiteMean:
    """A participant's value of a measure: the mean of its sites.

    Attributes
    ----------
    name
        Its column of participants.csv, as in sites.csv: the modality in lower case, ``_``, the
        measure (``lab_stiffness``). The columns of its sites are called ``name_site``.
    of
        Name of the measure, of the technique that declares the mean.
    sites
        The sites of the mean, named here also where the rows of series.tsv name the technique's
        sites.
    least
        Of so many sites there must be a value, else there is no mean.
    prefix
        What its sites' columns begin with where that is not its name: one of several means of a
        measure, whose label names the sites (``qct_vbmd_L1-L3``).
    """

    name: str
    of: str
    sites: tuple[str, ...]
    least: int
    prefix: str = ""

    @property
    def site(self) -> str:
        """Where it is, in measurements.csv: ``L1-L4``."""
        return f"{self.sites[0]}-{self.sites[-1]}"

    @property
    def columns(self) -> dict[str, str]:
        """Its columns of participants.csv, each with the site of its values."""
        own = {f"{self.prefix or self.name}_{site}": site for site in self.sites}
        return {self.name: self.site, **own}

    @property
    def is_of_several(self) -> bool:
        """Whether its own site stands for others, and is none of an analysis of sites."""
        return True


@dataclass(frozen=True)
class SiteValue:
    """A participant's value of a measure: that of one site, where anybody has one.

    Attributes
    ----------
    name
        Its column of participants.csv: as of a mean, and ``_`` and the site where there are others
        of the measure (``dxa_bmd_total_hip``).
    of
        Name of the measure, of the technique that declares it.
    site
        The site.
    label
        Name printed in tables and figures.
    categories
        What its values stand for, the reference first; none where it is continuous.
    is_of_several
        Whether the site stands for others (``lowest``), and is none of an analysis of sites.
    """

    name: str
    of: str
    site: str
    label: str
    categories: tuple[tuple[float, str], ...] = ()
    is_of_several: bool = False

    @property
    def levels(self) -> tuple[str, ...]:
        """Its categories, each once."""
        return tuple(dict.fromkeys(category for _, category in self.categories))

    @property
    def columns(self) -> dict[str, str]:
        """Its column of participants.csv, with the site of its values."""
        return {self.name: self.site}


OfParticipant = SiteMean | SiteValue
