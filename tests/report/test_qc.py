"""QC pictures: sides, proportions and places are the patient's; files are small and repeatable."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from bonecohort.images.volume import Volume
from bonecohort.papers.hao2025.report.figures.regions import draw_figure1
from bonecohort.report.pictures.sheet import Box, Sheet, message_sheet, save_picture
from bonecohort.report.pictures.views import (
    axial_view,
    curved_to,
    roi_outline,
    sagittal_view,
    sample,
)
from bonecohort.techniques.endplates.picture import draw_endplates_qc, join_edges
from bonecohort.techniques.hounsfield.picture import (
    BONE_WINDOW_HU,
    draw_hounsfield_qc,
    line_ends,
)

# Columns: the LPS direction of voxel axes i, j, k. As DICOM stacks, as NIfTI stores, and askew.
TURN = np.deg2rad(12)
STORED = {
    "lps": np.eye(3),
    "ras": np.diag([-1.0, -1.0, 1.0]),
    "sagittal": np.array([[0.0, 0, 1], [1, 0, 0], [0, -1, 0]]),
    "askew": np.array([
        [np.cos(TURN), -np.sin(TURN), 0], [np.sin(TURN), np.cos(TURN), 0], [0, 0, 1.0],
    ]),
}  # fmt: skip
CENTRE = np.array([12.0, -40.0, 300.0])
LEFT, POSTERIOR, HEAD = np.eye(3)
TILT = np.deg2rad(30)
TILTED = np.array([0, np.sin(TILT), np.cos(TILT)])  # superior side turned backwards


def volume_of(value, stored="lps", spacing_mm=(0.8, 0.8, 3.0), size_mm=120.0):
    """Sample ``value(points)`` on a grid around CENTRE, with anisotropic voxels."""
    shape = [round(size_mm / step) | 1 for step in spacing_mm]
    affine = np.eye(4)
    affine[:3, :3] = STORED[stored] * spacing_mm
    affine[:3, 3] = CENTRE - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    return Volume(value(index @ affine[:3, :3].T + affine[:3, 3]).astype(np.float32), affine)


def ball_at(place, radius_mm=6.0):
    return lambda points: 1000.0 * (np.linalg.norm(points - place, axis=-1) < radius_mm)


def brightest(picture, view, pixel_mm):
    """Return the middle of what is bright, in mm right and down of the picture's centre."""
    rows, columns = np.nonzero(picture > 500)
    across = (columns.mean() + 0.5) * pixel_mm - view.width_mm / 2
    return np.array([across, (rows.mean() + 0.5) * pixel_mm - view.height_mm / 2])


def roi(plane="middle", centre=CENTRE, normal=HEAD, **more):
    return {
        "plane": plane, "hu": 104.4, "sd_hu": 17.6, "median_hu": 103.0, "n_voxels": 80,
        "area_mm2": 500.0, "center_lps_mm": list(centre), "normal_lps": list(normal),
        "semi_axes_mm": [16.0, 10.0], "excluded_fraction": 0.0, **more,
    }  # fmt: skip


def records(levels=("L1", "L2", "L3", "L4", "L5")):
    found = []
    for place, level in enumerate(levels):
        rois = [
            roi(plane, CENTRE + HEAD * (70 - 35 * place + up))
            for plane, up in (("upper", 6), ("middle", 0), ("lower", -6))
        ]
        found.append({"level": level, "status": "measured", "hu": 104.4, "flags": [], "rois": rois})
    return found


def noise(points):
    return np.random.default_rng(3).normal(120, 40, points.shape[:-1])


def written(figure):
    return [text.get_text() for text in figure.texts] + [
        text.get_text() for axes in figure.axes for text in axes.texts
    ]


@pytest.mark.parametrize("stored", STORED)
def test_an_axial_plane_shows_the_patients_left_on_the_right_and_posterior_below(stored):
    ct = volume_of(ball_at(CENTRE + 15 * LEFT + 9 * POSTERIOR), stored)
    view = axial_view(CENTRE, HEAD, 60, 50)
    found = brightest(sample(ct, view.points(0.5)), view, 0.5)
    assert found == pytest.approx([15, 9], abs=0.4)


