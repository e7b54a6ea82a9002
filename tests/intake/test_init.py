"""`bonecohort init` on a mixed export: the right proposals, no identity, edits kept."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from bonecohort.cli import main
from bonecohort.faults import StudyFault
from bonecohort.intake.init import InitSummary, init_study
from bonecohort.study.study import load_study
from tests.intake.export import Patient, write_series

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMON = ("localizer", "mpr", "dose", "t1", "stir", "t2_axial")
# What each sort of patient has beside COMMON; the CT and the T2 that are right.
CASES: tuple[tuple[tuple[str, ...], str | None, str | None], ...] = (
    (("ct_bone", "ct_standard", "ct_thick", "t2"), "ct_standard", "t2"),
    (("ct_bone", "ct_thick", "ct_lung", "t2_fs"), "ct_bone", "t2_fs"),
    (("ct_contrast", "ct_bone", "t2_fs", "t2"), "ct_bone", "t2"),
    (("ct_head", "ct_short", "capture", "t2_cervical"), None, None),
    (("ct_thick", "ct_cine", "t2_cervical", "capture"), "ct_thick", None),
)
N_PATIENTS = 20
UIDS = ("SeriesInstanceUID", "StudyInstanceUID", "PatientID", "SeriesNumber")
WHY = {
    "localizer": "localizer",
    "mpr": "derived",
    "ct_lung": "lung kernel",
    "ct_head": "described as head",
    "ct_short": "covers 60 mm",
    "ct_cine": "at one position",
    "t1": "EchoTime 0.01 s",
    "stir": "inversion recovery",
    "t2_axial": "not sagittal",
    "t2_cervical": "described as cervical spine",
}


def _shape(root: Path, patient: Patient, label: str) -> Callable[[int], Path]:
    """Return where a patient's files go: by series, all in one folder, all patients in one."""
    number = patient.number
    if number % 3 == 0:
        return lambda index: root / f"{number}" / label / f"{index:04d}.dcm"
    if number % 3 == 1:
        return lambda index: root / "b" / f"{number}" / f"{label}{index}"
    return lambda index: root / "all" / f"IM{number}{label}{index}"


def _write_patient(root: Path, number: int) -> Patient:
    patient = Patient(number, sex="FM"[number % 2])
    for label in (*COMMON, *CASES[number % len(CASES)][0]):
        write_series(patient, label, _shape(root, patient, label))
    return patient


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Patient]]:
    """Build 200 series of 20 patients, and what else lies about in an export."""
    root = tmp_path_factory.mktemp("pacs")
    patients = [_write_patient(root, number) for number in range(N_PATIENTS)]
    (root / "README.txt").write_text("Exported by the PACS.")
    (root / "empty").write_bytes(b"")
    (root / "DICOMDIR").write_bytes(bytes(128) + b"DICM")
    whole = (root / "0" / "t1" / "0000.dcm").read_bytes()
    (root / "0" / "cut_in_pixels").write_bytes(whole[:-8])
    (root / "0" / "cut_in_header").write_bytes(whole[:300])
    return root, patients


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work") / "study"


@pytest.fixture(scope="module")
def summary(export: tuple[Path, list[Patient]], study: Path) -> InitSummary:
    return init_study(export[0], study, jobs=1)


def _key(study: Path) -> dict[str, str]:
    lines = (study.parent / "study_id_key.tsv").read_text().splitlines()[1:]
    return {line.split("\t")[1]: line.split("\t")[0] for line in lines}


def test_the_right_series_is_proposed_for_each_of_200(export, study, summary):
    assert summary.n_series == 200
    ids = _key(study)
    for patient in export[1]:
        _, *right = CASES[patient.number % len(CASES)]
        for kind, label in zip(("ct", "t2_sagittal"), right, strict=True):
            chosen = summary.proposal(ids[patient.name], kind).chosen
            assert (chosen and chosen.uid) == (patient.uids[label] if label else None)


def test_every_other_series_is_passed_over_with_its_reason(export, study, summary):
    ids = _key(study)
    for patient in export[1]:
        intake = next(p for p in summary.participants if p.participant_id == ids[patient.name])
        reasons = {one.uid: why for one, why in intake.others}
        for proposal in intake.proposals:
            reasons |= {one.uid: why for one, why in proposal.passed_over}
        right = CASES[patient.number % len(CASES)][1:]
        assert set(reasons) == {uid for label, uid in patient.uids.items() if label not in right}
        for label, why in WHY.items():
            if label in patient.uids:
                assert why in reasons[patient.uids[label]], label
        if "ct_standard" in patient.uids:
            assert "kernel BONEPLUS" in reasons[patient.uids["ct_bone"]]
            assert "slices 5 mm thick" in reasons[patient.uids["ct_thick"]]
        if "ct_contrast" in patient.uids:
            assert "contrast agent" in reasons[patient.uids["ct_contrast"]]
            assert "fat suppressed" in reasons[patient.uids["t2_fs"]]


