"""What could not be computed has a reason in its file, and the report prints it."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from bonecohort.report.printing.printer import Printer
from bonecohort.study.settings import Settings

from .conftest import write_results
from .reports import build_report

if TYPE_CHECKING:
    from pathlib import Path

RESULT_AND_REASON = {
    "comparisons": ("p_value", "warning"),
    "models": ("estimate", "warning"),
    "recommended_models": ("estimate", "reason"),
    "clustered": ("p_value", "reason"),
    "clustered_prevalence": ("ci_low", "reason"),
    "model_performance": ("auc", "warning"),
    "linearity": ("lr_p_value", "warning"),
    "roc": ("auc", "warning"),
    "thresholds": ("p_value", "warning"),
    "correlations": ("slope", "warning"),
    "prevalence": ("percent", "warning"),
    "imputation": ("estimate", "warning"),
    "sample_size": ("value", "warning"),
}
"""The column of each printed table's result, and the one that says why there is none."""
LEAD = re.compile(r"^not (computed|fitted|tested|done): ")


def plain(text: str) -> str:
    return re.sub(r"[\s\W]+", " ", text.lower()).strip()


def printed_text(results: Path) -> str:
    page = (results / "report.html").read_text(encoding="utf-8")
    page = re.sub(r"<(script|style|svg).*?</\1>", " ", page, flags=re.DOTALL)
    return plain(unescape(re.sub(r"<sup>.*?</sup>|<[^>]+>", " ", page)))


def degenerate(people: pd.DataFrame) -> pd.DataFrame:
    """Return the same people with a constant, an empty, a separating and a lopsided variable."""
    defect = people["endplate_defect"]
    return people.assign(
        bmi_kg_m2=22.1,
        diabetes=np.nan,
        hypertension=defect,
        sex=np.where(defect == "yes", "male", people["sex"]),  # no woman has a defect
    )


@pytest.mark.slow
@pytest.mark.parametrize("case", ["three participants", "degenerate variables"])
def test_every_absent_number_has_a_reason_that_the_report_prints(tmp_path: Path, case: str) -> None:
    if case == "three participants":
        results = write_results(tmp_path / "results", 3)
    else:
        results = write_results(tmp_path / "results", 30, change=degenerate)
    build_report(results, Settings())
    text = printed_text(results)
    told = set()
    for name, (result, reason) in RESULT_AND_REASON.items():
        rows = pd.read_csv(results / "statistics" / f"{name}.csv", dtype=str, keep_default_na=False)
        shown = rows["shown"] == "yes" if "shown" in rows else rows.index >= 0
        for line in rows.loc[(rows[result] == "") & shown, reason].unique():
            assert line, name
            for part in line.split("; "):
                assert plain(LEAD.sub("", Printer.of(Settings()).warning_text(part))) in text, (
                    name,
                    part,
                )
            told.add(name)
    assert told >= {"models", "recommended_models", "model_performance", "roc"}
