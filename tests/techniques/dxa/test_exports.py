"""Exports as densitometers and people write them, from the file to the cohort's tables."""

from __future__ import annotations

import io

import openpyxl
import pytest

APEX_SPINE = (
    "PATIENT_KEY,SCANID,NO_REGIONS,STARTING_REGION,"
    "L1_INCLUDED,L1_AREA,L1_BMC,L1_BMD,L2_INCLUDED,L2_AREA,L2_BMC,L2_BMD,"
    "L3_INCLUDED,L3_AREA,L3_BMC,L3_BMD,L4_INCLUDED,L4_AREA,L4_BMC,L4_BMD,"
    "TOT_AREA,TOT_BMC,TOT_BMD,STD_TOT_BMD,ROI_TYPE,PHYSICIAN_COMMENT\n"
)
ALL_FOUR = (
    "P1,A1,4,1,1,12.31,10.759,0.874,1,13.62,12.544,0.921,1,14.95,14.397,0.963,"
    "1,16.8,15.926,0.948,57.68,53.626,0.9297,,7,\n"
)
FROM_L2 = (
    "P1,A1,3,2,0,0,0,0,1,13.62,12.544,0.921,1,14.95,14.397,0.963,"
    "1,16.8,15.926,0.948,45.37,42.867,0.9448,,7,\n"
)
APEX_HIP = (
    "PATIENT_KEY,SCANID,TROCH_AREA,TROCH_BMC,TROCH_BMD,INTER_AREA,INTER_BMC,INTER_BMD,NECK_AREA,"
    "NECK_BMC,NECK_BMD,WARDS_AREA,WARDS_BMC,WARDS_BMD,HTOT_AREA,HTOT_BMC,HTOT_BMD,HSTD_TOT_BMD\n"
    "P1,A2,10.12,6.487,0.641,17.8,18.192,1.022,4.88,3.426,0.702,1.15,0.613,0.533,32.8,28.105,"
    "0.8569,\n"
)
LONG = (
    "participant_id,region,bmd,bmc,area,t_score,z_score,manufacturer,scan_date\n"
    "P1,AP Spine L1-L4,1.068,,,-0.9,0.4,GE Lunar,2024-03-05\n"
    "P1,Neck Left,0.812,,,-1.5,-0.1,GE Lunar,2024-03-05\n"
    "P1,Total Left,0.850,,,-1.2,0.0,GE Lunar,2024-03-05\n"
    "P2,L1-L4 Total,0.900,,,-2.4,,GE Lunar,2024-03-05\n"
    "P2,Total hip,0.700,,,-2.5,,GE Lunar,2024-03-05\n"
    "P3,Femoral neck,0.700,,,-2.6,,GE Lunar,2024-03-05\n"
)
EVERYBODY = [("P1", "dxa.csv"), ("P2", "dxa.csv"), ("P3", "dxa.csv")]


def semicolons(text):
    """Return a table as programs with decimal commas write it."""
    return text.replace(",", ";").replace(".", ",")


def workbook(text):
    book = openpyxl.Workbook()
    for line in text.splitlines():
        cells = [float(cell) if cell.replace(".", "", 1).lstrip("-").isdigit() else cell or None
                 for cell in line.split(",")]  # fmt: skip
        book.active.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def turned(text):
    """Return a table with its columns the other way round."""
    return "\n".join(",".join(reversed(line.split(","))) for line in text.splitlines()) + "\n"


FORMS = {
    "as exported": str,
    "lower case": str.lower,
    "turned": turned,
    "tabs": lambda text: text.replace(",", "\t"),
    "decimal commas": semicolons,
    "Excel": workbook,
    "byte order mark": lambda text: "\ufeff" + text,
}


@pytest.mark.parametrize("form", FORMS)
def test_tables_of_apex(assemble, form):
    change = FORMS[form]
    if form == "lower case":
        files = {"spine.csv": APEX_SPINE.lower() + ALL_FOUR, "hip.csv": APEX_HIP}
    else:
        files = {"spine.csv": change(APEX_SPINE + ALL_FOUR), "hip.csv": change(APEX_HIP)}
    found = assemble(files)
    values = found.values()
    assert values["L1", "bmd"] == 0.874
    assert values["L1-L4", "bmd"] == pytest.approx(0.929716, abs=5e-7)
    assert values["L1-L4", "sbmd"] == pytest.approx(999.0, abs=0.05)
    assert values["total_hip", "bmd"] == pytest.approx(0.856860, abs=5e-7)
    assert values["total_hip", "sbmd"] == pytest.approx(869.7, abs=0.05)
    assert values["femoral_neck", "bmd"] == 0.702
    assert values["trochanter", "bmc"] == 6.487
    assert not {site for site, _ in values} & {"intertrochanter", "wards", "lowest"}
    assert not {measure for _, measure in values} & {"t_score", "who_class"}
    methods = found.methods()
    assert methods["L1-L4", "bmd"] == "dxa.hologic"
    assert methods["L1-L4", "sbmd"] == "dxa.sbmd.hui1997"
    assert methods["femoral_neck", "sbmd"] == "dxa.sbmd.lu2001"
    assert found.exclusions() == []


