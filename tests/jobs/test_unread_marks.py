"""Marks beside readable ones, saved as people and programs save them: read, or named as unread.

Two levels are drawn: L1 in a file that is read whatever else lies there, L2 (bilateral) in the file
under test. L3 to L5 have no marks. Slicer #5143 and CTK #1066 report suffixes that change.
"""

from __future__ import annotations

import csv
import io
import json
import os
import warnings
import zipfile
from pathlib import Path

import openpyxl
import pytest
from pydicom.dataset import Dataset, FileMetaDataset

from bonecohort.annotations.marks.markup import Markup
from bonecohort.annotations.marks.read import read_reading
from bonecohort.annotations.marks.slicer_json import write_markups
from bonecohort.faults import DataFault
from bonecohort.study.job_specs import stage_task
from bonecohort.study.study import load_study
from bonecohort.techniques.endplates.jobs import measure
from tests.annotations.marks import sr_writer
from tests.annotations.marks.forms import FORMS, NAMES
from tests.annotations.marks.slicer_writer import save_as_slicer

WIDTHS = {"sup": 13.0, "inf": 12.4}


def lines(level, x=5.0, z=0.0):
    """Return the marks of a vertebra with a defect in both endplates, in LPS mm."""
    ends = {
        "body_width": ((0, -13), (34, -13)),
        "body_height_1": ((2, -26), (2, 0)),
        "body_height_2": ((32, -26), (32, 0)),
        "sup_1_width": ((8, 0), (8 + WIDTHS["sup"], 0)),
        "sup_1_depth": ((14, 0), (14, -5)),
        "inf_1_width": ((8, -26), (8 + WIDTHS["inf"], -26)),
        "inf_1_depth": ((14, -26), (14, -22)),
    }
    return [
        Markup("Line", f"{level}_{name}", tuple((x, float(y), z + s) for y, s in pair))
        for name, pair in ends.items()
    ]


@pytest.fixture
def reading(tmp_path):
    """A reader's folder with L1, and what its job records of a level."""
    folder = tmp_path / "marks"
    folder.mkdir()
    write_markups(folder / "L1.mrk.json", lines("L1"))
    (tmp_path / "L2.mrk.json").write_text("")
    write_markups(tmp_path / "L2.mrk.json", lines("L2", z=-40))
    return Reading(tmp_path, folder)


