"""Lines and regions kept in a DICOM SR, read as the markups they are."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset

from bonecohort.annotations.marks.markup import Markup
from bonecohort.annotations.marks.read import read_reading
from bonecohort.annotations.marks.slicer_json import write_markups
from bonecohort.annotations.marks.sr import read_sr
from bonecohort.faults import DataFault
from bonecohort.images.grid import uid_digest
from bonecohort.techniques.endplates.markups import line_length_mm
from bonecohort.techniques.hounsfield.markups import read_regions
from tests.annotations.marks.forms import FORMS

from .sr_writer import (
    IMAGE_UID,
    LENGTH_SCT,
    code,
    content,
    graphic,
    group,
    number,
    pixel_graphic,
    save,
    write_sr,
)

LENGTH_SRT = ("G-D7FE", "SRT", "Length")
LINE = (10.0, 20.0, 30.0, 13.0, 24.0, 30.0)  # 5 mm long


def write_image(path):
    """Write a sagittal image: columns run to posterior, rows to the feet."""
    image = Dataset()
    image.ImagePositionPatient = [5.0, -100.0, 60.0]
    image.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    image.PixelSpacing = [0.5, 0.75]
    return save(path, image, "1.2.840.10008.5.1.4.1.1.4", IMAGE_UID)


def area_mm2(points):
    points = np.array(points)
    spokes = points - points.mean(axis=0)
    return np.linalg.norm(np.cross(spokes, np.roll(spokes, -1, axis=0)).sum(axis=0)) / 2


def test_a_line_in_mm_with_its_stored_length(tmp_path):
    path = write_sr(
        tmp_path / "sr", group("L3_sup_1_width", graphic("POLYLINE", LINE), number(5.0, "mm"))
    )
    (markup,) = read_reading(path, FORMS).markups
    assert markup == Markup(
        type="Line",
        name="L3_sup_1_width",
        points_lps_mm=(LINE[:3], LINE[3:]),
        stored_mm={"length": 5.0},
        source="the DICOM SR",
        frame_of_reference=uid_digest("1.2.3"),
    )
    assert markup.meaning.text == "L3_sup_1_width"


@pytest.mark.parametrize("concept", [LENGTH_SCT, LENGTH_SRT, ("103339001", "SCT", "Long Axis")])
def test_a_stored_length_is_checked_whatever_its_code_and_unit(tmp_path, concept):
    right = group("L3_body_width", graphic("POLYLINE", LINE), number(0.5, "cm", concept))
    slipped = group("L3_body_width", graphic("POLYLINE", LINE), number(0.5, "mm", concept))
    (markup,) = read_sr(write_sr(tmp_path / "a", right), FORMS)
    assert line_length_mm(markup) == pytest.approx(5.0)
    (markup,) = read_sr(write_sr(tmp_path / "b", slipped), FORMS)
    with pytest.raises(DataFault, match=r"stores a length of 0\.50 mm"):
        line_length_mm(markup)


def test_the_length_is_distinguished_from_other_measures(tmp_path):
    path = write_sr(
        tmp_path / "sr",
        group(
            "L3_body_width",
            number(104.2, "[hnsf'U]", ("112031", "DCM", "Attenuation Coefficient")),
            number(9.0, "mm", ("1", "99X", "Distance to the skin")),
            number(5.0, "mm", LENGTH_SRT),
            graphic("POLYLINE", LINE),
        ),
    )
    assert read_sr(path, FORMS)[0].stored_mm == {"length": 5.0}


def test_coordinates_may_hang_below_the_measure(tmp_path):
    below = number(5.0, "mm", LENGTH_SCT, graphic("POLYLINE", LINE))
    other = number(3.0, "mm", LENGTH_SCT)
    (markup,) = read_sr(write_sr(tmp_path / "sr", group("L3_body_width", other, below)), FORMS)
    assert (markup.type, markup.stored_mm) == ("Line", {"length": 5.0})


def test_a_region_keeps_no_mean_hu_as_length(tmp_path):
    square = [0, 0, 7, 4, 0, 7, 4, 4, 7, 0, 4, 7]
    path = write_sr(
        tmp_path / "sr",
        group("L3_upper", graphic("POLYGON", [*square, 0, 0, 7]), number(104.2, "mm")),
        group("L3_middle", graphic("POLYLINE", [*square, 0, 0, 7])),
        group("L3_lower", graphic("POLYLINE", square)),
    )
    upper, middle, lower = read_reading(path, FORMS).markups
    assert (upper.type, middle.type, lower.type) == ("ClosedCurve", "ClosedCurve", "Curve")
    assert len(upper.points_lps_mm) == len(middle.points_lps_mm) == 4
    assert upper.stored_mm == {}
    assert set(read_regions([upper, middle], "L3")) == {"upper", "middle"}


def test_an_ellipse_becomes_points_on_it(tmp_path):
    ends = [2, 20, 30, 18, 20, 30, 10, 15, 30, 10, 25, 30]  # semi-axes 8 and 5 mm
    (markup,) = read_sr(
        write_sr(tmp_path / "sr", group("L3_upper", graphic("ELLIPSE", ends))), FORMS
    )
    assert markup.type == "ClosedCurve"
    points = np.array(markup.points_lps_mm)
    assert points.shape == (32, 3)
    on_ellipse = ((points[:, 0] - 10) / 8) ** 2 + ((points[:, 1] - 20) / 5) ** 2
    assert on_ellipse == pytest.approx(np.ones(32))
    assert area_mm2(points) == pytest.approx(math.pi * 8 * 5, rel=0.01)


def test_pixel_coordinates_are_placed_by_the_image_they_refer_to(tmp_path):
    images = tmp_path / "images"
    (images / "deep").mkdir(parents=True)
    reports = tmp_path / "reports"
    reports.mkdir()
    path = write_sr(
        reports / "sr", group("L3_body_width", pixel_graphic("POLYLINE", [0.5, 0.5, 40.5, 60.5]))
    )
    with pytest.raises(DataFault, match=r"in the DICOM SR .* lies neither beside the SR"):
        read_sr(path, FORMS)
    write_image(images / "deep" / "image")
    (markup,) = read_sr(path, FORMS, images)
    # The first pixel's centre, then 40 columns of 0.75 mm and 60 rows of 0.5 mm further.
    assert markup.points_lps_mm == ((5.0, -100.0, 60.0), (5.0, -70.0, 30.0))
    assert read_reading(path, FORMS, images).markups == [markup]
    shutil.copy(images / "deep" / "image", reports)
    assert read_reading(reports, FORMS).markups == [markup]


def test_a_frame_the_image_has_not_is_a_fault(tmp_path):
    write_image(tmp_path / "image")
    line = pixel_graphic("POLYLINE", [0.5, 0.5, 40.5, 60.5], frame=2)
    with pytest.raises(DataFault, match=r"an image \(frame 2\) that says not where it"):
        read_sr(write_sr(tmp_path / "sr", group("L3_body_width", line)), FORMS)


def test_a_report_of_another_program_agrees_with_its_own_area(shared_data):
    (markup,) = read_sr(shared_data / "annotations/highdicom/sr_document.dcm", FORMS)
    assert (markup.type, markup.name) == ("ClosedCurve", "")
    assert area_mm2(markup.points_lps_mm) == pytest.approx(170, abs=5)  # it says 1.7 cm2
    # Pixel (58, 52) from the corner of an image that begins at (-158.14, -179.04, -75.70).
    centre = np.mean(markup.points_lps_mm, axis=0)
    expected = np.array([-158.135803, -179.035797, -75.7]) + np.array([57.5, 51.5, 0]) * 0.661468
    assert centre == pytest.approx(expected, abs=1e-4)


def test_groups_that_draw_no_line_or_region_are_left_out(shared_data):
    markups = read_sr(
        shared_data / "annotations/highdicom/sr_document_with_multiple_groups.dcm", FORMS
    )
    assert [markup.name for markup in markups] == ["", ""]
    assert [markup.type for markup in markups] == ["ClosedCurve", "Curve"]


@pytest.mark.parametrize(
    ("children", "message"),
    [
        ((number(5.0, "mm"),), "'L3_body_width' in the DICOM SR has no coordinates of its own"),
        ((graphic("POINT", LINE[:3]),), "is drawn as POINT; one of POLYLINE"),
        ((graphic("POLYLINE", LINE[:3]),), "a POLYLINE of 1 points"),
        ((graphic("POLYLINE", LINE[:5]),), "has 5 coordinates"),
        ((graphic("POLYLINE", (*LINE[:5], math.nan)),), "some that are no numbers"),
        ((graphic("ELLIPSE", LINE),), "an ELLIPSE of 2 points"),
        ((graphic("ELLIPSE", [0, 0, 0, 8, 0, 0, 0, 5, 0, 8, 5, 0]),), r"lie 5\.0 mm apart"),
    ],
)
def test_a_group_that_makes_no_sense_is_refused_by_name(tmp_path, children, message):
    with pytest.raises(DataFault, match=message) as caught:
        read_sr(write_sr(tmp_path / "sr", group("L3_body_width", *children)), FORMS)
    assert "Doe" not in caught.value.reason
    assert "SECRET" not in caught.value.reason
    assert IMAGE_UID not in caught.value.reason


def test_what_is_no_measurement_report_is_refused(tmp_path):
    with pytest.raises(DataFault, match="no structured report"):
        read_reading(write_image(tmp_path / "image"), FORMS)
    with pytest.raises(DataFault, match="no measurement group"):
        read_reading(write_sr(tmp_path / "sr"), FORMS)
    (tmp_path / "sr").unlink()
    with pytest.raises(DataFault, match=r"holds no \.mrk\.json file, DICOM SR"):
        read_reading(tmp_path, FORMS)


def test_a_report_cut_short_is_a_fault_and_not_fewer_lines(tmp_path):
    lines = [group(f"L{level}_body_width", graphic("POLYLINE", LINE)) for level in (1, 2, 3)]
    path = write_sr(tmp_path / "sr", *lines)
    whole = path.read_bytes()
    for size in range(200, len(whole), 7):
        path.write_bytes(whole[:size])
        with pytest.raises(DataFault, match=r"\bDICOM\b"):
            read_sr(path, FORMS)


def test_a_folder_may_hold_reports_beside_markups(tmp_path):
    line = Markup("Line", "L2_body_width", ((0.0, 0.0, 0.0), (40.0, 0.0, 0.0)))
    write_markups(tmp_path / "lines.mrk.json", [line])
    write_sr(tmp_path / "report.dcm", group("L3_body_width", graphic("POLYLINE", LINE)))
    (tmp_path / "notes.txt").write_text("read on a Monday")
    assert [markup.name for markup in read_reading(tmp_path, FORMS).markups] == [
        "L2_body_width",
        "L3_body_width",
    ]


def test_markups_files_are_read_without_numpy(tmp_path):
    write_markups(tmp_path / "a.mrk.json", [Markup("Line", "L2_body_width", ((0.0, 0.0, 0.0),))])
    program = (
        "import sys; from pathlib import Path;"
        "from bonecohort.annotations.marks.read import read_reading;"
        "read_reading(Path(sys.argv[1]), []);"
        "assert not {'numpy', 'pydicom'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)


OHIF_TOOL = "Cornerstone3DTools@^0.1.0:Length"


def free_text(concept, text, code_value="CORNERSTONEFREETEXT"):
    item = content("CODE", concept)
    with disable_value_validation():  # OHIF's code is longer than the standard allows
        item.ConceptCodeSequence = code(code_value, "CORNERSTONEJS", text)
    return item


def comment(text):
    item = content("TEXT", ("121106", "DCM"))
    item.TextValue = text
    return item


FINDING, FINDING_SITE = ("121071", "DCM"), ("G-C0E3", "SRT")


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        ((free_text(FINDING, "L3_sup_1_width"),), "L3_sup_1_width"),
        ((free_text(FINDING_SITE, "L3_sup_1_width", "CS3DTEXT"),), "L3_sup_1_width"),
        ((comment("L3_sup_1_width"),), "L3_sup_1_width"),
        ((comment("seen well"), free_text(FINDING, "L3_sup_1_width")), "L3_sup_1_width"),
        ((comment("seen well"), free_text(FINDING, "L3 the width")), "L3"),
        ((free_text(FINDING, "L3_sup_1_width", "12345"),), ""),
        ((), ""),
    ],
)
def test_ohifs_label_names_its_line(tmp_path, labels, name):
    measure = number(5.0, "mm", LENGTH_SCT, graphic("POLYLINE", LINE))
    place_of_label = graphic("POINT", LINE[:3])
    with disable_value_validation():
        path = write_sr(tmp_path / "sr", group(OHIF_TOOL, *labels, measure, place_of_label))
    (markup,) = read_sr(path, FORMS)
    assert (markup.name, markup.stored_mm) == (name, {"length": 5.0})


def test_a_line_in_pixels_is_tied_to_its_images_frame_and_series(tmp_path):
    image = write_image(tmp_path / "image")
    dataset = dcmread(image)
    dataset.FrameOfReferenceUID, dataset.SeriesInstanceUID = "1.2.5", "1.2.6"
    dataset.save_as(image)
    line = pixel_graphic("POLYLINE", [0.5, 0.5, 40.5, 60.5])
    (markup,) = read_sr(write_sr(tmp_path / "sr", group("L3_body_width", line)), FORMS)
    assert markup.frame_of_reference == uid_digest("1.2.5")
    assert markup.series == {uid_digest("1.2.6")}


def test_a_line_in_mm_is_tied_to_the_series_its_evidence_names(tmp_path):
    line = graphic("POLYLINE", LINE)
    line.ContentSequence = pixel_graphic("POLYLINE", LINE[:4]).ContentSequence
    path = write_sr(tmp_path / "sr", group("L3_body_width", line))
    report = dcmread(path)
    instance, series, study = Dataset(), Dataset(), Dataset()
    instance.ReferencedSOPInstanceUID = IMAGE_UID
    series.SeriesInstanceUID, series.ReferencedSOPSequence = "1.2.6", [instance]
    study.ReferencedSeriesSequence = [series]
    report.CurrentRequestedProcedureEvidenceSequence = [study]
    report.save_as(path)
    (markup,) = read_sr(path, FORMS)
    assert markup.series == {uid_digest("1.2.6")}
    assert markup.frame_of_reference == uid_digest("1.2.3")


def test_a_value_against_the_standard_is_not_quoted_in_a_warning(tmp_path):
    """pydicom warns with the value itself; here a warning would be an error."""
    path = write_sr(tmp_path / "a.dcm", group("L3_body_width", graphic("POLYLINE", LINE)))
    content = path.read_bytes()
    own = content.index(b"1.2.840.10008.5.1.4.1.1.88", content.index(b"\x08\x00\x16\x00UI"))
    path.write_bytes(content[:own] + b"1*2" + content[own + 3 :])
    with pytest.raises(DataFault, match="no structured report"):
        read_sr(path, FORMS)
