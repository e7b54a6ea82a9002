"""The words of exports and reports for regions, and the headings of tables."""

from __future__ import annotations

import pytest

from bonecohort.faults import DataFault
from bonecohort.measures.dates import iso_date
from bonecohort.techniques.dxa.columns import OfRegion, column_meant, headings_meant
from bonecohort.techniques.dxa.regions import Region, region_of, side_of


@pytest.mark.parametrize(
    ("text", "site", "side"),
    [
        ("L1-L4", "L1-L4", ""), ("L1-L4 Total", "L1-L4", ""), ("AP Spine L1-L4", "L1-L4", ""),
        ("L1–L4", "L1-L4", ""), ("l1 - l4", "L1-L4", ""), ("L1-4", "L1-L4", ""),
        ("Lumbar spine", "L1-L4", ""), ("Spine total", "L1-L4", ""), ("腰椎", "L1-L4", ""),
        ("LWS gesamt", "L1-L4", ""), ("L2-L4", "L2-L4", ""), ("AP Spine L2-L4", "L2-L4", ""),
        ("L3", "L3", ""), ("AP Spine L3", "L3", ""), ("l 4", "L4", ""),
        ("Neck", "femoral_neck", ""), ("Femoral neck", "femoral_neck", ""),
        ("Neck Left", "femoral_neck", "left"), ("DualFemur Neck Right", "femoral_neck", "right"),
        ("Schenkelhals links", "femoral_neck", "left"), ("左股骨颈", "femoral_neck", "left"),
        ("Total hip", "total_hip", ""), ("Hip-L", "total_hip", "left"),
        ("Hip (R)", "total_hip", "right"), ("Total Femur", "total_hip", ""),
        ("Hüfte gesamt", "total_hip", ""), ("右全髋", "total_hip", "right"),
        ("Troch", "trochanter", ""), ("Trochanter L", "trochanter", "left"),
        ("Radius 33%", "radius_33", ""), ("1/3 Radius", "radius_33", ""),
        ("One-third radius", "radius_33", ""), ("R_13", "radius_33", ""),
        ("Total", "total", ""), ("Femur-L", "femur", "left"), ("Left Femur", "femur", "left"),
        ("L1-L3", "", ""), ("L2-L3", "", ""), ("Wards", "", ""), ("Ward's", "", ""),
        ("Shaft", "", ""), ("Neck Mean", "", ""), ("Total Diff.", "", ""), ("Radius UD", "", ""),
        ("Ulna 33", "", ""), ("Total body", "", ""), ("Head", "", ""),
    ],
)  # fmt: skip
def test_regions(text, site, side):
    assert region_of(text) == Region(site, side)


@pytest.mark.parametrize("text", ["", "Knee", "L5", "L1-L5", "Left", "Calcaneus", "L0"])
def test_other_words_are_no_region(text):
    assert region_of(text) is None


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("L", "left"),
        ("Right", "right"),
        ("links", "left"),
        ("右", "right"),
        ("", ""),
        ("both", None),
    ],
)
def test_sides(text, side):
    assert side_of(text) == side


@pytest.mark.parametrize(
    ("key", "site", "measure"),
    [
        ("total", "L1-L4", "bmd"), ("total_t_score", "L1-L4", "t_score"),
        ("L1-L4_bmd", "L1-L4", "bmd"), ("total_hip", "total_hip", "bmd"),
        ("total_hip_t_score", "total_hip", "t_score"), ("neck_bmc", "femoral_neck", "bmc"),
        ("femoral_neck_z_score", "femoral_neck", "z_score"), ("L3_area", "L3", "area"),
        ("radius_33", "radius_33", "bmd"), ("L2_included", "L2", "included"),
    ],
)  # fmt: skip
def test_keys_of_the_column_map(key, site, measure):
    assert column_meant(key) == OfRegion(Region(site), measure)


def test_other_keys_of_the_column_map():
    assert column_meant("scan_date") == "scan_date"
    assert column_meant("t_score") == "t_score"
    assert column_meant("hipp") is None