def test_shared_exports_give_the_same(assemble, shared):
    files = {name: (shared / name).read_bytes() for name in ("apex_spine.csv", "apex_hip.csv")}
    people = "participant_id,age_years,sex\nK0001,68,female\n"
    found = assemble(files, series=[("K0001", name) for name in files], people=people)
    values = found.values("K0001")
    assert values["L1-L4", "bmd"] == pytest.approx(0.929716, abs=5e-7)
    assert values["total_hip", "bmd"] == pytest.approx(0.856860, abs=5e-7)


def test_units_are_those_of_the_contract(assemble):
    found = assemble({"dxa.csv": LONG, "spine.csv": APEX_SPINE + ALL_FOUR.replace("P1", "P3")},
                     series=[*EVERYBODY, ("P3", "spine.csv")])  # fmt: skip
    rows = found.tables["measurements"]
    units = dict(zip(rows["measure"], rows["unit"], strict=True))
    assert units == {"bmd": "g/cm2", "bmc": "g", "area": "cm2", "sbmd": "mg/cm2", "t_score": "1",
                     "z_score": "1", "who_class": "1"}  # fmt: skip


def test_a_scan_from_the_second_vertebra_on_is_named_so(assemble):
    found = assemble({"spine.csv": APEX_SPINE + FROM_L2})
    values = found.values()
    assert values["L2-L4", "bmd"] == pytest.approx(42.867 / 45.37)
    assert ("L1", "bmd") not in values
    assert ("L1-L4", "bmd") not in values
    assert found.exclusions() == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("P1,A1,4,1,", "P1,A1,3,2,"), "STARTING_REGION 2 and NO_REGIONS 3 name L2, L3, L4"),
        (
            ("P1,A1,4,1,", "P1,A1,3,1,"),
            "name L1, L2, L3, but there are values of L1, L2, L3, L4",
        ),
        (("P1,A1,4,1,", "P1,A1,4,one,"), "'one' is not a number"),
        (("P1,A1,4,1,", "P1,A1,999999999,1,"), "'999999999'; 1 to 4 is expected"),
        (("P1,A1,4,1,", "P1,A1,4,0,"), "'0'; 1 to 4 is expected"),
        (("1,12.31,10.759,0.874", "1,0,0,0"), "but there are values of L2, L3, L4"),
        (("57.68,53.626,0.9297", "60.0,60.0,1.0"), "BMD 1 g/cm², but ΣBMC / ΣArea"),
        (("0.9297", "929.7"), "may be mg/cm²"),
    ],
)
def test_apex_tables_that_contradict_themselves(assemble, change, told):
    found = assemble({"spine.csv": APEX_SPINE + ALL_FOUR.replace(*change)})
    ((_, reason),) = found.exclusions()
    assert told in reason
    assert ("L1-L4", "bmd") not in found.values()


@pytest.mark.parametrize(("first", "site"), [("2", "L2-L4"), ("2.0", "L2-L4"), ("1", "L1-L4")])
def test_a_total_alone_is_named_by_the_first_vertebra(assemble, first, site):
    table = f"PATIENT_KEY,SCANID,STARTING_REGION,TOT_BMD\nP1,A1,{first},0.9\n"
    assert set(assemble({"a.csv": table}).values()) == {(site, "bmd"), (site, "sbmd")}


def test_a_vertebra_that_is_not_included_is_in_no_total(assemble):
    row = ALL_FOUR.replace("1,14.95", "0,14.95").replace(
        "57.68,53.626,0.9297", "42.73,39.229,0.918"
    )
    found = assemble({"spine.csv": APEX_SPINE + row})
    assert found.values()["L1-L4", "bmd"] == pytest.approx(39.229 / 42.73)
    assert ("L3", "bmd") not in found.values()
    assert found.exclusions() == [
        ("L3", "spine.csv, row 2, L3: L3 is marked as not included; it was left out.")
    ]
    assert ("L1-L4", "levels_used: L1, L2, L4 (3 of 4)") in found.flags()


