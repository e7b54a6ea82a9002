"""Repeated scans, several makers, and reference populations."""

from __future__ import annotations

import pytest

HEADER = "participant_id,region,bmd,t_score,manufacturer,scan_date\n"
TWO_DATES = (
    HEADER + "P1,L1-L4,0.90,-1.0,Hologic,2023-03-05\nP1,L1-L4,0.80,-2.0,Hologic,2024-03-05\n"
    "P1,Total hip,0.70,-1.5,Hologic,2023-03-05\n"
)
PEOPLE = "participant_id,age_years,sex,ct_date\nP1,68,female,{}\n"


@pytest.mark.parametrize(
    ("ct_date", "pick", "bmd"),
    [
        ("2023-04-01", "nearest_ct", 0.90),
        ("2024-02-01", "nearest_ct", 0.80),
        ("2023-09-04", "nearest_ct", 0.90),  # 183 days from either
        ("", "latest", 0.80),
    ],
)
def test_one_of_repeated_scans_counts(assemble, ct_date, pick, bmd):
    found = assemble({"a.csv": TWO_DATES}, people=PEOPLE.format(ct_date), dxa_pick=pick)
    assert found.values()["L1-L4", "bmd"] == bmd
    assert found.values()["total_hip", "bmd"] == 0.70
    assert found.exclusions() == []


def test_all_repeated_scans_count_as_readers_with_their_mean(assemble):
    found = assemble({"a.csv": TWO_DATES}, dxa_pick="all")
    assert found.values(reader="scan_1")["L1-L4", "bmd"] == 0.90
    assert found.values(reader="scan_2")["L1-L4", "bmd"] == 0.80
    assert found.values(reader="mean")["L1-L4", "bmd"] == pytest.approx(0.85)
    assert found.participant()["dxa_bmd_L1-L4"] == pytest.approx(0.85)
    assert found.participant().dxa_t_score == pytest.approx(-1.5)
    keys = found.tables["measurements"].duplicated(
        ["participant_id", "site", "modality", "measure", "method", "reader"]
    )
    assert not keys.any()


@pytest.mark.parametrize(
    ("table", "people", "told"),
    [
        (TWO_DATES, "", "no ct_date in the participants table"),
        (TWO_DATES, "soon", "participants table, ct_date: this is no plain date"),
        (HEADER + "P1,L1-L4,0.90,,,\nP1,L1-L4,0.80,,,\n", "", "Repeated scans need scan_date"),
        (
            HEADER + "P1,L1-L4,0.90,,,2023-03-05\nP1,L1-L4,0.80,,,2023-03-05\n",
            "",
            "on the same day",
        ),
        (
            HEADER + "P1,L1-L4,0.90,,,2023-03-05\nP1,L1-L4,0.80,,,\n",
            "",
            "the scan has no scan_date",
        ),
        (HEADER + "P1,L1-L4,0.90,,,5/3/2023\n", "", "this is no plain date"),
        (HEADER + "P1,L1-L4,0.9,,Lunar,\nP1,L1-L4,,-1,Hologic,\n", "", "one maker is expected"),
    ],
)
def test_repeats_that_cannot_be_distinguished(assemble, table, people, told):
    found = assemble({"a.csv": table}, people=PEOPLE.format(people))
    assert any(told in reason for _, reason in found.exclusions())
    assert ("L1-L4", "bmd") not in found.values()


def test_the_same_row_twice_is_one_scan(assemble):
    found = assemble({"a.csv": HEADER + "P1,L1-L4,0.90,-1.1,,\n" * 2})
    assert found.values()["L1-L4", "bmd"] == 0.90
    assert found.exclusions() == []


def test_rows_that_complete_each_other_are_one_scan(assemble):
    found = assemble({"a.csv": HEADER + "P1,L1-L4,0.90,,,\nP1,L1-L4,,-1.1,,\n"})
    assert found.values()["L1-L4", "bmd"] == 0.90
    assert found.values()["L1-L4", "t_score"] == -1.1


TWO_MAKERS = (
    HEADER + "P1,L1-L4,0.950,-1.0,Hologic,\nP2,L1-L4,1.068,-1.0,GE Healthcare,\n"
    "P2,L2-L4,1.100,-1.0,GE Healthcare,\n"
)
BOTH = [("P1", "a.csv"), ("P2", "a.csv")]