APEX = ("PATIENT_KEY", "SCANID", "NO_REGIONS", "STARTING_REGION", "L1_INCLUDED", "L1_AREA",
        "TOT_BMD", "STD_TOT_BMD", "ROI_WIDTH", "PHYSICIAN_COMMENT", "HTOT_BMC", "WARDS_BMD",
        "R_13_BMD", "INTER_AREA")  # fmt: skip


@pytest.mark.parametrize("change", [str, str.lower, str.title])
def test_headings_of_apex(change):
    found = headings_meant([change(one) for one in APEX], {}, "file")
    assert {heading.upper(): one for heading, one in found.items()} == {
        "PATIENT_KEY": "patientkey",
        "NO_REGIONS": "noregions",
        "STARTING_REGION": "startingregion",
        "L1_INCLUDED": OfRegion(Region("L1"), "included"),
        "L1_AREA": OfRegion(Region("L1"), "area"),
        "TOT_BMD": OfRegion(Region("L1-L4"), "bmd"),
        "HTOT_BMC": OfRegion(Region("total_hip"), "bmc"),
        "R_13_BMD": OfRegion(Region("radius_33"), "bmd"),
        "INTER_AREA": OfRegion(Region("intertrochanter"), "area"),
    }


def test_headings_of_other_exports():
    mapped = {"total": "BMD L1-L4", "t_score": "T-Wert", "region": "Messort"}
    headings = ["Messort", "BMD L1-L4", "T-Wert", "BMD (g/cm²)", "Neck T-score", "Total BMD"]
    assert headings_meant(headings, mapped, "file") == {
        "Messort": "region",
        "BMD L1-L4": OfRegion(Region("L1-L4"), "bmd"),
        "T-Wert": "t_score",
        "BMD (g/cm²)": "bmd",
        "Neck T-score": OfRegion(Region("femoral_neck"), "t_score"),
        "Total BMD": OfRegion(Region("total"), "bmd"),
    }


@pytest.mark.parametrize(
    ("headings", "mapped", "told"),
    [
        (["bmd (mg/cm²)"], {}, "is in mg/cm²; g/cm² is expected"),
        (["area (mm2)"], {}, "is in mm2; cm² is expected"),
        (["L1-L4 BMD", "BMD L1-L4"], {}, "both mean bmd of L1-L4"),
        (["BMD", "KMD"], {"bmd": "KMD"}, "both mean bmd"),
    ],
)
def test_headings_that_are_refused(headings, mapped, told):
    with pytest.raises(DataFault, match=told):
        headings_meant(headings, mapped, "file")


@pytest.mark.parametrize(
    "unit", ["g/cm2", "gm/cm²", "g/cm²", "g/cm-2", "g/cm^2", "g / cm²", "g·cm-2", ""]
)
def test_units_of_bmd(unit):
    assert headings_meant([f"BMD ({unit})"], {}, "file") == {f"BMD ({unit})": "bmd"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-05", "2024-03-05"), ("2024-03-05T10:00:00+08:00", "2024-03-05"),
        ("2024-03-05 00:00:00", "2024-03-05"), ("20240305", "2024-03-05"),
        ("5.3.2024", "2024-03-05"), ("05.03.2024", "2024-03-05"), ("2024/3/5", "2024-03-05"),
        ("2024年3月5日", "2024-03-05"), ("25/03/2024", "2024-03-25"), ("03/25/2024", "2024-03-25"),
        ("05/05/2024", "2024-05-05"), ("", ""),
    ],
)  # fmt: skip
def test_dates(text, expected):
    assert iso_date(text, "file") == expected


@pytest.mark.parametrize(
    "text", ["05/03/2024", "2024-13-01", "yesterday", "45000", "2024-02-30", "2024115"]
)
def test_what_is_no_plain_date(text):
    with pytest.raises(DataFault, match="YYYY-MM-DD is expected"):
        iso_date(text, "file")
