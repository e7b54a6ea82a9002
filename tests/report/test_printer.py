"""One printer, made of a study's settings, knows every variable and the style of p values."""

from __future__ import annotations

from dataclasses import replace

from bonecohort.report.printing.printer import Printer
from bonecohort.study.settings import ReportSettings, Settings, Variable, paper_variables

OWN = {
    **paper_variables(),
    "pain": Variable("Pain at rest", "points", summary="median_quartiles", decimals=0),
    "grade": Variable("Disc grade", type="categorical", levels=("1", "2")),
}
SETTINGS = Settings(variables=OWN, report=ReportSettings(p_style="ama"))
PRINTER = Printer.of(SETTINGS)


def test_the_study_s_variables_and_those_of_techniques_are_printed_as_declared() -> None:
    assert PRINTER.label_with_unit("pain") == "Pain at rest, points"
    assert (PRINTER.decimals("pain"), PRINTER.has_median("pain")) == (0, True)
    assert PRINTER.label_with_unit("mr_fat_pdff") == "PDFF, %"
    assert PRINTER.label_with_unit("total_spine_hu") == "Total spine HU"  # the unit is in the name
    assert PRINTER.decimals("total_spine_hu") == 2
    assert PRINTER.label_with_unit("dxa_bmd_total_hip") == "BMD (DXA), total hip, g/cm²"
    assert PRINTER.label_with_unit("dwi_adc") == "ADC, 10⁻³ mm²/s"
    assert (PRINTER.unit("grade"), PRINTER.unit("unheard_of")) == ("", "")
    assert PRINTER.label("unheard_of") == "unheard_of"
    assert not PRINTER.has_median("unheard_of")


def test_groups_are_named_by_their_variable() -> None:
    assert PRINTER.group_words("grade", ("1", "2")) == ("Disc grade: 1", "Disc grade: 2")
    assert PRINTER.group_words("smoking", ("yes", "no")) == ("Smoking", "No smoking")


def test_p_values_have_the_study_s_style() -> None:
    assert (PRINTER.p(0.0123), PRINTER.p(0.2)) == (".01", ".20")
    plain = Printer.of(replace(SETTINGS, report=ReportSettings()))
    assert plain.p(0.0123) == "0.012"
    assert plain.p_phrase(0.0123).replace("\u00a0", " ") == "p = 0.012"
