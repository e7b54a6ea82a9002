"""Rows of a readings table whose ID nearly fits a participant, or fits nobody."""

from __future__ import annotations

import json

import pytest

from bonecohort.cohort.collected import Collected
from bonecohort.cohort.readings import collect_readings
from bonecohort.cohort.tables import cohort_tables
from bonecohort.study.study import load_study

from .test_cohort import Cohort, participant, reasons, vertebra

DEFECT = "superior,1,20,9,31.5,26,27,1"
NORMAL = "superior,0,,,,,,1"


@pytest.fixture
def cohort(tmp_path):
    found = Cohort(tmp_path)
    found.participants = ["N20", "N21"]
    found.hu = {}
    return found


def told(table):
    """Return all that a cohort writes of its tables, as text."""
    frames = {name: frame.to_csv() for name, frame in table.items() if name not in ("run", "study")}
    return json.dumps(table["run"], ensure_ascii=False) + "".join(frames.values())


def flags(found, name):
    table = found["flags"]
    rows = table[table.participant_id == name]
    return dict(zip(rows.level, rows.text, strict=True))


@pytest.mark.parametrize(
    "written",
    ["Ｎ２０", "N020", "N0020", "n20", "N 20", "N-20", "N_20", " n٢٠", "N20.0", "Ｎ-０20"],
)
def test_a_row_whose_id_nearly_fits_leaves_the_levels_without_rows_unread(cohort, written):
    cohort.endplates = [
        f"N20,L1,{DEFECT}", f"{written},L2,{DEFECT}", f"N20,L3,{NORMAL}", f"N21,L1,{DEFECT}",
    ]  # fmt: skip
    found = cohort.tables()
    assert vertebra(found, "N20", "L1").defect_type == "superior"
    assert vertebra(found, "N20", "L3").defect_type == "none"
    for level in ("L2", "L4", "L5"):
        assert vertebra(found, "N20", level).defect_type is None
    assert participant(found, "N20").n_defect_vertebrae == 1
    assert vertebra(found, "N21", "L2").defect_type == "none"  # nobody else's row is in doubt
    of_level = {level: reason for level, _, reason in reasons(found, "N20") if level}
    assert set(of_level) == {"L2", "L4", "L5"}
    assert "endplates.csv, row 3, participant_id: the ID differs from N20" in of_level["L2"]
    assert flags(found, "N20") == dict.fromkeys(
        ("L2", "L4", "L5"), "unread_rows: endplates.csv, row 3"
    )
    assert found["run"]["notes"] == []
    if not written.startswith("N20"):
        assert f'"{written}"' not in told(found)
        assert f"{written} " not in told(found)


def test_a_near_row_of_a_level_that_has_rows_flags_it(cohort):
    cohort.endplates = [f"N20,L{level},{NORMAL}" for level in range(1, 6)] + [f"N020,L2,{DEFECT}"]
    found = cohort.tables()
    assert participant(found, "N20").endplate_defect == "no"
    assert flags(found, "N20") == {"L2": "unread_rows: endplates.csv, row 7"}


def test_an_exact_id_is_nobody_elses(cohort):
    cohort.participants = ["N20", "N020"]
    cohort.endplates = [f"N20,L1,{DEFECT}", f"N020,L2,{DEFECT}"]
    found = cohort.tables()
    assert not len(found["flags"])
    assert vertebra(found, "N20", "L2").defect_type == "none"
    cohort.endplates += [f"N0020,L3,{DEFECT}"]
    cohort.config = ""
    found = cohort.tables()
    for name in ("N20", "N020"):  # either may be meant
        assert vertebra(found, name, "L3").defect_type is None