@pytest.mark.parametrize("stored", STORED)
def test_a_sagittal_view_shows_anterior_on_the_left_and_the_head_on_top(stored):
    ct = volume_of(ball_at(CENTRE - 14 * POSTERIOR + 21 * HEAD), stored)
    view = sagittal_view(CENTRE, 60, 80)
    found = brightest(sample(ct, view.points(0.5)), view, 0.5)
    assert found == pytest.approx([-14, -21], abs=0.4)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_tilted_plane_is_read_at_its_own_places_whichever_way_its_normal_points(sign):
    ramp = np.array([3.0, -2.0, 5.0])
    view = axial_view(CENTRE + 4 * HEAD, sign * TILTED, 40, 30)
    picture = sample(volume_of(lambda points: points @ ramp, "askew"), view.points(0.5))
    corner = view.centre_lps_mm - 19.75 * view.right_lps - 14.75 * view.down_lps
    assert picture[0, 0] == pytest.approx(corner @ ramp, abs=0.01)
    assert view.right_lps @ LEFT == pytest.approx(1)
    # The plane's rear sinks when the vertebra's superior side is turned backwards.
    assert view.down_lps == pytest.approx([0, np.cos(TILT), -np.sin(TILT)])


def test_the_side_of_a_plane_turned_about_all_axes_stays_the_patients():
    normal = np.array([0.3, -0.4, 0.8])
    view = axial_view(CENTRE, normal, 40, 30)
    assert view.right_lps @ LEFT > 0.9
    assert view.down_lps @ POSTERIOR > 0.8
    assert view.right_lps @ normal == pytest.approx(0, abs=1e-12)
    assert view.right_lps @ view.down_lps == pytest.approx(0, abs=1e-12)


def test_points_project_to_where_they_are_seen():
    place = CENTRE + 11 * LEFT - 7 * POSTERIOR
    view = axial_view(CENTRE, HEAD, 60, 50)
    picture = sample(volume_of(ball_at(place), "ras"), view.points(0.5))
    assert view.project(place) == pytest.approx([11, -7])
    assert brightest(picture, view, 0.5) == pytest.approx(view.project(place), abs=0.4)


def test_outside_the_scan_there_is_no_value():
    ct = volume_of(lambda points: np.full(points.shape[:-1], -1000.0), size_mm=30)
    picture = sample(ct, axial_view(CENTRE, HEAD, 60, 50).points(1.0))
    assert np.isnan(picture[0]).all()
    assert picture[25, 30] == -1000


def test_the_sagittal_view_follows_a_scoliosis():
    path = CENTRE + np.array([[10.0, 0, -30], [0, 0, 0], [-8, 0, 30]])
    bent = curved_to(sagittal_view(CENTRE, 20, 100).points(1.0), path)
    x_at = dict(zip(bent[:, 0, 2].round(1), bent[:, 0, 0], strict=True))
    assert x_at[CENTRE[2] + 0.5] == pytest.approx(CENTRE[0] - 8 / 60)
    assert x_at[CENTRE[2] - 15.5] == pytest.approx(CENTRE[0] + 10 * 15.5 / 30)
    assert x_at[CENTRE[2] + 49.5] == pytest.approx(CENTRE[0] - 8)  # constant beyond the ends


def test_an_ellipse_is_outlined_along_its_own_axes():
    turn = np.deg2rad(20)
    axes = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    outline = roi_outline(roi(axes_lps=axes.tolist()))
    inside = (outline - CENTRE) @ axes  # axes are columns
    assert (inside[:, 0] / 16) ** 2 + (inside[:, 1] / 10) ** 2 == pytest.approx(1.0)
    assert inside[:, 2] == pytest.approx(0.0)
    assert outline[0] == pytest.approx(CENTRE + 16 * axes[:, 0])


def test_without_directions_the_first_axis_runs_across_the_patient():
    outline = roi_outline(roi(normal=TILTED)) - CENTRE
    assert np.abs(outline[:, 0]).max() == pytest.approx(16)
    assert np.abs(outline @ TILTED).max() == pytest.approx(0, abs=1e-9)


def test_a_drawn_outline_is_shown_as_drawn_and_closed():
    corners = [list(CENTRE + offset) for offset in ([9.0, 0, 0], [0, 9.0, 0], [-9.0, 0, 0])]
    outline = roi_outline(roi(polygon_lps_mm=corners, semi_axes_mm=None))
    assert outline.tolist() == [*corners, corners[0]]


def test_a_planes_line_has_its_tilt_and_reach():
    view = sagittal_view(CENTRE, 80, 80)
    anterior, posterior = line_ends(view, roi(normal=TILTED))
    # 10 mm is the semi-axis that lies in the sagittal plane; the rear end is the lower one.
    assert posterior == pytest.approx([10 * np.cos(TILT), 10 * np.sin(TILT)], abs=1e-6)
    assert anterior == pytest.approx(-posterior)


