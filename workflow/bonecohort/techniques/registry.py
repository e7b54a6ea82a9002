"""The techniques that there are, in the order of the work."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from bonecohort.techniques.declare import Marks, Readings
from bonecohort.techniques.image import Image

if TYPE_CHECKING:
    from types import ModuleType

    from bonecohort.annotations.marks.names import Form
    from bonecohort.demo.share import Share
    from bonecohort.techniques.declare import Count, Kind, Stage, Technique

ENABLED = (
    "vertebrae",
    "hounsfield",
    "endplates",
    "fat_fraction",
    "dxa",
    "qct",
    "dwi",
    "fe",
    "vbq",
    "t2",
)
"""One folder of this package each."""


@dataclass(frozen=True)
class OwnStage:
    """A stage, and the technique that it is of."""

    technique: Technique
    stage: Stage

    @property
    def calls(self) -> str:
        """The name that its job is called by."""
        return f"{self.technique.name}.{self.stage.job}"


@cache
def techniques() -> tuple[Technique, ...]:
    """Return the techniques, in the order of the work."""
    return tuple(technique_module(name, "technique").TECHNIQUE for name in ENABLED)


def technique_module(technique: str, module: str) -> ModuleType:
    """Return a module of a technique's folder."""
    return import_module(f"bonecohort.techniques.{technique}.{module}")


@cache
def kinds() -> dict[str, Kind]:
    """Return the kinds of series.tsv by their names."""
    return {kind.name: kind for technique in techniques() for kind in technique.kinds}


@cache
def kinds_that_hold(what: type | tuple[type, ...]) -> tuple[str, ...]:
    """Return the names of the kinds that hold images, label maps, marks or readings."""
    return tuple(name for name, kind in kinds().items() if isinstance(kind.holds, what))


@cache
def images() -> dict[str, Image]:
    """Return what an image series of each kind must be."""
    result = ((name, kind.holds) for name, kind in kinds().items())
    return {name: holds for name, holds in result if isinstance(holds, Image)}


def tables_modules() -> tuple[ModuleType, ...]:
    """Return the modules that add to the cohort's tables."""
    return tuple(
        technique_module(technique.name, technique.tables)
        for technique in techniques()
        if technique.tables
    )


def demo_shares() -> tuple[Share, ...]:
    """Return what the techniques add to the demo study."""
    return tuple(
        technique_module(technique.name, technique.demo).SHARE
        for technique in techniques()
        if technique.demo
    )


def counts() -> tuple[tuple[Count, ...], ...]:
    """Return what run.json counts of each technique that counts anything."""
    return tuple(technique.counts for technique in techniques() if technique.counts)


def proposing_modules() -> dict[str, ModuleType]:
    """Return the modules that choose the series of kinds in an export, by the kinds."""
    return {
        kind.name: technique_module(technique.name, kind.proposed_by)
        for technique in techniques()
        for kind in technique.kinds
        if kind.proposed_by
    }


@cache
def mark_forms() -> tuple[Form, ...]:
    """Return the forms of marks' names of every technique."""
    marks = (kind.holds for kind in kinds().values())
    return tuple(form for holds in marks if isinstance(holds, Marks) for form in holds.names)


@cache
def methods() -> dict[str, str]:
    """Return what each method of a measurement is, in a sentence."""
    return {method.name: method.words for technique in techniques() for method in technique.methods}


@cache
def techniques_measuring(modality: str, measure: str) -> tuple[str, ...]:
    """Return the names of the techniques that may have made a measurement.

    Techniques may share a modality, not a measure of it: one declares the measure. Of a measure
    that none declares, they are all those of the modality.
    """
    of = [technique for technique in techniques() if technique.modality == modality]
    declaring = [
        technique for technique in of if any(own.name == measure for own in technique.measures)
    ]
    return tuple(technique.name for technique in declaring or of)


def readings_kinds() -> tuple[str, ...]:
    """Return the kinds whose rows are read where the cohort's tables are assembled."""
    return kinds_that_hold(Readings)


@cache
def stages() -> dict[str, OwnStage]:
    """Return the stages by the names of their rules, none before one whose results it uses."""
    return {
        stage.rule: OwnStage(technique, stage)
        for technique in techniques()
        for stage in technique.stages
    }


@cache
def participant_columns() -> tuple[str, ...]:
    """Return the columns of participants.tsv that the techniques' jobs and readings read."""
    of_stages = (column for own in stages().values() for column in own.stage.columns)
    of_readings = (column for technique in techniques() for column in technique.columns)
    return tuple(dict.fromkeys((*of_stages, *of_readings)))


@cache
def job_names() -> tuple[str, ...]:
    """Return the names under which the techniques' jobs are called, in the order of the work."""
    return tuple(own.calls for own in stages().values())


def is_temporary(job: str) -> bool:
    """Whether Snakemake takes a job's results away when they have been used."""
    return any(own.calls == job and own.stage.is_temporary for own in stages().values())
