"""What is proposed beside what: multi-energy derivatives of a CT, Dixon images, 3-D T2."""

from __future__ import annotations

import pytest

from bonecohort.intake.init import init_study
from tests.intake.export import Patient, write_series

PRIMARY = ("ORIGINAL", "PRIMARY", "AXIAL")


class Export:
    """One patient's export."""

    def __init__(self, place):
        self.root, self.study, self.patient = place / "pacs", place / "study", Patient(1)

    def add(self, label, **values):
        at = self.root / label.replace(" ", "_")
        write_series(self.patient, label, lambda index: at / str(index), **values)

    def proposal(self, kind):
        return init_study(self.root, self.study).proposal("P001", kind)

    def proposed(self, kind):
        chosen = self.proposal(kind).chosen
        labels = {uid: label for label, uid in self.patient.uids.items()}
        return labels[chosen.uid] if chosen else None


@pytest.fixture
def export(tmp_path):
    return Export(tmp_path)


DERIVATIVES = [
    {"SeriesDescription": "Mono 40 keV"},
    {"SeriesDescription": "Monoenergetic Plus 70 keV Lumbar"},
    {"MonoenergeticEnergyEquivalent": 40.0},
    {"ImageType": [*PRIMARY, "MONOENERGETIC"]},
    {"ImageType": ["DERIVED", "PRIMARY", "AXIAL", "VMI"]},
    {"SeriesDescription": "VNC"},
    {"SeriesDescription": "Virtual non contrast spine"},
    {"SeriesDescription": "Iodine map"},
    {"RescaleType": "Z_EFF"},
    {"RescaleType": "ED"},
    {"RescaleType": "MGML"},
    {"SeriesDescription": "Electron density"},
    {"SeriesDescription": "Z effective"},
]


@pytest.mark.parametrize("values", DERIVATIVES)
def test_a_derivative_met_first_is_never_proposed_over_the_conventional_ct(export, values):
    export.add("ct_standard 1", **values)  # thinner, of a better kernel, and met first
    export.add("ct_thick", ConvolutionKernel="BONEPLUS")
    proposal = export.proposal("ct")
    assert proposal.chosen.uid == export.patient.uids["ct_thick"]
    ((passed_over, why),) = proposal.passed_over
    assert passed_over.uid == export.patient.uids["ct_standard 1"]
    assert "multi-energy derivative" in why or "derived" in why


@pytest.mark.parametrize("values", DERIVATIVES)
def test_a_derivative_alone_is_proposed_to_nobody(export, values):
    export.add("ct_standard", **values)
    assert export.proposed("ct") is None


@pytest.mark.filterwarnings("ignore:Invalid value for VR CS")
@pytest.mark.parametrize(
    "values",
    [
        {"SeriesDescription": "DE_Lumbar Mixed 0.6"},
        {"ImageType": [*PRIMARY, "DECT", "M_0.6"]},
        {"SeriesDescription": "Polyenergetic T3D"},
        {"ProtocolName": "Dual energy abdomen"},
    ],
)
def test_the_conventional_image_of_a_dual_energy_scan_is_proposed(export, values):
    export.add("ct_standard", **values)
    assert export.proposed("ct") == "ct_standard"


def test_an_energy_that_the_study_accepts_is_proposed_where_nothing_conventional_is(export):
    (export.study / "config").mkdir(parents=True)
    (export.study / "config/config.yaml").write_text("images: {monoenergetic_kev: [65, 75]}\n")
    export.add("ct_standard 1", SeriesDescription="Mono 70 keV")
    export.add("ct_standard 2", SeriesDescription="Mono 40 keV")
    assert export.proposed("ct") == "ct_standard 1"
    export.add("ct_thick", ConvolutionKernel="BONEPLUS")
    assert init_study(export.root, export.study.with_name("other")).proposal("P001", "ct").chosen
    proposal = export.proposal("ct")
    assert proposal.chosen.uid == export.patient.uids["ct_thick"]
    assert any("monoenergetic image at 70 keV" in why for _, why in proposal.passed_over)


