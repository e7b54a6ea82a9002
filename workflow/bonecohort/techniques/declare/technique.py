"""What a technique says of itself, in one declaration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.techniques.declare.measures import VERTEBRAE

if TYPE_CHECKING:
    from collections.abc import Callable

    from bonecohort.study.declared import Strict
    from bonecohort.techniques.declare.kinds import Kind
    from bonecohort.techniques.declare.measures import (
        Count,
        Derived,
        Measure,
        Method,
        OfParticipant,
        Sites,
    )
    from bonecohort.techniques.declare.stages import AllSettings, Needs, Stage


def _no_variables(_: AllSettings) -> tuple[OfParticipant, ...]:
    return ()


@dataclass(frozen=True)
class Technique:
    """A technique: a folder of this package, named as the technique is.

    Attributes
    ----------
    name
        Its folder, and the stage of its exclusions.
    section
        Name of its section of config.yaml. Techniques may share one; each has its own keys in it.
    settings
        That section's dataclass.
    doing
        What it does, in the report's words on what could not be done: "measuring HU".
    modality
        Of its rows of measurements.csv; '' where it has none.
    sites
        Where it measures.
    kinds, stages, measures, methods
        What it needs, does, and measures, and how.
    needs
        What must be there beside files of a kind; ``bonecohort check`` names who lacks it.
    variables
        The means over sites, and values of single sites, that are variables of a participant, by
        the study's settings.
    computed_from
        What some of those are computed from, by column: a comparison of the two says nothing.
    columns
        Columns of participants.tsv that its readings use. They need not be declared as variables.
    derived
        The columns that its ``tables`` add to the cohort's.
    other_columns
        Further columns that its ``tables`` add, which are no variables.
    counts
        What its ``tables`` count for run.json.
    readings
        Its module that reads its tables of readings; '' for none.
    computed
        Its module whose ``add_computed`` computes values of a participant from those that the
        techniques before it measured or read (:mod:`bonecohort.cohort.computed`); '' for none.
    pooling
        Its module that says which measurements are not analysed with the others; '' for none.
    tables
        Its module with further columns and tables of the cohort; '' for none.
    checks
        Its module that checks, before any job, what it needs; '' for none.
    flags
        Its module whose ``FLAGS`` are the words of its flags, by their codes
        (:class:`bonecohort.report.printing.flag_words.FlagWords`); '' where all are sentences.
    report
        Its module whose ``contribution`` adds to the report; '' for none.
    demo
        Its module whose ``SHARE`` is what it adds to the demo study
        (:class:`bonecohort.demo.share.Share`); '' for none.
    """

    name: str
    section: str
    settings: type[Strict]
    doing: str = ""
    modality: str = ""
    sites: Sites = VERTEBRAE
    kinds: tuple[Kind, ...] = ()
    stages: tuple[Stage, ...] = ()
    needs: tuple[Needs, ...] = ()
    measures: tuple[Measure, ...] = ()
    methods: tuple[Method, ...] = ()
    variables: Callable[[AllSettings], tuple[OfParticipant, ...]] = _no_variables
    computed_from: tuple[tuple[str, tuple[str, ...]], ...] = ()
    columns: tuple[str, ...] = ()
    derived: tuple[Derived, ...] = ()
    other_columns: tuple[str, ...] = ()
    counts: tuple[Count, ...] = ()
    readings: str = ""
    computed: str = ""
    pooling: str = ""
    tables: str = ""
    flags: str = ""
    report: str = ""
    checks: str = ""
    demo: str = ""

    @property
    def cohort_modules(self) -> tuple[str, ...]:
        """Its modules that the cohort's jobs call; '' where it has none for a purpose."""
        own = (self.readings, self.computed, self.pooling, self.tables, self.flags, self.report)
        return ("technique", *own)
