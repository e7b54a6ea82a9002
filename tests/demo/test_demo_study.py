"""The demo study on disk: reproducible, readable by others, true to its own truth table."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pydicom
import pytest

from bonecohort.annotations.marks.markup import distance_mm
from bonecohort.annotations.marks.read import read_reading
from bonecohort.annotations.marks.slicer_json import write_markups
from bonecohort.cli.parser import DEMO_PARTICIPANTS, DEMO_SEED
from bonecohort.demo.anatomy import pose_vertebrae
from bonecohort.demo.cohort import LARGEST_READER_ERROR_MM, draw_cohort, draw_participant
from bonecohort.demo.imaging import draw_files
from bonecohort.demo.lines import reader_lines
from bonecohort.demo.study import write_demo_config, write_demo_study
from bonecohort.demo.tables import TRUTH_PATH
from bonecohort.demo.truth import (
    BROKEN_CT_NUMBER,
    EXCLUDED_NUMBER,
    EXCLUSION_REASON,
    SCLEROTIC_NUMBER,
)
from bonecohort.faults import DataFault, StudyFault
from bonecohort.images.nifti import read_nifti
from bonecohort.study.study import load_study
from bonecohort.techniques.registry import demo_shares
from tests.annotations.marks.forms import FORMS
from tests.images.kinds import convert_series

REPOSITORY = Path(__file__).resolve().parents[2]
DCM2NIIX = Path(sys.executable).parent / "dcm2niix"
SEED, SIZE = 8, 2
"""A seed whose first two participants have defects."""
READING_STEP_MM = 0.1


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_demo_study(folder, SIZE, SEED, jobs=1)
    return folder


def draw(folder, number):
    """Draw one participant's files alone."""
    draw_files(folder, draw_participant(number, SEED), SEED)


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def stamps(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def true_values(folder):
    with (folder / TRUTH_PATH).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {
        (row["participant_id"], row["level"], row["measure"]): float(row["value"]) for row in rows
    }


def test_the_study_has_no_problem(study):
    loaded = load_study(study)
    assert loaded.included == ("P001", "P002")
    assert loaded.settings.truth == TRUTH_PATH
    assert all((study / series.path).exists() for series in loaded.series)


def test_a_second_run_does_nothing(study):
    before = stamps(study)
    told = []
    write_demo_study(study, SIZE, SEED, progress=lambda *counts: told.append(counts))
    assert stamps(study) == before
    assert told == [(SIZE, SIZE)]


def test_an_interrupted_run_is_completed_to_the_same_bytes_in_several_processes(study, tmp_path):
    kept = tmp_path / "demo" / "P001" / "endplates.mrk.json"
    kept.parent.mkdir(parents=True)
    kept.write_bytes((study / kept.relative_to(tmp_path)).read_bytes())
    stamp = kept.stat().st_mtime_ns
    told = []
    write_demo_study(tmp_path, SIZE, SEED, lambda *counts: told.append(counts), jobs=2)
    assert told == [(1, SIZE), (2, SIZE)]
    assert kept.stat().st_mtime_ns == stamp
    assert contents(tmp_path) == contents(study)


def test_a_file_of_another_content_is_named_and_kept(study, tmp_path):
    labels = tmp_path / "demo" / "P001" / "vertebrae.nii.gz"
    labels.parent.mkdir(parents=True)
    labels.write_bytes(b"mine")
    with pytest.raises(StudyFault, match=r"vertebrae\.nii\.gz already exists"):
        write_demo_study(tmp_path, 1, SEED)
    assert labels.read_bytes() == b"mine"
    assert [path.name for path in labels.parent.iterdir()] == [labels.name]


def test_a_file_changed_after_it_was_written_is_named_and_kept(study, tmp_path):
    write_demo_config(tmp_path, 1, SEED)
    table = tmp_path / "config" / "participants.tsv"
    table.write_text("participant_id\nMINE\n", encoding="utf-8")
    with pytest.raises(StudyFault, match=r"participants\.tsv already exists"):
        write_demo_study(tmp_path, 1, SEED)
    assert table.read_text(encoding="utf-8") == "participant_id\nMINE\n"
    assert not (tmp_path / "demo").exists()


def test_another_seed_is_refused_in_the_same_folder(study):
    before = stamps(study)
    with pytest.raises(StudyFault, match="already exists"):
        write_demo_study(study, SIZE, SEED + 1)
    assert stamps(study) == before


def test_the_committed_configuration_is_the_generated_one(tmp_path):
    write_demo_config(tmp_path, DEMO_PARTICIPANTS, DEMO_SEED, demo_shares())
    for name in ("config.yaml", "participants.tsv", "series.tsv"):
        committed = REPOSITORY / "config" / name
        assert committed.read_bytes() == (tmp_path / "config" / name).read_bytes(), name


@pytest.mark.parametrize(("kind", "name"), [("ct", "ct"), ("t2_sagittal", "t2")])
def test_dcm2niix_converts_without_complaint_to_the_same_geometry(study, tmp_path, kind, name):
    source = study / "demo" / "P001" / name
    arguments = ["-f", "image", "-z", "n", "-o", tmp_path, source]
    run = subprocess.run([DCM2NIIX, *arguments], capture_output=True, text=True, check=True)
    assert "warning" not in (run.stdout + run.stderr).lower()
    theirs = read_nifti(tmp_path / "image.nii")
    ours = convert_series(source, kind).volume
    corner = np.array([3.0, 5.0, 7.0])
    place = ours.to_lps(corner)
    index = np.rint(theirs.to_index(place)).astype(int)
    assert theirs.to_lps(index.astype(float)) == pytest.approx(place, abs=1e-3)
    assert theirs.array[tuple(index)] == ours.array[tuple(corner.astype(int))]
    assert sorted(theirs.array.shape) == sorted(ours.array.shape)
    assert float(theirs.array.mean()) == pytest.approx(float(ours.array.mean()))


@pytest.mark.parametrize("name", ["ct", "t2"])
def test_dicom_carries_the_papers_acquisition_and_a_dummy_identity(study, name):
    dataset = pydicom.dcmread(study / "demo" / "P001" / name / "0001.dcm")
    assert str(dataset.PatientName) == "DEMO^P001"
    assert "Synthetic" in dataset.ImageComments
    if name == "ct":
        assert (dataset.KVP, dataset.ConvolutionKernel) == (120, "STANDARD")
    else:
        assert (dataset.EchoTime, dataset.RepetitionTime) == (100, 4940)
        assert (dataset.SliceThickness, dataset.SpacingBetweenSlices) == (4, 4.4)


def test_trabecular_bone_has_the_true_hu(study):
    truth = true_values(study)
    for participant in draw_cohort(SIZE, SEED):
        folder = study / "demo" / participant.participant_id
        ct = convert_series(folder / "ct", "ct").volume
        assert ct.array.min() < -900
        for pose in pose_vertebrae(participant, SEED):
            own = anterior_bone_hu(ct, pose)
            true_hu = truth[participant.participant_id, pose.vertebra.level, "hu"]
            assert np.median(own) == pytest.approx(true_hu, abs=3)


def anterior_bone_hu(ct, pose, part=(-0.3, 0.3)):
    """Return the voxels' HU well inside the body, in front of its vein.

    ``part`` is the range of heights as fractions of the body's, from its middle.
    """
    body = pose.mid_sagittal()
    index = np.stack(np.meshgrid(*map(np.arange, ct.array.shape), indexing="ij"), axis=-1)
    place = ct.to_lps(index.astype(float))
    posterior_mm, superior_mm = body.from_plane(place[..., 1], place[..., 2])
    width_mm, height_mm = body.vertebra.body_width_mm, body.vertebra.body_height_mm
    inside = (np.abs(place[..., 0]) < 0.3 * width_mm) & (posterior_mm > -0.3 * width_mm)
    inside &= (posterior_mm < 0.1 * width_mm) & (superior_mm > part[0] * height_mm)
    return ct.array[inside & (superior_mm < part[1] * height_mm)]


def test_the_label_map_covers_the_bodies_in_the_ct(study):
    participant = draw_participant(1, SEED)
    labels = read_nifti(study / "demo" / "P001" / "vertebrae.nii.gz")
    ct = convert_series(study / "demo" / "P001" / "ct", "ct").volume
    assert sorted(np.unique(labels.array)) == [0, 27, 28, 29, 30, 31]
    edge = np.ones(labels.array.shape, dtype=bool)
    edge[1:-1, 1:-1, 1:-1] = False
    assert not labels.array[edge].any()
    for number, pose in zip((31, 30, 29, 28, 27), pose_vertebrae(participant, SEED), strict=True):
        centre = np.array(pose.centre_lps_mm)
        assert labels.array[tuple(np.rint(labels.to_index(centre)).astype(int))] == number
    bone = labels.array > 0
    place = labels.to_lps(np.argwhere(bone)[::5000].astype(float))
    assert ct.array[tuple(np.rint(ct.to_index(place)).astype(int).T)].min() > -900


def test_lines_are_as_long_as_the_truth_within_the_readers_error(study):
    truth = true_values(study)
    largest_mm = LARGEST_READER_ERROR_MM + READING_STEP_MM / 2 + 1e-3
    checked = 0
    for participant in draw_cohort(SIZE, SEED):
        lines = {
            markup.name: distance_mm(*markup.points_lps_mm)
            for markup in read_reading(study / "demo" / participant.participant_id, FORMS).markups
        }
        for vertebra in participant.vertebrae:
            own = {name: mm for name, mm in lines.items() if name.startswith(vertebra.level)}
            widths = [mm for name, mm in own.items() if name[3:6] in {"sup", "inf"}][::2]
            key = (participant.participant_id, vertebra.level)
            error_mm = sum(widths) - truth[*key, "width_mm"]
            assert abs(error_mm) <= largest_mm * len(vertebra.defects)
            if vertebra.defects:
                name = f"{vertebra.level}_body_width"
                assert abs(own[name] - truth[*key, "body_width_mm"]) <= largest_mm
                checked += 1
            else:
                assert not own
    assert checked


def test_lines_are_read_to_a_tenth_of_a_millimetre(study):
    for markup in read_reading(study / "demo" / "P001", FORMS).markups:
        length_mm = distance_mm(*markup.points_lps_mm)
        assert length_mm == pytest.approx(round(length_mm, 1), abs=3e-4)


def test_lines_lie_in_the_middle_slice_of_the_t2(study):
    t2 = convert_series(study / "demo" / "P001" / "t2", "t2_sagittal").volume
    across = int(np.argmin(t2.array.shape))
    middle = t2.array.shape[across] // 2
    for markup in read_reading(study / "demo" / "P001", FORMS).markups:
        index = t2.to_index(np.array(markup.points_lps_mm))
        assert index[:, across] == pytest.approx(np.full(2, middle), abs=1e-3)
        assert np.all((index > 0) & (index < np.array(t2.array.shape) - 1))


def test_a_defect_shows_its_disc_signal_and_ends_where_the_truth_says(study):
    """Along the depth line the signal is the disc's; beyond the cortex it is marrow again."""
    participant = draw_participant(1, SEED)
    t2 = convert_series(study / "demo" / "P001" / "t2", "t2_sagittal").volume
    for pose in pose_vertebrae(participant, SEED):
        body = pose.mid_sagittal()
        for defect in pose.vertebra.defects:
            sign = 1 if defect.endplate == "superior" else -1
            edge_mm = sign * body.vertebra.body_height_mm / 2
            depths = {"inside": 0.5, "wall": defect.depth_mm + 0.6, "beyond": defect.depth_mm + 4}
            signal = {
                name: value_at(t2, body.to_lps(defect.centre_mm, edge_mm - sign * depth_mm))
                for name, depth_mm in depths.items()
            }
            assert signal["wall"] < 0.8 * min(signal["inside"], signal["beyond"])


def value_at(volume, place_lps_mm):
    index = np.rint(volume.to_index(np.array(place_lps_mm))).astype(int)
    return float(volume.array[tuple(index)])


@pytest.fixture(scope="module")
def sclerotic(tmp_path_factory):
    """Folder of the participant with a sclerotic L1, whose markups are in RAS."""
    folder = tmp_path_factory.mktemp("sclerotic")
    draw(folder, SCLEROTIC_NUMBER)
    return folder


@pytest.mark.parametrize(("number", "system"), [(1, "LPS"), (SCLEROTIC_NUMBER, "RAS")])
def test_markups_in_lps_or_ras_are_the_readers_lines(study, sclerotic, number, system):
    path = (study / "demo" / "P001" if number == 1 else sclerotic) / "endplates.mrk.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    assert {markup["coordinateSystem"] for markup in content["markups"]} == {system}
    poses = pose_vertebrae(draw_participant(number, SEED), SEED)
    drawn = reader_lines([pose.mid_sagittal() for pose in poses])
    read = read_reading(path, FORMS).markups
    assert [one.name for one in read] == [one.name for one in drawn]
    assert [one.points_lps_mm for one in read] == [one.points_lps_mm for one in drawn]


def test_markups_are_valid_for_slicer(study, sclerotic, shared_data):
    path = shared_data / "annotations" / "markups-schema-v1.0.3.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    for folder in (study / "demo" / "P001", sclerotic):
        content = json.loads((folder / "endplates.mrk.json").read_text(encoding="utf-8"))
        jsonschema.validate(content, schema)


def test_a_participant_without_defects_has_a_valid_markups_file_without_lines(
    tmp_path, shared_data
):
    path = shared_data / "annotations" / "markups-schema-v1.0.3.json"
    write_markups(tmp_path / "endplates.mrk.json", [])
    content = json.loads((tmp_path / "endplates.mrk.json").read_text(encoding="utf-8"))
    jsonschema.validate(content, json.loads(path.read_text(encoding="utf-8")))


def test_the_excluded_participant_has_a_row_and_nothing_else(tmp_path):
    write_demo_config(tmp_path, EXCLUDED_NUMBER, SEED)
    loaded = load_study(tmp_path)
    excluded = f"P{EXCLUDED_NUMBER:03d}"
    assert loaded.participants[excluded].exclusion_reason == EXCLUSION_REASON
    assert excluded not in loaded.included
    assert loaded.series_of(excluded) == ()


def test_the_ct_that_lacks_a_slice_is_refused(tmp_path):
    draw(tmp_path, BROKEN_CT_NUMBER)
    with pytest.raises(DataFault, match=r"slice|gap|spacing"):
        convert_series(tmp_path / "ct", "ct")


def test_the_sclerotic_vertebra_is_denser_above_and_has_the_true_mean(sclerotic):
    ct = convert_series(sclerotic / "ct", "ct").volume
    pose = pose_vertebrae(draw_participant(SCLEROTIC_NUMBER, SEED), SEED)[0]
    thirds = [
        np.median(anterior_bone_hu(ct, pose, part))
        for part in ((0.2, 0.35), (-0.1, 0.1), (-0.35, -0.2))
    ]
    assert thirds[0] > thirds[1] + 50
    assert np.mean(thirds) == pytest.approx(pose.vertebra.hu, abs=3)