class Reading:
    """A study of one participant with marks alone."""

    def __init__(self, study, folder):
        self.study = study
        self.folder = folder
        self.files = [{"path": str(folder), "reader": "1"}]
        self.t2: list[dict[str, str]] = []
        self.among: list[str] = []

    @property
    def marks(self):
        return (self.study / "L2.mrk.json").read_bytes()

    def put(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def record(self, level):
        (self.study / "results/participants/P1").mkdir(parents=True, exist_ok=True)
        files = {"endplate_markups": self.files, "t2_sagittal": self.t2}
        task = {"participant_id": "P1", "site": level, "settings": {"unlisted_level": "normal"},
                "files": files, "names": NAMES,
                "among": {"endplate_markups": self.among}}  # fmt: skip
        measure.run(task, self.study / "results")
        path = self.study / f"results/participants/P1/endplates/{level}.json"
        return json.loads(path.read_text())

    def check_read(self, level="L2"):
        """L2 is read as it was drawn, and the others are normal."""
        record = self.record(level)
        assert record["defect_type"] == "bilateral"
        found = {row["measure"]: row["value"] for row in record["measurements"]
                 if row["site"] == level}  # fmt: skip
        assert found["width_mm"] == pytest.approx(25.4)
        assert self.record("L1")["defect_type"] == "bilateral"
        assert self.record("L4")["defect_type"] == "none"

    def check_unread(self, name):
        """L1 stands; a level without marks is not normal, and says which file is unread."""
        first = self.record("L1")
        assert (first["status"], first["defect_type"]) == ("measured", "bilateral")
        for level in ("L2", "L4"):
            record = self.record(level)
            assert (record["status"], record["measurements"]) == ("excluded", [])
            assert name in record["reason"]
            assert record["flags"][0].startswith("unread_files: ")
            assert name in record["flags"][0]
        assert first["flags"] == record["flags"]


@pytest.mark.parametrize(
    "name",
    [
        "L2.mrk.json", "L2.json", "L2.MRK.JSON", "L2.Mrk.Json", "L2.mrk (1).json",
        "L2.mrk copy.json", "L2 - Copy (2).mrk.json", "L2.mrk.json.txt", "L2.mrk", "L2", "L2.bak",
        "deep/er/L2.JSON", "L2.mkp.json",
    ],
)  # fmt: skip
def test_markups_are_read_whatever_they_are_called(reading, name):
    reading.put(name, reading.marks)
    reading.check_read()


@pytest.mark.parametrize("bom", [b"\xef\xbb\xbf", b"\n\n  "])
def test_markups_that_an_editor_saved_again_are_read(reading, bom):
    reading.put("L2.json", bom + reading.marks)
    reading.check_read()


@pytest.mark.parametrize(
    "ending",
    [".mrk.json", ".json", ".MRK.JSON", ".mrk (1).json", " (1).mrk.json", ".mrk copy.json",
     ".mrk.json.txt", " - Copy.mrk.json", "-1.mrk.json", ".mrk - 副本.json"],
)  # fmt: skip
def test_a_name_that_stands_in_the_files_name_alone_is_found(reading, ending):
    """Slicer 5 writes no name into a file."""
    for markup in lines("L2", z=-40):
        write_markups(reading.folder / "one.json", [markup])
        content = json.loads((reading.folder / "one.json").read_text())
        del content["markups"][0]["name"]
        for point in content["markups"][0]["controlPoints"]:
            point["label"] = "L-1"
        (reading.folder / "one.json").unlink()
        reading.put(f"{markup.name}{ending}", json.dumps(content))
    reading.check_read()


def test_marks_behind_a_link_to_a_folder_are_read_and_circles_end(reading):
    elsewhere = reading.study / "disk2"
    elsewhere.mkdir()
    (elsewhere / "L2.mrk.json").write_bytes(reading.marks)
    (reading.folder / "linked").symlink_to(elsewhere)
    (reading.folder / "again").symlink_to(elsewhere)
    (elsewhere / "up").symlink_to(reading.folder)
    reading.check_read()


def test_a_link_that_leads_nowhere_or_a_pipe_is_unread(reading):
    (reading.folder / "L2.mrk.json").symlink_to(reading.study / "gone.mrk.json")
    reading.check_unread("L2.mrk.json")
    (reading.folder / "L2.mrk.json").unlink()
    os.mkfifo(reading.folder / "L2.mrk.json")
    reading.check_unread("L2.mrk.json")


@pytest.mark.parametrize("name", ["DOE_JANE", "DOE_JANE.dcm", "DOE_JANE.IMA"])
def test_a_name_that_may_be_a_dicom_files_is_not_reported(reading, name):
    link = reading.folder / name
    link.symlink_to(reading.study / "gone")
    reading.check_unread("ile among the marks")
    assert "DOE" not in json.dumps([reading.record("L1"), reading.record("L4")])
    link.unlink()
    dicom(link, "1.2.840.10008.5.1.4.1.1.4")
    reading.put(f"._{name}", b"\x00\x05\x16\x07")
    record = reading.record("L4")
    assert record["flags"] == ["skipped_files: ._ of a DICOM file"]


@pytest.mark.parametrize("name", ["DOE JANE", "L2 DOE JANE", "L2_DOE_19610412"])
def test_what_a_report_calls_a_line_is_reported_only_when_it_is_a_name_asked_for(reading, name):
    line = sr_writer.graphic("POLYLINE", (5, 8, -40, 5, 12, -43))
    measure = sr_writer.number(5.0, "mm", sr_writer.LENGTH_SCT, line)
    sr_writer.write_sr(reading.folder / "sr", sr_writer.group(name, measure))
    for level in ("L1", "L2", "L4"):
        record = json.dumps(reading.record(level))
        assert "DOE" not in record
        assert "1961" not in record
    assert "the DICOM SR" in json.dumps(reading.record("L2"))


def zipped(**files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__dot__", ".").replace("__in__", "/"), data)
    return content.getvalue()


@pytest.mark.parametrize("name", ["marks.zip", "marks.ZIP", "upload", "sub/marks.Zip"])
def test_a_zip_of_markups_is_read(reading, name):
    forks = {"__MACOSX__in____dot___L2__dot__mrk__dot__json": b"\x00\x05\x16\x07"}
    reading.put(name, zipped(a__in__L2__dot__json=reading.marks, **forks))
    reading.check_read()


@pytest.mark.parametrize("name", ["marks.zip", "marks.mrb"])
@pytest.mark.parametrize("second", ["Data/L2.mrk.json", "./Data//L2.mrk.json"])
def test_a_zip_with_two_files_of_one_name_is_unread(reading, name, second):
    content = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(content, "w") as archive:
        warnings.simplefilter("ignore", UserWarning)
        archive.writestr("Data/L2.mrk.json", reading.marks)
        archive.writestr(second, '{"markups": []}')
        if name.endswith(".mrb"):
            archive.writestr("scene.mrml", "<MRML></MRML>")
    reading.put(name, content.getvalue())
    reading.check_unread(name)
    assert "two files of one name" in reading.record("L4")["reason"]


def test_zips_within_zips_are_read_or_unread(reading):
    inner = zipped(L2__dot__json=reading.marks)
    reading.put("outer.zip", zipped(inner__dot__zip=inner))
    reading.check_read()
    for _ in range(3):
        inner = zipped(inner__dot__zip=inner)
    reading.put("outer.zip", inner)
    reading.check_unread("outer.zip")


SCENE = """<MRML version="Slicer5">
 <MarkupsLine id="n{0}" name="{1}" references="storage:s{0};"></MarkupsLine>
 <MarkupsJsonStorage id="s{0}" fileName="{2}"></MarkupsJsonStorage>{3}</MRML>"""
PAINTED = """<Segmentation id="g" name="S" references="storage:t;"></Segmentation>
 <SegmentationStorage id="t" fileName="S.seg.nrrd"></SegmentationStorage>"""
IMAGE = """<Volume id="v" name="T2" references="storage:w;"></Volume>
 <VolumeArchetypeStorage id="w" fileName="Data/T2.nrrd"></VolumeArchetypeStorage>"""


def scene(file="all.mrk.json", more=""):
    return SCENE.format(1, "L2", file, more)


@pytest.mark.parametrize("name", ["L2.mrb", "L2.MRB", "L2.zip"])
@pytest.mark.parametrize("file", ["all.mrk.json", "all.json"])
def test_a_bundle_is_read_whatever_its_case(reading, name, file):
    files = {"s/Scene.mrml": scene(file, IMAGE), f"s/{file}": reading.marks,
             "s/Data/T2.nrrd": "NRRD0004", "s/Scene.png": b"\x89PNG",
             "__MACOSX/s/._Scene.mrml": b"\x00\x05\x16\x07"}  # fmt: skip
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for member, data in files.items():
            archive.writestr(member, data)
    reading.put(name, content.getvalue())
    reading.check_read()


def test_what_lies_in_a_bundle_beside_its_scene_is_unread(reading):
    files = {"s/Scene.mrml": scene(more=PAINTED), "s/all.mrk.json": reading.marks,
             "s/S.seg.nrrd": "NRRD0004"}  # fmt: skip
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for member, data in files.items():
            archive.writestr(member, data)
    reading.put("L2.mrb", content.getvalue())
    assert reading.record("L2")["defect_type"] == "bilateral"
    record = reading.record("L4")
    assert record["status"] == "excluded"
    assert "S.seg.nrrd" in record["reason"]


@pytest.mark.parametrize("name", ["Scene.mrml", "Scene.MRML"])
def test_a_saved_scene_is_read_with_its_image_and_without_what_a_reader_painted(reading, name):
    reading.put(f"s/{name}", scene(more=IMAGE))
    reading.put("s/all.mrk.json", reading.marks)
    reading.put("s/Data/T2.nrrd", "NRRD0004")
    reading.put("s/Scene.png", b"\x89PNG")
    reading.check_read()
    reading.put("s/S.seg.nrrd", "NRRD0004")
    assert "S.seg.nrrd" in reading.record("L4")["reason"]
    (reading.folder / "s/S.seg.nrrd").unlink()
    reading.put("s/L2b.mrk.json", reading.marks)
    assert "lies beside the scene" in reading.record("L4")["reason"]


def test_a_listed_scene_needs_its_ending(reading):
    """What lies beside a listed file is found by the file's ending, before the job runs."""
    path = reading.put("s/Scene.xml", scene())
    reading.put("s/all.mrk.json", reading.marks)
    reading.check_read()
    reading.files.append({"path": str(path), "reader": "2"})
    assert "Scene.xml is a Slicer scene" in reading.record("L4")["reason"]


def test_rulers_of_slicer_4_and_lines_never_saved_are_unread(reading):
    reading.put("s/Scene.mrml", '<MRML><AnnotationRuler id="r" name="L2"/></MRML>')
    reading.check_unread("Scene.mrml")
    reading.put("s/Scene.mrml", '<MRML><MarkupsLine id="r" name="L2_body_width"/></MRML>')
    reading.check_unread("Scene.mrml")


OHIF = ["Patient ID", "Patient Name", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID",
        "Label", "AnnotationType", "Length (mm)", "FrameOfReferenceUID", "points"]  # fmt: skip


def ohif_rows(decimal="."):
    rows = []
    for markup in lines("L2", z=-40):
        start, end = markup.points_lps_mm
        length = sum((a - b) ** 2 for a, b in zip(start, end, strict=True)) ** 0.5
        points = ";".join(" ".join(str(value) for value in point) for point in (start, end))
        sizes = f"{length:.2f}".replace(".", decimal), points.replace(".", decimal)
        rows.append(["SECRET", "DOE^JANE", "1.2", "1.2.3", "1.2.3.4", markup.name,
                     "Cornerstone:Length", sizes[0], "", sizes[1]])  # fmt: skip
    return rows


def spreadsheet(delimiter, decimal=".", *, quoting=csv.QUOTE_MINIMAL, first=""):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n")
    writer.writerows([OHIF, *ohif_rows(decimal)])
    return first + text.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        "\n".join(",".join(row) for row in [OHIF, *ohif_rows()]),
        spreadsheet(","),
        spreadsheet(",", quoting=csv.QUOTE_ALL),
        spreadsheet(",", decimal=",", quoting=csv.QUOTE_ALL),
        spreadsheet(";"),
        spreadsheet(";", decimal=","),
        spreadsheet(";", first="sep=;\r\n"),
        spreadsheet("\t"),
        spreadsheet("\t", decimal=","),
        "\ufeff" + spreadsheet(";"),
        spreadsheet("\t").encode("utf-16"),
    ],
)
@pytest.mark.parametrize("name", ["m.csv", "m.CSV", "m.txt", "m.tsv"])
def test_an_export_of_ohif_is_read_as_a_spreadsheet_saved_it(reading, name, content):
    reading.put(name, content)
    reading.check_read()


