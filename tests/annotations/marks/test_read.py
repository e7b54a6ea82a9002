"""Marks as Slicer's scenes and other programs keep them."""

from __future__ import annotations

import json
import zipfile
import zlib

import pytest

from bonecohort.annotations.marks.markup import Markup
from bonecohort.annotations.marks.read import read_reading
from bonecohort.annotations.marks.slicer_json import write_markups
from bonecohort.faults import DataFault
from bonecohort.images.grid import uid_digest
from bonecohort.techniques.endplates.markups import line_length_mm
from bonecohort.techniques.hounsfield.markups import read_regions
from tests.annotations.marks.forms import FORMS, mark

SCENE = """<?xml version="1.0" encoding="UTF-8"?>
<MRML  version="Slicer 5.6.2" userTags="">
 <Crosshair id="vtkMRMLCrosshairNodedefault" name="Crosshair"></Crosshair>
 {nodes}
 <LinearTransform id="vtkMRMLLinearTransformNode3" name="T" references=""></LinearTransform>
</MRML>
"""
NODE = """<{kind} id="vtkMRML{kind}Node1" name="{name}"
  references="display:vtkMRMLMarkupsDisplayNode1;storage:{storage};{transform}"></{kind}>
 <MarkupsJsonStorage id="{storage}" name="S" fileName="{file}"></MarkupsJsonStorage>"""
TRANSFORM = "transform:vtkMRMLLinearTransformNode3;"


def node(name, file, kind="MarkupsLine", transform=""):
    storage = f"vtkMRMLMarkupsJsonStorageNode{zlib.crc32(file.encode())}"
    return NODE.format(name=name, file=file, kind=kind, storage=storage, transform=transform)


def write_scene(folder, *nodes):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Scene.mrml").write_text(SCENE.format(nodes="\n".join(nodes)))


