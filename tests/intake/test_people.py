"""Whose a series is: nobody is split in two, and nobody's CT is paired with another's MR."""

from __future__ import annotations

import csv
import time

import pytest

from bonecohort.faults import StudyFault
from bonecohort.intake.identity import Identity
from bonecohort.intake.init import init_study
from bonecohort.intake.people import Record, people_of
from bonecohort.study.study import load_study
from tests.intake.export import Patient, write_series

FORMER = ("participant_id", "patient_id", "issuer_of_patient_id", "first_date")


class Export:
    """An export, and the study proposed from it."""

    def __init__(self, place):
        self.root, self.study, self._count = place / "pacs", place / "study", 0

    def add(self, label, number=1, **values):
        """Write one series; the values are those of its header."""
        self._count += 1
        write_series(
            Patient(number), label, lambda at, n=self._count: self.root / str(n) / str(at), **values
        )

    def init(self):
        return init_study(self.root, self.study)

    @property
    def key(self):
        return self.study.parent / "study_id_key.tsv"

    def key_rows(self):
        with self.key.open(newline="") as stream:
            return list(csv.DictReader(stream, delimiter="\t"))

    def write_key(self, rows):
        with self.key.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0], delimiter="\t", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def series(self):
        return [(row.participant_id, row.kind) for row in load_study(self.study).series]

    def included(self):
        return load_study(self.study).included


@pytest.fixture
def export(tmp_path):
    return Export(tmp_path)


PAIRED = [("P001", "ct"), ("P001", "t2_sagittal")]
APART = [("P001", "ct"), ("P002", "t2_sagittal")]
NOBODY = {"PatientName": "ANON", "PatientBirthDate": ""}


@pytest.mark.parametrize(
    ("ct", "mr"),
    [
        # An issuer in one modality only, or one that an archive made up (dcm4chee-arc-light #4508).
        ({}, {"IssuerOfPatientID": "HOSPITAL"}),
        ({"IssuerOfPatientID": "A"}, {"IssuerOfPatientID": "DCM4CHEE.40CBE202.0C09C769"}),
        (
            NOBODY | {"IssuerOfPatientID": "A", "StudyInstanceUID": "1.2.3"},
            NOBODY | {"IssuerOfPatientID": "B", "StudyInstanceUID": "1.2.3"},
        ),
        # Two PatientIDs in one study, of one name and birth date.
        ({"StudyInstanceUID": "1.2.3"}, {"StudyInstanceUID": "1.2.3", "PatientID": "OTHER"}),
        ({"StudyInstanceUID": "1.2.3"}, {"StudyInstanceUID": "1.2.3", "PatientID": ""}),
        # The same, written otherwise.
        ({}, {"PatientName": "JANE1 DOE", "PatientID": " HOSPITAL-0001 "}),
        ({}, {"PatientName": "", "PatientBirthDate": "", "PatientSex": ""}),
        ({}, {"PatientBirthDate": "19000101"}),
        ({}, {"PatientBirthDate": "", "PatientAge": "064Y"}),
        (NOBODY | {"PatientID": "S017"}, NOBODY | {"PatientID": "S017"}),
    ],
)
def test_one_person_is_one_participant(export, ct, mr):
    export.add("ct_standard", **ct)
    export.add("t2", **mr)
    summary = export.init()
    assert export.series() == PAIRED
    assert export.included() == ("P001",)
    assert not summary.doubts


@pytest.mark.parametrize(
    ("ct", "mr", "told"),
    [
        (
            {},
            {"PatientName": "Roe^Mary", "PatientBirthDate": "19750303"},
            "the same PatientID, but another name and another birth date",
        ),
        ({}, {"PatientName": "Roe^Mary"}, "another name"),
        ({}, {"PatientBirthDate": "19600102"}, "another birth date"),
        ({}, {"PatientSex": "M"}, "another sex"),
        (
            {"PatientBirthDate": "", "PatientAge": "063Y"},
            {"PatientBirthDate": "", "PatientAge": "035Y"},
            "another birth date",
        ),
        (
            {"StudyInstanceUID": "1.2.3"},
            {"StudyInstanceUID": "1.2.3", "PatientID": "OTHER", "PatientName": "Roe^Mary"},
            "the same StudyInstanceUID, but another PatientID and another name",
        ),
        (
            NOBODY | {"StudyInstanceUID": "1.2.3", "PatientID": "A17"},
            NOBODY | {"StudyInstanceUID": "1.2.3", "PatientID": "B18"},
            "the same StudyInstanceUID, but another PatientID",
        ),
    ],
)
def test_what_contradicts_is_not_paired_and_is_listed(export, ct, mr, told):
    export.add("ct_standard", **ct)
    export.add("t2", **mr)
    (doubt,) = export.init().doubts
    assert (doubt.first, doubt.second) == ("P001", "P002")
    assert told in doubt.words
    assert export.series() == APART
    assert export.included() == ()
    for one in load_study(export.study).participants.values():
        assert told in one.exclusion_reason
    assert all(told in row["perhaps_the_same_as"] for row in export.key_rows())


