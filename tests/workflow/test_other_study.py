"""A study with variables and questions of its own, as docs/your-own-study.md describes it."""

from __future__ import annotations

import re
import shutil
from html import unescape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from .conftest import REPOSITORY, run_workflow

if TYPE_CHECKING:
    from pathlib import Path

LEVELS = ("L1", "L2", "L3", "L4", "L5")
N = 60
CLOSE = {"rel": 1e-6}


def config_of_the_guide() -> str:
    guide = (REPOSITORY / "docs/your-own-study.md").read_text()
    return guide.partition("```yaml\n")[2].partition("```")[0]


def write_study(folder: Path) -> None:
    """Write participants, whose HU fall with age and menopause, and readings taken elsewhere."""
    draw = np.random.default_rng(11)
    age = draw.integers(50, 85, N)
    menopause = draw.random(N) < 0.6
    vitamin_d = draw.normal(60, 18, N).clip(10, 120).round(1)
    hu = 140 - 1.0 * (age - 50) - 15 * menopause - 0.3 * (60 - vitamin_d) + draw.normal(0, 25, N)
    people = ["participant_id\tage_years\tmenopause\tvitamin_d_nmol_l\tgrade"]
    series = ["participant_id\tkind\tpath"]
    readings = ["participant_id,level,plane,hu"]
    for i in range(N):
        value = "" if i == 7 else str(vitamin_d[i])
        people.append(
            f"V{i:02}\t{age[i]}\t{('no', 'yes')[int(menopause[i])]}\t{value}\t{'abc'[i % 3]}"
        )
        series.append(f"V{i:02}\thu_table\thu.csv")
        readings += [
            f"V{i:02},{level},{plane},{hu[i] + 2 * place:.1f}"
            for place, level in enumerate(LEVELS)
            for plane in ("upper", "middle", "lower")
        ]
    (folder / "config").mkdir()
    (folder / "config/config.yaml").write_text(config_of_the_guide())
    (folder / "config/participants.tsv").write_text("\n".join(people) + "\n")
    (folder / "config/series.tsv").write_text("\n".join(series) + "\n")
    (folder / "hu.csv").write_text("\n".join(readings) + "\n")


TITLE_OF_THE_PAPER = "Correlation analysis of osteoporosis and vertebral endplate defects"


@pytest.fixture(scope="module")
def other_study(tmp_path_factory) -> Path:
    """The study's results, run once from the tables to the report."""
    folder = tmp_path_factory.mktemp("other")
    write_study(folder)
    run = run_workflow(folder)
    assert run.code == 0, run.output
    assert "Warning: " not in run.output
    return folder / "results"


GRADES = "abc"
BY_GRADE = (
    "analysis={table1_grouping: grade, "
    "table1_rows: [age_years, menopause, vitamin_d_nmol_l, osteoporosis, total_spine_hu]}"
)


@pytest.fixture(scope="module")
def study_of_grades(other_study, tmp_path_factory) -> Path:
    """The results of the same study, run again with Table 1 by a grade of three levels."""
    folder = tmp_path_factory.mktemp("grades") / "study"
    shutil.copytree(other_study.parent, folder)
    run = run_workflow(folder, "--config", BY_GRADE)
    assert run.code == 0, run.output
    return folder / "results"


@pytest.fixture
def people(other_study) -> pd.DataFrame:
    frame = pd.read_csv(other_study / "tables/participants.csv")
    assert 20 <= (frame["osteoporosis"] == "yes").sum() <= 40
    return frame


def shown_rows(results: Path) -> pd.DataFrame:
    rows = pd.read_csv(results / "statistics/comparisons.csv")
    return rows[(rows["table"] == "table1") & (rows["shown"] == "yes")].set_index("variable")


@pytest.mark.slow
def test_table_1_compares_the_groups_asked_for(other_study, people):
    rows = shown_rows(other_study)
    assert set(rows["grouping"]) == {"osteoporosis"}
    assert (rows[["group_1", "group_2"]] == ["yes", "no"]).all(axis=None)
    yes, no = (people[people["osteoporosis"] == group] for group in ("yes", "no"))
    age = stats.ttest_ind(yes["age_years"], no["age_years"])
    assert rows.loc["age_years", "p_value"] == pytest.approx(age.pvalue, **CLOSE)
    assert rows.loc["age_years", "mean_1"] == pytest.approx(yes["age_years"].mean(), **CLOSE)
    vitamin_d = stats.mannwhitneyu(
        yes["vitamin_d_nmol_l"].dropna(), no["vitamin_d_nmol_l"].dropna(),
        use_continuity=False, method="asymptotic",
    )  # fmt: skip
    assert rows.loc["vitamin_d_nmol_l", "test"] == "mann_whitney_u"
    assert rows.loc["vitamin_d_nmol_l", "p_value"] == pytest.approx(vitamin_d.pvalue, **CLOSE)
    for name in ("menopause", "grade"):
        table = pd.crosstab(people[name], people["osteoporosis"])
        expected = stats.chi2_contingency(table, correction=False)
        assert rows.loc[name, "p_value"] == pytest.approx(expected.pvalue, **CLOSE)