def test_bmd_of_two_makers_is_not_analysed_together(assemble):
    found = assemble({"a.csv": TWO_MAKERS}, series=BOTH)
    assert found.values("P1")["L1-L4", "bmd"] == 0.950
    assert not [name for name in found.tables["participants"] if name.startswith("dxa_bmd")]
    for name in ("P1", "P2"):
        ((site, reason),) = found.exclusions(name)
        assert site == ""
        assert "BMD of several makers (hologic, lunar)" in reason
        assert "bmd.pool: sbmd" in reason
        assert found.participant(name).dxa_t_score == -1.0
    assert found.participant("P2").dxa_sbmd == pytest.approx(1012.6, abs=0.05)


def test_a_study_may_ask_for_standardized_bmd_instead(assemble):
    found = assemble({"a.csv": TWO_MAKERS}, series=BOTH, pool="sbmd")
    assert found.exclusions("P1") == found.exclusions("P2") == []
    assert found.participant("P1").dxa_sbmd == pytest.approx(1020.4, abs=0.05)
    assert not [name for name in found.tables["participants"] if name.startswith("dxa_bmd")]


def test_a_maker_that_is_not_known_is_pooled_with_no_other(assemble):
    found = assemble({"a.csv": TWO_MAKERS.replace("GE Healthcare", "")}, series=BOTH)
    assert "(hologic, unknown)" in found.exclusions("P2")[0][1]
    asked = assemble({"a.csv": TWO_MAKERS.replace("GE Healthcare", "")}, series=BOTH, pool="sbmd")
    assert "the manufacturer is missing" in asked.exclusions("P2")[0][1]


def test_one_maker_is_analysed_as_it_is(assemble):
    found = assemble({"a.csv": TWO_MAKERS.replace("GE Healthcare", "Hologic")}, series=BOTH)
    assert found.participant("P2").dxa_bmd == 1.068


REFERENCE = {"spine": {"mean": 1.047, "sd": 0.110, "name": "own"}}


def test_t_scores_of_a_declared_reference(assemble):
    table = "PATIENT_KEY,SCANID,TOT_BMD\nP1,A1,0.772\n"
    found = assemble({"a.csv": table}, reference=REFERENCE)
    assert found.values()["L1-L4", "t_score"] == pytest.approx(-2.5)
    assert found.methods()["L1-L4", "t_score"] == "dxa.reference:own"
    assert found.participant().dxa_who_class == "osteoporosis"


def test_a_reference_for_every_maker_is_not_used_across_makers(assemble):
    found = assemble({"a.csv": TWO_MAKERS}, series=BOTH, reference=REFERENCE)
    assert "dxa_t_score" not in found.tables["participants"]
    assert "dxa_who_class" not in found.tables["participants"]
    assert "nor T-scores from a reference population" in found.exclusions("P1")[0][1]
    one = {"spine": REFERENCE["spine"] | {"make": "hologic"}}
    found = assemble({"a.csv": TWO_MAKERS}, series=BOTH, reference=one)
    assert found.methods("P2")["L1-L4", "t_score"] == "dxa.vendor"
    assert found.participant("P1").dxa_t_score == pytest.approx((0.95 - 1.047) / 0.11)


def test_vertebrae_that_differ_are_left_out_where_the_study_says_so(assemble):
    header = "participant_id,region,bmd,bmc,area,t_score\n"
    sizes = ("0.874,10.759,12.31", "0.921,12.544,13.62", "0.963,14.397,14.95", "0.948,15.926,16.8")
    scores = (-1.1, -1.3, -0.1, -1.4)
    rows = [
        f"P1,L{at},{size},{t}" for at, (size, t) in enumerate(zip(sizes, scores, strict=True), 1)
    ]
    table = header + "\n".join([*rows, "P1,L1-L4,0.9297,,,-1.0"]) + "\n"
    flagged = assemble({"a.csv": table})
    assert ("L1-L4", "iscd_suspects: L3") in flagged.flags()
    assert flagged.values()["L1-L4", "t_score"] == -1.0
    applied = assemble({"a.csv": table}, iscd="apply")
    assert applied.values()["L1-L4", "bmd"] == pytest.approx(39.229 / 42.73)
    assert ("L1-L4", "t_score") not in applied.values()
    assert ("L3", "bmd") not in applied.values()
    ((site, reason),) = applied.exclusions()
    assert site == "L3"
    assert "differs by more than 1.0" in reason
