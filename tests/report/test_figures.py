"""Figures: what is plotted equals the statistics, files are the same twice, odd data are drawn."""

from __future__ import annotations

from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from PIL import Image
from scipy import stats

from bonecohort.cohort.frames import read_table
from bonecohort.papers.hao2025.report.figures.defect_size_regression import (
    figure_of_regression,
    regression_lines,
    regression_points,
)
from bonecohort.papers.hao2025.report.figures.hu_by_level import levels_data
from bonecohort.papers.hao2025.report.figures.prevalence import (
    figure_of_prevalence,
    overall_data,
    prevalence_data,
)
from bonecohort.papers.hao2025.report.figures.study_figures import draw_figures
from bonecohort.papers.hao2025.report.truth.figure import figure_of_truth
from bonecohort.papers.hao2025.report.truth.pairs import truth_pairs
from bonecohort.papers.hao2025.statistics.clustered_prevalence import clustered_prevalence
from bonecohort.papers.hao2025.statistics.vertebra_questions import vertebra_questions
from bonecohort.report.figures.style import PRINT_DPI
from bonecohort.statistics.regression.clustered_table import clustered_results
from bonecohort.study.settings import LUMBAR_LEVELS, Settings

OUTCOMES = ("standardized_width", "standardized_depth", "cumulative_score")
SVG = "{http://www.w3.org/2000/svg}"
NAMES = ("figure3_prevalence", "figure4_regression", "hu_by_level", "truth")
TYPES = ("superior", "inferior", "bilateral")
NOT_CLUSTERED = pd.DataFrame(
    columns=["question", "outcome", "shown", "method", "standard_error"], dtype=object
)
NOT_POOLED = pd.DataFrame(columns=["group", "n_vertebrae", "percent", "ci_low", "ci_high"])
BODY_WIDTH_MM, BODY_HEIGHT_MM = 34.0, 27.0


def vertebrae_table(participants: int = 24) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    rows = []
    for index in range(participants):
        for level in LUMBAR_LEVELS:
            defect_type = rng.choice(["none", *TYPES], p=[0.6, 0.15, 0.15, 0.1])
            width, depth = (0, 0) if defect_type == "none" else rng.uniform([5, 2], [15, 6])
            rows.append({
                "participant_id": f"{index:03d}", "level": level, "hu": rng.normal(110, 35),
                "defect_type": defect_type, "width_mm": width, "depth_mm": depth,
                "standardized_width": width / BODY_WIDTH_MM,
                "standardized_depth": depth / BODY_HEIGHT_MM,
                "cumulative_score": width / BODY_WIDTH_MM + depth / BODY_HEIGHT_MM,
            })  # fmt: skip
    return pd.DataFrame(rows)


def prevalence_table(vertebrae: pd.DataFrame) -> pd.DataFrame:
    rows = []
    total = int((vertebrae["defect_type"] != "none").sum())
    for level, at_level in vertebrae.groupby("level"):
        for defect_type in ("any", *TYPES):
            found = at_level["defect_type"] != "none"
            n = int(
                (found if defect_type == "any" else at_level["defect_type"] == defect_type).sum()
            )
            interval = stats.binomtest(n, len(at_level)).proportion_ci(method="wilson")
            rows.append({
                "level": level, "defect_type": defect_type, "n": n, "n_vertebrae": len(at_level),
                "percent": 100 * n / len(at_level), "ci_low": 100 * interval.low,
                "ci_high": 100 * interval.high, "share_of_defects_percent": 100 * n / total,
            })  # fmt: skip
    return pd.DataFrame(rows)


def correlations_table(vertebrae: pd.DataFrame) -> pd.DataFrame:
    defect = vertebrae.loc[vertebrae["defect_type"].isin(TYPES)]
    rows = []
    for outcome in OUTCOMES:
        fit = stats.linregress(defect["hu"], defect[outcome])
        rows.append({
            "x": "hu", "y": outcome, "n": len(defect), "slope": fit.slope,
            "intercept": fit.intercept, "r_squared": fit.rvalue**2, "p_value": fit.pvalue,
        })  # fmt: skip
    return pd.DataFrame(rows)