@pytest.mark.parametrize("patient_id", ["", "ANON", "anonymous", "0", "REMOVED", "12345"])
def test_an_export_in_which_everybody_has_one_name_and_id_is_not_one_person(export, patient_id):
    for number in range(3):
        values = NOBODY | {"PatientID": patient_id, "PatientSex": ""}
        export.add("ct_standard", number, StudyInstanceUID=f"1.2.{number}", **values)
        export.add("t2", number, StudyInstanceUID=f"1.2.{number}", **values)
    export.init()
    names = ("P001", "P002", "P003")
    assert export.series() == [(name, kind) for name in names for kind in ("ct", "t2_sagittal")]
    assert export.included() == names


def test_the_same_id_of_two_hospitals_is_two_people_without_doubt(export):
    for number, issuer in enumerate("AB"):
        export.add("ct_standard", number, PatientID="1", IssuerOfPatientID=issuer)
    summary = export.init()
    assert export.included() == ("P001", "P002")
    assert not summary.doubts


def test_a_series_that_fits_two_people_of_one_id_is_given_to_neither(export):
    export.add("ct_standard", 1, PatientID="7")
    export.add("ct_standard", 2, PatientID="7", PatientBirthDate="19500505")
    export.add("t2", 3, PatientID="7", **NOBODY)
    summary = export.init()
    assert export.series() == [("P001", "ct"), ("P002", "ct"), ("P003", "t2_sagittal")]
    assert {(one.first, one.second) for one in summary.doubts} == {
        ("P001", "P002"), ("P001", "P003"), ("P002", "P003"),
    }  # fmt: skip


def test_one_series_with_and_without_issuer_is_one_series(export):
    for issuer in ("", "HOSPITAL"):
        export.add("ct_standard", IssuerOfPatientID=issuer)
    for file in (export.root / "1").iterdir():
        half = "1" if int(file.name) % 2 else "2"
        (export.root / ("2" if half == "1" else "1") / file.name).unlink()
    summary = export.init()
    assert summary.n_series == 1
    assert export.series() == [("P001", "ct")]


def test_people_of_one_name_and_birth_date_are_reported_and_stay_included(export):
    export.add("ct_standard", 1)
    export.add("t2", 1, PatientID="OTHER")
    (doubt,) = export.init().doubts
    assert not doubt.linked
    assert "the same name and birth date" in doubt.words
    assert export.included() == ("P001", "P002")


def test_the_user_decides_that_two_are_one(export):
    export.add("ct_standard")
    export.add("t2", PatientName="Roe^Jane1")
    export.init()
    export.write_key([row | {"participant_id": "P001"} for row in export.key_rows()])
    summary = export.init()
    assert not summary.doubts
    assert summary.included_again == ("P001",)
    assert ("P001", "t2_sagittal") in export.series()
    assert [one.participant_id for one in summary.participants] == ["P001"]


def test_the_user_decides_that_two_are_two(export):
    export.add("ct_standard")
    export.add("t2", PatientName="Roe^Jane1")
    export.init()
    rows = export.key_rows()
    export.write_key([rows[0] | {"decided": "yes"}, rows[1]])
    summary = export.init()
    assert not summary.doubts
    assert summary.included_again == export.included() == ("P001", "P002")
    assert export.series() == APART
    assert export.key_rows()[0]["decided"] == "yes"


