"""Fetching from a real Orthanc: what arrives is what was handed in, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from pydicom import dcmread
from pydicom.uid import RLELossless

from bonecohort.intake.init import init_study
from bonecohort.pacs.server import PASSWORD

from .conftest import COMPRESSED
from .orthanc import free_port

METHODS = ("c-get", "c-move", "dicomweb")
KILLED_AT = 10  # images
HELD = f"""
import sys, threading
from pathlib import Path
from bonecohort.cli import main

stored, replace, one_at_a_time = [], Path.replace, threading.Lock()

def replace_of_some(unfinished, path):
    with one_at_a_time:
        if path.suffix == ".dcm" and len(stored) == {KILLED_AT}:
            threading.Event().wait()
        stored.append(path)
        return replace(unfinished, path)

Path.replace = replace_of_some
sys.exit(main(sys.argv[1:]))
"""
"""Fetches so many images and stands still."""
IDENTITY = ("HOSPITAL", "Doe", "ACC0", "ACC1", "ACC2", "1.2.826", "2.25.")


def images_of(folder):
    """Return SOP Instance UID → data set of every CT and MR file of a folder."""
    images = [dcmread(path) for path in folder.rglob("*") if path.is_file()]
    return {one.SOPInstanceUID: one for one in images if one.Modality in ("CT", "MR")}


def assert_no_identity(folder, output):
    names = " ".join(str(path.relative_to(folder)) for path in folder.rglob("*"))
    for text in IDENTITY:
        assert text not in names
        assert text not in output


@pytest.mark.parametrize("method", METHODS)
def test_what_is_listed_arrives_as_it_was_handed_in(method, orthanc, export, fetching):
    ct_study = dcmread(export / "2/ct_standard/000.dcm").StudyInstanceUID
    rows = (
        "name,patient_id,accession_number,study_instance_uid\n"
        f"Doe,HOSPITAL-0000,ACC0,\n,,,{ct_study}\n"
    )
    outcome = fetching.run(orthanc.settings(method), rows)
    assert outcome.code == 0

    expected = images_of(export / "0") | images_of(export / "2/ct_standard")
    expected |= images_of(export / "2/localizer")
    found = images_of(fetching.folder)
    assert set(found) == set(expected)
    for uid, image in found.items():
        assert image == expected[uid]
        assert image.file_meta.TransferSyntaxUID == expected[uid].file_meta.TransferSyntaxUID
        assert (image.pixel_array == expected[uid].pixel_array).all()
    assert len(list(fetching.folder.rglob("*.*"))) == len(expected)
    assert f"2 of 2 rows are fetched whole: {len(expected)} images" in outcome.out
    assert_no_identity(fetching.folder, outcome.out + outcome.err)


def test_one_of_the_series_fetched_is_really_compressed(export):
    image = dcmread(export / "0" / COMPRESSED / "000.dcm")
    assert image.file_meta.TransferSyntaxUID == RLELossless


@pytest.mark.parametrize("method", METHODS)
def test_init_proposes_the_same_from_what_was_fetched(method, orthanc, export, fetching, tmp_path):
    assert fetching.run(orthanc.settings(method), "patient_id\nHOSPITAL-0001\n").code == 0
    assert proposed(export / "1", tmp_path / "a") == proposed(fetching.folder, tmp_path / "b")


def proposed(root, study):
    (participant,) = init_study(root, study).participants
    assert all(one.chosen for one in participant.proposals)
    kinds = {
        one.kind: (
            one.chosen.uid, one.reason, sorted((series.uid, why) for series, why in one.passed_over)
        )
        for one in participant.proposals
    }  # fmt: skip
    return kinds, participant.age_years, participant.sex, participant.exclusion_reason


@pytest.mark.parametrize("method", METHODS)
def test_after_a_kill_only_what_is_missing_is_fetched(method, orthanc, export, fetching):
    folder, server, rows = fetching.folder, orthanc.settings(method), "patient_id\nHOSPITAL-0001\n"
    command = [sys.executable, "-c", HELD, *fetching.command(server, rows)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while len(list(folder.rglob("*.dcm"))) < KILLED_AT:
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    there = {path: path.stat().st_mtime_ns for path in folder.rglob("*.dcm")}
    expected = images_of(export / "1")
    assert KILLED_AT <= len(there) < len(expected)
    for path in there:
        image = dcmread(path)
        assert image == expected[image.SOPInstanceUID]
    unfinished = next(iter(there)).with_name(".0123.dcm.77.part")
    unfinished.write_bytes(b"cut short")

    again = fetching.run(server, rows)
    assert again.code == 0
    assert f"{len(expected) - len(there)} of them new" in again.out
    assert images_of(folder) == expected
    assert all(path.stat().st_mtime_ns == before for path, before in there.items())
    assert not list(folder.rglob("*.part"))
    assert " 0 of them new" in fetching.run(server, rows).out


@pytest.mark.parametrize("method", METHODS)
def test_a_missing_study_is_reported_by_its_row_and_stops_no_other(method, orthanc, fetching):
    rows = "patient_id,modality\nHOSPITAL-9999,\nHOSPITAL-0000,MR\nHOSPITAL-0001,SEG\n"
    outcome = fetching.run(orthanc.settings(method), rows)
    assert outcome.code == 1
    assert "1 of 3 rows are fetched whole: 5 images" in outcome.out
    assert "row 2 of the table: the PACS knows no such study." in outcome.err
    assert "row 4 of the table: the study is there, but holds no SEG series" in outcome.err
    assert len(images_of(fetching.folder)) == 5
    assert_no_identity(fetching.folder, outcome.out + outcome.err)


@pytest.mark.parametrize(
    ("method", "changes", "told"),
    [
        ("c-get", {"ae_title": "WRONG"}, "it is not called that (ae_title)"),
        ("c-move", {"ae_title": "WRONG"}, "it is not called that (ae_title)"),
        ("c-get", {"port": "closed"}, "nothing answers on the PACS's port"),
        ("c-get", {"host": "pacs.invalid"}, "host is not known"),
        ("c-get", {"tls": True}, "TLS: the PACS does not speak it on this port"),
        ("dicomweb", {"url": "http://127.0.0.1:{closed}/dicom-web"}, "cannot be reached"),
        ("dicomweb", {"url": "https://127.0.0.1:{http}/dicom-web"}, "TLS: "),
        ("dicomweb", {"url": "http://127.0.0.1:{http}/elsewhere"}, "is the url right? (HTTP 404)"),
    ],
)
def test_an_unreachable_pacs_is_reported_at_once(method, changes, told, orthanc, fetching):
    closed = free_port()
    if "url" in changes:
        changes = {"url": changes["url"].format(closed=closed, http=orthanc.http_port)}
    if "port" in changes:
        changes = {"port": closed}
    outcome = fetching.run(orthanc.settings(method) | changes, "patient_id\nHOSPITAL-0000\n")
    assert outcome.code == 1
    assert told in outcome.err
    assert not fetching.folder.exists()


def test_a_wrong_password_is_reported(orthanc, fetching, monkeypatch):
    monkeypatch.setenv(PASSWORD, "something-else")
    outcome = fetching.run(orthanc.settings("dicomweb"), "patient_id\nHOSPITAL-0000\n")
    assert outcome.code == 1
    assert "user and password" in outcome.err
    assert "something-else" not in outcome.err


def test_a_pacs_that_does_not_know_where_we_are_sends_nothing(orthanc, fetching):
    server = orthanc.settings("c-move") | {"own_ae_title": "NOBODY"}
    outcome = fetching.run(server, "patient_id,modality\nHOSPITAL-0000,MR\nHOSPITAL-0001,MR\n")
    assert outcome.code == 1
    assert "row 2 of the table: C-MOVE: " in outcome.err
    assert "row 3 of the table: C-MOVE: " in outcome.err
    assert "own_ae_title" in outcome.err
    assert "5 of 5 images did not arrive" in outcome.err


def test_our_own_port_being_taken_is_reported(orthanc, fetching):
    server = orthanc.settings("c-move") | {"own_port": orthanc.http_port}
    outcome = fetching.run(server, "patient_id\nHOSPITAL-0000\n")
    assert outcome.code == 1
    assert f"own_port: {orthanc.http_port} cannot be listened on" in outcome.err