def test_a_vertebra_that_is_marked_out_and_has_no_values_is_no_contradiction(assemble):
    row = ALL_FOUR.replace("1,12.31,10.759,0.874", "0,,,")
    row = row.replace("57.68,53.626,0.9297", "45.37,42.867,0.9448")
    found = assemble({"spine.csv": APEX_SPINE + row})
    assert found.values()["L1-L4", "bmd"] == pytest.approx(42.867 / 45.37)
    assert ("L1-L4", "levels_used: L2, L3, L4 (3 of 4)") in found.flags()
    assert found.exclusions() == []


def test_a_side_that_is_none_is_refused(assemble):
    found = assemble({"a.csv": "participant_id,side,Neck BMD\nP1,both,0.8\n"})
    assert found.exclusions() == [("", "a.csv, row 2, side: 'both'; left or right is expected.")]
    sided = assemble({"a.csv": "participant_id,side,Neck BMD\nP1,left,0.8\nP1,right,0.7\n"})
    assert sided.values()["femoral_neck_right", "bmd"] == 0.7


def test_a_faulty_vertebra_leaves_no_total_of_the_others(assemble):
    row = ALL_FOUR.replace("14.397,0.963", "14.397,0.863")
    found = assemble({"spine.csv": APEX_SPINE + row})
    assert [site for site, _ in found.exclusions()] == ["L1-L4", "L3"]
    assert ("L1-L4", "bmd") not in found.values()
    assert found.values()["L2", "bmd"] == 0.921


def test_a_long_table_serves_several_participants(assemble):
    found = assemble({"dxa.csv": LONG}, series=EVERYBODY)
    assert found.values("P1")["L1-L4", "bmd"] == 1.068
    assert found.values("P1")["total_hip", "t_score"] == -1.2
    assert found.values("P1")["lowest", "t_score"] == -1.5
    assert found.methods("P1")["L1-L4", "bmd"] == "dxa.lunar"
    assert found.methods("P1")["L1-L4", "t_score"] == "dxa.vendor"
    assert found.methods("P1")["lowest", "who_class"] == "who.lowest"
    assert found.participant("P1").dxa_who_class == "low bone mass"
    assert found.participant("P2").dxa_who_class == "osteoporosis"
    assert found.participant("P2").dxa_osteoporosis == "yes"
    assert found.participant("P1").dxa_osteoporosis == "no"
    assert found.participant("P2").dxa_t_score == -2.5
    assert found.participant("P1").dxa_bmd == 1.068
    assert found.participant("P1")["dxa_bmd_femoral_neck"] == 0.812


def test_a_man_below_fifty_has_a_t_score_and_no_class(assemble):
    found = assemble({"dxa.csv": LONG}, series=EVERYBODY)
    assert found.values("P3")["lowest", "t_score"] == -2.6
    assert ("lowest", "who_class") not in found.values("P3")
    ((site, reason),) = found.exclusions("P3")
    assert site == "lowest"
    assert "a man of 44 years" in reason


def test_the_column_of_the_menopause_decides(assemble):
    people = "participant_id,age_years,sex,postmenopausal\nP1,55,female,no\nP2,44,female,Yes\n"
    found = assemble({"dxa.csv": LONG}, series=EVERYBODY[:2], people=people)
    assert ("lowest", "who_class") not in found.values("P1")
    assert found.values("P2")["lowest", "who_class"] == 2
    assert ("lowest", "menopause_by_age: 50") not in found.flags("P2")


def test_participants_depend_on_their_own_rows(assemble):
    found = assemble({"dxa.csv": LONG.replace("P2,L1-L4 Total,0.900", "P2,L1-L4 Total,wide")},
                     series=EVERYBODY)  # fmt: skip
    assert found.exclusions("P1") == []
    ((site, reason),) = found.exclusions("P2")
    assert site == "L1-L4"
    assert reason == "dxa.csv, row 5, bmd: 'wide' is not a number."
    assert found.values("P2")["total_hip", "bmd"] == 0.7


BOTH_SIDES = (
    "participant_id,region,side,bmd,t_score\n"
    "P1,Neck,left,0.812,-1.5\nP1,Neck,right,0.790,-1.7\nP1,Total hip,L,0.850,-1.2\n"
)


def test_a_side_is_a_suffix_only_where_there_are_both(assemble):
    values = assemble({"dxa.csv": BOTH_SIDES}).values()
    assert values["femoral_neck_left", "bmd"] == 0.812
    assert values["femoral_neck_right", "bmd"] == 0.79
    assert values["total_hip", "bmd"] == 0.85
    assert values["lowest", "t_score"] == -1.7


