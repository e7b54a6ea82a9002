"""Paths as people write them: the meant file is read, or a message says what to do."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.annotations.marks.read import read_reading
from bonecohort.cli import main
from bonecohort.faults import DataFault, StudyFault
from bonecohort.images.nifti import read_nifti
from bonecohort.study.contents import Contents
from bonecohort.study.paths import path_meant, refuse_absent
from bonecohort.study.study import load_study
from tests.annotations.marks.forms import FORMS
from tests.images.kinds import convert_series

DECOMPOSED = unicodedata.normalize("NFD", "Müller Pérez")
COMPOSED = unicodedata.normalize("NFC", "Müller Pérez")
HU = "participant_id,level,plane,hu\nP001,L1,upper,100\n"


@pytest.mark.parametrize("on_disk", [DECOMPOSED, COMPOSED])
@pytest.mark.parametrize("written", [DECOMPOSED, COMPOSED])
def test_a_name_is_found_however_its_accents_are_encoded(tmp_path, on_disk, written):
    (tmp_path / on_disk / "é").mkdir(parents=True)
    for inside in ("é", "e\u0301"):  # and in parts each in another form
        assert path_meant(tmp_path, f"{written}/{inside}") == f"{on_disk}/é"


def test_a_name_in_both_forms_is_the_one_that_is_written(tmp_path):
    for name in (DECOMPOSED, COMPOSED):
        (tmp_path / name).mkdir()
        assert path_meant(tmp_path, name) == name


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"ct/P 1"', "ct/P 1"),
        ("'ct/P 1'", "ct/P 1"),
        ("“ct/P 1”", "ct/P 1"),
        ("ct\\P 1", "ct/P 1"),
        ('"ct\\P 1"', "ct/P 1"),
        ("a\\b", "a\\b"),  # a file of that name
        ('"q"', '"q"'),
        ("ct/absent", "ct/absent"),
        ("C:\\ct\\P 1", "C:\\ct\\P 1"),
    ],
)
def test_quotes_and_backslashes_are_read_where_one_file_is_meant(tmp_path, written, meant):
    (tmp_path / "ct/P 1").mkdir(parents=True)
    for name in ("a\\b", '"q"'):
        (tmp_path / name).touch()
    assert path_meant(tmp_path, written) == meant


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("D:\\data\\P001", "a path of Windows"),
        ("d:/data", "a path of Windows"),
        ('"D:\\data\\P001"', "a path of Windows"),
        ("'ct'/P001'", "Leave out the quotes"),
        ("\\\\server\\ct", "a path of Windows"),
        ("ct\\P009", "Write / in place of \\"),
        ("~/ct", "~ is not expanded"),
        ("$HOME/ct", "variables are not expanded"),
        ("%USERPROFILE%/ct", "variables are not expanded"),
        ("file:///data/ct", "It is an address"),
        ("CT/P001", "in another case"),
        ("ct/p001/x", "in another case"),
        ("x" * 5000, "does not exist"),
    ],
)
def test_a_missing_path_is_reported_with_what_to_do(tmp_path, monkeypatch, written, advice):
    (tmp_path / "ct/P001").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataFault, match=r"series\.tsv gives does not exist") as fault:
        refuse_absent(Path(path_meant(tmp_path, written)))
    assert advice in fault.value.reason
    assert "P001" not in fault.value.reason  # a path may hold a name


READERS = {
    "CT": lambda path: convert_series(path, "ct"),
    "label map": read_label_map,
    "marks": lambda path: read_reading(path, FORMS),
    "NIfTI": read_nifti,
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize("name", ["a.nii", "a.zip", "a.mrk.json", "a.seg.nrrd"])
def test_a_pipe_is_never_waited_for(tmp_path, read, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(DataFault, match="a pipe or a device"):
        read(tmp_path / name)
    Contents(tmp_path / "memory").digest(str(tmp_path / name))


def test_a_device_has_no_digest_to_wait_for(tmp_path):
    Contents(tmp_path / "memory").digest("/dev/zero")


def test_a_study_reads_the_paths_that_are_meant_and_says_so(study):
    study.write(f"readings/{DECOMPOSED}.csv", HU)
    study.write("config/participants.tsv", "participant_id\nP001\nP002\n")
    study.write(
        "config/series.tsv",
        "participant_id\tkind\tpath\n"
        f"P001\thu_table\treadings/{COMPOSED}.csv\nP002\thu_table\t'readings\\{DECOMPOSED}.csv'\n",
    )
    loaded = load_study(study.path)
    assert {row.path for row in loaded.series} == {f"readings/{DECOMPOSED}.csv"}
    (warning,) = (text for text in loaded.warnings if "series.tsv" in text)
    assert warning.startswith("config/series.tsv, row 2, 3: the path does not exist as written")


def test_the_tables_of_the_config_are_found_likewise(study):
    (study.path / "config/participants.tsv").rename(study.path / f"config/{DECOMPOSED}.tsv")
    study.write("config/config.yaml", f"participants: config/{COMPOSED}.tsv\n")
    assert load_study(study.path).included == ("P001", "P002")
    study.write("config/config.yaml", "participants: 'D:\\data\\participants.xlsx'\n")
    with pytest.raises(StudyFault, match=r"does not exist\. It is a path of Windows"):
        load_study(study.path)


def test_check_says_all_that_single_participants_lack(study, capsys):
    study.write("config/participants.tsv", "participant_id\nP001\nP002\nP003\nP004\n")
    study.write(
        "config/series.tsv",
        "participant_id\tkind\tpath\nP001\tct\tD:\\data\\P001\nP002\tct\t~/ct\n"
        "P003\thu_table\told.csv\nP004\thu_table\thu.csv\nP004\tendplate_table\tgone.csv\n",
    )
    study.write("old.csv", "<html><table>")
    study.write("hu.csv", "participant_id,level,plane,hu\nP004,L1,upper,1234567\n")
    assert main(["check", str(study.path)]) == 0
    printed = capsys.readouterr().out
    assert "no problem" not in printed
    for told in (
        "this machine has the folder (/mnt/d/… under WSL). [P001 (ct, row 2)]",
        "~ is not expanded. [P002 (ct, row 3)]",
        "old.csv: this is a web page or XML",
        "hu.csv, row 2, hu: 1234567",
        "series.tsv gives does not exist. [P004 (endplate_table, row 6)]",
    ):
        assert told in printed
    assert printed.count("gone.csv") == 0  # named once, by its row


def test_check_finds_no_problem_where_there_is_none(study, capsys):
    rows = [f"P00{n},L{at},{plane},100" for n in (1, 2) for at in range(1, 6)
            for plane in ("upper", "middle", "lower")]  # fmt: skip
    study.write("hu.csv", "\n".join(["participant_id,level,plane,hu", *rows]))
    assert main(["check", str(study.path)]) == 0
    assert "no problem found" in capsys.readouterr().out
