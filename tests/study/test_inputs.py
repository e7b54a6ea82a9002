"""A job reads only what its task has digests of, and as it was then."""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.faults import ChangedInput, DataFault
from bonecohort.study import job_specs
from bonecohort.study.companions import Companions, inside, sidecar_path
from bonecohort.study.contents import CONTENTS, Contents
from bonecohort.study.fingerprints import settings_digest, text_digest
from bonecohort.study.given import is_given
from bonecohort.study.inputs import NotDigested, reading_only_inputs, settings_now
from bonecohort.study.settings import as_mapping
from bonecohort.study.study import load_study


@pytest.fixture
def study(tmp_path, monkeypatch):
    (tmp_path / "study/scans/ct").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "study")
    for name in ("scans/ct/1", "scans/other.json", "marks.json", "beside.json", "unrelated.json"):
        Path(name).write_text(name)
    return tmp_path / "study"


def task(**more) -> dict:
    known = Contents(CONTENTS)
    files = [
        {"path": "scans/ct", "reader": "1", "content": known.digest("scans/ct")},
        {"path": "marks.json", "reader": "1", "content": known.digest("marks.json"),
         "beside": {"beside.json": known.digest("beside.json")}},
    ]  # fmt: skip
    return {"participant_id": "P1", "ct": {"files": files}} | more


def job(told: dict | None = None):
    return reading_only_inputs(told or task(), CONTENTS)


@pytest.mark.parametrize("name", ["scans/ct/1", "marks.json", "beside.json"])
def test_what_the_task_has_digests_of_is_read(study, name):
    with job():
        assert Path(name).read_text() == name
        assert (study / name).read_text() == name
        assert is_given(Path(name))


@pytest.mark.parametrize(
    "read",
    [
        lambda path: path.read_text(),
        lambda path: open(path, "r+").close(),  # noqa: PTH123
        lambda path: gzip.open(path).close(),
        lambda path: os.close(os.open(path, os.O_RDONLY)),
        lambda path: os.close(os.open(os.fsencode(path), os.O_RDWR)),
    ],
)
@pytest.mark.parametrize("name", ["unrelated.json", "scans/other.json"])
def test_another_file_of_the_study_is_not_however_it_is_opened(study, name, read):
    with job():
        assert not is_given(Path(name))
    with pytest.raises(NotDigested), job():
        read(study / name)
    read(study / name)  # outside of a job anything is


def test_a_file_beside_one_that_lies_outside_of_the_study_is_not(study, tmp_path):
    for name in ("scan.nii", "other.json"):
        (tmp_path / name).write_text(name)
    scan = str(tmp_path / "scan.nii")
    told = {"participant_id": "P1",
            "files": [{"path": scan, "content": Contents(CONTENTS).digest(scan)}]}  # fmt: skip
    with job(told):
        Path(scan).read_text()
    with pytest.raises(NotDigested), job(told):
        (tmp_path / "other.json").read_text()