def clustered_tables(vertebrae: pd.DataFrame) -> dict[str, pd.DataFrame]:
    participants = vertebrae[["participant_id"]].drop_duplicates().assign(sex="female")
    questions = vertebra_questions(participants, vertebrae, Settings())
    return {
        "clustered": clustered_results(questions),
        "clustered_prevalence": clustered_prevalence(vertebrae, LUMBAR_LEVELS),
    }


NO_SITES = pd.DataFrame(columns=["participant_id", "site"])


def truth_table(vertebrae: pd.DataFrame) -> pd.DataFrame:
    return vertebrae.melt(
        id_vars=["participant_id", "level"], value_vars=["hu", "width_mm", "depth_mm"],
        var_name="measure",
    )  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    vertebrae = vertebrae_table()
    tables = {
        "tables/vertebrae.csv": vertebrae,
        "tables/sites.csv": NO_SITES,
        "statistics/prevalence.csv": prevalence_table(vertebrae),
        "statistics/correlations.csv": correlations_table(vertebrae),
        "truth.csv": truth_table(vertebrae),
    }
    clustered = clustered_tables(vertebrae)
    tables |= {f"statistics/{name}.csv": table for name, table in clustered.items()}
    for name, table in tables.items():
        (folder / name).parent.mkdir(exist_ok=True)
        table.to_csv(folder / name, index=False)
    return folder


def draw(study, out, truth=True):
    draw_figures(
        study / "tables", study / "statistics", out, Settings(),
        study / "truth.csv" if truth else None,
    )  # fmt: skip
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.fixture(scope="module")
def drawn(study, tmp_path_factory):
    return draw(study, tmp_path_factory.mktemp("first"))


def test_every_figure_is_written_as_png_svg_pdf_and_csv(drawn):
    wanted = {f"{name}.{suffix}" for name in NAMES for suffix in ("png", "svg", "pdf", "csv")}
    beside = {"figure3_prevalence_overall.csv", "figure4_regression_lines.csv"}
    assert set(drawn) == wanted | beside


def test_the_same_data_give_the_same_bytes(study, drawn, tmp_path):
    assert draw(study, tmp_path) == drawn


def test_files_hold_no_date_and_no_software(drawn):
    for name in NAMES:
        assert Image.open(BytesIO(drawn[f"{name}.png"])).info.keys() <= {"dpi"}
        assert b"CreationDate" not in drawn[f"{name}.pdf"]
        assert b"<dc:date>" not in drawn[f"{name}.svg"]


@pytest.mark.parametrize(
    ("name", "width_mm"),
    [("figure3_prevalence", 85), ("hu_by_level", 85), ("figure4_regression", 175), ("truth", 175)],
)
def test_figures_have_a_journal_column_width(drawn, name, width_mm):
    picture = Image.open(BytesIO(drawn[f"{name}.png"]))
    assert picture.width == pytest.approx(width_mm / 25.4 * PRINT_DPI, abs=1.5)
    assert picture.info["dpi"][0] == pytest.approx(PRINT_DPI, abs=0.1)


def test_the_words_of_an_svg_are_text(drawn):
    words = {
        "figure3_prevalence": "A  Prevalence, 95% CI", "figure4_regression": "A",
        "hu_by_level": "Vertebra HU (Hounsfield units)", "truth": "Measured − true (HU)",
    }  # fmt: skip
    assert set(words) == set(NAMES)
    for name, text in words.items():
        root = ElementTree.fromstring(drawn[f"{name}.svg"])
        assert text in {found.text for found in root.iter(f"{SVG}text")}


def test_figure3_data_are_the_statistics(study, drawn):
    plotted = pd.read_csv(BytesIO(drawn["figure3_prevalence.csv"]))
    keys = ["level", "defect_type"]
    expected = pd.read_csv(study / "statistics/prevalence.csv").set_index(keys)
    pd.testing.assert_frame_equal(plotted.set_index(keys).loc[expected.index], expected)


