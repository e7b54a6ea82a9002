"""Supplementary figures: what is plotted equals the statistics, and odd studies are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from bonecohort.cohort.frames import read_table
from bonecohort.papers.hao2025.report.figures.hu_by_group import figure_of_groups, groups_data
from bonecohort.papers.hao2025.report.figures.model_figures import draw_model_figures
from bonecohort.papers.hao2025.report.figures.roc import (
    figure_of_roc,
    roc_areas,
    roc_points,
    what_was_judged,
)
from bonecohort.papers.hao2025.report.figures.threshold_sensitivity import figure_of_thresholds
from bonecohort.papers.hao2025.report.illustrations import supplementary_figure
from bonecohort.papers.hao2025.statistics.analyse import analyse
from bonecohort.report.figures.calibration import figure_of_calibration
from bonecohort.report.figures.forest import FARTHEST, axis_reach, figure_of_forest, forest_data
from bonecohort.report.figures.roc import cut_text, draw_curves, thinned
from bonecohort.report.figures.splines import figure_of_splines
from bonecohort.report.figures.style import journal_style, new_figure, series_style
from bonecohort.report.printing.format import NO_BREAK, n_and_events
from bonecohort.report.printing.printer import Printer
from bonecohort.report.results.inputs import ReportInputs
from bonecohort.study.settings import Settings
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings
from tests.report.conftest import write_results
from tests.report.test_text import wrong_numbers

if TYPE_CHECKING:
    from pathlib import Path

POINTS_PER_INCH = 72
OF_EVENT = "with osteoporosis"
NAMES = ("hu_by_group", "forest", "roc", "calibration", "splines", "thresholds")


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """Results of 60 participants with a T-score, so that every figure has something to show."""
    folder = write_results(tmp_path_factory.mktemp("study") / "results", 60, truth=False)
    participants = read_table(folder / "tables/participants.csv")
    draw = np.random.default_rng(4)
    participants["t_score"] = (participants["total_spine_hu"] - 150) / 20 + draw.normal(0, 1, 60)
    participants.to_csv(folder / "tables/participants.csv", index=False)
    vertebrae = read_table(folder / "tables/vertebrae.csv")
    for name, table in analyse(participants, vertebrae, pd.DataFrame(), Settings()).items():
        table.to_csv(folder / f"statistics/{name}.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def drawn(results, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("drawn")
    draw_model_figures(results / "tables", results / "statistics", out, Settings())
    return out


def statistics(results: Path, name: str) -> pd.DataFrame:
    return read_table(results / f"statistics/{name}.csv")


def test_every_figure_is_written_with_its_data(drawn):
    wanted = {f"{name}.{suffix}" for name in NAMES for suffix in ("png", "svg", "pdf", "csv")}
    assert {path.name for path in drawn.iterdir()} == wanted | {"roc_areas.csv"}
    assert not any(read_table(drawn / f"{name}.csv").empty for name in NAMES)


def test_forest_marks_stand_where_the_statistics_say(results, drawn):
    data = read_table(drawn / "forest.csv")
    age = data[(data["term"] == "age_years") & (data["model"] == "multivariable")]
    published = statistics(results, "models").set_index(["model", "term"])
    wald = published.loc[("multivariable", "age_years")]
    own = age.set_index("method").loc["wald"]
    ends = [wald["estimate"] + sign * 1.959963984540054 * wald["standard_error"]
            for sign in (0, -1, 1)]  # fmt: skip
    assert own[["odds_ratio", "ci_low", "ci_high"]].tolist() == pytest.approx(
        np.exp(10 * np.array(ends)).tolist()
    )
    assert own["label"] == "Age, per 10 years"
    recommended = statistics(results, "recommended_models").set_index(["model", "term", "method"])
    firth = recommended.loc[("multivariable", "age_years", "firth")]
    assert age.set_index("method").loc["firth", "ci_high"] == pytest.approx(firth["ci_high"] ** 10)

    panel = figure_of_forest(data, OF_EVENT).axes[1]
    of_model = data[data["model"] == "multivariable"]
    marks = sorted(
        float(line.get_xdata()[0]) for line in panel.lines if line.get_marker() in ("s", "o", "D")
    )
    assert marks == pytest.approx(sorted(of_model["odds_ratio"]))


def test_a_limit_beyond_the_axis_is_an_arrow():
    data = pd.DataFrame({
        "model": "univariate", "term": "x", "label": "x", "method": ["wald", "firth"],
        "shown": ["no", "yes"], "odds_ratio": [3.0, 2.5], "ci_low": [0.5, 0.6],
        "ci_high": [np.inf, 9.0], "n": 30, "events": 3,
    })  # fmt: skip
    assert axis_reach(data) == FARTHEST
    left = figure_of_forest(data, OF_EVENT).axes[0]
    arrows = [line for line in left.lines if line.get_marker() == ">"]
    assert [float(line.get_xdata()[0]) for line in arrows] == [FARTHEST]
    assert not [line for line in left.lines if line.get_marker() == "<"]
    assert left.texts[0].get_text() == "2.50 (0.60 to 9.00)"


def test_a_panel_says_its_event_by_the_outcomes_name(drawn):
    forest = figure_of_forest(read_table(drawn / "forest.csv"), OF_EVENT)
    titles = [axes.get_title(loc="left") for axes in forest.axes]
    assert all(title.endswith(OF_EVENT) for title in titles)
    thresholds = figure_of_thresholds(read_table(drawn / "thresholds.csv"), 110, "x", "fracture")
    assert thresholds.axes[0].get_title(loc="left").startswith("A  Fracture, below v. above\nn")


def test_no_arrow_lies_over_a_number():
    data = pd.DataFrame({
        "model": ["univariate", "multivariable"], "term": "x", "label": "x", "method": "firth",
        "shown": "yes", "odds_ratio": 3.0, "ci_low": 0.001, "ci_high": np.inf, "n": 30, "events": 3,
    })  # fmt: skip
    with journal_style():
        figure = figure_of_forest(data, OF_EVENT)
        figure.draw_without_rendering()
        for axes in figure.axes:
            (text,) = axes.texts
            number = text.get_window_extent()
            least = 3 / POINTS_PER_INCH * figure.dpi
            arrows = [line for line in axes.lines if line.get_marker() in ("<", ">")]
            assert len(arrows) == 2
            assert max(arrow.get_window_extent().x1 for arrow in arrows) + least < number.x0


def look(line) -> tuple[object, ...]:
    """Return what distinguishes a curve without colour: dash, mark and width."""
    return line.get_linestyle(), line.get_marker(), line.get_linewidth()


def test_the_curves_of_every_figure_differ_without_colour(results, drawn):
    points, areas = (
        read_table(drawn / f"{name}.csv").fillna({"model": ""}) for name in ("roc", "roc_areas")
    )
    performance = statistics(results, "model_performance")
    figures = [
        figure_of_roc(points, areas, "x", "y"),
        figure_of_forest(read_table(drawn / "forest.csv"), OF_EVENT),
        figure_of_calibration(read_table(drawn / "calibration.csv"), performance),
        figure_of_splines(read_table(drawn / "splines.csv"), Printer.of(Settings())),
        figure_of_thresholds(read_table(drawn / "thresholds.csv"), 110, "x", "y"),
    ]
    for figure in figures:
        of_axes = [legend for axes in figure.axes if (legend := axes.get_legend())]
        for legend in (*of_axes, *figure.legends):
            looks = [look(line) for line in legend.get_lines()]
            assert len(looks) > 1
            assert len(set(looks)) == len(looks)


def test_no_figure_prints_an_interval_or_a_minus_otherwise(drawn):
    for name in NAMES:
        root = ElementTree.parse(drawn / f"{name}.svg").getroot()
        texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
        assert texts
        assert wrong_numbers(texts) == []


def test_a_cut_has_the_decimals_of_its_variable():
    curve = {"model": "", "variables": "spine_bmd"}
    points = pd.DataFrame({**curve, "sensitivity": [0.0, 1], "specificity": [1.0, 0]}, index=[0, 1])
    area = {**curve, "label": "Spine BMD", "auc": 0.8, "ci_low": 0.6, "ci_high": 0.95,
            "youden_cut": 0.8475, "direction": "below", "unit": "g/cm²", "decimals": 3,
            "sensitivity": 0.7, "specificity": 0.9}  # fmt: skip
    axes = new_figure(85, 85).subplots()
    draw_curves(axes, points, pd.DataFrame([area]))
    (text,) = axes.get_legend().get_texts()
    assert text.get_text() == "Spine BMD: 0.80 (0.60 to 0.95); Youden <0.848 g/cm²"


def test_twenty_eight_curves_differ_without_colour():
    styles = [series_style(place) for place in range(28)]
    assert len({(style["linestyle"], style["marker"]) for style in styles}) == 28


def test_models_of_differing_size_are_distinguished_from_the_smallest_to_the_largest():
    told = n_and_events([199, 199, 190], [95, 95, 91], "with a defect")
    assert told.replace(NO_BREAK, " ") == "n = 190 to 199, 91 to 95 with a defect"
    told = n_and_events([199, 199], [95, 95], "with a defect")
    assert told.replace(NO_BREAK, " ") == "n = 199, 95 with a defect"


def test_an_axis_reaches_as_far_as_its_limits():
    data = pd.DataFrame({"odds_ratio": [1.5], "ci_low": [0.25], "ci_high": [3.0]})
    assert axis_reach(data) == pytest.approx(4.4)  # 1 / 0.25, and a tenth


def test_a_curve_whose_label_begins_with_an_underscore_is_in_the_legend(drawn):
    points, areas = read_table(drawn / "roc.csv"), read_table(drawn / "roc_areas.csv")
    areas = areas.fillna({"model": ""}).assign(label=[f"_{label}" for label in areas["label"]])
    figure = figure_of_roc(points.fillna({"model": ""}), areas, "x", "y")
    told = [text.get_text() for axes in figure.axes for text in axes.get_legend().get_texts()]
    assert len(told) == len(areas)
    assert all(text.startswith("_") for text in told)


def test_a_cut_has_the_side_and_the_unit_of_its_variable():
    of_hu = {"youden_cut": 109.96, "direction": "below", "unit": "HU"}
    of_age = {"youden_cut": 63.5, "direction": "above", "unit": "years"}
    of_fat = {"youden_cut": 55.0, "direction": "above", "unit": "%"}
    of_score = {"youden_cut": -2.5, "direction": "below", "unit": np.nan}
    assert [cut_text(row, 1) for row in (of_hu, of_age, of_fat, of_score)] == [
        "<110.0 HU", ">63.5 years", ">55.0%", "<−2.5",
    ]  # fmt: skip
    assert what_was_judged(pd.DataFrame([of_hu])) == "HU below a cut"
    assert what_was_judged(pd.DataFrame([of_age])) == "Predictors above a cut"
    assert what_was_judged(pd.DataFrame([of_hu, of_age])) == "Predictors below or above a cut"
    assert what_was_judged(pd.DataFrame([of_hu]).iloc[:0]) == "HU below a cut"


def test_roc_curves_are_those_of_the_statistics_with_youdens_point(results, drawn):
    points, areas = read_table(drawn / "roc.csv"), read_table(drawn / "roc_areas.csv")
    roc = statistics(results, "roc").set_index("predictor")
    curve = points[(points["panel"] == "hu") & (points["variables"] == "total_spine_hu")]
    area = np.trapezoid(curve["sensitivity"], 1 - curve["specificity"])
    assert area == pytest.approx(roc.loc["total_spine_hu", "auc"])

    panel = figure_of_roc(points.fillna({"model": ""}), areas.fillna({"model": ""}), "x", "y").axes[
        1
    ]
    marks = [line for line in panel.lines if line.get_marker() == "o"]
    found = {(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in marks}
    wanted = {(1 - row.specificity, row.sensitivity) for row in roc.itertuples()}
    np.testing.assert_allclose(sorted(found), sorted(wanted))


def test_curves_of_thousands_of_points_are_thinned_and_keep_their_area():
    false = np.linspace(0, 1, 5000)
    curve = pd.DataFrame({"sensitivity": np.sqrt(false), "specificity": 1 - false})
    few = thinned(curve)
    assert len(few) <= 402
    assert few.iloc[[0, -1]]["sensitivity"].tolist() == [0, 1]
    assert np.trapezoid(few["sensitivity"], 1 - few["specificity"]) == pytest.approx(
        2 / 3, abs=1e-4
    )


def test_calibration_points_are_the_groups_of_the_statistics(results, drawn):
    data = read_table(drawn / "calibration.csv")
    assert data["model"].iloc[0] == "multivariable"
    assert "sex" not in set(data["variables"])  # two risks only
    expected = statistics(results, "calibration")
    expected = expected[(expected["model"] == "multivariable") & (expected["curve"] == "groups")]
    axes = figure_of_calibration(data, statistics(results, "model_performance")).axes[0]
    marks = next(line for line in axes.lines if line.get_marker() == "o")
    assert marks.get_xydata() == pytest.approx(expected[["predicted", "observed"]].to_numpy())
    ends = [segment[:, 1] for segment in axes.collections[0].get_segments()]
    assert np.array(ends) == pytest.approx(expected[["ci_low", "ci_high"]].to_numpy())


def test_spline_bands_are_those_of_the_statistics(results, drawn):
    data = read_table(drawn / "splines.csv")
    curves = statistics(results, "spline_curves")
    first = curves[(curves["model"] == "univariate") & (curves["term"] == "age_years")]
    axes = figure_of_splines(data, Printer.of(Settings())).axes[0]
    assert axes.lines[0].get_xydata() == pytest.approx(first[["value", "odds_ratio"]].to_numpy())
    tests = statistics(results, "linearity").set_index(["model", "term", "test"])
    p = tests.loc[("univariate", "age_years", "restricted_cubic_spline"), "lr_p_value"]
    assert data["lr_p_value"].iloc[0] == p
    assert f"p = {p:.3f}" in axes.get_title(loc="left").replace("\N{NO-BREAK SPACE}", " ")


def test_thresholds_are_those_of_spines_below(results, drawn):
    data = read_table(drawn / "thresholds.csv")
    expected = statistics(results, "thresholds").query("rule == '<'")
    axes = figure_of_thresholds(data, 110, "T-score ≤ −2.5", "osteoporosis").axes
    assert axes[1].lines[0].get_ydata() == pytest.approx(expected["percent_below"].to_numpy())
    assert axes[2].lines[0].get_ydata() == pytest.approx(100 * expected["sensitivity"].to_numpy())
    assert axes[2].lines[1].get_ydata() == pytest.approx(100 * expected["specificity"].to_numpy())


def test_clouds_show_every_value_of_a_group(results):
    participants = read_table(results / "tables/participants.csv")
    vertebrae = read_table(results / "tables/vertebrae.csv")
    data = groups_data(participants, vertebrae)
    with_defect = participants["endplate_defect"] == "yes"
    axes = figure_of_groups(data, Settings().of(HounsfieldSettings)).axes
    shown = axes[0].collections[1].get_offsets()[:, 0]
    expected = participants.loc[with_defect, "total_spine_hu"].to_numpy()
    np.testing.assert_allclose(np.sort(np.asarray(shown)), np.sort(expected))
    n_defects = (vertebrae["defect_type"] != "none").sum()
    assert axes[1].get_yticklabels()[0].get_text().endswith(f"\N{NO-BREAK SPACE}{n_defects}")


@pytest.mark.parametrize("case", ["no_participant", "no_hu", "no_endplates", "separated", "three"])
def test_studies_with_little_to_show_are_drawn_with_the_reason(results, tmp_path, case):
    participants = read_table(results / "tables/participants.csv")
    vertebrae = read_table(results / "tables/vertebrae.csv")
    if case == "no_participant":
        participants, vertebrae = participants.iloc[:0], vertebrae.iloc[:0]
    elif case == "no_hu":
        vertebrae["hu"] = np.nan
        participants[[name for name in participants if "hu" in name.split("_")]] = np.nan
    elif case == "no_endplates":
        vertebrae["defect_type"] = participants["endplate_defect"] = np.nan
    elif case == "separated":
        older = participants["age_years"] > participants["age_years"].median()
        participants["endplate_defect"] = np.where(older, "yes", "no")
    else:
        participants = participants.head(3)
        vertebrae = vertebrae[vertebrae["participant_id"].isin(participants["participant_id"])]
    for folder in ("tables", "statistics", "out"):
        (tmp_path / folder).mkdir()
    participants.to_csv(tmp_path / "tables/participants.csv", index=False)
    vertebrae.to_csv(tmp_path / "tables/vertebrae.csv", index=False)
    for name, table in analyse(participants, vertebrae, pd.DataFrame(), Settings()).items():
        table.to_csv(tmp_path / f"statistics/{name}.csv", index=False)
    draw_model_figures(tmp_path / "tables", tmp_path / "statistics", tmp_path / "out", Settings())
    assert {path.stem for path in (tmp_path / "out").glob("*.svg")} == set(NAMES)


def test_an_empty_study_has_no_row_in_any_figure(results):
    models = statistics(results, "models").iloc[:0]
    recommended = statistics(results, "recommended_models").iloc[:0]
    assert forest_data(models, recommended, Printer.of(Settings())).empty
    curves = (
        statistics(results, "model_curves").iloc[:0],
        statistics(results, "roc_curves").iloc[:0],
    )
    assert roc_points(*curves).empty
    areas = (statistics(results, "model_performance").iloc[:0], statistics(results, "roc").iloc[:0])
    assert roc_areas(*areas, Printer.of(Settings())).empty


def test_the_caption_says_the_side_of_the_cut_that_the_data_were_judged_by(tmp_path):
    settings = Settings()
    frame = pd.DataFrame({"predictor": ["age_years"], "direction": ["above"]})
    inputs = ReportInputs(tmp_path, {"statistics/roc.csv": frame}, {}, frozenset())
    shown = supplementary_figure("figure_roc", inputs, settings, Printer.of(settings))
    assert "; B, predictors above a cut against" in shown.caption