def test_files_of_no_series_are_counted_by_reason(summary):
    reasons = summary.left_out
    assert reasons["DICOMDIR"] == reasons["empty file"] == reasons["not DICOM"] == 1
    assert reasons["unreadable"] == 1
    assert sum(reasons.values()) == 5
    assert any(reason.startswith("cut short") for reason in reasons)


def test_the_study_written_is_a_valid_one(study, summary):
    loaded = load_study(study)
    assert len(loaded.participants) == N_PATIENTS
    assert len(loaded.included) == N_PATIENTS - N_PATIENTS // len(CASES)
    assert loaded.participants["P001"].values == {"age_years": 63.0, "sex": "female"}
    excluded = [one for one in loaded.participants.values() if not one.include]
    assert all("none of the" in one.exclusion_reason for one in excluded)


def test_a_shared_folder_is_distinguished_by_series_uid(export, study, summary):
    ids = {name: hospital for hospital, name in _key(study).items()}
    for row in load_study(study).series:
        number = int(ids[row.participant_id].removeprefix("HOSPITAL-"))
        assert bool(row.series_uid) == (number % 3 != 0)


def test_nothing_but_the_key_holds_identity(export, study, summary):
    written = [path for path in study.rglob("*") if path.is_file()]
    assert any(path.suffix == ".sqlite" for path in written)
    for path in written:
        content = path.read_bytes()
        for text in (b"HOSPITAL-", b"Doe^", b"19600101", b"20230415"):
            assert text not in content, path
    assert stat.S_IMODE(summary.key_file.stat().st_mode) == 0o600
    assert study not in summary.key_file.parents


def _tree(tmp_path: Path, *labels: str) -> tuple[Path, Path, Patient]:
    root, patient = tmp_path / "pacs", Patient(1)
    for label in labels:
        write_series(patient, label, lambda index, label=label: root / label / str(index))
    return root, tmp_path / "study", patient


def test_a_second_run_adds_patients_and_keeps_edits(tmp_path):
    root, study, _ = _tree(tmp_path, "ct_standard", "t2")
    init_study(root, study)
    participants = study / "config" / "participants.tsv"
    edited = participants.read_text().replace("P001\tyes\t\t63", "P001\tno\trefused\t64")
    participants.write_text(edited)
    config = study / "config" / "config.yaml"
    config.write_text("levels: [L1]\n")
    series = study / "config" / "series.tsv"
    series.write_text("".join(series.read_text().splitlines(keepends=True)[:2]))  # T2 taken out
    write_series(Patient(0), "t2", lambda index: root / "a new one" / str(index))

    summary = init_study(root, study)

    assert summary.n_read == 5
    assert summary.added_participants == ("P002",)
    assert summary.added_series == (("P002", "t2_sagittal"),)
    assert participants.read_text().startswith(edited)
    assert config.read_text() == "levels: [L1]\n"
    assert [row.participant_id for row in load_study(study).series] == ["P001", "P002"]


def test_a_second_run_without_change_reads_and_writes_nothing(tmp_path):
    root, study, _ = _tree(tmp_path, "ct_standard")
    init_study(root, study)
    before = {path: path.read_bytes() for path in (study / "config").iterdir()}
    assert init_study(root, study).n_read == 0
    assert {path: path.read_bytes() for path in (study / "config").iterdir()} == before


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    root, study, _ = _tree(*(tmp_path,), *(f"ct_standard {n}" for n in range(6)))

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        init_study(root, study, progress=stop)
    summary = init_study(root, study)
    assert summary.n_files == 6 * 44
    assert summary.n_read == 6 * 44 - 200


def test_several_processes_find_the_same(tmp_path):
    root, study, _ = _tree(tmp_path, "ct_standard", "ct_bone", "t2", "t1")
    other = tmp_path / "other"
    seen: list[tuple[int, int]] = []
    init_study(root, study, jobs=1)
    init_study(root, other, jobs=2, progress=lambda done, total: seen.append((done, total)))
    for name in ("participants.tsv", "series.tsv", "proposals.tsv"):
        assert (study / "config" / name).read_text() == (other / "config" / name).read_text()
    assert seen[-1] == (98, 98)