def test_results_hidden_folders_programs_and_temporary_files_are(study):
    for name in ("results/deep/record.json", ".snakemake/bonecohort/run.json", ".cache/font"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    with job(), tempfile.TemporaryDirectory() as temporary:
        Path("results/deep/record.json").read_text()
        Path(".snakemake/bonecohort/run.json").read_text()
        Path(".cache/font").read_text()
        (Path(temporary) / "own").write_text("own")
        (Path(temporary) / "own").read_text()
        Path(os.__file__).read_text()
        Path("/proc/self/status").read_text()


def test_a_job_in_a_study_that_holds_its_programs_and_temporary_files(study, monkeypatch):
    """As in a checkout that is its own study."""
    for name in ("venv/lib.py", "scratch/own"):
        (study / name).parent.mkdir()
        (study / name).touch()
    monkeypatch.setattr(sys, "prefix", str(study / "venv"))
    monkeypatch.setattr(tempfile, "tempdir", str(study / "scratch"))
    with job():
        (study / "venv/lib.py").read_text()
        (study / "scratch/own").read_text()


@pytest.mark.parametrize("name", ["scans/ct/1", "marks.json", "beside.json"])
def test_what_changes_before_it_was_read_is_found(study, name):
    told = task()
    Path(name).write_text("another")
    with pytest.raises(ChangedInput, match="names for P1 changed while the run was on"), job(told):
        Path(name).read_text()


def test_what_changes_and_is_not_read_or_only_moves_is_none(study):
    told = task()
    Path("marks.json").write_text("another")
    Path("scans/ct/1").touch()
    with job(told):
        Path("scans/ct/1").read_text()


def read_and_change() -> None:
    with Path("marks.json").open() as stream:
        stream.read(1)
        Path("marks.json").write_text("another")


def test_what_changes_while_it_is_read_is_found(study):
    with pytest.raises(ChangedInput), job():
        read_and_change()


def test_a_changed_table_of_the_study_is_found_when_the_cohorts_job_has_read_it(study):
    told = {"inputs": {"marks.json": "1" * 64, "missing.tsv": "missing"}}
    with pytest.raises(ChangedInput, match=r"marks\.json changed"), job(told):
        pass
    with job({"inputs": {"missing.tsv": "missing"}}):
        pass


def test_settings_that_changed_are_found_when_the_cohorts_job_has_read_them(study):
    Path("config").mkdir()
    digest = settings_digest(as_mapping(settings_now({"levels": ["L3"]})))
    told = {"overrides": {"levels": ["L3"]}, "settings": digest}
    Path("config/config.yaml").write_text("# a word\nlevels: [L1]\n")  # laid over by L3
    with job(told):
        pass
    Path("config/config.yaml").write_text("hounsfield: {sd_flag_hu: 55}")
    with pytest.raises(ChangedInput, match=r"config\.yaml changed"), job(told):
        pass


def test_the_error_of_a_job_is_not_covered_by_another(study):
    def read_and_refuse():
        read_and_change()
        raise DataFault("of its own")

    with pytest.raises(DataFault, match="of its own"), job():
        read_and_refuse()


@pytest.mark.parametrize(
    ("image", "sidecar"),
    [
        ("a/x.nii.gz", "a/x.json"),
        ("x.nii", "x.json"),
        ("X.NII.GZ", "X.json"),
        ("x.y.mha", "x.y.json"),
    ],
)
def test_the_json_beside_an_image_counts(study, image, sidecar):
    assert sidecar_path(image) == sidecar
    Path("a").mkdir()
    Path(image).touch()
    assert Companions().of("image", image) == []
    Path(sidecar).touch()
    assert Companions().of("image", image) == [sidecar]
    assert Companions().of("other", image) == []
    assert Companions().of("image", "scans/ct") == []


@pytest.mark.parametrize(
    ("name", "header"),
    [("x.mhd", "NDims = 3\nElementDataFile = x.raw\n"),
     ("x.nhdr", "NRRD0004\ndata file: ./x.raw\n"),
     ("x.NHDR", "NRRD0004\r\ndatafile: x.raw\r\n")],
)  # fmt: skip
def test_voxels_that_a_header_names_count(study, name, header):
    Path(name).write_text(header)
    assert Companions().of("other", name) == []
    Path("x.raw").touch()
    assert Companions().of("other", name) == ["x.raw"]
    Path(name).write_text(header.replace("x.raw", "../study/x.raw"))
    assert Companions().of("other", name) == []


def test_what_a_scene_may_hold_counts(study):
    for name in ("scene/s.mrml", "scene/Data/L1.mrk.json", "scene/old.fcsv", "scene/ct.nrrd",
                 "scene/.hidden/L2.mrk.json", "scene/results/L3.json"):  # fmt: skip
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    found = Companions().of("marks", "scene/s.mrml")
    assert found == ["scene/Data/L1.mrk.json", "scene/old.fcsv"]


@pytest.mark.parametrize(
    "name",
    ["Data/L1.mrk.json", "Data/a%20b.json", "Data/a&amp;b.json", "results/L1.json", ".d/L1.json"],
)
def test_marks_that_a_scene_names_count_wherever_they_lie_in_its_folder(study, name):
    """Behind a link to a folder as well, which is not searched for others."""
    path = Path("scene") / name.replace("%20", " ").replace("&amp;", "&")
    Path("disk").mkdir()
    Path("scene").mkdir()
    path.parent.symlink_to(Path("disk").resolve())
    for file in (path, path.with_name("other.json"), Path("scene/ct.nrrd"), Path("up.json")):
        file.touch()
    Path("scene/s.mrml").write_text(
        f'<MRML><A fileName=\'{name}\'/><B fileName = "ct.nrrd"/><C fileName="../up.json"/></MRML>'
    )
    assert Companions().of("endplate_markups", "scene/s.mrml") == [str(path)]


def test_voxels_that_change_before_they_are_read_are_found(study):
    """A library in C++ opens them, which Python does not notice."""
    labels = np.zeros((8, 8, 8), np.uint8)
    labels[2:5] = 28
    Path("x.raw").write_bytes(labels.tobytes())
    Path("x.mhd").write_text(
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        "CompressedData = False\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\n"
        "ElementSpacing = 1 1 1\nDimSize = 8 8 8\nElementType = MET_UCHAR\n"
        "ElementDataFile = x.raw\n"
    )
    known = Contents(CONTENTS)
    voxels = {one: known.digest(one) for one in Companions().of("vertebrae", "x.mhd")}
    file = {"path": "x.mhd", "content": known.digest("x.mhd"), "beside": voxels}
    told = {"participant_id": "P1", "files": [file]}
    with job(told):
        read_label_map(Path("x.mhd"))
    (raw,) = map(Path, voxels)
    raw.write_bytes(b"\x1d" + raw.read_bytes()[1:])
    with pytest.raises(ChangedInput), job(told):
        read_label_map(Path("x.mhd"))


@pytest.mark.parametrize("name", ["none/s.mrml", "none.mhd", "none", "x" * 300, "scans/ct"])
@pytest.mark.parametrize("kind", ["ct", "endplate_markups"])
def test_beside_what_is_not_there_is_nothing(study, name, kind):
    Path("none.json").touch()
    assert Companions().of(kind, name) == []


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "..", "../study/marks.json"])
def test_a_name_that_leads_out_of_its_folder_is_none(name):
    assert inside("folder", name) is None