IN_PHASE = [
    {"ImageType": ["DERIVED", "PRIMARY", "DIXON", "IN_PHASE"]},
    {"ImageType": ["DERIVED", "PRIMARY", "M", "DIXON", "IN"]},
    {"ImageType": ["DERIVED", "PRIMARY", "IP", "IP", "DERIVED"]},
    {
        "ImageType": ["DERIVED", "PRIMARY", "M", "DIS2D"],
        "SeriesDescription": "t2_tse_dixon_sag_lumbar_in",
    },
]
OTHER_PARTS = [
    {"ImageType": ["DERIVED", "PRIMARY", "DIXON", "WATER"]},
    {"ImageType": ["DERIVED", "PRIMARY", "DIXON", "FAT"]},
    {"ImageType": ["DERIVED", "PRIMARY", "DIXON", "OPP_PHASE"]},
    {"ImageType": ["DERIVED", "PRIMARY", "W", "W", "DERIVED"]},
    {"ImageType": ["ORIGINAL", "PRIMARY", "FAT_FRACTION", "FF"]},
    {
        "ImageType": ["DERIVED", "PRIMARY", "M", "DIS2D"],
        "SeriesDescription": "t2_tse_dixon_sag_lumbar_opp",
    },
    {"ImageType": ["ORIGINAL", "PRIMARY", "M"], "SeriesDescription": "t2_tse_dixon_sag_lumbar_F"},
]


@pytest.mark.parametrize("values", IN_PHASE)
def test_the_in_phase_image_of_a_dixon_is_the_t2_where_nothing_is_better(export, values):
    for number, part in enumerate(OTHER_PARTS, start=1):
        export.add(f"t2 {number}", **part)
    export.add("t2 9", **values)
    assert export.proposed("t2_sagittal") == "t2 9"


@pytest.mark.parametrize("values", IN_PHASE)
def test_an_original_t2_is_better_than_the_in_phase_image(export, values):
    export.add("t2 1", **values)
    export.add("t2 2")
    proposal = export.proposal("t2_sagittal")
    assert proposal.chosen.uid == export.patient.uids["t2 2"]
    assert "in-phase image of a Dixon" in proposal.passed_over[0][1]


@pytest.mark.parametrize("values", OTHER_PARTS)
def test_the_other_images_of_a_dixon_are_no_t2(export, values):
    export.add("t2", **values)
    proposal = export.proposal("t2_sagittal")
    assert proposal.chosen is None
    assert "of a Dixon sequence, not the in-phase one" in proposal.reason


def test_another_derived_t2_stays_refused(export):
    export.add("t2", ImageType=["DERIVED", "SECONDARY", "MPR", "IN_PHASE"])
    assert export.proposed("t2_sagittal") is None


SPACE = {
    "MRAcquisitionType": "3D", "RepetitionTime": 1500, "EchoTime": 102, "EchoTrainLength": 70,
    "SequenceVariant": ["SK", "SP", "OSP"], "SeriesDescription": "spine sag iso",
}  # fmt: skip


def test_a_three_dimensional_t2_repeats_sooner(export):
    export.add("t2", **SPACE)
    proposal = export.proposal("t2_sagittal")
    assert proposal.chosen is not None
    assert "echo time 0.102 s" in proposal.reason


@pytest.mark.parametrize(
    "values",
    [
        {"MRAcquisitionType": "2D"},
        {"EchoTime": 15},
        {"RepetitionTime": 500},
        {"ScanningSequence": "GR"},
        {"ScanningSequence": ["SE", "IR"]},
    ],
)
def test_what_is_no_three_dimensional_t2_stays_refused(export, values):
    export.add("t2", **(SPACE | values))
    assert export.proposed("t2_sagittal") is None


@pytest.mark.parametrize("agent", ["无", "無", "NONE", "ohne KM", "平扫"])
def test_no_agent_in_any_language_is_no_contrast(export, agent):
    export.add("ct_standard 1", ContrastBolusAgent="Iohexol")
    export.add("ct_standard 2", ContrastBolusAgent=agent, SpecificCharacterSet="ISO_IR 192")
    assert export.proposed("ct") == "ct_standard 2"
