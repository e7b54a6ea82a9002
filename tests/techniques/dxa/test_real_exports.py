"""Tables as real exports have them: other languages, missing values, other scans, NHANES."""

from __future__ import annotations

import pytest

from bonecohort.techniques.dxa.columns import OfRegion, headings_meant
from bonecohort.techniques.dxa.regions import Region, region_of

MISSING = ("NA", "N/A", "n/a", "-", ".", "--", "—", "k.A.", "nan", "NULL")


@pytest.mark.parametrize(
    ("text", "site", "side"),
    [
        ("LWK1", "L1", ""), ("LWK 1-4", "L1-L4", ""), ("LWK2-LWK4", "L2-L4", ""),
        ("Rachis L1 à L4", "L1-L4", ""), ("Rachis lombaire", "L1-L4", ""),
        ("Hals links", "femoral_neck", "left"), ("Femurhals", "femoral_neck", ""),
        ("Col fémoral gauche", "femoral_neck", "left"), ("Col droit", "femoral_neck", "right"),
        ("L Neck", "femoral_neck", "left"), ("R. Femur Neck", "femoral_neck", "right"),
        ("L Spine", "L1-L4", ""), ("L-Spine", "L1-L4", ""), ("L1", "L1", ""),
        ("Gesamtfemur", "total_hip", ""), ("Femur gesamt rechts", "total_hip", "right"),
        ("Hanche totale", "total_hip", ""), ("Fémur total", "total_hip", ""),
        ("Greater trochanter", "trochanter", ""), ("Trochanter gauche", "trochanter", "left"),
        ("Distal 1/3 radius", "radius_33", ""), ("Totale", "total", ""),
        ("Upper Neck", "", ""), ("Lower Neck Left", "", "left"), ("Both 33%", "", ""),
        ("Ward三角", "", ""), ("转子间", "intertrochanter", ""), ("Neck Mean", "", ""),
    ],
)  # fmt: skip
def test_regions_of_other_languages(text, site, side):
    assert region_of(text) == Region(site, side)


@pytest.mark.parametrize("text", ["L1-L4 (L3)", "L1,L2,L4", "L5", "T12-L4", "Lat L2", "R Spine"])
def test_regions_that_are_not_guessed(text):
    assert region_of(text) is None


@pytest.mark.parametrize("missing", MISSING)
def test_words_and_signs_for_no_value(assemble, missing):
    table = (
        "participant_id,region,bmd,bmc,area,t_score,scan_date,manufacturer,status\n"
        f"P1,Neck,0.812,{missing},{missing},-1.5,{missing},{missing},{missing}\n"
        f"P1,Total hip,{missing},{missing},{missing},{missing},,,\n"
    )
    found = assemble({"a.csv": table})
    assert found.exclusions() == []
    assert {key for key in found.values() if key[0] != "lowest"} == {
        ("femoral_neck", "bmd"), ("femoral_neck", "t_score"),
    }  # fmt: skip


def test_an_error_of_excel_is_no_missing_value(assemble):
    found = assemble({"a.csv": "participant_id,region,bmd\nP1,Neck,#N/A\n"})
    ((site, reason),) = found.exclusions()
    assert site == "femoral_neck"
    assert "an error of Excel's" in reason


@pytest.mark.parametrize("cells", ['"0,812","-1,5"', '"0，812","－1，5"', '"0.812","−1.5"'])
def test_decimal_commas_in_quoted_cells(assemble, cells):
    found = assemble({"a.csv": f"participant_id,region,bmd,t_score\nP1,Neck,{cells}\n"})
    values = found.values()
    assert (values["femoral_neck", "bmd"], values["femoral_neck", "t_score"]) == (0.812, -1.5)


def test_an_export_in_french(assemble):
    table = (
        "participant_id;Région;DMO (g/cm²);CMO (g);Surface (cm²);T-score\n"
        "P1;Col fémoral;0,812;3,963;4,88;-1,5\nP1;Rachis L1-L4;1,068;;;-0,9\n"
    )
    values = assemble({"a.csv": table}).values()
    assert values["femoral_neck", "bmd"] == 0.812
    assert values["femoral_neck", "bmc"] == 3.963
    assert values["femoral_neck", "area"] == 4.88
    assert values["L1-L4", "t_score"] == -0.9