def test_an_export_of_ohif_that_is_spoiled_is_unread_and_says_no_name(reading):
    reading.put("m.csv", spreadsheet(";").replace("DOE^JANE", "DOE;JANE"))
    reading.check_unread("m.csv")
    text = json.dumps(reading.record("L2"))
    assert "JANE" not in text
    assert "SECRET" not in text


def points(system="LPS", delimiter=",", *, label="{name}-{n}", defined="1"):
    axes = "l p s" if system == "LPS" else "r a s"
    sign = 1 if system == "LPS" else -1
    rows = [["label", *axes.split(), "defined", "selected", "visible", "locked", "description"]]
    for markup in lines("L2", z=-40):
        for number, (x, y, z) in enumerate(markup.points_lps_mm, start=1):
            named = label.format(name=markup.name, n=number)
            rows.append([named, str(sign * x), str(sign * y), str(z), defined, "1", "1", "0", ""])
    return "\n".join(delimiter.join(row) for row in rows)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("system", ["LPS", "RAS"])
def test_a_table_of_slicers_control_points_is_read_by_its_names(reading, system, delimiter):
    reading.put("points.csv", points(system, delimiter))
    reading.check_read()


def test_a_curves_table_is_named_by_its_file_and_needs_enough_points(reading):
    curve = "label,l,p,s\nC-1,5,8,-40\nC-2,5,18,-40\nC-3,5,18,-43\nC-4,5,8,-43\n"
    body = [line for line in lines("L2", z=-40) if "body" in line.name]
    write_markups(reading.folder / "body.json", body)
    reading.put("L2_sup_1_contour.csv", curve)
    (defect,) = reading.record("L2")["readings"][0]["defects"]
    assert (defect["width_mm"], defect["depth_mm"]) == pytest.approx((10, 3))
    reading.put("L2_sup_1_contour.csv", "\n".join(curve.split("\n")[:3]))
    assert reading.record("L4")["status"] == "excluded"
    assert "L2_sup_1_contour.csv holds 2 points" in reading.record("L4")["reason"]


