"""What people see of DXA: words of flags, methods, the table, and analyses of its values."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from bonecohort.analyses.cohort import Cohort, with_participants
from bonecohort.analyses.correlation.compute import compute as correlation
from bonecohort.analyses.roc.compute import compute as roc
from bonecohort.analyses.table1.compute import compute as table1
from bonecohort.cohort.dictionaries import data_dictionary
from bonecohort.report.page.assemble import assembled
from bonecohort.report.printing.printer import Printer
from bonecohort.report.results.inputs import read_inputs
from bonecohort.statistics.variables import circular
from bonecohort.study.analysis_entries import CorrelationOfVariables, Roc, Table1
from bonecohort.study.catalogue import participant_variables, site_variables
from bonecohort.study.settings import Settings
from bonecohort.techniques.dxa.flags import FLAGS
from bonecohort.techniques.dxa.report import contribution
from bonecohort.techniques.dxa.section import WORKS, methods_text
from bonecohort.techniques.dxa.settings import DxaSettings, Reference

HEADER = "participant_id,region,bmd,t_score,manufacturer\n"
PEOPLE = 12
SCORES = [0.4, -0.2, -0.8, -1.2, -1.6, -2.0, -2.3, -2.4, -2.6, -2.8, -3.0, -3.3]


@pytest.fixture
def cohort(assemble):
    """Twelve women: four normal or nearly, four of low bone mass, four with osteoporosis."""
    rows = [f"P{at},L1-L4,{1.05 + 0.11 * t:.3f},{t},Hologic" for at, t in enumerate(SCORES)]
    rows += [f"P{at},Neck,{0.858 + 0.12 * (t + 0.5):.3f},{t + 0.5:.1f},Hologic"
             for at, t in enumerate(SCORES)]  # fmt: skip
    people = "participant_id,age_years,sex\n" + "".join(
        f"P{at},{60 + at},{'male' if at % 2 else 'female'}\n" for at in range(PEOPLE)
    )
    series = [(f"P{at}", "dxa.csv") for at in range(PEOPLE)]
    return assemble({"dxa.csv": HEADER + "\n".join(rows) + "\n"}, series=series, people=people)


def inputs_of(found, folder):
    inputs = read_inputs(folder / "nothing")
    frames = {f"tables/{name}.csv": table for name, table in found.tables.items()}
    return replace(inputs, frames={**inputs.frames, **frames})


def analysed(found):
    settings = found.study.settings
    variables = participant_variables(settings)
    sites = found.tables["sites"]
    people = found.tables["participants"]
    return Cohort(people, with_participants(sites, people), found.tables["measurements"], variables,
                  {**site_variables(settings), **variables}, settings)  # fmt: skip


def test_the_class_groups_any_table(cohort):
    found = table1(Table1("dxa_who_class", ("age_years",)), analysed(cohort))[""]
    groups = {*found["group_1"], *found["group_2"]} - {""}
    assert {"normal", "low bone mass", "osteoporosis"} >= groups
    counts = cohort.tables["participants"]["dxa_who_class"].value_counts().to_dict()
    assert counts == {"normal": 3, "low bone mass": 5, "osteoporosis": 4}


def test_osteoporosis_is_the_reference_standard_of_roc_curves(cohort):
    asked = Roc("dxa_osteoporosis", predictors=("dxa_bmd_femoral_neck",))
    (row,) = roc(asked, analysed(cohort))[""].to_dict("records")
    assert (row["n"], row["events"], row["auc"]) == (12, 4, 1.0)


def test_t_scores_correlate_with_what_else_was_measured(cohort):
    asked = CorrelationOfVariables(("dxa_t_score", "dxa_bmd", "age_years"))
    found = correlation(asked, analysed(cohort))[""].set_index(["x", "y"])["r"]
    assert found["dxa_t_score", "dxa_bmd"] == pytest.approx(1.0)


def test_a_comparison_of_what_the_class_is_read_off_is_circular():
    assert circular("dxa_osteoporosis", ("dxa_t_score", "age_years")) == ["dxa_t_score"]


def test_every_column_is_in_the_dictionary(cohort):
    for name, table in cohort.tables.items():
        told = data_dictionary(name, table.columns, cohort.study)
        assert all(one["description"] for one in told.values())
    told = data_dictionary("participants", cohort.tables["participants"].columns, cohort.study)
    assert told["dxa_bmd_femoral_neck"] == {
        "description": "BMD (DXA), femoral neck",
        "unit": "g/cm2",
    }
    classes = "WHO class (DXA): normal, low bone mass, osteoporosis"
    assert told["dxa_who_class"] == {"description": classes, "unit": ""}


def test_only_columns_of_which_somebody_has_a_value_are_there(cohort):
    own = {name for name in cohort.tables["participants"] if name.startswith("dxa_")}
    assert own == {
        "dxa_bmd", "dxa_bmd_L1-L4", "dxa_bmd_femoral_neck", "dxa_sbmd", "dxa_sbmd_L1-L4",
        "dxa_sbmd_femoral_neck", "dxa_t_score", "dxa_t_score_L1-L4", "dxa_t_score_femoral_neck",
        "dxa_who_class", "dxa_osteoporosis",
    }  # fmt: skip


def test_the_report_has_a_section_methods_and_each_participants_values(cohort, tmp_path):
    settings = cohort.study.settings
    report = assembled(inputs_of(cohort, tmp_path), settings, [contribution])
    (table,) = [one for one in report.tables if one.title.startswith("Bone mineral density by DXA")]
    rows = [[cell.text for cell in row] for row in table.rows]
    assert [row[:2] for row in rows] == [["L1-L4", "12"], ["Femoral neck", "12"]]
    assert [cell.text for cell in table.header[0]] == [
        "Region", "Participants", "BMD, g/cm²", "sBMD, mg/cm²", "T-score"
    ]  # fmt: skip
    mean = pd.Series(SCORES)
    assert rows[0][-1] == f"{mean.mean():.1f} ± {mean.std():.1f}".replace("-", "−")
    cited = {work.key for work in report.cited}
    assert {"hui1997", "lu2001", "kanis1994", "hans2006"} <= cited
    told = contribution(inputs_of(cohort, tmp_path), settings, Printer.of(settings))
    (sentence,) = told.summary
    assert sentence == (
        "By the lowest T-score, bone mass of 12 participants was normal in 3 (25.0%), low bone "
        "mass in 5 (41.7%) and osteoporosis in 4 (33.3%)."
    )
    of_one = told.of_participants["P11"]
    assert of_one.summary == ("lowest T-score −3.3 (osteoporosis)",)
    assert set(of_one.values) == {"L1-L4", "femoral neck"}


def test_without_dxa_there_is_nothing(tmp_path):
    settings = Settings()
    told = contribution(read_inputs(tmp_path), settings, Printer.of(settings))
    assert (told.sections, told.measuring, told.summary) == ((), (), ())


def test_what_the_methods_cite_is_listed():
    counts = dict.fromkeys(
        ("dxa.hologic", "dxa.unknown", "dxa.sbmd.hui1997", "dxa.sbmd.lu2001", "dxa.vendor",
         "dxa.reference:NHANES_III", "who.lowest"), 2,
    )  # fmt: skip
    settings = DxaSettings(reference={"total_hip": Reference(0.942, 0.122, "NHANES III")})
    text = methods_text(settings, counts)
    assert set(re.findall(r"@(\w+)", text)) == {work.key for work in WORKS}
    assert "Hologic (2 participants) and not named (2 participants)" in text
    assert "T-scores of the total hip are (BMD − 0.942) / 0.122" in text
    assert "Other scores are those of the export" in text


def test_the_methods_says_only_what_was_done():
    text = methods_text(DxaSettings(iscd="apply", dxa_pick="all"), {"dxa.lunar": 1})
    assert "Lunar (1 participant)" in text
    assert "was left out of the total of the spine" in text
    assert "the mean of all counted" in text
    for absent in ("sBMD", "T-scores of", "osteoporosis", "Scores are"):
        assert absent not in text


def test_every_flag_has_words():
    for words in FLAGS.values():
        assert words.sentence.endswith(".")
