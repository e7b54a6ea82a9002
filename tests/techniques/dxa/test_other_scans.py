"""Names that a scan of the whole body or the forearm shares with those of spine and hip."""

from __future__ import annotations

import pytest

HEADINGS = "participant_id,region,bmd,t_score,manufacturer\n"


def long_table(*rows):
    """Return a table of P1, whose rows are region, BMD and T-score."""
    return HEADINGS + "".join(f"P1,{row},GE Lunar\n" for row in rows)


WHOLE_BODY = ("Arms,0.7,", "Legs,0.9,", "Spine,0.85,-2.9", "Total,1.05,-2.6")


@pytest.mark.parametrize("mark", ["Head,2.1,", "L Arm,0.7,", "Trunk,0.8,", "Subtotal,0.9,"])
def test_a_spine_and_a_total_of_the_whole_body_are_not_those_of_spine_and_hip(assemble, mark):
    found = assemble({"dxa.csv": long_table(mark, *WHOLE_BODY[2:])})
    assert found.values() == {}
    told = [reason for _, reason in found.exclusions()]
    assert any("'Spine' may be of the whole body" in reason for reason in told)
    assert any("'Total' may be of the whole body" in reason for reason in told)


def test_named_regions_beside_those_of_the_whole_body_count(assemble):
    rows = ("Head,2.1,", *WHOLE_BODY, "AP Spine L1-L4,0.9,-1.4", "Total hip,0.8,-1.2")
    values = assemble({"dxa.csv": long_table(*rows)}).values()
    assert (values["L1-L4", "bmd"], values["total_hip", "bmd"]) == (0.9, 0.8)
    assert values["lowest", "t_score"] == -1.4


@pytest.mark.parametrize("mark", ["Radius 33%,0.8,-0.5", "Radius UD,0.4,", "UD,0.4,", "Ulna,0.6,"])
def test_a_total_of_the_forearm_is_no_hip(assemble, mark):
    found = assemble({"dxa.csv": long_table(mark, "Total,0.6,-2.7")})
    assert not any(site == "total_hip" for site, _ in found.values())
    assert "'Total' may be of the forearm" in found.exclusions()[-1][1]


def test_a_total_beside_a_neck_is_of_the_hip_although_there_is_a_radius(assemble):
    rows = ("Radius 33%,0.8,-0.5", "Neck,0.7,-1.8", "Total,0.75,-1.7")
    assert assemble({"dxa.csv": long_table(*rows)}).values()["total_hip", "bmd"] == 0.75


def test_a_table_of_apex_of_the_whole_body_has_no_spine(assemble):
    table = (
        "PATIENT_KEY,SCANID,HEAD_BMD,L_SPINE_BMD,PELV_BMD,TOT_BMD,NECK_BMD\n"
        "P1,A,2.2,0.95,1.1,1.1,0.8\n"
    )
    found = assemble({"dxa.csv": table})
    assert {site for site, _ in found.values()} == {"femoral_neck"}


def test_yes_and_valid_are_read_as_numbers_with_decimals(assemble):
    table = (
        "participant_id,DXAFMRST,DXASPNST,femoral_neck_bmd,L1_bmd,L1_included,L2_bmd,L2_included\n"
        "P1,1.0,1.0,0.8,0.9,1.0,0.95,0.0\n"
    )
    values = assemble({"dxa.csv": table}).values()
    assert values["femoral_neck", "bmd"] == 0.8
    assert values["L1", "bmd"] == 0.9
    assert ("L2", "bmd") not in values


def test_a_status_that_is_not_valid_stays_so_with_decimals(assemble):
    table = "participant_id,region,bmd,status\nP1,Neck,0.8,2.0\n"
    found = assemble({"dxa.csv": table})
    assert found.values() == {}
    assert "status: '2'" in found.exclusions()[0][1]


def test_bmc_and_area_that_give_no_density_of_bone_are_refused(assemble):
    table = "participant_id,region,bmd,bmc,area\nP1,Neck,,39,4.88\n"
    found = assemble({"dxa.csv": table})
    assert found.values() == {}
    assert "BMC divided by area is 7.99" in found.exclusions()[0][1]


@pytest.mark.parametrize("text", ["GE Prodigy", "General Electric", "iDXA", "GE Lunar DPX-IQ"])
def test_lunar_is_known_by_its_densitometers(assemble, text):
    table = long_table("Neck,0.8,-1.5").replace("GE Lunar", text)
    assert assemble({"dxa.csv": table}).methods()["femoral_neck", "bmd"] == "dxa.lunar"