@pytest.mark.slow
def test_the_models_are_of_the_outcome_asked_for(other_study, people):
    models = pd.read_csv(other_study / "statistics/models.csv")
    assert set(models["outcome"]) == {"osteoporosis"}
    complete = people.dropna(subset=["vitamin_d_nmol_l"])
    design = pd.DataFrame(
        {
            "age_years": complete["age_years"].astype(float),
            "menopause[yes]": (complete["menopause"] == "yes").astype(float),
            "vitamin_d_nmol_l": complete["vitamin_d_nmol_l"],
        }
    )
    events = (complete["osteoporosis"] == "yes").astype(float)
    fit = sm.Logit(events, sm.add_constant(design)).fit(disp=False, tol=1e-12)
    ours = models[models["model"] == "multivariable"].set_index("term")
    assert list(ours.index) == list(design.columns)
    assert set(ours["n"]) == {N - 1}
    assert set(ours["events"]) == {int(events.sum())}
    limits = np.exp(fit.conf_int())
    for term in design:
        assert ours.loc[term, "odds_ratio"] == pytest.approx(np.exp(fit.params[term]), **CLOSE)
        assert ours.loc[term, "ci_low"] == pytest.approx(limits.loc[term, 0], **CLOSE)
        assert ours.loc[term, "ci_high"] == pytest.approx(limits.loc[term, 1], **CLOSE)
        assert ours.loc[term, "p_value"] == pytest.approx(fit.pvalues[term], **CLOSE)
    grades = models[models["term"].str.startswith("grade[")].set_index("term")
    assert set(grades["reference"]) == {"a"}
    counts = pd.crosstab(people["grade"], people["osteoporosis"])
    for grade in "bc":
        odds = counts.loc[grade, "yes"] / counts.loc[grade, "no"]
        expected = odds / (counts.loc["a", "yes"] / counts.loc["a", "no"])
        assert grades.loc[f"grade[{grade}]", "odds_ratio"] == pytest.approx(expected, **CLOSE)


@pytest.mark.slow
def test_the_report_speaks_of_the_studys_own_variables(other_study, people):
    without_value = people.loc[people["vitamin_d_nmol_l"].isna(), "osteoporosis"].to_list()
    with_it = without_value.count("yes")
    page = (other_study / "report.html").read_text()
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    for words in (
        "Characteristics of the participants with and without osteoporosis",
        "Factors associated with osteoporosis: logistic regression",
        "odds ratio of osteoporosis",
        "Odds ratios for osteoporosis come from logistic regression",
        "Participants with osteoporosis differed from those without in",
        "Vitamin D, nmol/L, median (Q1–Q3)",
        f"Missing in {with_it} with and {len(without_value) - with_it} without osteoporosis",
        "Activity grade",
        "Osteoporosis (n = ",
        "No osteoporosis: ",
    ):
        assert words in text.replace("\N{NO-BREAK SPACE}", " "), words


@pytest.mark.slow
def test_the_report_speaks_of_no_endplate_defect_where_none_was_read(other_study):
    tables = [*(other_study / "report_tables").glob("*.csv"), other_study / "report.tex"]
    assert len(tables) > 2
    for path in (other_study / "report.html", *tables):
        text = path.read_text().replace(TITLE_OF_THE_PAPER, "")  # among the references
        assert "endplate defect" not in text.lower(), path.name


@pytest.mark.slow
def test_table_1_may_compare_three_groups(study_of_grades, people):
    rows = shown_rows(study_of_grades)
    assert (rows[["group_1", "group_2", "group_3"]] == list(GRADES)).all(axis=None)
    groups = [people[people["grade"] == grade] for grade in GRADES]
    ages = stats.f_oneway(*(group["age_years"] for group in groups))
    assert rows.loc["age_years", "p_value"] == pytest.approx(ages.pvalue, **CLOSE)
    vitamin_d = stats.kruskal(*(group["vitamin_d_nmol_l"].dropna() for group in groups))
    assert rows.loc["vitamin_d_nmol_l", "test"] == "kruskal_wallis"
    assert rows.loc["vitamin_d_nmol_l", "p_value"] == pytest.approx(vitamin_d.pvalue, **CLOSE)
    assert rows.loc["vitamin_d_nmol_l", ["n_1", "n_2", "n_3"]].sum() == N - 1
    for name in ("menopause", "osteoporosis"):
        expected = stats.chi2_contingency(pd.crosstab(people[name], people["grade"]))
        assert rows.loc[name, "p_value"] == pytest.approx(expected.pvalue, **CLOSE)
    printed = (study_of_grades / "report_tables/table_1.csv").read_text(encoding="utf-8-sig")
    head = printed.splitlines()[1:3]
    assert head[0] == ",Activity grade,,,,"
    assert (
        re.sub(r"[\s\xa0]", "", head[1]) == "Characteristic,A(n=20),B(n=20),C(n=20),Total(n=60),p"
    )
    models = pd.read_csv(study_of_grades / "statistics/models.csv")
    assert set(models["outcome"]) == {"osteoporosis"}


@pytest.mark.slow
def test_the_run_begins_with_the_warnings_of_the_check(tmp_path):
    write_study(tmp_path)
    asked = (
        "analysis={outcome: menopause, univariate_terms: [age_years], "
        "multivariable_terms: [age_years, grade, vitamin_d_nmol_l]}"
    )
    run = run_workflow(tmp_path, "-n", "--config", asked)
    assert run.code == 0, run.output
    (warning,) = re.findall("^Warning: (.*)$", run.output, re.MULTILINE)
    assert re.fullmatch(
        r"menopause: \d+ cases of the rarer outcome among 59 complete participants for 4 terms of "
        r"the multivariable model; 10 a term are advised\.", warning
    )  # fmt: skip