def test_bars_and_whiskers_stand_where_the_statistics_say(study):
    data = prevalence_data(read_table(study / "statistics/prevalence.csv"), LUMBAR_LEVELS)
    prevalence_axes, share_axes = figure_of_prevalence(data, NOT_POOLED).axes
    for axes, column in ((prevalence_axes, "percent"), (share_axes, "share_of_defects_percent")):
        heights = [bar.get_height() for bar in axes.patches]
        expected = [
            float(value)
            for _, rows in data.groupby("defect_type", sort=False)
            for value in rows[column]
        ]
        assert heights == pytest.approx(expected)
    ends = np.concatenate([
        segment[:, 1] for group in prevalence_axes.collections for segment in group.get_segments()
    ])  # fmt: skip
    expected = data.sort_values(["ci_low"])[["ci_low", "ci_high"]].to_numpy().ravel()
    assert np.sort(ends) == pytest.approx(np.sort(expected))


def test_pooled_bars_have_the_cluster_robust_limits(study):
    clustered = read_table(study / "statistics/clustered_prevalence.csv")
    shown = clustered.set_index(["group", "method"])
    expected = shown.loc[[(name, "cluster_robust") for name in ("upper", "lower", "all")]]
    overall = overall_data(clustered)
    data = prevalence_data(read_table(study / "statistics/prevalence.csv"), LUMBAR_LEVELS)
    axes = figure_of_prevalence(data, overall).axes[0]
    heights = [bar.get_height() for bar in axes.patches[-3:]]
    assert heights == pytest.approx(expected["percent"].tolist())
    ends = [segment[:, 1] for segment in axes.collections[-1].get_segments()]
    assert np.array(ends) == pytest.approx(expected[["ci_low", "ci_high"]].to_numpy(dtype=float))


def test_only_defect_vertebrae_with_hu_are_points(study):
    vertebrae = read_table(study / "tables/vertebrae.csv")
    defect = vertebrae["defect_type"].isin(TYPES)
    vertebrae.loc[vertebrae.index[defect][0], "hu"] = np.nan
    points = regression_points(vertebrae, OUTCOMES)
    assert points["measure"].value_counts().to_dict() == dict.fromkeys(OUTCOMES, defect.sum() - 1)


def test_regression_band_is_that_of_statsmodels(study):
    api = pytest.importorskip("statsmodels.regression.linear_model")
    vertebrae = read_table(study / "tables/vertebrae.csv")
    points = regression_points(vertebrae, OUTCOMES)
    lines = regression_lines(points, correlations_table(vertebrae), NOT_CLUSTERED)
    for measure, drawn_points in points.groupby("measure"):
        line = lines.loc[lines["measure"] == measure]
        x = drawn_points["hu"].to_numpy()
        fit = api.OLS(drawn_points["value"].to_numpy(), np.column_stack([np.ones_like(x), x])).fit()
        grid = line["hu"].to_numpy()
        mean = fit.get_prediction(np.column_stack([np.ones_like(grid), grid])).summary_frame()
        np.testing.assert_allclose(line["fit"], mean["mean"], atol=1e-12)
        np.testing.assert_allclose(line["ci_low"], mean["mean_ci_lower"], atol=1e-12)
        np.testing.assert_allclose(line["ci_high"], mean["mean_ci_upper"], atol=1e-12)


def test_statistics_of_another_number_of_vertebrae_are_refused(study):
    vertebrae = read_table(study / "tables/vertebrae.csv")
    correlations = correlations_table(vertebrae)
    correlations["n"] += 1
    with pytest.raises(ValueError, match="in the statistics"):
        regression_lines(regression_points(vertebrae, OUTCOMES), correlations, NOT_CLUSTERED)


