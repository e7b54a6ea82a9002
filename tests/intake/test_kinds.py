"""Kinds that are proposed to those who ask: T1, and maps whose ImageType says what they show."""

from __future__ import annotations

import csv

import pytest

from bonecohort.faults import StudyFault
from bonecohort.intake.init import init_study
from tests.intake.export import Patient, write_series

MAPS = {
    "fat_fraction": ["DERIVED", "PRIMARY", "M", "FAT_FRACTION"],
    "r2star": ["DERIVED", "PRIMARY", "M", "R2_STAR MAP"],
    "t2star": ["DERIVED", "PRIMARY", "M", "T2_STAR MAP"],
    "water_image": ["DERIVED", "PRIMARY", "DIXON", "WATER"],
    "fat_image": ["DERIVED", "PRIMARY", "DIXON", "FAT"],
    "adc_map": ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"],
    "t2_map": ["DERIVED", "PRIMARY", "M", "T2 MAP"],
}


class Export:
    """One patient's export."""

    def __init__(self, place):
        self.root, self.study, self.patient = place / "pacs", place / "study", Patient(1)

    def add(self, label, **values):
        at = self.root / label.replace(" ", "_")
        write_series(self.patient, label, lambda index: at / str(index), **values)

    def rows(self):
        with (self.study / "config/series.tsv").open(newline="") as file:
            return {row["kind"]: row["path"] for row in csv.DictReader(file, delimiter="\t")}


@pytest.fixture
def export(tmp_path):
    return Export(tmp_path)


def test_a_t1_is_proposed_only_to_those_who_ask(export):
    export.add("t2")
    export.add("t1")
    summary = init_study(export.root, export.study)
    assert summary.further == {"t1_sagittal": 1}
    assert export.rows().keys() == {"t2_sagittal"}
    asked = init_study(export.root, export.study, asked=["t1_sagittal"])
    assert asked.further == {}
    assert (summary.n_series, asked.n_series) == (2, 2)
    assert asked.added_series == (("P001", "t1_sagittal"),)
    assert export.rows()["t1_sagittal"].endswith("t1")


NO_T1 = {
    "T2": {"EchoTime": 100, "RepetitionTime": 4000},
    "contrast agent": {"ContrastBolusAgent": "Gadovist"},
    "fat suppression": {"ScanOptions": "FS"},
    "described as fat suppressed": {"SeriesDescription": "t1_tse_sag_fs lumbar"},
    "inversion recovery": {"InversionTime": 860, "ScanningSequence": ["SE", "IR"]},
    "axial": {},
    "cervical": {"SeriesDescription": "C-spine sag", "BodyPartExamined": "CSPINE"},
    "derived": {"ImageType": ["DERIVED", "SECONDARY", "MPR"]},
    "water": {"ImageType": ["DERIVED", "PRIMARY", "DIXON", "WATER"]},
}


@pytest.mark.parametrize("fault", NO_T1)
def test_what_is_no_plain_t1_is_proposed_to_nobody(export, fault):
    times = {"EchoTime": 10, "RepetitionTime": 600}
    export.add("t2")
    export.add("t2_axial" if fault == "axial" else "t1", **times | NO_T1[fault])
    summary = init_study(export.root, export.study, asked=["t1_sagittal"])
    assert export.rows().keys() == {"t2_sagittal"}
    assert all(one.kind != "t1_sagittal" for one in summary.participants[0].proposals)


def test_of_several_t1_the_spin_echo_is_proposed(export):
    export.add("t1 1", ScanningSequence="GR", FlipAngle=70, RepetitionTime=200, EchoTime=4)
    export.add("t1 2")
    proposal = init_study(export.root, export.study, asked=["t1_sagittal"]).proposal(
        "P001", "t1_sagittal"
    )
    assert proposal.chosen.uid == export.patient.uids["t1 2"]
    assert [why for _, why in proposal.passed_over] == [
        "gradient echo; the one proposed: spin echo"
    ]


def add_map(export, number, kind, **values):
    usual = {"ImageType": MAPS[kind], "ScanningSequence": "GR", "EchoTime": 1.1,
             "RepetitionTime": 9, "SeriesDescription": "lumbar"}  # fmt: skip
    export.add(f"t1 {number}", **usual | values)


def test_each_map_is_proposed_by_its_image_type(export):
    for number, kind in enumerate(MAPS, start=1):
        add_map(export, number, kind)
    asked = init_study(export.root, export.study, asked=list(MAPS))
    labels = {uid: label for label, uid in export.patient.uids.items()}
    found = {
        one.kind: labels[one.chosen.uid] for one in asked.participants[0].proposals if one.chosen
    }
    expected = {kind: f"t1 {number}" for number, kind in enumerate(MAPS, start=1)}
    assert {kind: found[kind] for kind in MAPS} == expected


def test_a_map_that_only_its_description_names_is_not_proposed(export):
    for number, kind in enumerate(MAPS, start=1):
        described = f"lumbar {kind} FF ADC T2 map"
        add_map(
            export, number, kind, ImageType=["DERIVED", "PRIMARY", "M"], SeriesDescription=described
        )
    assert not set(init_study(export.root, export.study).further) & MAPS.keys()


def test_water_and_fat_of_a_spin_echo_are_not_proposed(export):
    add_map(export, 1, "water_image", ScanningSequence="SE")
    add_map(export, 2, "fat_image", ScanningSequence="SE")
    assert not set(init_study(export.root, export.study).further) & {"water_image", "fat_image"}


def test_a_kind_that_is_never_proposed_is_told(export):
    export.add("t2")
    with pytest.raises(StudyFault, match="--kind: found 'mr_vertebrae'; one of fat_fraction"):
        init_study(export.root, export.study, asked=["mr_vertebrae"])
    assert not export.study.exists()
