"""Echoes that series.tsv lists a row an echo: the time of each, or a reason for none."""

from __future__ import annotations

import json
from dataclasses import replace

import nibabel
import numpy as np
import pytest
from pydicom.uid import generate_uid

from bonecohort.faults import DataFault
from bonecohort.images.convert_echoes import EchoRow, convert_echoes
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from tests.images.diffusion_writer import volume
from tests.images.test_volumes import ECHOES, written

TIMES_MS = (2.3, 4.6, 6.9)
AFFINE = np.diag([2.0, 2.0, 4.0, 1.0])


def nifti_row(folder, name, value, time_ms=None, affine=AFFINE, **told):
    path = folder / f"{name}.nii.gz"
    array = value + np.arange(60, dtype=np.float32).reshape(4, 5, 3)
    write_nifti(path, Volume(array, affine))
    if told:
        (folder / f"{name}.json").write_text(json.dumps(told))
    return EchoRow(path, "", time_ms, name)


def dicom_row(folder, at, time_ms=None, header_ms=None, **header):
    planes = volume(0, number=at, series=at, ImageType=["ORIGINAL", "PRIMARY", "M"], **header)
    for plane in planes:
        if header_ms is None:
            del plane.EchoTime
        else:
            plane.EchoTime = header_ms
    uid = header.get("uid", "")
    return EchoRow(written(folder / f"echo{at}", planes), uid, time_ms, str(at))


def times_ms(made):
    return [1000 * one["EchoTime"] for one in made.sidecar["Volumes"]]


def test_files_without_json_are_stacked_by_the_column(tmp_path):
    rows = [nifti_row(tmp_path, f"e{at}", 100 * at, TIMES_MS[at]) for at in (2, 0, 1)]
    made = convert_echoes(rows, ECHOES)
    assert times_ms(made) == pytest.approx(TIMES_MS)
    assert made.volume.array[0, 0, 0].tolist() == [0, 100, 200]
    assert {one["ImagePart"] for one in made.sidecar["Volumes"]} == {"magnitude"}


def test_bids_names_give_the_parts_of_one_echo(tmp_path):
    rows = [
        nifti_row(tmp_path, f"s_echo-{at}_part-{part}_MEGRE", 100 * at, TIMES_MS[at])
        for at in range(3)
        for part in ("mag", "phase")
    ]
    made = convert_echoes(rows, ECHOES)
    parts = [one["ImagePart"] for one in made.sidecar["Volumes"]]
    assert parts == ["magnitude", "phase"] * 3
    assert times_ms(made) == pytest.approx(np.repeat(TIMES_MS, 2))


def test_a_row_may_leave_its_time_to_its_json(tmp_path):
    rows = [
        nifti_row(tmp_path, "e0", 0, 2.3),
        nifti_row(tmp_path, "e1", 100, None, EchoTime=0.0046),
        nifti_row(tmp_path, "e2", 200, 6.9, ImagingFrequency=127.7),
    ]
    assert times_ms(convert_echoes(rows, ECHOES)) == pytest.approx(TIMES_MS)


def test_dicom_without_echo_times_is_stacked_by_the_column(tmp_path):
    rows = [dicom_row(tmp_path, at, TIMES_MS[at]) for at in (1, 2, 0)]
    made = convert_echoes(rows, ECHOES)
    assert times_ms(made) == pytest.approx(TIMES_MS)
    assert np.all(np.diff(made.volume.array.mean(axis=(0, 1, 2))) == 1000)
    assert made.sidecar["FilesUsed"] == 12


def test_echoes_of_one_series_in_several_folders(tmp_path):
    uid = generate_uid()
    rows = [dicom_row(tmp_path, at, TIMES_MS[at], uid=uid) for at in range(3)]
    assert times_ms(convert_echoes(rows, ECHOES)) == pytest.approx(TIMES_MS)