def test_millimetres_are_equal_both_ways_in_the_written_file(tmp_path):
    ct = volume_of(ball_at(CENTRE, 20.0), "sagittal", (0.7, 0.7, 4.4))
    view = sagittal_view(CENTRE, 60, 90)
    sheet = Sheet(300, 450)
    sheet.panel(Box(0, 0, 300, 450), sample(ct, view.points(0.5)), view, BONE_WINDOW_HU)
    save_picture(sheet.figure, tmp_path / "ball.png")
    shown = np.asarray(Image.open(tmp_path / "ball.png").convert("L")) > 128
    height_px, width_px = shown.any(axis=1).sum(), shown.any(axis=0).sum()
    assert width_px == pytest.approx(40 * 300 / 60, abs=4)
    assert height_px == pytest.approx(40 * 450 / 90, abs=4)


def test_every_plane_stands_over_its_own_place_in_true_proportions():
    figure = draw_hounsfield_qc(volume_of(noise), records(), "P001")
    sagittal, *planes = figure.axes
    assert len(planes) == 15
    for axes in figure.axes:
        box = axes.get_window_extent()
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        assert box.width / box.height == pytest.approx((right - left) / (bottom - top), rel=1e-6)
        assert bottom > 0 > top
    # Lines A to C of a vertebra run from upper to lower, and vertebrae from L1 to L5.
    depths = [line.get_ydata().mean() for line in sagittal.lines[:15]]
    assert all(above < below for above, below in pairwise(depths))


def test_the_picture_names_levels_readings_flags_and_faults():
    shown = records()
    shown[0]["flags"] = ["plane_spread: 72.3 HU (limit 25)", "high_sd_upper: 61.0 HU (limit 60)"]
    shown[3] = {
        "level": "L4", "status": "excluded", "hu": None, "flags": [], "rois": [],
        "reason": "The vertebra reaches the last slice of the CT.",
    }  # fmt: skip
    texts = written(draw_hounsfield_qc(volume_of(noise), shown[::-1], "P001"))
    assert "P001" in texts
    assert "planes differ in HU; high SD in upper plane" in texts
    assert "L4  not measured" in texts
    assert "The vertebra reaches the last slice of the CT." in texts
    assert texts.count("104.4 ± 17.6 HU") == 12
    headings = [text for text in texts if text.endswith(("  104.40 HU", "  not measured"))]
    assert [heading[:2] for heading in headings] == ["L1", "L2", "L3", "L4", "L5"]


def test_a_ct_without_any_region_is_still_shown():
    nothing = [{"level": "L1", "hu": None, "reason": "No label 31 in the label map.", "rois": []}]
    figure = draw_hounsfield_qc(volume_of(noise), nothing, "P001")
    assert len(figure.axes) == 1
    assert "No label 31 in the label map." in written(figure)


def test_long_reasons_stay_inside_the_picture():
    reason = "This reason is long and continues, and continues. " * 30
    shown = [{"level": "L1", "hu": None, "reason": reason, "rois": []}, *records()[1:]]
    figure = draw_hounsfield_qc(volume_of(noise), shown, "P001")
    renderer = figure.canvas.get_renderer()
    for text in figure.texts:
        box = text.get_window_extent(renderer)
        assert 0 <= box.x0 < box.x1 <= figure.bbox.width
        assert 0 <= box.y0 < box.y1 <= figure.bbox.height


def test_pictures_are_small_repeatable_and_hold_no_metadata(tmp_path):
    ct = volume_of(noise, spacing_mm=(0.7, 0.7, 2.5), size_mm=200)
    for name in ("first", "second"):
        save_picture(draw_hounsfield_qc(ct, records(), "P001"), tmp_path / f"{name}.png")
    first = (tmp_path / "first.png").read_bytes()
    assert first == (tmp_path / "second.png").read_bytes()
    assert len(first) < 100_000  # with white noise of 40 HU, at the upper end of lumbar CT
    with Image.open(tmp_path / "first.png") as picture:
        assert picture.info == {}


def test_marks_keep_their_colour(tmp_path):
    save_picture(draw_hounsfield_qc(volume_of(noise), records(), "P001"), tmp_path / "qc.png")
    colours = np.asarray(Image.open(tmp_path / "qc.png").convert("RGB")).reshape(-1, 3)
    for colour in ((0x56, 0xB4, 0xE9), (0xF0, 0xE4, 0x42), (0xE6, 0x9F, 0x00)):
        assert (colours == colour).all(axis=1).sum() > 300


def test_a_participant_without_a_picture_gets_a_card_with_the_reason(tmp_path):
    figure = message_sheet("P007", "One slice is missing between 55.0 and 65.0 mm.")
    assert {"P007", "One slice is missing between 55.0 and 65.0 mm."} <= set(written(figure))
    save_picture(figure, tmp_path / "qc" / "card.png")
    assert (tmp_path / "qc" / "card.png").stat().st_size < 20_000


