"""Each listed analysis as a part of the report: tables that print the frames, whole texts."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bonecohort.analyses.compute import compute
from bonecohort.analyses.contributors import SECTIONS
from bonecohort.analyses.draw import FIGURES
from bonecohort.analyses.found import Found
from bonecohort.report.page.section import Paragraph
from bonecohort.report.printing.printer import Printer
from bonecohort.report.tables.table_model import TableModel
from bonecohort.report.text.references import REFERENCES
from bonecohort.study.analyses import ANALYSES, DRAWN, FRAMES, Analysis, listed
from bonecohort.study.analysis_entries import (
    Agreement,
    CorrelationOfVariables,
    Prevalence,
    RegressionOfVariables,
    Roc,
    Sites,
    Table1,
    Thresholds,
)

ENTRIES = {
    "table1": Table1("grade", ("age_years", "sex")),
    "correlation": CorrelationOfVariables(("hu", "body_width_mm"), among="sites"),
    "regression": RegressionOfVariables("grade", ("age_years", "sex")),
    "sites": Sites("hu", ("site", "age_years")),
    "roc": Roc("t_score", -2.5, ("total_spine_hu", "hu_L1")),
    "thresholds": Thresholds("t_score", (-2.5,), "hypertension"),
    "prevalence": Prevalence(("low_hu",), "site", "sites"),
    "agreement": Agreement(("pdff",)),
}


@pytest.fixture(scope="module")
def cohort_of_all(cohort):
    """Return the cohort with a low-HU finding of sites, and two readers of PDFF."""
    draw = np.random.default_rng(5)
    rows = [
        {"participant_id": f"P{i // 3}", "site": f"L{1 + i % 3}", "modality": "mr_fat",
         "measure": "pdff", "value": 50 + i % 7 + int(reader) + draw.normal(), "reader": reader}
        for reader in ("1", "2")
        for i in range(30)
    ]  # fmt: skip
    low = np.where(cohort.sites["hu"] <= 110, "yes", "no")
    sites = cohort.sites.assign(low_hu=low)
    variables = {**cohort.settings.variables, "grade": cohort.variables["grade"]}
    settings = replace(cohort.settings, variables=variables)
    return replace(cohort, measurements=pd.DataFrame(rows), sites=sites, settings=settings)


@pytest.fixture
def found(cohort_of_all, tmp_path):
    """Return a function that computes one analysis and reads it as the report does."""

    def made(name: str, settings=None) -> Found:
        (one,) = listed((Analysis(**{name: settings or ENTRIES[name]}),))
        results = compute([one], cohort_of_all)
        frames = {key: results[stem] for key, stem in one.frames.items()}
        people = cohort_of_all.participants
        of_study = cohort_of_all.settings
        return Found(one, frames, people, tmp_path, of_study, Printer.of(of_study))

    return made


def tables_of(contribution) -> list[TableModel]:
    blocks = [block for section in contribution.sections for block in section.blocks]
    return [block for block in blocks if isinstance(block, TableModel)]


def texts_of(contribution) -> list[str]:
    blocks = [block for section in contribution.sections for block in section.blocks]
    told = [block.text for block in blocks if isinstance(block, Paragraph)]
    return [*told, *(text for _, text in contribution.methods), *contribution.summary]


def test_the_lists_of_analyses_agree():
    assert list(ENTRIES) == list(ANALYSES) == list(FRAMES) == list(SECTIONS)
    assert set(FIGURES) == set(DRAWN)


@pytest.mark.parametrize("name", ENTRIES)
def test_texts_refer_to_what_there_is(found, name):
    one = found(name)
    contribution = SECTIONS[name](one.listed.settings, one)
    keys = {table.key for table in tables_of(contribution)}
    assert one.label in keys
    for text in texts_of(contribution):
        assert text.endswith("."), text
        assert "nan" not in text.split(), text
        assert set(re.findall(r"\[#(\w+)", text)) <= keys
        assert set(re.findall(r"@(\w+)", text)) <= set(REFERENCES)
    assert all(table.rows for table in tables_of(contribution))


@pytest.mark.parametrize("name", DRAWN)
def test_figures_are_drawn(found, name):
    one = found(name)
    drawn = FIGURES[name](one.listed.settings, one.frames, one.printer)
    assert drawn.axes
    sizes = one.main["n"].tolist()
    title = drawn.axes[0].get_title(loc="left").replace("\N{NO-BREAK SPACE}", " ")
    assert title.startswith(f"n = {min(sizes)}")
    assert title.endswith(f"{max(one.main['events'])} events" if name == "roc" else " sites")


def cells(table: TableModel) -> dict[str, list[str]]:
    return {row[0].text: [cell.text for cell in row[1:]] for row in table.rows}


def test_sites_are_printed_beside_the_naive_p(found):
    one = found("sites")
    table, mixed = tables_of(SECTIONS["sites"](one.listed.settings, one))
    row = one.main.query("shown == 'yes' and term == 'age_years'").iloc[0]
    n, estimate, *_ = cells(table)["Age, years"]
    assert n == f"{row['n']:.0f} ({row['n_participants']:.0f})"
    assert estimate.startswith(f"{row['estimate']:.3f}".replace("-", "−"))
    assert "Site: L2 vs. L1" in cells(mixed)


def test_partial_rank_correlations_of_sites_say_how_they_were_computed(found):
    asked = CorrelationOfVariables(
        ("hu", "body_width_mm"), "spearman", ("age_years",), among="sites"
    )
    contribution = SECTIONS["correlation"](asked, found("correlation", asked))
    (table,) = tables_of(contribution)
    among = [row[1].text for row in table.rows]
    assert among == ["all sites", "within participants", "between participants"]
    ((_, text),) = contribution.methods
    assert "Partial correlations are Spearman’s ρ, adjusted for age." in text
    assert "[@binder1983]" in text
    assert "[@croux2010]" in text
    blocks = contribution.sections[0].blocks
    captions = [block.caption for block in blocks if hasattr(block, "caption")]
    assert captions[0].startswith(
        "Correlation matrix: Spearman’s ρ of all sites, adjusted for age."
    )


def test_an_ordinal_regression_says_its_categories_and_brants_test(found):
    one = found("regression")
    contribution = SECTIONS["regression"](one.listed.settings, one)
    ((title, text),) = contribution.methods
    assert title == "Ordinal regression of defects"
    assert "(none, one, several)" in text
    assert "Brant’s test" in text


def test_a_linear_regression_prints_the_outcomes_unit(found):
    one = found("regression", RegressionOfVariables("bmd_g_cm2", ("age_years",), "hc3"))
    contribution = SECTIONS["regression"](one.listed.settings, one)
    (table,) = tables_of(contribution)
    assert table.header[1][1].text == "Difference, g/cm²\n(95% CI)"
    assert "HC3" in contribution.methods[0][1]


def test_readers_have_a_row_together_and_one_of_their_differences(found):
    one = found("agreement")
    (table,) = tables_of(SECTIONS["agreement"](one.listed.settings, one))
    together, pair = table.rows
    assert together[0].text == "PDFF, %"
    assert pair[0].text == "Readers 1, 2"
    estimates = one.main.set_index("statistic")["estimate"]
    assert together[2].text.startswith(f"{estimates['icc_2_1']:.2f}")
    assert pair[3].text.startswith(f"{estimates['mean_difference']:.2f}".replace("-", "−"))