def test_series_of_one_folder_are_told_apart_by_their_uid(tmp_path):
    uids = [generate_uid() for _ in TIMES_MS]
    planes = [volume(0, number=at, uid=uid, EchoTime=0) for at, uid in enumerate(uids)]
    folder = written(tmp_path / "gre", *planes)
    rows = [
        EchoRow(folder, uid, time, "same bytes") for uid, time in zip(uids, TIMES_MS, strict=True)
    ]
    made = convert_echoes(rows, ECHOES)
    assert times_ms(made) == pytest.approx(TIMES_MS)
    assert np.all(np.diff(made.volume.array.mean(axis=(0, 1, 2))) == 1000)


@pytest.mark.parametrize("header_ms", [4.6, 4.59, 4.63])
def test_a_rounded_time_is_that_of_the_header(tmp_path, header_ms):
    rows = [
        dicom_row(tmp_path, 0, 2.3, header_ms=2.3),
        dicom_row(tmp_path, 1, 4.6, header_ms=header_ms),
    ]
    assert times_ms(convert_echoes(rows, ECHOES)) == pytest.approx([2.3, header_ms])


def with_map(folder):
    """Return a row whose folder holds a map of another echo time, too."""
    own = volume(0, EchoTime=2.3, ImageType=["ORIGINAL", "PRIMARY", "M"])
    made = volume(0, number=1, EchoTime=0.1, ImageType=["DERIVED", "PRIMARY", "R2STAR MAP"])
    return EchoRow(written(folder / "both", own, made), "", 2.3, "both")


def test_the_time_of_a_map_beside_the_echo_counts_for_nothing(tmp_path):
    rows = [with_map(tmp_path), dicom_row(tmp_path, 1, 4.6)]
    made = convert_echoes(rows, replace(ECHOES, without=("R2STAR MAP",)))
    assert times_ms(made) == pytest.approx([2.3, 4.6])


@pytest.mark.parametrize(
    ("time_ms", "described"),
    [(1.15, "1.1"), (2.345, "2.3"), (12.56, "13"), (96.4, "96"), (115, "1.2e+02"), (0.05, "0.05")],
)
def test_the_time_that_dcm2niix_describes_is_rounded(tmp_path, time_ms, described):
    """Version 1.0.20260724 wrote these words for these times of DICOM files."""
    row = with_description(nifti_row(tmp_path, "a", 0, time_ms), f"TE={described};Time=101010.5")
    assert times_ms(convert_echoes([row], ECHOES)) == pytest.approx([time_ms])


@pytest.mark.parametrize(
    "words",
    [
        "",
        "TE=9.2",
        "TE=.;Time=1",
        "TE=1.2.3;Time=1",
        "TE=9e+999;Time=1",
        "3T 3D GR TR=9ms/TE=9.2ms",
    ],
)
def test_a_description_of_other_words_counts_for_nothing(tmp_path, words):
    row = with_description(nifti_row(tmp_path, "a", 0, 4.6), words)
    assert times_ms(convert_echoes([row], ECHOES)) == pytest.approx([4.6])


def with_description(row, words):
    image = nibabel.load(row.path)
    image.header["descrip"] = words
    nibabel.save(nibabel.Nifti1Image(image.get_fdata(), image.affine, image.header), row.path)
    return row