def endplate_lines(place=CENTRE):
    return [
        ("L3_body_width", place - 17 * POSTERIOR, place + 17 * POSTERIOR),
        ("L3_body_height_1", place - 12 * HEAD, place + 13.04 * HEAD),
        ("L3_sup_1_width", place + 12 * HEAD - 5.3 * POSTERIOR, place + 12 * HEAD),
    ]


def test_marks_are_shown_on_the_slice_they_were_drawn_on():
    spacing_mm = (0.7, 0.7, 4.4)
    t2 = volume_of(ball_at(CENTRE + 8.8 * LEFT, 3.0), "sagittal", spacing_mm)
    lines = endplate_lines(CENTRE + 8.0 * LEFT) + [
        (name.replace("L3", "L4"), start - 30 * HEAD, end - 30 * HEAD)
        for name, start, end in endplate_lines()
    ]
    figure = draw_endplates_qc(t2, lines, "P001")
    texts = written(figure)
    n_slices, middle = t2.array.shape[2], t2.array.shape[2] // 2
    wanted = [f"slice {index + 1} of {n_slices}" for index in (middle, middle + 2)]
    assert [text for text in texts if text.startswith("slice")] == wanted
    # The ball is on the L3 slice alone, in the middle of the body height's line.
    without, holding = (axes.images[0].get_array() for axes in figure.axes)
    assert np.nanmax(without) == 0
    height_line = figure.axes[1].lines[1]
    left, right, bottom, top = figure.axes[1].images[0].get_extent()
    rows, columns = np.nonzero(holding > 500)
    column = left + (columns.mean() + 0.5) / holding.shape[1] * (right - left)
    row = top + (rows.mean() + 0.5) / holding.shape[0] * (bottom - top)
    assert column == pytest.approx(height_line.get_xdata().mean(), abs=0.7)
    assert row == pytest.approx(height_line.get_ydata().mean(), abs=1.2)
    assert {"body height 1  25.0 mm", "sup 1 width  5.3 mm", "body width  34.0 mm"} <= set(texts)


def test_marks_on_more_slices_than_are_shown_are_counted():
    t2 = volume_of(noise, "sagittal", (0.7, 0.7, 4.4))
    lines = [
        (f"L{level}_body_width", place - 17 * POSTERIOR, place + 17 * POSTERIOR)
        for level in range(1, 6)
        for place in [CENTRE + 4.4 * (level - 3) * LEFT + 10 * level * HEAD]
    ]
    figure = draw_endplates_qc(t2, lines, "P001")
    assert len(figure.axes) == 3
    assert any("2 marks on other slices not shown" in text for text in written(figure))


def test_edges_of_an_outline_are_one_mark_and_two_readers_lines_are_two():
    corners = np.array([[0.0, 0, 0], [0, 5, 0], [0, 5, 5]])
    edges = [
        ("L3 sup 1 contour", *pair) for pair in zip(corners, np.roll(corners, -1, 0), strict=True)
    ]
    twice = [("L3_sup_1_width", [0.0, 0, 0], [0, 4, 0]), ("L3_sup_1_width", [0.0, 1, 0], [0, 6, 0])]
    outline, first, second = join_edges([*edges, *twice])
    assert outline.points_lps_mm.tolist() == [*corners.tolist(), corners[0].tolist()]
    assert (outline.level, outline.text) == ("L3", "sup 1 contour")
    assert (first.text, second.text) == ("sup 1 width  4.0 mm", "sup 1 width  5.0 mm")


def test_without_a_mark_the_whole_middle_slice_is_shown():
    t2 = volume_of(noise, "sagittal", (0.7, 0.7, 4.4))
    figure = draw_endplates_qc(t2, [], "P001")
    (picture,) = figure.axes
    texts = written(figure)
    assert "no mark drawn" in texts
    n_slices = min(t2.array.shape)
    assert any(f"slice {n_slices // 2 + 1} of {n_slices}" in text for text in texts)
    left, right = picture.get_xlim()
    assert abs(right - left) == pytest.approx(0.7 * (sorted(t2.array.shape)[1] - 1), rel=0.2)


def test_figure_1_is_written_with_its_values(tmp_path):
    record = records()[2]
    ct = volume_of(noise)
    for name in ("first", "second"):
        draw_figure1(ct, record, tmp_path / name)
    first = {path.name: path.read_bytes() for path in (tmp_path / "first").iterdir()}
    assert set(first) == {f"figure1_roi.{suffix}" for suffix in ("png", "svg", "pdf", "csv")}
    assert all((tmp_path / "second" / name).read_bytes() == held for name, held in first.items())
    header, upper, *_ = first["figure1_roi.csv"].decode().splitlines()
    assert header == "level,plane,hu,sd_hu,median_hu,n_voxels,area_mm2,excluded_fraction"
    assert upper == "L3,upper,104.4,17.6,103.0,80,500.0,0.0"
