"""exclusions.tsv: what is read, and what is refused with what would be right."""

from __future__ import annotations

import openpyxl
import pytest

from bonecohort.cli import main
from bonecohort.faults import StudyFault
from bonecohort.study.exclusions import LeftOut
from bonecohort.study.left_out import is_left_out, left_out_of, without_effect
from bonecohort.study.study import load_study

HEADER = "participant_id\tsite\ttechnique\treason\treader\tdate\n"
TABLE = "config/exclusions.tsv"
L3 = "P001\tL3\thounsfield\tcompression fracture\tLi\t2026-03-01\n"


def problems_of(study, rows, name=TABLE, header=HEADER):
    study.write(name, header + rows)
    with pytest.raises(StudyFault) as caught:
        load_study(study.path)
    return caught.value.problems


def test_a_study_without_the_table_leaves_nothing_out(study):
    found = load_study(study.path)
    assert (found.exclusions, found.exclusions_path) == ((), None)
    assert left_out_of(found, "P001") == {}


def test_a_row_is_read_with_who_left_it_out_and_when(study):
    study.write(TABLE, HEADER + L3)
    found = load_study(study.path)
    (row,) = found.exclusions
    assert row == LeftOut(
        "P001", "L3", "hounsfield", "compression fracture", "Li", "2026-03-01", row_number=2
    )
    assert found.exclusions_path == TABLE
    assert is_left_out(found, "P001", "hounsfield", "L3")
    assert not is_left_out(found, "P001", "hounsfield", "L2")
    assert not is_left_out(found, "P002", "hounsfield", "L3")


@pytest.mark.parametrize("name", ["config/exclusions.csv", "config/exclusions.xlsx", "mine.csv"])
def test_the_table_may_be_csv_or_excel_or_named_by_the_config(study, name):
    rows = [HEADER.split(), ["P001", "L3", "", "cement", "", ""]]
    if name.endswith(".xlsx"):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(study.path / name)
    else:
        study.write(name, "\n".join(",".join(row) for row in rows) + "\n")
    if name == "mine.csv":
        study.write("config/config.yaml", "exclusions: mine.csv\n")
    found = load_study(study.path)
    assert found.exclusions_path == name
    assert is_left_out(found, "P001", "hounsfield", "L3")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("P009\tL3\t\tmetal", ["row 2, participant_id: 'P009'", "participants table"]),
        ("p001\tL3\t\tmetal", ["participant_id: 'p001'", "did you mean 'P001'?"]),
        ("\tL3\t\tmetal", ["row 2, participant_id: blank"]),
        ("P001\tL7\t\tmetal", ["row 2, site: 'L7' is unknown", "Blank stands for all"]),
        ("P001\tl3\t\tmetal", ["site: 'l3'", "did you mean 'L3'?"]),
        ("P001\tL3.superior\t\tmetal", ["'L3.superior'", "write 'L3'"]),
        ("P001\tL3\thounsfeld\tmetal", ["technique: 'hounsfeld'", "did you mean 'hounsfield'?"]),
        ("P001\tL3\tvertebrae\tmetal", ["technique: 'vertebrae' is unknown", "hounsfield"]),
        ("P001\tL3\t\t", ["row 2, reason: blank"]),
        ("P001\tL3\t\ta\nP001\tL3\t\tb", ["row 3: P001, L3 is also in row 2"]),
    ],
)
def test_a_wrong_row_is_reported_with_what_would_be_right(study, row, told):
    (problem,) = problems_of(study, f"{row}\n")
    for part in (TABLE, *told):
        assert part in problem


def test_a_missing_or_unknown_column_is_reported(study):
    told = problems_of(study, "P001\tL3\tmetal\n", header="participant_id\tlevel\treason\n")
    for part in ("column 'site' is missing", "column 'technique' is missing", "column 'level'"):
        assert sum(part in text for text in told) == 1


def test_two_tables_and_a_named_one_that_is_absent_are_reported(study):
    study.write("config/exclusions.csv", "participant_id,site,technique,reason\n")
    (problem,) = problems_of(study, L3)
    assert "config/exclusions.tsv and config/exclusions.csv are both there" in problem
    study.write("config/config.yaml", "exclusions: absent.tsv\n")
    (problem,) = problems_of(study, L3)
    assert "absent.tsv" in problem
    assert "config key 'exclusions'" in problem


def test_other_faults_of_the_study_are_reported_with_those_of_the_table(study):
    study.write("config/series.tsv", "participant_id\tkind\tpath\nP001\thu_tabel\thu.csv\n")
    told = problems_of(study, "P001\tL3\t\t\nP002\tL9\t\tmetal\n")
    assert any("hu_tabel" in text for text in told)
    assert any("reason: blank" in text for text in told)


def test_a_row_that_leaves_out_nothing_is_a_warning(study):
    study.write(TABLE, f"{HEADER}P001\tL3\tendplates\tblurred\t\t\n{L3}")
    (warning,) = without_effect(load_study(study.path))
    assert warning.startswith(f"{TABLE}, row 2: nothing of P001 is measured at L3 by endplates")
    assert not list(without_effect(load_study(study.path).part("2/2")))  # P002's


def test_blanks_stand_for_all_and_the_most_exact_row_gives_the_reason(study):
    study.write(
        "config/series.tsv",
        "participant_id\tkind\tpath\n"
        + "".join(f"{name}\t{kind}_table\tx.csv\n" for name in ("P001", "P002")
                  for kind in ("hu", "endplate")),
    )  # fmt: skip
    study.write(
        TABLE,
        f"{HEADER}P001\tL3\t\tfracture\t\t\n{L3}P001\tL4\t\tcement\t\t\n"
        "P002\t\thounsfield\twrong kernel\t\t\nP002\tL1\thounsfield\tmetal\t\t\n"
        "P002\t\t\twithdrew\t\t\n",
    )
    found = load_study(study.path)
    of_first = {key: row.reason for key, row in left_out_of(found, "P001").items()}
    assert of_first == {
        ("hounsfield", "L3"): "compression fracture",
        ("hounsfield", "L4"): "cement",
        ("endplates", "L3"): "fracture",
        ("endplates", "L4"): "cement",
    }
    of_second = {key: row.reason for key, row in left_out_of(found, "P002").items()}
    assert of_second == {("hounsfield", ""): "wrong kernel", ("endplates", ""): "withdrew"}


def test_check_says_of_the_table(study, capsys):
    study.write("hu.csv", "participant_id,level,plane,hu\nP001,L3,upper,100\nP002,L3,upper,100\n")
    study.write(TABLE, HEADER + L3 + "P002\tL3\tfat_fraction\tswapped\t\t\n")
    assert main(["check", str(study.path)]) == 0
    told = capsys.readouterr().out
    assert "2 rows of exclusions; see below" in told
    assert "row 3: nothing of P002 is measured at L3 by fat_fraction" in told
    study.write(TABLE, HEADER + L3 + L3)
    assert main(["check", str(study.path)]) == 1
    assert f"{TABLE}, row 3" in capsys.readouterr().err