@pytest.mark.parametrize("name", ["L", "CC", "C", "OC", "my line", "defect"])
def test_a_table_of_a_line_or_curve_that_nobody_named_is_unread(reading, name):
    rows = [f"{name}-{n},5,{10 * n},-40,1" for n in (1, 2)]
    reading.put("Table.csv", "\n".join(["label,l,p,s,defined", *rows]))
    reading.check_unread("Table.csv")


@pytest.mark.parametrize("name", ["L-1", "CC-1", "C_1"])
def test_a_list_of_a_lines_points_is_unread(reading, name):
    reading.put("points.fcsv", f"# columns = id,x,y,z\n1,0,0,0,0,0,0,1,1,1,0,{name},,\n")
    reading.check_unread("points.fcsv")


@pytest.mark.parametrize("defined", ["TRUE", "true", "yes", "1.0"])
def test_a_point_is_placed_however_a_spreadsheet_says_so(reading, defined):
    reading.put("points.csv", points("LPS", ",", defined=defined))
    reading.check_read()


def test_a_point_of_which_nothing_says_whether_it_is_placed_is_unread(reading):
    reading.put("points.csv", points("LPS", ",", defined="perhaps"))
    reading.check_unread("points.csv")


def test_landmarks_are_none_of_the_marks(reading):
    reading.put("F.csv", "label,l,p,s\nF-1,1,2,3\nF-2,1,2,5\ncorner,4,5,6\nend,4,5,7\n")
    reading.put("F.fcsv", "# Markups fiducial file version = 4.11\n1,0,0,0,0,0,0,1,1,1,0,F-1,,\n")
    assert reading.record("L4")["defect_type"] == "none"
    reading.put("F.csv", "label,l,p,s\nL2 left,1,2,3\n")
    reading.check_unread("F.csv")