def test_regression_panels_show_every_point_and_its_statistics(study):
    vertebrae = read_table(study / "tables/vertebrae.csv")
    correlations = correlations_table(vertebrae)
    points = regression_points(vertebrae, OUTCOMES)
    clustered = read_table(study / "statistics/clustered.csv")
    lines = regression_lines(points, correlations, clustered)
    figure = figure_of_regression(points, lines, correlations, clustered, OUTCOMES)
    for axes, row in zip(figure.axes, correlations.itertuples(), strict=True):
        scatter = next(part for part in axes.collections if isinstance(part, PathCollection))
        assert len(scatter.get_offsets()) == row.n
        assert f"R² = {row.r_squared:.3f}" in axes.texts[0].get_text()
        assert f"n = {row.n} in " in axes.texts[0].get_text()
        assert len(axes.lines) == 4  # two fits, and the recommended band's two limits


def test_robust_band_is_that_of_statsmodels(study):
    api = pytest.importorskip("statsmodels.regression.linear_model")
    vertebrae = read_table(study / "tables/vertebrae.csv")
    clustered = read_table(study / "statistics/clustered.csv")
    clustered["shown"] = np.where(clustered["method"] == "cluster_robust", "yes", "no")
    points = regression_points(vertebrae, OUTCOMES)
    lines = regression_lines(points, correlations_table(vertebrae), clustered)
    for measure, drawn_points in points.groupby("measure"):
        line = lines.loc[(lines["measure"] == measure) & (lines["method"] == "cluster_robust")]
        hu, grid = drawn_points["hu"], line["hu"]
        fit = api.OLS(
            drawn_points["value"].to_numpy(), np.column_stack([np.ones_like(hu), hu])
        ).fit(
            cov_type="cluster", use_t=True,
            cov_kwds={"groups": pd.factorize(drawn_points["participant_id"])[0]},
        )  # fmt: skip
        # get_prediction() would take n - k df, not the participants less one.
        mean = fit.t_test(np.column_stack([np.ones_like(grid), grid]))
        np.testing.assert_allclose(line["fit"], mean.effect, rtol=1e-9)
        np.testing.assert_allclose(line[["ci_low", "ci_high"]], mean.conf_int(), rtol=1e-9)


def test_truth_pairs_hold_every_true_value_and_leave_zeros_out():
    vertebrae = pd.DataFrame({
        "participant_id": ["1", "1", "2"], "level": ["L1", "L2", "L1"],
        "hu": [101.0, np.nan, 88.0], "width_mm": [0.0, 7.5, 2.0], "depth_mm": [0.0, 3.0, np.nan],
    })  # fmt: skip
    truth = pd.DataFrame(
        [("1", "L1", "hu", 100.0), ("1", "L2", "hu", 90.0), ("1", "L1", "width_mm", 0.0),
         ("1", "L2", "width_mm", 7.0), ("2", "L1", "width_mm", 0.0), ("2", "L1", "depth_mm", 1.0)],
        columns=["participant_id", "level", "measure", "value"],
    )  # fmt: skip
    pairs = truth_pairs(vertebrae, NO_SITES, truth).set_index(
        ["participant_id", "level", "measure"]
    )
    assert pairs.loc[("1", "L1", "hu"), "difference"] == 1.0
    assert np.isnan(pairs.loc[("1", "L2", "hu"), "measured"])
    assert pairs.loc[("1", "L2", "width_mm"), "difference"] == 0.5
    assert ("1", "L1", "width_mm") not in pairs.index  # no defect, and none found
    assert pairs.loc[("2", "L1", "width_mm"), "difference"] == 2.0  # one found that is not there
    titles = [axes.get_title(loc="left") for axes in figure_of_truth(pairs.reset_index()).axes]
    assert titles[0] == "Vertebra HU\nn = 1, 1 not measured"


