"""The server file and the table of studies: every mistake named, nothing identifying repeated."""

from __future__ import annotations

import pytest

from bonecohort.faults import StudyFault
from bonecohort.pacs.retrieval_list import read_retrieval_list
from bonecohort.pacs.server import read_server, secrets_of_environment

GET = "method: c-get\nhost: h\nport: 104\nae_title: P\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("method: ftp\n", "method: input should be 'c-get', 'c-move' or 'dicomweb'"),
        ("method: c-get\nport: 104\nae_title: P\n", "host: is missing"),
        (GET + "own_prot: 5\n", "unknown key 'own_prot'; did you mean 'own_port'?"),
        (GET + "own_ae_title: A_TITLE_THAT_IS_TOO_LONG\n", "at most 16 plain characters"),
        (GET.replace("104", "104000"), "port: 104000; 1 to 65535 is expected"),
        (GET.replace("104", "many"), "port: input should be a valid integer"),
        (GET + "timeout_s: 0\n", "timeout_s: 0.0; more than 0 is expected"),
        (GET + "certificate_file: a.pem\n", "certificate_file and key_file belong together"),
        (GET.replace("c-get", "c-move") + "tls: true\n", "needed for c-move with TLS"),
        ("method: dicomweb\n", "url: the DICOMweb root is expected"),
        ("method: dicomweb\nurl: https://me:secret@h/w\n", "url: holds a user"),
        ("- list\n", "'key: value' lines are expected"),
    ],
)
def test_mistakes_in_the_server_file_are_reported(tmp_path, text, told):
    path = tmp_path / "server.yaml"
    path.write_text(text)
    with pytest.raises(StudyFault) as caught:
        read_server(path)
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_missing_server_file_is_reported(tmp_path):
    with pytest.raises(StudyFault, match="does not exist"):
        read_server(tmp_path / "server.yaml")


def test_a_password_in_the_server_file_is_refused_and_not_repeated(tmp_path):
    path = tmp_path / "server.yaml"
    path.write_text(GET + "password: hunter2\n")
    with pytest.raises(StudyFault, match="unknown key 'password'") as caught:
        read_server(path)
    assert "hunter2" not in str(caught.value)


def test_secrets_come_from_the_environment():
    found = secrets_of_environment({"BONECOHORT_PACS_USER": "u", "BONECOHORT_PACS_PASSWORD": "p"})
    assert (found.user, found.password, found.token) == ("u", "p", "")


def test_rows_are_read_with_their_keys_and_modalities(tmp_path):
    path = tmp_path / "wanted.csv"
    path.write_text(
        "patient_id,accession_number,modality,note\n007,,,\n\n,A1,ct;seg,left out\n008,A2,MR,\n"
    )
    rows = read_retrieval_list(path, tmp_path / "images")
    assert [(row.row, dict(row.keys), row.modalities) for row in rows] == [
        (2, {"PatientID": "007"}, ("CT", "MR")),
        (4, {"AccessionNumber": "A1"}, ("CT", "SEG")),
        (5, {"PatientID": "008", "AccessionNumber": "A2"}, ("MR",)),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name\nJane\n", "none of the columns patient_id"),
        ("patient_id\n", "lists no study"),
        ("patient_id,note\n7,a\n,b\n", "row 3: says no study"),
        ("patient_id\n7*\n", "row 2, patient_id: holds *, ? or \\"),
        ("accession_number\n?\n", "row 2, accession_number: holds"),
        ("study_instance_uid\n1.2.x\n", "digits and dots are expected"),
        ("patient_id,modality\n7,XR\n", "row 2, modality: 'XR'; CT, MR, SEG, SR can be fetched"),
    ],
)
def test_mistakes_in_the_table_are_reported(tmp_path, text, told):
    path = tmp_path / "wanted.csv"
    path.write_text(text)
    with pytest.raises(StudyFault) as caught:
        read_retrieval_list(path, tmp_path / "images")
    assert told in str(caught.value)


@pytest.mark.parametrize("place", ["study", "images"])
def test_a_table_in_a_study_or_among_the_images_is_refused(tmp_path, place):
    (tmp_path / "study/config").mkdir(parents=True)
    (tmp_path / "study/config/config.yaml").write_text("")
    (tmp_path / "images").mkdir()
    path = tmp_path / place / "wanted.csv"
    path.write_text("patient_id\n7\n")
    with pytest.raises(StudyFault, match="keep it in a place of its own"):
        read_retrieval_list(path, tmp_path / "images")
