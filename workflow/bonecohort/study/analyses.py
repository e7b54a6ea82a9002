"""The analyses that a study lists in config.yaml, and the settings of each.

An entry of the list has one key, which names the analysis. Every analysis tells which variables it
asks for, so that one check covers all.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bonecohort.study.declared import Strict, documented

if TYPE_CHECKING:
    from collections.abc import Iterator

Needs = Literal["any", "continuous", "categorical", "two categories", "groups", "direction"]
"""What a variable must be: ``groups`` are two to eight categories, ``direction`` is a continuous
variable of which is known whether more of it is worse."""


@dataclass(frozen=True)
class Asked:
    """A variable that an analysis asks for.

    ``key`` is the key of the analysis that names it, ``of_sites`` whether it is a variable of
    sites, or of participants repeated at their sites.
    """

    key: str
    name: str
    needs: Needs = "any"
    of_sites: bool = False


@dataclass(frozen=True)
class AnalysisOfVariables(Strict):
    """Base of the analyses' settings."""

    def asked(self) -> Iterator[Asked]:
        """Yield every variable that the analysis asks for."""
        yield from ()


@dataclass(frozen=True)
class Table1(AnalysisOfVariables):
    """Participants described, and compared between groups."""

    by: str = documented("Categorical variable whose two to eight groups are compared.", "")
    rows: tuple[str, ...] = documented("Variables of the rows, in order.", ())

    def asked(self) -> Iterator[Asked]:
        """Yield every variable that the analysis asks for."""
        yield Asked("by", self.by, "groups")
        yield from (Asked("rows", name) for name in self.rows)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong taken together."""
        if not self.rows:
            yield "rows: found none; at least one variable is expected."
        if self.by in self.rows:
            yield f"rows: {self.by} is the grouping; leave it out of the rows."


@dataclass(frozen=True)
class CorrelationOfVariables(AnalysisOfVariables):
    """Every two of several variables correlated."""

    of: tuple[str, ...] = documented("Continuous variables, in the order of the matrix.", ())
    method: Literal["pearson", "spearman"] = documented(
        "Pearson's correlation, or Spearman's of ranks.", "pearson"
    )
    adjust_for: tuple[str, ...] = documented(
        "Variables whose linear effect is taken out of both: partial correlations.", ()
    )
    among: Literal["participants", "sites"] = documented(
        "What the correlated values are of; of sites, which are nested in participants, "
        "Pearson's is given among all, within participants and between them.",
        "participants",
    )

    def asked(self) -> Iterator[Asked]:
        """Yield every variable that the analysis asks for."""
        of_sites = self.among == "sites"
        yield from (Asked("of", name, "continuous", of_sites) for name in self.of)
        yield from (Asked("adjust_for", name) for name in self.adjust_for)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong taken together."""
        if len(self.of) < 2:
            yield f"of: found {len(self.of)}; two or more variables are expected."
        for name in self.adjust_for:
            if name in self.of:
                yield f"adjust_for: {name} is correlated itself; leave it out of one of the two."
        if self.among == "sites" and (self.adjust_for or self.method != "pearson"):
            yield "among: sites are correlated by Pearson's method, without adjustment."


def not_given() -> None:
    """Return what stands for an analysis that an entry does not name."""


@dataclass(frozen=True)
class Analysis(Strict):
    """One entry of the list; one of the keys is given."""

    preset: Literal["hao2025"] | None = documented(
        "Everything that Hao et al. 2025 printed, and what is recommended beside it; the sections "
        "`analysis` and `sample_size` adjust it.",
        None,
    )
    table1: Table1 | None = documented("Characteristics of the participants.", factory=not_given)
    correlation: CorrelationOfVariables | None = documented("Correlations.", factory=not_given)

    def given(self) -> list[str]:
        """Return the keys that are given."""
        return [
            field.name
            for field in dataclasses.fields(self)
            if getattr(self, field.name) is not None
        ]

    def record(self) -> dict[str, Any]:
        """Return the entry as config.yaml has it."""
        found = {name: getattr(self, name) for name in self.given()}
        return {
            name: dataclasses.asdict(value) if isinstance(value, AnalysisOfVariables) else value
            for name, value in found.items()
        }


HAO2025 = Analysis(preset="hao2025")
ANALYSES: dict[str, type[AnalysisOfVariables]] = {
    "table1": Table1,
    "correlation": CorrelationOfVariables,
}
"""The settings of each analysis by its name, in the order of the entry's fields."""
FRAMES: dict[str, tuple[str, ...]] = {
    "table1": ("", "counts", "effects"),
    "correlation": ("",),
}
"""What the results of each analysis are called beside its own name; '' is the main one."""
DRAWN = ("correlation",)
"""The analyses that have a figure."""


@dataclass(frozen=True)
class Listed:
    """One analysis that a study lists; its files, tables and messages are called after it."""

    number: int
    name: str
    settings: AnalysisOfVariables

    @property
    def stem(self) -> str:
        """The name of its files: ``02_correlation``."""
        return f"{self.number:02}_{self.name}"

    @property
    def label(self) -> str:
        """The key of its main table, and the beginning of those of its others."""
        return f"{self.name}_{self.number}"

    @property
    def key(self) -> str:
        """The place of its settings in config.yaml."""
        return f"analyses.{self.number}.{self.name}"

    @property
    def frames(self) -> dict[str, str]:
        """The stems of its results' files by what the results are called."""
        return {name: "_".join(filter(None, (self.stem, name))) for name in FRAMES[self.name]}


def listed(analyses: tuple[Analysis, ...]) -> list[Listed]:
    """Return the analyses of a list, presets left out; they are numbered as they stand in it."""
    return [
        Listed(number, name, getattr(entry, name))
        for number, entry in enumerate(analyses, start=1)
        for name in entry.given()
        if name != "preset"
    ]


def has_preset(analyses: tuple[Analysis, ...]) -> bool:
    """Whether the list holds the paper's own analyses."""
    return any(entry.preset == HAO2025.preset for entry in analyses)


def every_analysis() -> Analysis:
    """Return an entry that has every analysis with its defaults, to look keys up in."""
    given: dict[str, Any] = {name: kind() for name, kind in ANALYSES.items()}
    return Analysis(**given)


def analysis_stems(analyses: tuple[Analysis, ...]) -> list[str]:
    """Return the stems of the files that the listed analyses write, in their order."""
    return [stem for one in listed(analyses) for stem in one.frames.values()]


def drawn_stems(analyses: tuple[Analysis, ...]) -> list[str]:
    """Return the stems of the figures of the listed analyses."""
    return [one.stem for one in listed(analyses) if one.name in DRAWN]