@pytest.mark.parametrize(
    "mark", ["Head BMD", "BMD Head", "Head BMD (g/cm²)", "HEAD_BMD", "BMD Kopf", "头 骨密度"]
)
@pytest.mark.parametrize("spine", ["Spine BMD", "BMD Spine (g/cm²)", "BMD LWS", "腰椎骨密度"])
def test_a_spine_beside_a_head_is_not_read(assemble, mark, spine):
    table = f"participant_id,{mark},{spine},Neck BMD\nP1,2.1,0.95,0.8\n"
    found = assemble({"a.csv": table})
    assert found.values() == {("femoral_neck", "bmd"): 0.8}
    ((site, reason),) = found.exclusions()
    assert site == ""
    assert f"{spine!r} may be of the whole body" in reason


def test_a_named_spine_beside_a_head_counts(assemble):
    table = "participant_id,Head BMD,Spine BMD,Total BMD,L1-L4 BMD\nP1,2.1,0.95,1.1,0.9\n"
    found = assemble({"a.csv": table})
    assert found.values() == {("L1-L4", "bmd"): 0.9}
    assert found.exclusions() == []


def test_a_mapped_spine_beside_a_head_counts(assemble):
    table = "participant_id,Head BMD,Spine BMD\nP1,2.1,0.95\n"
    found = assemble({"a.csv": table}, columns={"L1-L4_bmd": "Spine BMD"})
    assert found.values() == {("L1-L4", "bmd"): 0.95}


@pytest.mark.parametrize(
    ("table", "values", "told"),
    [
        ("Neck BMD,Total BMD\nP1,0.7,0.8\n", {"femoral_neck", "total_hip"}, ""),
        ("L1-L4 BMD,Total BMD\nP1,0.9,0.8\n", {"L1-L4", "total_hip"}, ""),
        ("Total Left BMD,Total Right BMD\nP1,0.9,0.8\n", {"total_hip_left", "total_hip_right"}, ""),
        ("L1 BMD,L2 BMD,Total BMD\nP1,0.9,0.8,0.85\n", {"L1", "L2"}, "spine or of the hip"),
        ("Total BMD\nP1,0.85\n", set(), "spine or of the hip"),
        ("Radius 33% BMD,Total BMD\nP1,0.7,0.6\n", {"radius_33"}, "may be of the forearm"),
    ],
)
def test_a_column_of_a_plain_total(assemble, table, values, told):
    found = assemble({"a.csv": f"participant_id,{table}"})
    assert {site for site, _ in found.values()} == values
    reasons = [reason for site, reason in found.exclusions() if site == ""]
    assert len(reasons) == bool(told)
    assert all(told in reason for reason in reasons)


NHANES = {
    "SEQN": "P1", "DXASPNST": "1", "DXXOSBCC": "0", "DXXOSBMD": "0.9297", "DXXOSBMC": "53.626",
    "DXXOSA": "57.68", "DXXL1BCC": "5.397605346934028e-79", "DXXL1BMD": "0.874",
    "DXXL1BMC": "10.759", "DXXL1A": "12.31", "DXXL2BMD": "0.921", "DXXL2BMC": "12.544",
    "DXXL2A": "13.62", "DXXL3BMD": "0.963", "DXXL3BMC": "14.397", "DXXL3A": "14.95",
    "DXXL4BMD": "0.948", "DXXL4BMC": "15.926", "DXXL4A": "16.8", "DXAFMRST": "1",
    "DXXFMBCC": "0", "DXXOFBMD": "0.857", "DXXNKBMD": "0.702", "DXXTRBMD": "0.641",
    "DXXWDBMD": "0.533", "DXASPNK": "1.2", "DXXLSBMD": "0.99", "DXDTOBMD": "1.1",
}  # fmt: skip
SPINE = {"L1", "L2", "L3", "L4", "L1-L4"}
FEMUR = {"total_hip", "femoral_neck", "trochanter"}


