"""The steps of a technique's work: a rule each, and the job that it calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Section = TypeVar("Section")
Per = Literal["participant", "site", "level"]


class AllSettings(Protocol):
    """All settings of a study."""

    def of(self, section: type[Section]) -> Section:
        """Return a technique's section of config.yaml."""
        ...

    def value(self, section: str, key: str) -> Any:
        """Return one setting of any section, by their names in config.yaml."""
        ...


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
        Whether it is done once, for each site, or for each of the technique's levels
        (:class:`~bonecohort.techniques.declare.measures.Sites`).
    files
        Kinds whose files, where there are any, stand in its task.
    after
        Rules, and kinds of image, whose results it uses.
    columns
        Columns of participants.tsv whose cells stand in its task, where there are any. They need
        not be declared as variables.
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
    columns: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    record: Literal["", "status", "measurements"] = ""
    is_temporary: bool = False
    on_demand: bool = False
    shown_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Needs:
    """What a technique needs beside files of a kind, to measure anything on them.

    Attributes
    ----------
    kind
        The kind of the files.
    one_of
        Kinds, and rules of stages, of which the participant needs one.
    """

    kind: str
    one_of: tuple[str, ...]