def test_the_radius_counts_only_without_spine_and_hip(assemble):
    header = "participant_id,region,bmd,t_score\n"
    radius = "P1,Radius 33%,0.600,-2.7\n"
    assert assemble({"a.csv": header + radius}).participant().dxa_t_score == -2.7
    with_hip = header + radius + "P1,Total hip,0.9,-0.4\n"
    assert assemble({"a.csv": with_hip}).participant().dxa_t_score == -0.4


def test_a_forearm_of_apex(assemble):
    table = "PATIENT_KEY,SCANID,R_13_AREA,R_13_BMC,R_13_BMD\nP1,A3,2.5,1.7,0.68\n"
    found = assemble({"forearm.csv": table})
    assert found.values()["radius_33", "bmd"] == pytest.approx(0.68)
    assert found.methods()["radius_33", "bmd"] == "dxa.hologic"


GERMAN = (
    "Patient;Messregion;KMD (g/cm²);T-Wert;Z-Wert;Gerät;Untersuchung\n"
    "P1;LWS gesamt;1,132;-0,4;0,3;Lunar Prodigy;05.03.2024\n"
    "P1;Schenkelhals links;0,812;-1,5;-0,2;Lunar Prodigy;05.03.2024\n"
)
OF_GERMAN = {
    "participant_id": "Patient", "region": "Messregion", "bmd": "KMD (g/cm²)",
    "t_score": "T-Wert", "z_score": "Z-Wert", "manufacturer": "Gerät", "scan_date": "Untersuchung",
}  # fmt: skip
CHINESE = (
    "编号,部位,骨密度(g/cm2),T值,厂家\n"
    "P1,腰椎,1.132,-0.4,GE Lunar\nP1,左股骨颈,0.812,-1.5,GE Lunar\n"
)
OF_CHINESE = {"participant_id": "编号", "region": "部位", "bmd": "骨密度(g/cm2)", "t_score": "T值",
              "manufacturer": "厂家"}  # fmt: skip


@pytest.mark.parametrize(("table", "columns"), [(GERMAN, OF_GERMAN), (CHINESE, OF_CHINESE)])
def test_headings_of_other_languages_by_the_column_map(assemble, table, columns):
    found = assemble({"dxa.csv": table}, columns=columns)
    assert found.values()["L1-L4", "bmd"] == 1.132
    assert found.values()["femoral_neck", "t_score"] == -1.5
    assert found.methods()["L1-L4", "bmd"] == "dxa.lunar"
    assert found.exclusions() == []


def test_one_column_a_region_by_the_column_map(assemble):
    table = "Nummer,BMD L1-L4,T,Hüfte\nP1,1.132,-0.4,0.85\n"
    columns = {"total": "BMD L1-L4", "total_t_score": "T", "total_hip": "Hüfte"}
    found = assemble({"dxa.csv": table}, columns=columns, id_column="Nummer")
    assert found.values()["L1-L4", "bmd"] == 1.132
    assert found.values()["L1-L4", "t_score"] == -0.4
    assert found.values()["total_hip", "bmd"] == 0.85


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("region,bmd\nL1-L4,0.9\n", "column participant_id is missing"),
        ("participant_id,region\nP1,L1-L4\n", "column bmd is missing; found are: participant_id"),
        ("participant_id,weight\nP1,70\n", "columns region and bmd, or one BMD a region"),
        ("participant_id,region,bmd (mg/cm2)\nP1,L1-L4,900\n", "is in mg/cm2; g/cm² is expected"),
        ("participant_id,region,bmd\nP9,L1-L4,0.9\n", "no row of this participant"),
        ("participant_id,region,bmd\np1,L1-L4,0.9\n", "differs from P1 in case only"),
        ("participant_id,region,bmd\nP1,Knee,0.9\n", "'Knee'"),
        ("participant_id,region,bmd\nP1,L1-L4,\n", "no BMD or T-score"),
        ("participant_id,region,bmd\nP1,L1-L4,0.9,7\n", "4 cells where the header has 3"),
        ("", "this table is empty"),
        ("%PDF-1.4 scan", "PDF"),
    ],
)  # fmt: skip
def test_files_that_say_nothing(assemble, table, told):
    found = assemble({"dxa.csv": table})
    assert found.values() == {}
    ((_, reason),) = found.exclusions()
    assert told in reason
    assert reason.startswith("dxa.csv")


def test_an_absent_file_is_a_fault_of_its_participants(assemble):
    found = assemble({}, series=[("P1", "gone.csv")])
    ((_, reason),) = found.exclusions()
    assert reason.startswith("gone.csv")