@pytest.mark.parametrize("name", ["x", "./x", "a/../x", "..x"])
def test_a_name_within_its_folder_is_one(name):
    assert inside("folder", name) == f"folder/{os.path.normpath(name)}"


def dicom(path: Path, uid: str, *, refers_to: str = "", kind: str = "SCOORD") -> None:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = uid
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = (
        "1.2.840.10008.5.1.4.1.1.88.33"
    )
    if refers_to:
        image = Dataset()
        image.ReferencedSOPInstanceUID = refers_to
        item = Dataset()
        item.ValueType = kind
        item.ReferencedSOPSequence = [image]
        dataset.ContentSequence = [item]
    path.parent.mkdir(exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)


@pytest.mark.parametrize(("kind", "counts"), [("SCOORD", True), ("SCOORD3D", False)])
def test_images_beside_a_report_count_where_it_gives_pixels_of_them(study, kind, counts):
    dicom(Path("sr/report"), "1.2.3.4", refers_to="1.2.3.41", kind=kind)
    dicom(Path("sr/image"), "1.2.3.41")
    dicom(Path("sr/other"), "1.2.3.410")
    os.mkfifo("sr/pipe")
    found = Companions().of("marks", "sr/report")
    assert found == (["sr/image"] if counts else [])


SERIES = """participant_id\tkind\tpath
P1\tct\tscan.nii.gz
P1\tt2_sagittal\tt2
P1\tendplate_markups\tscene/s.mrml
P1\thu_rois\tsr/report
"""