def test_truth_of_techniques_is_held_against_their_sites():
    sites = pd.DataFrame(
        [("1", "L1", 120.0, 6.0), ("1", "L1-L4", np.nan, 0.9)],
        columns=["participant_id", "site", "qct_vbmd", "dxa_bmd"],
    ).assign(mr_width_mm=5.0)
    vertebrae = pd.DataFrame(
        {"participant_id": "1", "level": ["L1"], "hu": 100.0, "width_mm": 5.0, "depth_mm": 1.0}
    )
    truth = pd.DataFrame(
        [("1", "L1", "vbmd", 118.5), ("1", "L1-L4", "dxa_bmd", 0.95), ("1", "L2", "vbmd", 90.0),
         ("1", "L1", "width_mm", 4.0), ("1", "L1", "colour", 1.0)],
        columns=["participant_id", "level", "measure", "value"],
    )  # fmt: skip
    pairs = truth_pairs(vertebrae, sites, truth).set_index(["level", "measure"])
    assert pairs["difference"].to_dict() == pytest.approx(
        {("L1", "qct_vbmd"): 1.5, ("L1-L4", "dxa_bmd"): -0.05, ("L2", "qct_vbmd"): np.nan,
         ("L1", "width_mm"): 1.0},
        nan_ok=True,
    )  # fmt: skip


def test_truth_figure_prints_mean_difference_and_limits_of_agreement():
    difference = np.array([-1.0, 0.0, 2.0, 3.0])
    true = np.array([80.0, 100.0, 120.0, 140.0])
    pairs = pd.DataFrame({
        "measure": "hu", "true": true, "measured": true + difference, "difference": difference
    })  # fmt: skip
    below = figure_of_truth(pairs).axes[1]
    # By hand: mean 1.0, SD √(10/3) = 1.8257, 1.96 SD = 3.578.
    assert below.get_title(loc="left") == (
        "mean difference 1.00 HU\n95% limits of agreement\n−2.58 to 4.58 HU"
    )


def test_levels_says_unread_from_normal():
    vertebrae = pd.DataFrame({
        "participant_id": list("abcde"), "level": "L1", "hu": [100.0, 90, 80, 70, np.nan],
        "defect_type": ["none", "superior", "not_assessable", np.nan, "none"],
    })  # fmt: skip
    assert levels_data(vertebrae)["group"].tolist() == [
        "no defect", "defect", "endplates not read", "endplates not read",
    ]  # fmt: skip


@pytest.mark.parametrize("case", ["no_endplates", "no_vertebra", "one_defect"])
def test_studies_with_little_to_show_are_drawn_with_the_reason(study, tmp_path, case):
    vertebrae = read_table(study / "tables/vertebrae.csv")
    correlations = correlations_table(vertebrae).assign(n=0, slope=np.nan, intercept=np.nan)
    prevalence = pd.read_csv(study / "statistics/prevalence.csv")
    measures = ["width_mm", "depth_mm", *OUTCOMES]
    if case == "one_defect":
        first = vertebrae.index[vertebrae["defect_type"].isin(TYPES)][0]
        vertebrae.loc[vertebrae.index != first, ["defect_type", *measures]] = ["none", *[0] * 5]
        correlations["n"] = 1
    else:
        vertebrae[["defect_type", *measures]] = np.nan
        prevalence = prevalence.iloc[:0]
    if case == "no_vertebra":
        vertebrae = vertebrae.iloc[:0]
        correlations = correlations.iloc[:0]
    for folder in ("tables", "statistics"):
        (tmp_path / folder).mkdir()
    vertebrae.to_csv(tmp_path / "tables/vertebrae.csv", index=False)
    prevalence.to_csv(tmp_path / "statistics/prevalence.csv", index=False)
    for name, table in clustered_tables(vertebrae).items():
        table.to_csv(tmp_path / f"statistics/{name}.csv", index=False)
    correlations.to_csv(tmp_path / "statistics/correlations.csv", index=False)
    files = draw(tmp_path, tmp_path / "out", truth=False)
    written = {name for name in files if name.endswith(".png")}
    assert written == {f"{name}.png" for name in NAMES if name != "truth"}