OTHER_GRID = np.diag([2.0, 2.0, 5.0, 1.0])
REFUSALS = {
    "another time in the JSON file": (
        lambda to: [nifti_row(to, "a", 0, 2.3), nifti_row(to, "b", 9, 4.6, EchoTime=0.0059)],
        r"File 2 of 2 .*: echo_time_ms is 4\.6, and EchoTime of the JSON file says 5\.9 ms\. Corr",
    ),
    "the time in ms in the JSON file": (
        lambda to: [nifti_row(to, "a", 0, 2.3, EchoTime=2.3), nifti_row(to, "b", 9, 4.6)],
        r"File 1 of 2 .*echo_time_ms is 2\.3, and EchoTime of the JSON file says 2300 ms",
    ),
    "another time in the description": (
        lambda to: [
            nifti_row(to, "a", 0, 2.3),
            with_description(nifti_row(to, "b", 9, 4.6), "TE=6.9;Time=101010.500;mb=4"),
        ],
        r"File 2 of 2 .*: echo_time_ms is 4\.6, and the description \(descrip\) .* says 6\.9 ms",
    ),
    "another time in the header": (
        lambda to: [dicom_row(to, 0, 2.3), dicom_row(to, 1, 4.6, header_ms=4.7)],
        r"File 2 of 2 in series\.tsv: echo_time_ms is 4\.6, and EchoTime \(0018,0081\) says 4\.7",
    ),
    "no time of a file": (
        lambda to: [nifti_row(to, "a", 0, 2.3), nifti_row(to, "b", 9)],
        r"File 2 of 2 in series\.tsv: The JSON file .* no echo time.*write echo_time_ms",
    ),
    "no time of a folder": (
        lambda to: [dicom_row(to, 0, 2.3), dicom_row(to, 1)],
        r"File 2 of 2 in series\.tsv: An image has no echo time \(EchoTime 0018,0081\)\. Write",
    ),
    "two files of one echo": (
        lambda to: [nifti_row(to, "a", 0, 2.3), nifti_row(to, "b", 9, 2.3)],
        r"File 2 of 2 in series\.tsv and file 1 of 2 .*both hold echo time 2\.3 ms, magnitude",
    ),
    "two folders of one echo": (
        lambda to: [dicom_row(to, 0, 2.3), dicom_row(to, 1, None, header_ms=2.3)],
        r"File 2 of 2 .*both hold echo time 2\.3 ms, magnitude",
    ),
    "one image under two names": (
        lambda to: [
            EchoRow(nifti_row(to, "a", 0).path, "", 2.3, "same"),
            EchoRow(nifti_row(to, "b", 0).path, "", 4.6, "same"),
        ],
        r"File 2 of 2 in series\.tsv holds the same bytes as file 1 of 2",
    ),
    "several echoes in one file": (
        lambda to: [nifti_row(to, "a", 0, 2.3), four_volumes(to)],
        r"Several NIfTI volumes hold echo time 4\.6 ms, magnitude",
    ),
    "a missing file": (
        lambda to: [nifti_row(to, "a", 0, 2.3), EchoRow(to / "DOE.nii.gz", "", 4.6)],
        r"File 2 of 2 in series\.tsv: The path that series\.tsv gives does not exist",
    ),
    "a folder without images": (
        lambda to: [dicom_row(to, 0, 2.3), EchoRow(empty(to), "", 4.6)],
        r"File 2 of 2 in series\.tsv: The folder or zip holds no file",
    ),
    "NIfTI beside DICOM": (
        lambda to: [nifti_row(to, "a", 0, 2.3), dicom_row(to, 1, 4.6)],
        r"Of 2 echoes in series\.tsv 1 is NIfTI, and the others are not",
    ),
    "NRRD": (
        lambda to: [nifti_row(to, "a", 0, 2.3), nrrd(to)],
        r"File 2 of 2 in series\.tsv: The image is NRRD; an echo is read from DICOM or NIfTI",
    ),
    "another grid": (
        lambda to: [nifti_row(to, "a", 0, 2.3), nifti_row(to, "b", 9, 4.6, affine=OTHER_GRID)],
        r"lie on several grids",
    ),
    "another patient": (
        lambda to: [
            dicom_row(to, 0, 2.3, PatientID="DOE1"),
            dicom_row(to, 1, 4.6, PatientID="DOE2"),
        ],
        r"2 different patients",
    ),
}


def four_volumes(folder):
    path = folder / "four.nii.gz"
    write_nifti(path, Volume(np.ones((4, 5, 3, 4), np.float32), AFFINE))
    return EchoRow(path, "", 4.6, "four")


def empty(folder):
    (folder / "DOE").mkdir()
    return folder / "DOE"


def nrrd(folder):
    path = folder / "b.nrrd"
    path.write_bytes(b"NRRD0004\n")
    return EchoRow(path, "", 4.6)


@pytest.mark.parametrize("fault", REFUSALS)
def test_rows_that_give_no_stack_have_a_reason(tmp_path, fault):
    rows, reason = REFUSALS[fault]
    with pytest.raises(DataFault, match=reason) as raised:
        convert_echoes(rows(tmp_path), ECHOES)
    assert "DOE" not in str(raised.value)