def tasks_of(study) -> dict[str, str]:
    """Return the tasks of some jobs of the study as it is now."""
    loaded = load_study(Path())
    job_specs.contents.cache_clear()
    told = {
        "convert": job_specs.convert_task(loaded, "P1", "ct"),
        "endplates": job_specs.stage_task(loaded, "P1", "measure_endplates", "L3"),
        "hounsfield": job_specs.stage_task(loaded, "P1", "measure_hounsfield", "L3"),
    }
    job_specs.contents.cache_clear()
    return told


@pytest.mark.parametrize(
    ("name", "concerned"),
    [
        ("scan.json", {"convert", "hounsfield"}),
        ("scene/L1.mrk.json", {"endplates"}),
        ("sr/image", {"hounsfield"}),
        ("scene/ct.nrrd", set()),
        ("sr/unrelated", set()),
    ],
)
def test_what_lies_beside_a_file_is_part_of_what_its_jobs_are_reported(study, name, concerned):
    for folder in ("config", "scene", "t2"):
        Path(folder).mkdir()
    Path("config/participants.tsv").write_text("participant_id\nP1\n")
    Path("config/series.tsv").write_text(SERIES)
    for path in ("scan.nii.gz", "scan.json", "scene/s.mrml", "scene/L1.mrk.json", "scene/ct.nrrd"):
        Path(path).write_text(path)
    dicom(Path("sr/report"), "1.2.3.4", refers_to="1.2.3.41")
    dicom(Path("sr/image"), "1.2.3.41")
    dicom(Path("sr/unrelated"), "1.2.3.42")
    before = tasks_of(study)
    with Path(name).open("ab") as file:
        file.write(b" ")
    now = tasks_of(study)
    assert {job for job in now if now[job] != before[job]} == concerned
    Path(name).unlink()
    gone = tasks_of(study)
    assert {job for job in gone if gone[job] != now[job]} == concerned


def write_study(series: str, config: str = "") -> None:
    for name, text in (("participants.tsv", "participant_id\nP1\n"), ("series.tsv", series),
                       ("config.yaml", config)):  # fmt: skip
        path = Path("config") / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize("written", ["config\\participants.tsv", '"config/participants.tsv"'])
def test_a_table_whose_path_is_written_otherwise_has_not_changed(study, written):
    write_study(
        "participant_id\tkind\tpath\nP1\thu_table\thu.csv\n", f"participants: '{written}'\n"
    )
    loaded = load_study(Path())
    assert loaded.settings.participants == "config/participants.tsv"
    for told in (job_specs.cohort_task(loaded, {}), job_specs.aggregate_task(loaded, "report", {})):
        with job(json.loads(told)):
            pass


def test_a_truth_that_changed_is_found_when_the_cohorts_job_has_read_it(study):
    write_study("participant_id\tkind\tpath\nP1\thu_table\thu.csv\n", "truth: marks.json\n")
    told = json.loads(job_specs.aggregate_task(load_study(Path()), "figures", {}))
    with job(told):
        pass
    with pytest.raises(ChangedInput, match=r"marks\.json changed"), job(told):
        Path("marks.json").write_text("another")


@pytest.mark.parametrize("where", ["scene", "sr"])
def test_a_file_whose_name_is_no_utf_8_stands_in_a_task_as_any_other(study, where):
    """A name in GBK, as a zip from a Chinese Windows unpacks."""
    write_study(SERIES)
    for folder in ("scene", "t2"):
        Path(folder).mkdir()
    for path in ("scan.nii.gz", "scene/s.mrml"):
        Path(path).write_text(path)
    dicom(Path("sr/report"), "1.2.3.4", refers_to="1.2.3.41")
    dicom(Path("sr/image"), "1.2.3.41")
    Path("scene/L1.mrk.json").write_text("{}")
    old = Path("scene/L1.mrk.json" if where == "scene" else "sr/image")
    new = old.with_name(os.fsdecode(b"\xb2\xa1") + old.name)
    old.rename(new)
    told = tasks_of(study)["endplates" if where == "scene" else "hounsfield"]
    assert text_digest(told)
    with job(json.loads(told)):
        new.read_bytes()
    new.write_bytes(new.read_bytes() + b" ")
    with pytest.raises(ChangedInput), job(json.loads(told)):
        new.read_bytes()