def workbook():
    content = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["L2", "superior", 13.0])
    book.save(content)
    return content.getvalue()


def dicom(path, sop_class):
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = sop_class
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = "1.2.3"
    dataset.save_as(path, enforce_file_format=True)


FOREIGN = {
    "L2.mps": '<?xml version="1.0"?>\n<point_set_file><point_set/></point_set_file>',
    "L2.mitk.json": '{"Version": 1, "Points": []}',
    "planar.pf": '{"FileFormat": "MITK PlanarFigure", "ControlPoints": []}',
    "L2.plist": "<plist><dict><key>ROIPoints</key></dict></plist>",
    "binary.plist": b"bplist00\x00\x01",
    "labels.txt": "# ITK-SnAP Label Description File\n1 255 0 0 1 1 1 \"L2\"\n",
    "mask.nii.gz": b"\x1f\x8b\x08\x00rest",
    "mask.nrrd": "NRRD0004\n",
    "L2.xlsx": workbook(),
    "marks.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest",
    "notes.txt": "L2: bilateral, 25 mm",
    "notes.csv": "day,reader\n1,A\n",
    "picture.png": b"\x89PNG\r\n",
    "L2.roi": b"Iout\x00",
    "unknown": os.urandom(64),
    "L2.mrk.json": "{\"markups\": [",
    "cut.json": '{"@schema": "markups", "markups": [{"type": "Li',
    "empty.mrk.json": "",
    "L2.zip": b"PK\x03\x04broken",
    "L2.mrb": b"PK no zip",
    "horos.json": '{"Images": [{"ROIs": []}]}',
    "labelme.json": '{"shapes": [], "imagePath": "a.png"}',
    "L2.fcsv": "# CoordinateSystem = LPS\n1,0,0,0,0,0,0,1,1,1,0,L2_body_width-1,,\n",
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_every_other_file_leaves_the_levels_without_marks_unread(reading, name):
    reading.put(name, FOREIGN[name])
    reading.check_unread(name)


@pytest.mark.parametrize(
    ("sop_class", "called"),
    [
        ("1.2.840.10008.5.1.4.1.1.11.1", "Grayscale Softcopy Presentation State Storage"),
        ("1.2.840.10008.5.1.4.1.1.66.4", "Segmentation Storage"),
        ("1.2.840.10008.5.1.4.1.1.481.3", "RT Structure Set Storage"),
        ("1.2.840.10008.5.1.4.1.1.7", "Secondary Capture Image Storage"),
    ],
)
def test_drawings_of_other_dicom_classes_are_unread_and_their_files_not_named(
    reading, sop_class, called
):
    dicom(reading.folder / "DOE_JANE.dcm", sop_class)
    reading.check_unread(called)
    assert "DOE" not in json.dumps(reading.record("L2"))


@pytest.mark.parametrize("content", [b"\x08\x00\x05\x00CS", b"", b"x" * 200])
def test_a_damaged_dicom_file_is_unread_and_not_named(reading, content):
    reading.put("DOE_JANE.dcm", content)
    reading.check_unread("seems to be DICOM")
    assert "DOE" not in json.dumps(reading.record("L2"))


def test_what_series_tsv_lists_of_the_participant_is_no_mark(reading):
    """One folder a participant: image, label map and marks together."""
    for name in ("P1/ct.nii.gz", "P1/vertebrae.nii.gz", "P1/mask.nii.gz"):
        reading.put(name, b"\x1f\x8b\x08\x00rest")
    reading.put("P1/ct.json", "{}")
    paths = [str(reading.folder / "P1" / name) for name in ("ct.nii.gz", "vertebrae.nii.gz")]
    reading.among = paths
    reading.check_unread("mask.nii.gz")
    (reading.folder / "P1/mask.nii.gz").unlink()
    assert reading.record("L4")["defect_type"] == "none"


def test_a_task_says_what_lies_among_the_marks(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/participants.tsv").write_text("participant_id\nP1\nP2\n")
    (tmp_path / "config/series.tsv").write_text(
        "participant_id\tkind\tpath\nP1\tct\tP1/ct.nii.gz\nP1\tvertebrae\tP1/v.nii.gz\n"
        "P1\tt2_sagittal\tt2/P1\nP1\tendplate_markups\tP1/\nP1\thu_rois\tP1/rois\n"
        "P2\tt2_sagittal\tP2\nP2\tendplate_markups\tP2/L1.mrk.json\n"
    )
    monkeypatch.chdir(tmp_path)
    study = load_study(tmp_path)
    first = json.loads(stage_task(study, "P1", "measure_endplates", "L1"))
    assert first["among"] == {"endplate_markups": ["P1/ct.nii.gz", "P1/v.nii.gz"]}
    assert first["names"] == json.loads(json.dumps(NAMES))  # of every technique's marks
    regions = json.loads(stage_task(study, "P1", "measure_hounsfield", "L1"))
    assert "among" not in regions
    assert regions["names"] == first["names"]
    assert "names" not in json.loads(stage_task(study, "P1", "crop_vertebrae"))
    assert "among" not in json.loads(stage_task(study, "P2", "measure_endplates", "L1"))


@pytest.mark.parametrize("sop_class", ["1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.1.3.10"])
def test_images_beside_the_marks_are_no_marks(reading, sop_class):
    dicom(reading.folder / "IM1", sop_class)
    reading.put("L2.json", reading.marks)
    reading.check_read()


@pytest.fixture
def with_image(reading):
    """List an image in the reader's folder as the T2, none of which could be converted."""

    def listed(path):
        (reading.study / "results/participants/P1").mkdir(parents=True)
        record = {"status": "excluded", "reason": "no T2"}
        (reading.study / "results/participants/P1/t2_sagittal.json").write_text(json.dumps(record))
        reading.t2 = [{"path": str(path)}]

    return listed


def test_the_image_that_the_marks_were_drawn_on_is_no_mark(reading, with_image):
    with_image(reading.put("t2.nii.gz", b"\x1f\x8b\x08\x00rest"))
    reading.put("t2.json", '{"Modality": "MR"}')
    reading.put("L2.json", reading.marks)
    reading.check_read()
    reading.put("other.nii.gz", b"\x1f\x8b\x08\x00rest")
    assert "other.nii.gz is a gzip file" in reading.record("L4")["reason"]


def test_what_lies_among_the_slices_is_no_mark_but_marks(reading, with_image):
    with_image(reading.folder / "dicom")
    reading.put("dicom/readme.txt", "exported by PACS")
    reading.put("dicom/L2.json", reading.marks)
    reading.check_read()


@pytest.mark.parametrize("name", ["L2.mps", "planar.pf", "L2.txt", "L2.roi"])
def test_what_seems_to_be_marks_among_the_slices_is_unread(reading, with_image, name):
    with_image(reading.folder / "dicom")
    reading.put(f"dicom/{name}", FOREIGN.get(name, "bilateral"))
    reading.check_unread(name)


@pytest.mark.parametrize("image", ["L2.nii.gz", "L2.mrk.json"])
def test_markups_that_are_called_as_a_listed_files_sidecar_are_read(reading, image):
    listed = reading.put(image, b"")
    reading.among = [str(listed)]
    reading.put("L2.json", reading.marks)
    reading.check_read()


def test_a_sidecar_is_called_as_its_image(reading, with_image):
    with_image(reading.put("t2.sag.nii.gz", b"\x1f\x8b\x08\x00rest"))
    reading.put("t2.sag.json", '{"Modality": "MR"}')
    reading.put("L2.json", reading.marks)
    reading.check_read()
    reading.put("t2.json", '{"Modality": "MR"}')
    assert "t2.json" in reading.record("L4")["reason"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("._L2.mrk.json", b"\x00\x05\x16\x07\x00\x02"), ("._L1.mrk.json", b""),
        (".DS_Store", b"\x00\x00\x00\x01Bud1"), ("Thumbs.db", b"\xd0\xcf\x11\xe0"),
        ("desktop.ini", "[.ShellClassInfo]"), ("DESKTOP.INI", "x"), ("~$L2.xlsx", "Jane Doe"),
        ("__MACOSX/L2.mrk.json", b"\x00\x05"), ("sub/._.DS_Store", b"\x00"),
        (".~lock.L2.csv#", "x"), ("@eaDir/L2.json", "x"),
    ],
)  # fmt: skip
def test_what_operating_systems_leave_is_skipped_with_a_note(reading, name, content):
    reading.put(name, content)
    record = reading.record("L4")
    assert (record["status"], record["defect_type"]) == ("measured", "none")
    assert record["flags"] == [f"skipped_files: {Path(name).name}"]
    assert reading.record("L1")["defect_type"] == "bilateral"


def test_a_file_of_marks_that_is_called_like_a_fork_is_read(reading):
    reading.put("._L2.mrk.json", reading.marks)
    reading.check_read()


def test_a_mark_that_two_files_repeat_counts_once(reading):
    reading.put("L2.json", reading.marks)
    reading.put("L2.mrk (1).json", reading.marks)
    reading.check_read()
    assert "repeated" in reading.record("L2")["flags"][0]
    moved = [Markup("Line", one.name, tuple((x, y + 1, z) for x, y, z in one.points_lps_mm))
             for one in lines("L2", z=-40)]  # fmt: skip
    write_markups(reading.folder / "L2.mrk (2).json", moved)
    assert "measures already" in reading.record("L2")["reason"]


@pytest.mark.parametrize("kind", ["Curve", "Bidirectional", "EllipticalROI"])
def test_drawings_of_another_kind_are_no_silence(reading, kind):
    shape = [Markup(kind, "L2 defect", ((5, 0, -40.0), (5, 9, -41), (5, 12, -40)))]
    write_markups(reading.folder / "curve.json", shape)
    assert "'L2 defect' in curve.json is not understood" in reading.record("L2")["reason"]
    assert reading.record("L4")["defect_type"] == "none"
    unnamed = [Markup(kind, "", shape[0].points_lps_mm, labels=("OC", "OC", "OC"))]
    write_markups(reading.folder / "curve.json", unnamed)
    reading.check_unread("curve.json")


def test_the_second_readers_unread_file_leaves_what_the_first_marked(reading):
    second = reading.study / "second"
    second.mkdir()
    write_markups(second / "L1.mrk.json", lines("L1"))
    (second / "L2.mps").write_text("<point_set_file/>")
    reading.files.append({"path": str(second), "reader": "2"})
    assert reading.record("L1")["readers"] == ["1", "2"]
    assert reading.record("L2")["status"] == "excluded"  # the first marked nothing either
    reading.put("L2.json", reading.marks)
    record = reading.record("L2")
    assert (record["readers"], record["defect_type"]) == (["1"], "bilateral")
    assert "L2.mps" in record["flags"][-1]


def test_a_listed_file_that_is_missing_beside_one_that_is_read_is_unread(reading):
    reading.files.append({"path": str(reading.study / "gone.mrk.json"), "reader": "1"})
    record = reading.record("L4")
    assert record["flags"] == ["unread_files: gone.mrk.json"]
    assert record["reason"].endswith("that series.tsv gives does not exist.")
    assert reading.record("L1")["defect_type"] == "bilateral"


def test_a_reading_of_which_nothing_is_read_is_reported_once(reading):
    (reading.folder / "L1.mrk.json").unlink()
    reading.put("L2.mps", "<point_set_file/>")
    reasons = {reading.record(level)["reason"] for level in ("L1", "L2", "L3")}
    assert len(reasons) == 1
    assert "L2.mps is a point set of MITK" in reasons.pop()


def test_slicers_own_files_are_read_unchanged(reading):
    curve = Markup("ClosedCurve", "L2_upper", ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
    save_as_slicer(reading.folder, [curve])
    assert reading.record("L4")["defect_type"] == "none"


def test_the_field_cases_are_read_or_unread(shared_data, tmp_path):
    cases = shared_data / "field_cases/marks_left_unread"
    for case in ("all", "json", "upper", "download"):
        reader = Reading(tmp_path / case, cases / case)
        record = reader.record("L2")
        assert record["defect_type"] == "bilateral"
        found = {row["measure"]: row["value"] for row in record["measurements"]
                 if row["site"] == "L2"}  # fmt: skip
        assert found["width_mm"] == pytest.approx(25.4, abs=0.1)
        assert reader.record("L4")["defect_type"] == "none"
    record = Reading(tmp_path / "f", cases / "forks").record("L1")
    assert record["status"] == "measured"
    assert record["flags"] == ["skipped_files: ._L1.mrk.json"]


def test_an_absent_folder_is_a_fault():
    with pytest.raises(DataFault, match="does not exist"):
        read_reading(Path("/nowhere/at/all"), FORMS)


@pytest.mark.parametrize("alone", [False, True])
def test_a_file_whose_name_is_no_utf_8_is_reported_with_question_marks(reading, alone):
    """A name in GBK, as a zip from a Chinese Windows unpacks."""
    path = reading.put(os.fsdecode(b"\xb2\xa1.bin"), b"some bytes\x01\x02")
    if alone:
        reading.files = [{"path": str(path), "reader": "1"}]
        assert "??.bin" in reading.record("L2")["reason"]
    else:
        reading.check_unread("??.bin")
