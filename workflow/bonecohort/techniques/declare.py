"""What a technique says of itself: its files, jobs, measures and results.

Everything else in the house derives from these declarations: the kinds of series.tsv, the texts of
jobs, the order of work, what is up to date, the cohort's tables and their dictionaries. The module
needs the standard library alone, as every start of the workflow reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from bonecohort.techniques.image import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from bonecohort.annotations.marks.names import Form
    from bonecohort.study.declared import Strict

Section = TypeVar("Section")
Per = Literal["participant", "site"]
Direction = Literal["higher is worse", "lower is worse", ""]


class AllSettings(Protocol):
    """All settings of a study."""

    def of(self, section: type[Section]) -> Section:
        """Return a technique's section of config.yaml."""
        ...


@dataclass(frozen=True)
class Labels:
    """A label map.

    Attributes
    ----------
    scheme_setting
        Section and key of the setting that numbers the maps whose row names no scheme; ('', '')
        where none does.
    """

    scheme_setting: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Marks:
    """What readers drew on an image: a file, or a folder of files.

    Attributes
    ----------
    names
        The forms of the names that say what was measured.
    """

    names: tuple[Form, ...] = ()


@dataclass(frozen=True)
class File:
    """A file that a job reads as it is: a table of one participant, a spectrum, a curve."""


@dataclass(frozen=True)
class Readings:
    """A table of values measured elsewhere, read where the cohort's tables are assembled.

    Attributes
    ----------
    after
        A kind that counts in its place for a participant who has both.
    """

    after: str = ""


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
class Kind:
    """One kind of series.tsv.

    Attributes
    ----------
    name
        As in the column ``kind``.
    label
        In the words of messages: "CT", "endplate marks".
    holds
        What its files are.
    by_site
        Whether a file is of the one site that its row names.
    proposed_by
        Module of the technique's folder whose ``RULES`` (:class:`bonecohort.intake.rules.Rules`)
        choose its series in an export; empty: ``bonecohort init`` does not propose it.
    """

    name: str
    label: str
    holds: Image | Labels | Marks | File | Readings
    by_site: bool = False
    proposed_by: str = ""

    @classmethod
    def of_image(cls, image: Image, proposed_by: str = "") -> Kind:
        """Return the kind of an image series."""
        return cls(image.kind, image.called, image, proposed_by=proposed_by)

    @property
    def is_one(self) -> bool:
        """Whether a participant may have one row of it at most."""
        return isinstance(self.holds, Image | Labels)


@dataclass(frozen=True)
class Stage:
    """One step of the work: a rule, and the job that it calls.

    Attributes
    ----------
    rule
        Name of the rule in the technique's ``.smk``.
    words
        What it does: "measure HU".
    job
        Module of the technique's ``jobs`` that does it.
    makes
        Its result below the participant's folder; ``{site}`` stands for the site.
    log
        Its log among the participant's, likewise.
    when
        Whether a participant with files of certain kinds, in a study with certain settings, has
        this step.
    per
        Whether it is done once, or for each site.
    files
        Kinds whose files, where there are any, stand in its task.
    after
        Rules, and kinds of image, whose results it uses.
    settings
        Keys of the technique's section that it uses.
    record
        Whether its result is a record that says what could not be done, and why ("status"), or
        holds measurements, too, which the cohort's tables are made of ("measurements").
    is_temporary
        Whether Snakemake takes its result away when it has been used.
    on_demand
        Whether it is done only where another step that is done uses it.
    shown_by
        The cohort's rules that show its picture; none where its result is no picture.
    """

    rule: str
    words: str
    job: str
    makes: str
    log: str
    when: Callable[[frozenset[str], AllSettings], bool]
    per: Per = "participant"
    files: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    record: Literal["", "status", "measurements"] = ""
    is_temporary: bool = False
    on_demand: bool = False
    shown_by: tuple[str, ...] = ()


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


def _no_variables(_: AllSettings) -> tuple[SiteMean, ...]:
    return ()


@dataclass(frozen=True)
class Technique:
    """A technique: a folder of this package, named as the technique is.

    Attributes
    ----------
    name
        Its folder, and the stage of its exclusions.
    section
        Name of its section of config.yaml.
    settings
        That section's dataclass.
    modality
        Of its rows of measurements.csv; '' where it has none.
    sites
        Where it measures.
    kinds, stages, measures
        What it needs, does, and measures.
    variables
        The means over sites that are variables of a participant, by the study's settings.
    derived
        The columns that its ``tables`` add to the cohort's.
    readings
        Its module that reads its tables of readings; '' for none.
    pooling
        Its module that tells which measurements are not analysed with the others; '' for none.
    tables
        Its module with further columns and tables of the cohort; '' for none.
    checks
        Its module that checks, before any job, what it needs; '' for none.
    report
        Its module whose ``contribution`` adds to the report; '' for none.
    """

    name: str
    section: str
    settings: type[Strict]
    modality: str = ""
    sites: Sites = VERTEBRAE
    kinds: tuple[Kind, ...] = ()
    stages: tuple[Stage, ...] = ()
    measures: tuple[Measure, ...] = ()
    variables: Callable[[AllSettings], tuple[SiteMean, ...]] = _no_variables
    derived: tuple[Derived, ...] = ()
    readings: str = ""
    pooling: str = ""
    tables: str = ""
    report: str = ""
    checks: str = ""

    @property
    def cohort_modules(self) -> tuple[str, ...]:
        """Its modules that the cohort's jobs call; '' where it has none for a purpose."""
        return ("technique", self.readings, self.pooling, self.tables, self.report)