def test_ids_once_given_stay_whatever_comes_later(export):
    export.add("t2", 2)
    export.add("ct_standard", 1)
    export.init()
    before = export.key_rows()
    export.add("t2", 1, IssuerOfPatientID="HOSPITAL")
    export.add("ct_standard", 2, PatientName="Roe^Mary", PatientBirthDate="19400101")
    export.init()
    after = export.key_rows()
    assert [row["participant_id"] for row in after] == ["P001", "P002", "P002", "P003"]
    columns = ("participant_id", "patient_id", "patient_name", "record", "first_date")
    assert [[row[one] for one in columns] for row in after[:2]] == [
        [row[one] for one in columns] for row in before
    ]


def write_former_key(export, *rows):
    export.write_key([dict(zip(FORMER, row, strict=True)) for row in rows])


def test_a_key_of_a_former_version_is_read_and_its_ids_stay(export):
    export.add("ct_standard", 1)
    export.add("t2", 1)
    export.add("ct_standard", 2)
    write_former_key(
        export, ("S-9", "HOSPITAL-0002", "", "20230415"), ("S-4", "HOSPITAL-0001", "", "20230415")
    )
    export.init()
    assert export.series() == [("S-4", "ct"), ("S-4", "t2_sagittal"), ("S-9", "ct")]


def test_a_former_key_that_took_two_people_for_one_keeps_the_first(export):
    export.add("ct_standard")
    export.add("t2", PatientName="Roe^Mary", PatientBirthDate="19400101")
    write_former_key(export, ("P001", "HOSPITAL-0001", "", "20230415"))
    (doubt,) = export.init().doubts
    assert (doubt.first, doubt.second) == ("P001", "P002")
    assert export.series() == APART


def test_a_row_that_shows_what_are_anothers_images_now_is_reported(export):
    export.add("ct_standard")
    export.add("t2")
    assert not export.init().rows_of_others
    rows = export.key_rows()
    export.write_key([rows[0], rows[1] | {"participant_id": "P007"}])
    (told,) = export.init().rows_of_others
    assert "row 3: the t2_sagittal of P001 shows images of P007" in told


def test_a_former_key_that_made_two_people_of_one_keeps_both_and_says_so(export):
    export.add("ct_standard")
    export.add("t2", IssuerOfPatientID="HOSPITAL")
    write_former_key(
        export,
        ("P001", "HOSPITAL-0001", "", "20230415"),
        ("P002", "HOSPITAL-0001", "HOSPITAL", "20230415"),
    )
    (doubt,) = export.init().doubts
    assert (doubt.first, doubt.second) == ("P001", "P002")
    assert export.series() == APART


def test_a_key_edited_to_nonsense_is_reported_by_its_row(export):
    export.add("ct_standard")
    export.init()
    export.write_key([row | {"participant_id": "P 1"} for row in export.key_rows()])
    with pytest.raises(Exception, match=r"row 2, participant_id: 'P 1'"):
        export.init()


@pytest.mark.parametrize("encoding", ["gbk", "utf-16"])
def test_a_key_that_a_spreadsheet_saved_in_its_own_encoding_is_reported(export, encoding):
    export.add("ct_standard", PatientName="王^芳", SpecificCharacterSet="ISO_IR 192")
    export.init()
    text = export.key.read_text(encoding="utf-8")
    export.key.write_text(text, encoding=encoding)
    with pytest.raises(StudyFault, match=r"study_id_key\.tsv: not UTF-8 text"):
        export.init()
    assert "王" in export.key.read_text(encoding=encoding)


def test_thousands_in_one_study_are_reported_within_seconds(export):
    """An anonymiser that gives everybody one StudyInstanceUID."""
    records = [Record(n, Identity(f"A{n}", name=f"Doe^{n}", study="1.2")) for n in range(5000)]
    persons, doubts = people_of(records)
    assert len(persons) == 5000
    assert doubts


def test_ten_thousand_people_of_a_former_key_are_distinguished_within_seconds():
    former = [Record(n, Identity(f"H{n}"), f"P{n}") for n in range(10_000)]
    now = [
        Record(10_000 + 2 * n + part, Identity(f"H{n}", name=f"Doe^A{n}", study=f"1.{n}.{part}"))
        for n in range(10_000)
        for part in (0, 1)
    ]
    began = time.process_time()
    persons, doubts = people_of([*former, *now])
    assert time.process_time() - began < 20  # each with each would be 200 million pairs
    assert [person.participant_id for person in persons] == [f"P{n}" for n in range(10_000)]
    assert all(len(person.records) == 3 for person in persons)
    assert not doubts
