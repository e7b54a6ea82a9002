"""A study that lists its own analyses, of readings in the participants table alone."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from .conftest import REPOSITORY, run_workflow

if TYPE_CHECKING:
    from pathlib import Path

N = 60
FOREIGN = re.compile(r"\bHU\b|hounsfield|endplate|osteoporosis", re.IGNORECASE)
RULES = {"list_records": 1, "assemble_cohort": 1, "do_analyses": 1, "draw_analyses": 1,
         "build_review": 1, "build_report": 1}  # fmt: skip


def config_of_the_guide() -> str:
    guide = (REPOSITORY / "docs/your-own-study.md").read_text()
    own = guide.partition("## A study of other measurements")[2]
    return own.partition("```yaml\n")[2].partition("```")[0]


@pytest.fixture(scope="module")
def listed_study(tmp_path_factory) -> Path:
    """The study's folder, run once; it has no file but the config and the participants."""
    folder = tmp_path_factory.mktemp("listed")
    draw = np.random.default_rng(3)
    age = draw.integers(50, 90, N)
    fracture = draw.random(N) < 1 / (1 + np.exp((70 - age) / 8))
    fat = (45 + 0.4 * (age - 70) + 4 * fracture + draw.normal(0, 6, N)).round(1)
    density = (110 - 1.5 * (age - 70) - 12 * fracture + draw.normal(0, 20, N)).round(1)
    rows = ["participant_id\tage_years\tsex\tfracture\tmarrow_fat\tdensity"]
    for i in range(N):
        value = "" if i == 7 else str(density[i])
        sex = ("male", "female")[int(draw.random() < 0.6)]
        rows.append(
            f"F{i:02}\t{age[i]}\t{sex}\t{('no', 'yes')[int(fracture[i])]}\t{fat[i]}\t{value}"
        )
    (folder / "config").mkdir()
    (folder / "config/participants.tsv").write_text("\n".join(rows) + "\n")
    (folder / "config/config.yaml").write_text(config_of_the_guide())
    run = run_workflow(folder)
    assert run.code == 0, run.output
    assert run.jobs == RULES
    assert f"{N} of {N} participants analysed." in run.output
    return folder


def words_of(page: Path) -> str:
    text = re.sub(r"data:[^\"]*", "", page.read_text())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.slow
def test_the_report_has_no_word_of_what_the_study_does_not_use(listed_study):
    results = listed_study / "results"
    tables = [*(results / "report_tables").glob("*.csv"), results / "report.tex"]
    assert len(tables) > 5
    for path in (results / "report.html", results / "references.bib", *tables):
        found = FOREIGN.search(re.sub(r"data:[^\"]*", "", path.read_text()))
        assert found is None, (path.name, found)


@pytest.mark.slow
def test_the_report_says_each_analysis_with_its_variables(listed_study):
    text = words_of(listed_study / "results/report.html").replace("\N{NO-BREAK SPACE}", " ")
    for words in (
        "Characteristics by fracture",
        "Participants with fracture differed from those without in",
        "Correlation matrix: Spearman’s ρ, adjusted for age",
        "Logistic regression of fracture",
        "High values of marrow fat and low values of bone density speak for fracture.",
        "Areas under the ROC curves, compared",
        "Thresholds of bone density for fracture",
        "Prevalence of fracture",
        "DeLong et al. 1988",
        "Bone density missing in 1 participant",
    ):
        assert words in text, words
    assert "Agreement of readers" not in text  # the study does not ask for it


@pytest.mark.slow
def test_the_results_are_those_of_other_programs(listed_study):
    folder = listed_study / "results/statistics/analyses"
    people = pd.read_csv(listed_study / "config/participants.tsv", sep="\t")
    yes, no = (people.loc[people["fracture"] == word, "marrow_fat"] for word in ("yes", "no"))
    rows = pd.read_csv(folder / "01_table1.csv").query("shown == 'yes'").set_index("variable")
    assert rows.loc["marrow_fat", "p_value"] == pytest.approx(stats.ttest_ind(yes, no).pvalue)
    ranked = rows.loc["density", "test"]
    assert ranked == "mann_whitney_u"  # it is described by median and quartiles
    areas = pd.read_csv(folder / "04_roc.csv").set_index("predictor")
    pairs = stats.mannwhitneyu(yes, no).statistic / (len(yes) * len(no))
    assert areas.loc["marrow_fat", "auc"] == pytest.approx(pairs)
    assert areas.loc["density", "auc"] > 0.5


@pytest.mark.slow
def test_nothing_is_done_again_and_a_changed_list_is(listed_study):
    run = run_workflow(listed_study)
    assert run.code == 0
    assert run.jobs == {}
    config = listed_study / "config/config.yaml"
    config.write_text("\n".join(config.read_text().splitlines()[:-1]) + "\n")
    run = run_workflow(listed_study)
    assert run.code == 0, run.output
    last = listed_study / "results/statistics/analyses/06_prevalence.csv"
    assert not last.exists()


@pytest.mark.slow
def test_faults_of_the_list_stop_the_run_before_any_job(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/participants.tsv").write_text(
        "participant_id\tage_years\tsex\nA\t60\tmale\n"
    )
    (tmp_path / "config/config.yaml").write_text(
        "analyses:\n"
        "  - table1: {by: sexx, rows: [t_score]}\n"
        "  - roc: {of: sex, predictors: [age_years]}\n"
        "  - correlation: {of: [age_years, mr_fat_pdff]}\n"
    )
    run = run_workflow(tmp_path)
    assert run.code == 1
    for words in (
        "4 problems",
        "analyses.1.table1.by: unknown 'sexx'; did you mean 'sex'?",
        "analyses.1.table1.rows: t_score: config/participants.tsv has no column of that name.",
        "analyses.2.roc.predictors: age_years may speak for the event when it is high or when it",
        "analyses.3.correlation.of: mr_fat_pdff is measured on files of the kinds fat_fraction,",
    ):
        assert words in run.output, words
    assert not (tmp_path / "results").exists()