def test_a_row_that_fits_nobody_leaves_the_levels_without_rows_of_all_its_table_serves(cohort):
    cohort.endplates = [
        f"N20,L1,{DEFECT}", f"SECRET7,L2,{DEFECT}", f"SECRET8,L2,{DEFECT}",
        *(f"N21,L{level},{NORMAL}" for level in range(1, 6)),
    ]  # fmt: skip
    found = cohort.tables()
    assert vertebra(found, "N20", "L1").defect_type == "superior"
    assert vertebra(found, "N20", "L2").defect_type is None
    assert participant(found, "N21").endplate_defect == "no"  # every level has its row
    assert "endplates.csv holds 2 rows of 2 IDs not in the" in reasons(found, "N20")[-1][2]
    (note,) = found["run"]["notes"]
    assert "2 rows of 2 IDs not in the participants table (rows 3, 4)" in note
    assert "SECRET" not in told(found)


def test_who_is_not_included_is_no_stranger(cohort):
    cohort.endplates = [f"N20,L1,{DEFECT}", f"N99,L2,{DEFECT}"]
    cohort.tables()
    people = cohort.folder / "people.csv"
    people.write_text(
        "participant_id,age_years,include,exclusion_reason\nN20,70,,\nN21,70,,\nN99,70,no,moved\n"
    )
    study, collected = load_study(cohort.folder), Collected()
    collect_readings(study, cohort.folder, collected)
    found = cohort_tables(study, collected)
    assert vertebra(found, "N20", "L2").defect_type == "none"
    assert not collected.notes


def test_a_setting_that_takes_no_silence_as_normal_needs_no_doubt(cohort):
    cohort.config = "endplates: {unlisted_level: not_read}\n"
    cohort.endplates = [f"N20,L1,{DEFECT}", f"Z9,L2,{DEFECT}"]
    (note,) = cohort.tables()["run"]["notes"]
    assert "not taken as normal" not in note


def test_strangers_of_an_hu_table_are_counted_and_near_rows_reported_where_a_level_lacks(cohort):
    planes = ("upper", "middle", "lower")
    cohort.hu = {("N20", f"L{n}", plane): "100" for n in (1, 3, 4, 5) for plane in planes}
    cohort.hu |= {("N020", "L2", plane): "90" for plane in planes}
    cohort.hu |= {("SECRET7", "L2", plane): "90" for plane in planes}
    found = cohort.tables()
    hu = {row[0]: row[2] for row in reasons(found, "N20") if row[1] == "hounsfield"}
    assert set(hu) == {"L2"}
    assert hu["L2"].startswith("L2: no HU reading. hu.csv, row 14, participant_id: the ID differs")
    assert "hu.csv: 3 rows of 1 ID not in the participants table (rows 17, 18, 19)" in str(
        found["run"]["notes"]
    )
    assert "SECRET" not in told(found)


def test_a_second_readers_row_under_another_id_is_not_taken_as_normal(cohort):
    """Two readers in one file: who has no row of a level may have the one nobody owns."""
    cohort.series = [f"N20,endplate_table,endplates.csv,R{n}\n" for n in (1, 2)]
    body = "superior,1,20,9,31.5,26,27"
    cohort.endplates = [f"N20,L1,{body},R1", f"N20,L1,{body},R2", f"N20,L2,{body},R1",
                        f"N020,L2,{body},R2"]  # fmt: skip
    found = cohort.tables()
    rows = found["measurements"].query("participant_id == 'N20' and site == 'L2'")
    assert set(rows.reader) == {"R1"}


def test_the_field_cases_are_never_normal(shared_data):
    folder = shared_data / "field_cases/tables"
    study, collected = load_study(folder), Collected()
    collect_readings(study, folder, collected)
    found = cohort_tables(study, collected)
    for name, row in (("N20", "N20.csv, row 3"), ("N21", "N21.csv, row 3")):
        assert vertebra(found, name, "L1").defect_type == "inferior"
        assert vertebra(found, name, "L2").defect_type is None
        assert vertebra(found, name, "L5").defect_type == "none"
        assert row in reasons(found, name)[0][2]
        assert row in flags(found, name)["L2"]