@pytest.mark.parametrize(
    ("row", "site", "told"),
    [
        ("P1,L1-L4,812,,", "L1-L4", "may be mg/cm²: export g/cm²"),
        ("P1,L1-L4,0.9,-8.3,", "L1-L4", "T-score -8.3"),
        ("P1,L1-L4,0.9,-1.1,2", "L1-L4", "status: '2'; 1 or valid is expected"),
        ("P1,L1-L4,0.9 mg,-1.1,", "L1-L4", "'0.9 mg' is not a number"),
        ("P1,L1-L4,12/03/24,-1.1,", "L1-L4", "is not a number but a date"),
        ("P1,L1-L4,=A2*2,-1.1,", "L1-L4", "a formula that was never calculated"),
    ],
)
def test_what_is_refused_leaves_one_line_and_no_row(assemble, row, site, told):
    found = assemble({"dxa.csv": f"participant_id,region,bmd,t_score,status\n{row}\n"})
    assert found.values() == {}
    ((where, reason),) = found.exclusions()
    assert where == site
    assert told in reason


@pytest.mark.parametrize("column", ["fracture", "artifact", "surgery", "implant"])
def test_what_is_marked_as_spoilt_does_not_count(assemble, column):
    header = f"participant_id,region,bmd,bmc,area,{column}\n"
    rows = ["P1,L1,0.874,10.759,12.31,", "P1,L2,0.921,12.544,13.62,no",
            "P1,L3,0.963,14.397,14.95,yes", "P1,Total hip,0.8,,,yes"]  # fmt: skip
    found = assemble({"dxa.csv": header + "\n".join(rows) + "\n"})
    assert {site for site, _ in found.values()} == {"L1", "L2", "L1-L4"}
    assert found.values()["L1-L4", "area"] == pytest.approx(25.93)
    assert [site for site, _ in found.exclusions()] == ["L3", "total_hip"]


def test_a_total_is_of_the_hip_or_of_the_spine_by_what_stands_beside_it(assemble):
    header = "participant_id,region,bmd\n"
    hip = assemble({"a.csv": header + "P1,Neck,0.7\nP1,Total,0.8\n"})
    assert hip.values()["total_hip", "bmd"] == 0.8
    unclear = assemble({"a.csv": header + "P1,L1,0.7\nP1,L2,0.7\nP1,Total,0.8\n"})
    assert any("may be of the spine or of the hip" in why for _, why in unclear.exclusions())
    assert not {"total_hip", "L1-L4"} & {site for site, _ in unclear.values()}


def test_a_region_with_a_side_and_without_one_is_unclear(assemble):
    table = "participant_id,region,bmd\nP1,Neck Left,0.7\nP1,Neck,0.8\n"
    found = assemble({"a.csv": table})
    assert found.values() == {}
    assert "name the side of each" in found.exclusions()[0][1]


def test_a_region_that_is_not_known_is_reported_and_the_others_count(assemble):
    table = "participant_id,region,bmd\nP1,L1-L4,0.9\nP1,Knee,0.8\nP1,Wards,0.5\n"
    found = assemble({"a.csv": table})
    assert {site for site, _ in found.values()} == {"L1-L4"}
    assert ("", "not_read: a.csv, row 3, region: 'Knee'") in found.flags()


def test_the_table_of_exclusions_takes_a_vertebra_out_of_the_total(assemble):
    exclusions = "participant_id,site,technique,reason\nP1,L3,dxa,fracture\n"
    found = assemble({"spine.csv": APEX_SPINE + ALL_FOUR}, exclusions=exclusions)
    assert found.values()["L1-L4", "bmd"] == pytest.approx(39.229 / 42.73)
    assert ("L3", "bmd") not in found.values()
    assert found.exclusions() == [("L3", "fracture")]


def test_rows_of_people_outside_the_study_are_counted_and_not_named(assemble):
    found = assemble({"dxa.csv": LONG.replace("P3,", "Secret,")}, series=EVERYBODY[:2])
    (note,) = found.notes
    assert note == "dxa.csv: 1 row of 1 ID not in the participants table (row 7) were not used."
    assert not any("Secret" in reason for _, reason in found.exclusions())


def test_headings_of_encore_for_scores_are_read(assemble):
    table = (
        "participant_id,Region,BMD (g/cm²),Young Adult T-Score,Age Matched Z-Score\n"
        "P1,Neck,0.8,-1.5,0.2\n"
    )
    values = assemble({"dxa.csv": table}).values()
    assert (values["femoral_neck", "t_score"], values["femoral_neck", "z_score"]) == (-1.5, 0.2)
