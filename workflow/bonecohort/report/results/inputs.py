"""Everything the report is made from, read once from a results folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from bonecohort.cohort import frames
from bonecohort.papers.hao2025.statistics.clustered_prevalence import PREVALENCE_COLUMNS
from bonecohort.report.printing.labels import READ_TYPES
from bonecohort.statistics.effects.effect_table import EFFECT_COLUMNS
from bonecohort.statistics.missing.imputed_model import IMPUTATION_COLUMNS
from bonecohort.statistics.missing.missing_values import MISSING_COLUMNS
from bonecohort.statistics.planning.sample_size import SAMPLE_SIZE_COLUMNS
from bonecohort.statistics.prediction.model_performance import PERFORMANCE_COLUMNS
from bonecohort.statistics.prediction.roc_table import ROC_COLUMNS
from bonecohort.statistics.prediction.thresholds import THRESHOLD_COLUMNS
from bonecohort.statistics.regression.clustered_table import CLUSTERED_COLUMNS
from bonecohort.statistics.regression.linearity import LINEARITY_COLUMNS
from bonecohort.statistics.regression.logistic_recommended import RECOMMENDED_MODEL_COLUMNS
from bonecohort.statistics.regression.variance_inflation import INFLATION_COLUMNS
from bonecohort.statistics.tests.multiplicity import MULTIPLICITY_COLUMNS
from bonecohort.study.analysis_settings import MOST_GROUPS
from bonecohort.study.layout import participant_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

# What each table holds at least, so that a study without that part still has its columns.
TABLE_COLUMNS: dict[str, tuple[str, ...]] = {
    "tables/participants.csv": ("participant_id", "endplate_defect", "osteoporosis"),
    "tables/vertebrae.csv": ("participant_id", "level", "hu", "defect_type"),
    "tables/endplates.csv": ("participant_id", "level", "endplate"),
    "tables/exclusions.csv": ("participant_id", "level", "stage", "reason"),
    "tables/flags.csv": ("participant_id", "level", "stage", "text"),
    "tables/measurements.csv": (
        "participant_id", "site", "modality", "measure", "value", "method", "reader",
    ),
    "statistics/comparisons.csv": (
        "table", "variable", "grouping", "group_1", "group_2", "n_1", "n_2", "mean_1", "sd_1",
        "mean_2", "sd_2", "mean_total", "sd_total", "test", "p_value", "shown",
    ),
    "statistics/normality.csv": ("variable", "group", "n", "test", "p_value", "warning"),
    "statistics/counts.csv": ("table", "variable", "category", "group", "n", "percent"),
    "statistics/models.csv": (
        "model", "outcome", "term", "reference", "odds_ratio", "ci_low", "ci_high", "p_value",
        "n", "events",
    ),
    "statistics/correlations.csv": ("x", "y", "n", "slope", "intercept", "r_squared", "p_value"),
    "statistics/prevalence.csv": (
        "level", "defect_type", "n", "n_vertebrae", "percent", "ci_low", "ci_high",
        "share_of_defects_percent",
    ),
    "statistics/agreement.csv": (
        "measure", "among", "readers", "statistic", "n", "n_participants", "n_readers",
        "estimate", "ci_low", "ci_high", "warning",
    ),
    "statistics/effects.csv": EFFECT_COLUMNS,
    "statistics/clustered.csv": CLUSTERED_COLUMNS,
    "statistics/clustered_prevalence.csv": PREVALENCE_COLUMNS,
    "statistics/recommended_models.csv": RECOMMENDED_MODEL_COLUMNS,
    "statistics/multiplicity.csv": MULTIPLICITY_COLUMNS,
    "statistics/model_performance.csv": PERFORMANCE_COLUMNS,
    "statistics/variance_inflation.csv": INFLATION_COLUMNS,
    "statistics/linearity.csv": LINEARITY_COLUMNS,
    "statistics/roc.csv": ROC_COLUMNS,
    "statistics/thresholds.csv": THRESHOLD_COLUMNS,
    "statistics/missing.csv": MISSING_COLUMNS,
    "statistics/imputation.csv": IMPUTATION_COLUMNS,
    "statistics/sample_size.csv": SAMPLE_SIZE_COLUMNS,
    "figures/figure1_roi.csv": ("level", "plane", "hu"),
    "figures/truth.csv": ("participant_id", "level", "measure", "true", "measured", "difference"),
    "figures/figure4_regression.csv": ("participant_id", "level", "hu", "measure", "value"),
}  # fmt: skip
TEXT_COLUMNS = (
    "level", "category", "group", "readers", "knots", "reason", "warnings",
    *(f"group_{place}" for place in range(1, MOST_GROUPS + 1)),
)  # fmt: skip

Document = dict[str, Any]


NOT_INCLUDED = "eligibility"
"""Stage in exclusions.csv of those whom the study itself leaves out."""


@dataclass(frozen=True)
class ReportInputs:
    """The tables by path below ``results``, the run record and each vertebra's regions.

    ``hounsfield`` holds the ``hounsfield/{level}.json`` of vertebrae measured on a CT, keyed by
    participant, then level. ``included`` are the participants of the study, measured or not.
    """

    results: Path
    frames: dict[str, pd.DataFrame]
    run: Document
    hounsfield: dict[str, dict[str, Document]]
    included: frozenset[str]

    @property
    def endplates_read(self) -> bool:
        """Whether the endplates of any vertebra were read."""
        return bool(self.frame("tables/vertebrae.csv")["defect_type"].isin(READ_TYPES).any())

    @property
    def hu_measured(self) -> bool:
        """Whether any vertebra has an HU."""
        return bool(self.frame("tables/vertebrae.csv")["hu"].notna().any())

    def frame(self, path: str) -> pd.DataFrame:
        """Return a table; without rows, yet with its columns, when the study has none."""
        return self.frames[path]


def read_inputs(results: Path, categories: Iterable[str] = ()) -> ReportInputs:
    """Read a results folder; what a study does not have is empty, never an error.

    ``categories`` are the categorical variables, which stay text where they look like numbers.
    """
    text = (*TEXT_COLUMNS, *categories)
    found = {
        path: read_table(results / path, columns, text) for path, columns in TABLE_COLUMNS.items()
    }
    run_path = results / "run.json"
    run = read_json(run_path) if run_path.is_file() else {}
    included = _included(found)
    return ReportInputs(results, found, run, _read_hounsfield(results, included), included)


def read_table(
    path: Path, columns: tuple[str, ...], text: tuple[str, ...] = TEXT_COLUMNS
) -> pd.DataFrame:
    """Read one CSV; one that the study does not have is empty, yet has its columns."""
    if not path.is_file():
        return pd.DataFrame(columns=list(columns))
    frame = frames.read_table(path, text)
    return frame.reindex(columns=[*frame.columns, *(c for c in columns if c not in frame.columns)])


def read_json(path: Path) -> Document:
    """Read a JSON object."""
    document: Document = json.loads(path.read_text(encoding="utf-8"))
    return document


def _read_hounsfield(results: Path, names: Iterable[str]) -> dict[str, dict[str, Document]]:
    documents: dict[str, dict[str, Document]] = {}
    for name in sorted(names):
        folder = participant_folder(results, name) / "hounsfield"
        for path in sorted(folder.glob("*.json")):
            documents.setdefault(name, {})[path.stem] = read_json(path)
    return documents


def _included(found: Mapping[str, pd.DataFrame]) -> frozenset[str]:
    """Return whom the tables are made of; files of others may lie among the results still."""
    exclusions = found["tables/exclusions.csv"]
    faults = exclusions[exclusions["stage"] != NOT_INCLUDED]
    tables = (found["tables/participants.csv"], found["tables/vertebrae.csv"], faults)
    return frozenset(name for table in tables for name in table["participant_id"])
