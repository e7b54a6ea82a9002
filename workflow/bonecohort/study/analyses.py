"""The analyses that a study lists in config.yaml, in order, and the files that they have.

An entry of the list has one key, which names the analysis; its settings are those of
:mod:`bonecohort.study.analysis_entries`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

from bonecohort.study.analysis_entries import (
    Agreement,
    AnalysisOfVariables,
    CorrelationOfVariables,
    Prevalence,
    RegressionOfVariables,
    Roc,
    Sites,
    Table1,
    Thresholds,
)
from bonecohort.study.declared import Strict, documented


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
    regression: RegressionOfVariables | None = documented(
        "Linear, logistic or ordinal regression.", factory=not_given
    )
    sites: Sites | None = documented("Regression of sites.", factory=not_given)
    roc: Roc | None = documented("ROC curves.", factory=not_given)
    thresholds: Thresholds | None = documented("Thresholds.", factory=not_given)
    prevalence: Prevalence | None = documented("Prevalence.", factory=not_given)
    agreement: Agreement | None = documented("Agreement of readers.", factory=not_given)

    def given(self) -> list[str]:
        """Return the keys that are given."""
        return [
            field.name
            for field in dataclasses.fields(self)
            if getattr(self, field.name) is not None
        ]

    def record(self) -> dict[str, Any]:
        """Return the entry as config.yaml has it."""
        result = {name: getattr(self, name) for name in self.given()}
        return {
            name: dataclasses.asdict(value) if isinstance(value, AnalysisOfVariables) else value
            for name, value in result.items()
        }


HAO2025 = Analysis(preset="hao2025")
ANALYSES: dict[str, type[AnalysisOfVariables]] = {
    "table1": Table1,
    "correlation": CorrelationOfVariables,
    "regression": RegressionOfVariables,
    "sites": Sites,
    "roc": Roc,
    "thresholds": Thresholds,
    "prevalence": Prevalence,
    "agreement": Agreement,
}
"""The settings of each analysis by its name, in the order of the entry's fields."""
FRAMES: dict[str, tuple[str, ...]] = {
    "table1": ("", "counts", "effects"),
    "correlation": ("",),
    "regression": ("", "proportional_odds"),
    "sites": ("", "mixed"),
    "roc": ("", "curves", "compared"),
    "thresholds": ("",),
    "prevalence": ("",),
    "agreement": ("",),
}
"""What the results of each analysis are called beside its own name; '' is the main one."""
DRAWN = ("correlation", "roc")
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
    return [stem for analysis in listed(analyses) for stem in analysis.frames.values()]


def drawn_stems(analyses: tuple[Analysis, ...]) -> list[str]:
    """Return the stems of the figures of the listed analyses."""
    return [analysis.stem for analysis in listed(analyses) if analysis.name in DRAWN]