def write_line(path, name=None):
    """Write a line as Slicer 5 does: without a name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_markups(path, [Markup("Line", "", ((0.0, 0.0, 0.0), (3.0, 4.0, 0.0)))])
    content = json.loads(path.read_text())
    for markup in content["markups"]:
        del markup["name"]
        for number, point in enumerate(markup["controlPoints"], start=1):
            point["label"] = f"L-{number}"
    path.write_text(json.dumps(content))


@pytest.fixture
def scene(tmp_path):
    folder = tmp_path / "scene"
    write_line(folder / "body width.mrk.json")
    write_line(folder / "F.mrk.json")
    return folder


def body_width(**more):
    return node("L3_body_width", "body%20width.mrk.json", **more)


def test_a_scene_names_its_files_markups(scene):
    write_scene(scene, body_width(), node("F", "F.mrk.json", "MarkupsFiducial", TRANSFORM))
    for path in (scene, scene / "Scene.mrml"):
        markup, _ = read_reading(path, FORMS).markups
        assert markup.meaning.text == "L3_body_width"
        assert line_length_mm(markup) == 5.0


def test_a_zipped_scene_is_read_as_its_folder(scene, tmp_path):
    write_scene(scene, body_width())
    bundle = tmp_path / "given/reader1.mrb"
    bundle.parent.mkdir()
    with zipfile.ZipFile(bundle, "w") as archive:
        for file in sorted(scene.iterdir()):
            archive.write(file, f"reader1/{file.name}")
        archive.writestr("reader1/T2.nrrd", b"NRRD")
    for path in (bundle, bundle.parent):
        (markup,) = read_reading(path, FORMS).markups
        assert (markup.name, markup.source) == ("L3_body_width", "body width.mrk.json")
    bundle.write_bytes(b"PK no zip")
    with pytest.raises(DataFault, match=r"reader1\.mrb is no readable zip"):
        read_reading(bundle, FORMS)


@pytest.mark.parametrize(
    "name", ["../other.mrk.json", "a/../../other.mrk.json", "{}/other.mrk.json"]
)
def test_a_scene_that_names_a_file_outside_of_its_folder_is_a_fault(scene, tmp_path, name):
    write_line(tmp_path / "other.mrk.json")
    write_scene(scene, body_width(), node("L3_sup_1_width", name.format(tmp_path)))
    for path in (scene, scene / "Scene.mrml"):
        with pytest.raises(DataFault, match=r"Scene\.mrml names a file outside of its folder"):
            read_reading(path, FORMS)


@pytest.mark.parametrize("name", ["../other.mrk.json", "reader1/../../x.mrk.json", "/x.mrk.json"])
def test_a_bundle_with_a_name_that_leads_out_of_it_is_a_fault(scene, tmp_path, name):
    write_scene(scene, body_width())
    bundle = tmp_path / "reader1.mrb"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.write(scene / "Scene.mrml", "reader1/Scene.mrml")
        archive.writestr(name, "{}")
    with pytest.raises(DataFault, match=r"reader1\.mrb holds a file whose name leads out of it"):
        read_reading(bundle, FORMS)


def test_a_line_below_a_transform_is_to_be_hardened(scene):
    write_scene(scene, body_width(transform=TRANSFORM))
    with pytest.raises(DataFault, match=r"'L3_body_width' .* Harden it in Slicer"):
        read_reading(scene, FORMS)
    old = body_width().replace(
        ' name="L3', ' transformNodeRef="vtkMRMLLinearTransformNode3" name="L3'
    )
    write_scene(scene, old)
    with pytest.raises(DataFault, match="Harden it in Slicer"):
        read_reading(scene, FORMS)


def test_what_a_scene_lost_or_left_behind_is_a_fault(scene):
    write_scene(scene, node("L3_body_width", "gone.mrk.json"))
    with pytest.raises(DataFault, match=r"names the file gone\.mrk\.json"):
        read_reading(scene, FORMS)
    write_scene(scene, body_width())
    assert len(read_reading(scene, FORMS).markups) == 1
    write_line(scene / "L2_body_width.mrk.json")
    with pytest.raises(DataFault, match=r"L2_body_width\.mrk\.json lies beside the scene"):
        read_reading(scene, FORMS)
    (scene / "Scene.mrml").write_text("<MRML><a></MRML>")
    with pytest.raises(DataFault, match=r"Slicer scene Scene\.mrml could not be read"):
        read_reading(scene, FORMS)


@pytest.mark.parametrize("at", [0.3, 0.6])
def test_a_damaged_bundle_is_a_fault(scene, tmp_path, at):
    write_scene(scene, body_width())
    bundle = tmp_path / "reader1.mrb"
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(scene / "Scene.mrml", "s/Scene.mrml")
        directory = archive.start_dir
    content = bytearray(bundle.read_bytes())
    content[int(at * directory)] ^= 0xFF
    bundle.write_bytes(content)
    with pytest.raises(DataFault, match=r"reader1\.mrb is no readable zip"):
        read_reading(bundle, FORMS)


@pytest.mark.parametrize("encoding", ["nobody-knows-it", "hex", "utf-32"])
def test_a_scene_in_no_known_encoding_is_a_fault(scene, encoding):
    write_scene(scene, body_width())
    path = scene / "Scene.mrml"
    path.write_text(path.read_text().replace("UTF-8", encoding))
    with pytest.raises(DataFault, match=r"Scene\.mrml could not be read"):
        read_reading(path, FORMS)


@pytest.mark.parametrize("file", ["x" * 300 + ".mrk.json", "%00.mrk.json"])
def test_a_file_that_cannot_be_called_so_is_not_there(scene, file):
    write_scene(scene, node("L3_body_width", file))
    with pytest.raises(DataFault, match="which is not there"):
        read_reading(scene, FORMS)


OHIF_HEADER = (
    "Patient ID,Patient Name,StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID,Label,"
    "AnnotationType,Length (mm),FrameOfReferenceUID,points,max (HU),mean (HU)"
)
OHIF_LENGTH = (
    "SECRET,DOE^J,1.2.3,1.2.3.4,1.2.3.4.5,{label},Cornerstone:Length,{length},1.2.9,"
    "2.1 -31.0 -402.5;2.1 -28.0 -398.5"
)


def ohif(folder, *rows, header=OHIF_HEADER):
    path = folder / "MeasurementReport.csv"
    path.write_text("\n".join([header, *rows]))
    return path


def test_ohifs_lengths_are_lines_in_lps_mm(tmp_path):
    path = ohif(
        tmp_path,
        OHIF_LENGTH.format(label="L3_body_width", length="5.0"),
        "SECRET,DOE^J,1.2.3,1.2.3.4,1.2.3.4.5,L3_upper,Cornerstone:EllipticalROI,,1.2.9,"
        "0 0 0;0 1 0;1 0 0;1 1 0,120,100",
    )
    for source in (path, tmp_path):
        line, ellipse = read_reading(source, FORMS).markups
        assert (line.type, line.name, line_length_mm(line)) == ("Line", "L3_body_width", 5.0)
        assert line.points_lps_mm[0] == (2.1, -31.0, -402.5)
        assert line.frame_of_reference == uid_digest("1.2.9")
        assert line.series == {uid_digest("1.2.3.4")}
        with pytest.raises(DataFault, match="is a EllipticalROI"):
            read_regions([ellipse], "L3")


def test_an_ohif_length_that_its_points_contradict_is_a_fault(tmp_path):
    row = OHIF_LENGTH.format(label="L3_body_width", length="0.5")
    (line,) = read_reading(ohif(tmp_path, row), FORMS).markups
    with pytest.raises(DataFault, match="check the units"):
        line_length_mm(line)


@pytest.mark.parametrize(
    "row",
    [
        OHIF_LENGTH.format(label="L3_body_width", length="5.0").replace("DOE^J", "DOE, JANE"),
        OHIF_LENGTH.format(label="L3_body_width, clear", length="5.0"),
        OHIF_LENGTH.format(label="L3_body_width", length="5.0") + ",1,2,3",
        OHIF_LENGTH.format(label="L3_body_width", length="5.0").replace("402.5", "402.5mm"),
    ],
)
def test_a_shifted_ohif_row_is_a_fault_that_says_nothing_of_it(tmp_path, row):
    with pytest.raises(DataFault, match=r"MeasurementReport\.csv, row 2: the cells") as caught:
        read_reading(ohif(tmp_path, row), FORMS)
    assert not {"SECRET", "DOE", "JANE"} & set(caught.value.reason.replace(",", " ").split())


@pytest.mark.parametrize("point", ["1e400", "-20000"])
def test_an_ohif_point_beyond_any_scanner_is_a_fault(tmp_path, point):
    row = OHIF_LENGTH.format(label="L3_body_width", length="").replace("-402.5", point)
    with pytest.raises(DataFault, match="row 2, points: a coordinate beyond"):
        read_reading(ohif(tmp_path, row), FORMS)


def test_an_ohif_column_that_stands_twice_is_a_fault(tmp_path):
    row = OHIF_LENGTH.format(label="L3_body_width", length="5.0") + ",,,0 0 0;0 6 8"
    with pytest.raises(DataFault, match="column points stands more than once"):
        read_reading(ohif(tmp_path, row, header=OHIF_HEADER + ",points"), FORMS)


def test_an_export_without_points_is_reported_to_be_of_ohif_2(tmp_path):
    header = "Patient ID,StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID,Label,Length (mm)"
    with pytest.raises(DataFault, match="export from OHIF 3"):
        read_reading(ohif(tmp_path, "1,2,3,4,L3_body_width,30", header=header), FORMS)


FOREIGN = {
    "a.fcsv": (
        "# CoordinateSystem = LPS\n1,0,0,0,0,0,0,1,1,1,0,L3_body_width-1,,\n",
        "single points",
    ),
    "a.xml": ("<plist><dict><key>ROIPoints</key></dict></plist>", "an OsiriX/Horos ROI list"),
    "a.rois_series": ("binary", "undocumented binary format"),
    "a.csv": ("ImageNo,RoiNo,RoiMean,RoiName\n", "'Export ROIs' table"),
    "b.json": ('{"Images": [{"ROIs": []}]}', "'Export ROIs' file"),
    "c.json": ('{"shapes": [], "imagePath": "a.png"}', "a LabelMe file"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_other_programs_write_is_refused_by_name_with_what_to_give(tmp_path, name):
    content, message = FOREIGN[name]
    (tmp_path / name).write_text(content)
    for path in (tmp_path / name, tmp_path):
        with pytest.raises(DataFault, match=message) as caught:
            read_reading(path, FORMS)
        assert name in caught.value.reason
        assert "DICOM SR (TID 1500)" in caught.value.reason


def test_landmarks_and_notes_among_the_marks_are_left_alone(tmp_path):
    write_line(tmp_path / "L3_body_width.mrk.json")
    (tmp_path / "F.fcsv").write_text("1,0,0,0,0,0,0,1,1,1,0,F-1,,\n")
    (tmp_path / "notes.csv").write_text("day,reader\n1,A\n")
    assert len(read_reading(tmp_path, FORMS).markups) == 1


@pytest.mark.parametrize("kind", ["ROI", "Plane", "Curve"])
def test_boxes_and_planes_are_refused_with_what_to_draw(kind):
    drawn = mark(kind, "L3_upper", ((0.0, 0.0, 0.0),), source="a.mrk.json")
    with pytest.raises(DataFault, match=f"is a {kind}; a region of interest is drawn as a Closed"):
        read_regions([drawn], "L3")
    with pytest.raises(DataFault, match=f"is a {kind} .*a Line with two is expected"):
        line_length_mm(drawn)
