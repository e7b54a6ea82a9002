"""The recommended analysis in the report: the CSVs' numbers, what changes, absent parts."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from bonecohort.papers.hao2025.report.tables.published_and_recommended import changes_sentence
from bonecohort.papers.hao2025.report.tables.vertebra_level import clustered_table
from bonecohort.papers.hao2025.report.text.conclusions import Conclusion, conclusions
from bonecohort.papers.hao2025.report.text.recommended import recommended_sentences
from bonecohort.report.printing.printer import Printer
from bonecohort.report.tables.missing_data import imputation_table
from bonecohort.report.text.citations import cited_works, with_citations
from bonecohort.study.settings import Settings, StatisticsSettings

from .conftest import without_endplates, write_results
from .reports import build_report, named, read_inputs, report_tables

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.report.tables.table_model import Row, TableModel

    from .reports import Tables

SETTINGS = Settings()
NUMBER = re.compile(r"[−-]?\d+(?:\.\d+)?")


@pytest.fixture(scope="module")
def tables(small_results: Path) -> Tables:
    return report_tables(read_inputs(small_results), SETTINGS)


def row_of(table: TableModel, label: str) -> Row:
    return next(row for row in table.rows if row[0].text.startswith(label))


def statistics(results: Path, name: str, **equal: str) -> list[dict]:
    frame = pd.read_csv(results / "statistics" / f"{name}.csv")
    for column, value in equal.items():
        frame = frame[frame[column] == value]
    assert not frame.empty
    return frame.to_dict("records")


def assert_prints(text: str, *values: float) -> None:
    """Each printed number is within half a unit of its last decimal of the value."""
    printed = NUMBER.findall(text.replace(">1000", "").replace("–", " "))
    assert len(printed) == len(values), text
    for number, value in zip(printed, values, strict=True):
        half = 0.5 * 10.0 ** -len(number.partition(".")[2])
        assert float(number.replace("−", "-")) == pytest.approx(value, abs=half * (1 + 1e-9))


def limits(row: dict, times: float = 1) -> list[float]:
    return [times * row[name] for name in ("estimate", "ci_low", "ci_high")]


def test_table_s5_prints_the_naive_and_the_recommended_slope(
    tables: Tables, small_results: Path
) -> None:
    asked = {"question": "figure4", "outcome": "standardized_width"}
    (naive,) = statistics(small_results, "clustered", method="independent", **asked)
    (shown,) = statistics(small_results, "clustered", shown="yes", **asked)
    row = row_of(named(tables, "Table S5"), "Standardized width: per 10 HU")
    assert_prints(row[1].text, shown["n"], shown["n_participants"])
    assert_prints(row[2].text, *limits(naive, 10))
    assert_prints(row[3].text, naive["p_value"])
    assert_prints(row[5].text, *limits(shown, 10))
    assert_prints(row[6].text, shown["p_value"])
    assert_prints(row[7].text, shown["p_adjusted"])
    assert_prints(row[8].text, shown["se_ratio"])


def test_table_s6_prints_both_limits_and_names_the_recommended(
    tables: Tables, small_results: Path
) -> None:
    row = row_of(named(tables, "Table S6"), "All levels")
    for column, method in ((3, "wilson"), (4, "cluster_robust")):
        (found,) = statistics(small_results, "clustered_prevalence", variable="all", method=method)
        assert_prints(row[column].text, *(found[name] for name in ("percent", "ci_low", "ci_high")))
    assert row[5].text == "Cluster-robust"


def test_table_s7_prints_the_effect_sizes(tables: Tables, small_results: Path) -> None:
    table = named(tables, "Table S7")
    age = {"table": "table1", "variable": "age_years"}
    row = row_of(table, "Age")
    for column, measure in ((1, "mean_difference"), (3, "smd"), (4, "hedges_g")):
        (found,) = statistics(small_results, "effects", measure=measure, **age)
        assert_prints(row[column].text, *limits(found))
    sex = {"table": "table1", "variable": "sex"}
    (risk,) = statistics(small_results, "effects", measure="risk_difference", **sex)
    assert_prints(row_of(table, "Sex")[1].text, *limits(risk, 100))
    (holm,) = statistics(small_results, "multiplicity", table="table1", variable="sex")
    assert_prints(row_of(table, "Sex")[7].text, holm["p_adjusted"])


def test_table_s8_prints_wald_profile_and_firth_side_by_side(
    tables: Tables, small_results: Path
) -> None:
    of_sex = {"model": "univariate", "term": "sex[female]"}
    (wald,) = statistics(small_results, "models", **of_sex)
    row = row_of(named(tables, "Table S8"), "Sex (female)")
    columns = ("odds_ratio", "ci_low", "ci_high")
    assert_prints(row[1].text, *(wald[name] for name in columns))
    for column, method in ((3, "maximum_likelihood"), (4, "firth")):
        (found,) = statistics(small_results, "recommended_models", method=method, **of_sex)
        assert_prints(row[column].text, *(found[name] for name in columns))
    (shown,) = statistics(small_results, "recommended_models", shown="yes", **of_sex)
    assert_prints(row[6].text, shown["p_value"])
    assert_prints(row[8].text, shown["events_per_term"])


def test_tables_s9_and_s10_print_the_diagnostics(tables: Tables, small_results: Path) -> None:
    (found,) = statistics(
        small_results, "model_performance", model="univariate", variables="age_years"
    )
    row = row_of(named(tables, "Table S9"), "Age")
    assert_prints(row[3].text, *(found[name] for name in ("auc", "auc_ci_low", "auc_ci_high")))
    for column, name in ((4, "auc_corrected"), (5, "brier"), (7, "calibration_slope_corrected")):
        assert_prints(row[column].text, found[name])
    (vif,) = statistics(
        small_results, "variance_inflation", model="multivariable", variable="age_years"
    )
    (bent,) = statistics(
        small_results, "linearity", model="multivariable", term="age_years", test="box_tidwell"
    )
    row = [row for row in named(tables, "Table S10").rows if row[0].text == "Age"][-1]
    assert_prints(row[1].text, vif["vif_equivalent"])
    assert_prints(row[2].text, bent["lr_p_value"])


def test_tables_s12_to_s15_print_their_statistics(tables: Tables, small_results: Path) -> None:
    first = statistics(small_results, "thresholds")[0]
    row = named(tables, "Table S12").rows[0]
    assert_prints(row[0].text, first["threshold"])
    assert_prints(row[1].text, first["n_below"], first["percent_below"])
    (bmi,) = statistics(small_results, "missing", scope="variable", variables="bmi_kg_m2")
    row = row_of(named(tables, "Table S13"), "BMI")
    assert bmi["n_missing"] == 1
    assert_prints(row[3].text, 1)
    size = statistics(small_results, "sample_size", quantity="n_per_group")[0]
    row = row_of(named(tables, "Table S15"), "Needed in each group")
    assert row[1].text == str(math.ceil(size["value"]))


def test_what_was_not_computed_says_why(tables: Tables) -> None:
    assert "not done" in named(tables, "Table S11").absent_because
    assert "T-score" in named(tables, "Table S11").absent_because
    assert "not done" in named(tables, "Table S14").absent_because


def test_imputed_models_are_printed_beside_complete_cases(tmp_path: Path) -> None:
    row = {"model": "multivariable", "variables": "age_years", "term": "sex[female]", "n": 20}
    rows = [
        row | {"method": "complete_case", "odds_ratio": 2.0, "ci_low": 1.0, "ci_high": 4.0},
        row | {"method": "multiple_imputation", "odds_ratio": 2.5, "ci_low": 1.25, "ci_high": 5.0,
               "p_value": 0.01, "fraction_missing_information": 0.125},
    ]  # fmt: skip
    (tmp_path / "statistics").mkdir()
    pd.DataFrame(rows).to_csv(tmp_path / "statistics" / "imputation.csv", index=False)
    frame = read_inputs(tmp_path).frame("statistics/imputation.csv")
    table = imputation_table(frame, Printer.of(SETTINGS))
    assert [cell.text for cell in table.rows[0]] == [
        "Sex (female)", "20", "2.00 (1.00 to 4.00)", "–", "20", "2.50 (1.25 to 5.00)",
        "0.010", "0.125",
    ]  # fmt: skip


ANSWER = Conclusion("Table 2", "Width", "1 vs. 2", 0.01, "GEE", "1", 0.02, 0.03, 20, "Nested.")
NAN = math.nan


@pytest.mark.parametrize(
    ("published", "p", "adjusted", "changes", "why"),
    [
        (0.01, 0.02, 0.03, "no", ""),
        (0.60, 0.02, 0.40, "no", ""),
        (0.01, 0.20, 1.00, "yes", "Nested."),
        (0.60, 0.01, 0.02, "yes", "Nested."),
        (0.01, 0.02, 0.40, "yes", "One of 20 tests: p is 0.020 before Holm’s correction."),
        (NAN, 0.02, 0.03, "new", "Separated."),
        (0.01, NAN, NAN, "–", "Separated."),
    ],
)
def test_a_conclusion_changes_when_p_crosses_and_says_why(
    published: float, p: float, adjusted: float, changes: str, why: str
) -> None:
    answer = replace(
        ANSWER, published_p=published, p_value=p, p_adjusted=adjusted, no_result="separated"
    )
    assert answer.changes == changes
    assert answer.why(Printer.of(SETTINGS)) == why


def test_an_effect_that_turns_changes_the_conclusion_only_where_it_holds() -> None:
    assert replace(ANSWER, turned=True).changes == "yes"
    assert replace(ANSWER, turned=True).why(Printer.of(SETTINGS)) == "Nested."
    assert replace(ANSWER, turned=True, published_p=0.5, p_adjusted=0.5).changes == "no"


def test_a_claim_without_a_test_stands_only_when_the_test_supports_it() -> None:
    claim = replace(ANSWER, published_p=NAN, claimed_untested=True)
    assert claim.changes == "no"
    assert replace(claim, turned=True).changes == "yes"
    unsupported = replace(claim, p_adjusted=0.13)
    assert unsupported.changes == "yes"
    assert "may be chance" in unsupported.why(Printer.of(SETTINGS))


def test_the_sentence_counts_what_changes() -> None:
    changed = replace(ANSWER, p_adjusted=0.3)
    none = replace(ANSWER, p_adjusted=NAN)
    assert changes_sentence([ANSWER]) == "Of 1 conclusion, none change ([#compared])."
    assert changes_sentence([changed, replace(changed, where="Text"), ANSWER, none]) == (
        "Of 4 conclusions, 2 change: 1 of Table 2 and 1 of the text; 1 cannot be compared, as the "
        "recommended analysis has no result ([#compared])."
    )
    assert changes_sentence([]) == "There is no conclusion to compare."


def test_changes_come_first_and_every_printed_test_is_compared(
    tables: Tables, small_results: Path
) -> None:
    found = conclusions(read_inputs(small_results), Printer.of(SETTINGS))
    order = [("yes", "new", "–", "no").index(item.changes) for item in found]
    assert order == sorted(order)
    shown = pd.read_csv(small_results / "statistics" / "comparisons.csv").query("shown == 'yes'")
    for table, where in (("table1", "[#characteristics]"), ("table2", "[#sizes]")):
        tested = shown[(shown["table"] == table) & shown["p_value"].notna()]
        assert sum(item.where == where for item in found) == len(tested)
    assert [row[7].text for row in tables["compared"].rows] == [item.changes for item in found]
    assert {row[1].text for row in tables["compared"].rows} == {
        "Table 1", "Table 2", "Table 3", "Figure 4", "Text",
    }  # fmt: skip


def test_the_region_affected_more_is_read_off_the_percentages_and_tested(
    small_results: Path,
) -> None:
    (found,) = (
        item
        for item in conclusions(read_inputs(small_results), Printer.of(SETTINGS))
        if item.where == "Text"
    )
    shares = {
        row["group"]: row["percent"]
        for row in statistics(
            small_results, "clustered_prevalence", variable="lumbar_region", shown="yes"
        )
    }
    more = max(shares, key=shares.get)
    assert found.what.startswith(more.capitalize())
    (answer,) = statistics(small_results, "clustered", question="defect_region", shown="yes")
    assert found.p_adjusted == pytest.approx(answer["p_adjusted"])
    assert_prints(found.published, max(shares.values()), min(shares.values()))


def test_the_result_sentences_says_the_regions_and_the_models(small_results: Path) -> None:
    sentences = recommended_sentences(read_inputs(small_results), Printer.of(SETTINGS))
    (answer,) = statistics(small_results, "clustered", question="defect_region", shown="yes")
    (model,) = statistics(small_results, "model_performance", model="multivariable")
    assert f"OR {answer['odds_ratio']:.2f} ({answer['ci_low']:.2f} to " in sentences[0]
    assert f"an AUC of {model['auc']:.2f} (" in sentences[1]
    assert len(sentences) == 2  # the study has no T-score


def test_a_row_with_a_reason_has_it_as_a_footnote(tmp_path: Path) -> None:
    row = {"question": "table2", "family": "Table 2", "outcome": "width_mm", "term": "sex[male]",
           "reference": "female", "shown": "yes", "method": "gee_exchangeable",
           "reason": "not fitted: one participant alone carries sex[male]"}  # fmt: skip
    (tmp_path / "statistics").mkdir()
    pd.DataFrame([row]).to_csv(tmp_path / "statistics" / "clustered.csv", index=False)
    frame = read_inputs(tmp_path).frame("statistics/clustered.csv")
    table = clustered_table(frame, SETTINGS, Printer.of(SETTINGS))
    assert table.rows[1][5].text == "–"
    assert table.rows[1][5].marks == "a"
    assert table.footnotes[-1].text == "Not fitted: one participant alone carries sex (male)."


def test_a_study_without_endplates_has_no_conclusion_and_says_why(tmp_path: Path) -> None:
    results = without_endplates(write_results(tmp_path / "results", 8, truth=False))
    build_report(results, SETTINGS)
    inputs = read_inputs(results)
    tables = report_tables(inputs, SETTINGS)
    assert (
        changes_sentence(conclusions(inputs, Printer.of(SETTINGS)))
        == "There is no conclusion to compare."
    )
    for name in ("Table S4", "Table S5", "Table S8"):
        assert named(tables, name).absent_because == "no endplates were read."
    assert "@article{liang1986" not in (results / "references.bib").read_text("utf-8")


def test_citations_are_printed_and_collected() -> None:
    text = "by GEE [@liang1986; @cameron2015] and Holm [@holm1979], not [@here or an@address]"
    assert with_citations(text) == (
        "by GEE (Liang and Zeger 1986; Cameron and Miller 2015) and Holm (Holm 1979), "
        "not [@here or an@address]"
    )
    assert [work.key for work in cited_works([text, text])] == [
        "cameron2015", "holm1979", "liang1986",
    ]  # fmt: skip


def test_the_bibliography_and_the_list_hold_the_works_cited(small_results: Path) -> None:
    keys = re.findall(
        r"^@\w+\{(\w+),", (small_results / "references.bib").read_text("utf-8"), re.MULTILINE
    )
    page = (small_results / "report.html").read_text("utf-8")
    assert {"hao2025", "liang1986", "holm1979", "firth1993", "vonelm2007"} <= set(keys)
    assert "rubin1987" not in keys  # nothing was imputed
    assert "(Liang and Zeger 1986)" in page
    assert "[@" not in page
    listed = page.partition('<section id="references"')[2].partition("</section>")[0]
    assert listed.count("<li>") == len(keys)


def test_imputation_is_reported_and_cited_when_it_was_done(tmp_path: Path) -> None:
    results = write_results(tmp_path / "results", 8, truth=False)
    build_report(results, Settings(statistics=StatisticsSettings(multiple_imputation=5)))
    assert "@book{rubin1987" in (results / "references.bib").read_text("utf-8")
    assert "fitted to 5 data sets imputed" in (results / "report.html").read_text("utf-8")


def test_the_published_analysis_points_to_the_recommended_one(small_results: Path) -> None:
    page = (small_results / "report.html").read_text("utf-8")
    assert "The p values of Tables 1 to 3 and of Figure 4 are not corrected" in page
    assert "[#" not in page
    assert "Table S5 takes participants as the independent units." in page
    for anchor in ("compared", "recommended", "strobe", "references"):
        assert f'<a href="#{anchor}">' in page