def nhanes(**cells):
    row = NHANES | cells
    return f"{','.join(row)}\n{','.join(row.values())}\n"


def test_tables_of_nhanes(assemble):
    found = assemble({"a.csv": nhanes()})
    values = found.values()
    assert values["L1-L4", "bmd"] == pytest.approx(53.626 / 57.68)
    assert values["L1", "bmc"] == 10.759
    assert (values["total_hip", "bmd"], values["femoral_neck", "bmd"]) == (0.857, 0.702)
    assert values["trochanter", "bmd"] == 0.641
    assert values["total_hip", "sbmd"] == pytest.approx(1000 * (0.006 + 1.008 * 0.857))
    assert found.methods()["L1-L4", "bmd"] == "dxa.hologic"
    assert {site for site, _ in values} == SPINE | FEMUR
    assert found.exclusions() == []


@pytest.mark.parametrize(
    ("cells", "sites", "told"),
    [
        ({"DXASPNST": "2"}, FEMUR, "DXASPNST: '2'; 1 or valid is expected"),
        ({"DXAFMRST": "4.0"}, SPINE, "DXAFMRST: '4'"),
        ({"DXASPNST": ".", "DXXL1BCC": "1"}, FEMUR | SPINE - {"L1", "L1-L4"}, "DXXL1BCC: '1'; 0"),
        ({"DXXFMBCC": "3"}, SPINE | FEMUR - {"total_hip"}, "DXXFMBCC: '3'"),
    ],
)
def test_regions_that_nhanes_calls_invalid(assemble, cells, sites, told):
    found = assemble({"a.csv": nhanes(**cells)})
    assert {site for site, _ in found.values()} == sites
    assert {site for site, _ in found.exclusions()} == (SPINE | FEMUR) - sites
    assert any(told in reason for _, reason in found.exclusions())


@pytest.mark.parametrize(
    ("heading", "site", "side", "measure"),
    [
        ("FemoralNeckBMD", "femoral_neck", "", "bmd"), ("TotalHipBMD", "total_hip", "", "bmd"),
        ("L1BMD", "L1", "", "bmd"), ("FN_BMD", "femoral_neck", "", "bmd"),
        ("TH T-score", "total_hip", "", "t_score"), ("LS_BMD", "L1-L4", "", "bmd"),
        ("BMD (L1-L4) (g/cm²)", "L1-L4", "", "bmd"), ("Radius (33%) BMD", "radius_33", "", "bmd"),
        ("BMD hip total (L)", "total_hip", "left", "bmd"),
        ("Neck BMD T-score", "femoral_neck", "", "t_score"),
        ("Left Forearm Radius 33% BMD", "radius_33", "left", "bmd"),
        ("AP Spine L1-L4 Young-Adult T-score", "L1-L4", "", "t_score"),
    ],
)  # fmt: skip
def test_headings_that_people_write(heading, site, side, measure):
    assert headings_meant([heading], {}, "file") == {heading: OfRegion(Region(site, side), measure)}


@pytest.mark.parametrize(
    "heading",
    ["BMD L1-L4 %", "BMD %", "BMD (%)", "L1-L4 BMD change (%)", "L1-L4 BMD Young-Adult (%)"],
)
def test_a_percentage_is_no_bmd(assemble, heading):
    assert headings_meant([heading], {}, "file") == {}
    found = assemble({"a.csv": f"participant_id,Neck BMD,{heading}\nP1,0.8,1.2\n"})
    assert found.values() == {("femoral_neck", "bmd"): 0.8}


def test_columns_of_regions_that_are_not_known_are_noted(assemble):
    table = "participant_id,Neck BMD,Knee BMD,Wards BMD,Head BMD,L1-L4 TBS\nP1,0.8,1.1,0.5,2,1.3\n"
    (note,) = assemble({"a.csv": table}).notes
    assert note == (
        "a.csv: columns of regions that are not known were not read: Knee BMD. Map them in "
        "bmd.columns if they are of spine, hip or radius."
    )