def test_the_scans_nearest_in_time_are_paired(tmp_path):
    root = tmp_path / "pacs"
    patient = Patient(1)
    for label, date in (
        ("ct_standard 1", "20200101"),
        ("ct_standard 2", "20230401"),
        ("t2", "20230415"),
    ):
        patient.date = date
        write_series(patient, label, lambda index, label=label: root / label / str(index))
    summary = init_study(root, tmp_path / "study")
    chosen = summary.proposal("P001", "ct").chosen
    assert chosen is not None
    assert chosen.uid == patient.uids["ct_standard 2"]
    ((_, why),) = summary.proposal("P001", "ct").passed_over
    assert "nearest" in why


def test_a_series_with_a_missing_slice_is_passed_over(tmp_path):
    root, study, _ = _tree(tmp_path, "ct_standard", "ct_bone")
    (root / "ct_standard" / "20").unlink()
    proposal = init_study(root, study).proposal("P001", "ct")
    assert proposal.chosen is not None
    assert proposal.chosen.folder.name == "ct_bone"
    assert "1 slice is missing" in proposal.passed_over[0][1]


def test_images_of_both_sexes_under_one_patient_id_are_not_included(tmp_path):
    root, study, patient = _tree(tmp_path, "ct_standard")
    patient.sex = "M"
    write_series(patient, "t2", lambda index: root / "t2" / str(index))
    init_study(root, study)
    assert load_study(study).participants["P001"].include is False


@pytest.mark.parametrize("name", ["study_id_key.tsv", "study/.bonecohort/headers.sqlite"])
@pytest.mark.parametrize("mode", [0o644, 0o660, 0o777])
def test_what_others_could_read_is_its_owners_alone_again(tmp_path, name, mode, capsys):
    root, study, _ = _tree(tmp_path, "ct_standard")
    init_study(root, study)
    file = tmp_path / name
    file.chmod(mode)
    write_series(Patient(2), "t2", lambda index: root / "a new one" / str(index))
    assert main(["init", str(root), str(study), "--jobs", "1"]) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"{file} could be read by others" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["study_id_key.tsv", "study/.bonecohort/headers.sqlite"])
@pytest.mark.parametrize("to", ["file", "nothing", "folder"])
def test_a_link_in_the_place_of_a_private_file_is_refused(tmp_path, name, to):
    root, study, _ = _tree(tmp_path, "ct_standard")
    elsewhere = tmp_path / "elsewhere"
    if to == "file":
        elsewhere.write_text("")
        elsewhere.chmod(0o600)
    elif to == "folder":
        elsewhere.mkdir()
    link = tmp_path / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(elsewhere)
    with pytest.raises(StudyFault, match="is a link"):
        init_study(root, study)
    assert link.is_symlink()
    assert not (elsewhere.is_file() and elsewhere.read_bytes())


def test_a_key_of_another_user_is_refused(tmp_path, monkeypatch):
    root, study, _ = _tree(tmp_path, "ct_standard")
    init_study(root, study)
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    with pytest.raises(StudyFault, match="belongs to another user"):
        init_study(root, study)


def test_a_lost_key_stops_the_run(tmp_path):
    root, study, _ = _tree(tmp_path, "ct_standard")
    init_study(root, study).key_file.unlink()
    with pytest.raises(StudyFault, match="put it back"):
        init_study(root, study)


@pytest.mark.parametrize("make", [False, True])
def test_a_root_without_files_is_a_fault(tmp_path, make):
    if make:
        (tmp_path / "pacs").mkdir()
    with pytest.raises(StudyFault):
        init_study(tmp_path / "pacs", tmp_path / "study")


def test_files_without_any_uid_are_a_series_by_their_folder(tmp_path):
    root, patient, nothing = tmp_path / "pacs", Patient(1), dict.fromkeys(UIDS, "")
    for label in ("ct_standard", "t2"):
        write_series(patient, label, lambda index, at=label: root / at / str(index), **nothing)
    summary = init_study(root, tmp_path / "study")
    rows = load_study(tmp_path / "study").series
    assert [(row.kind, row.series_uid) for row in rows] == [("ct", ""), ("t2_sagittal", "")]
    assert [row.participant_id for row in rows] == list(summary.added_participants)


def test_a_header_cut_short_does_not_pass_for_a_slice(tmp_path):
    root, study, _ = _tree(tmp_path, "ct_standard")
    file = root / "ct_standard" / "20"
    file.write_bytes(file.read_bytes()[:900])
    proposal = init_study(root, study).proposal("P001", "ct")
    assert proposal.chosen is None
    assert "1 slice is missing" in proposal.passed_over[0][1]


def test_real_series_are_read_as_what_they_are(shared_data, tmp_path):
    summary = init_study(shared_data / "dicom", tmp_path / "study")
    assert summary.n_series > 0
    for path in (tmp_path / "study" / "config").iterdir():
        assert path.read_text(encoding="utf-8")
