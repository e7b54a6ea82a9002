"""review.tsv: what is read, what is refused, and what it says was looked at."""

from __future__ import annotations

import pytest

from bonecohort.faults import StudyFault
from bonecohort.study.reviewed import rejects_not_left_out, reviewed_places
from bonecohort.study.study import load_study

HEADER = "participant_id\tsite\ttechnique\tverdict\treason\treader\tdate\n"
TABLE = "config/review.tsv"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("P001\tL3\thounsfield\tgood", ["row 2, verdict: 'good' is unknown", "look again"]),
        ("P001\tL3\thounsfield\treject", ["row 2, reason: blank; a reject needs one"]),
        ("P009\tL3\thounsfield\taccept", ["'P009' is not in the participants table"]),
        ("P001\tL9\thounsfield\taccept", ["site: 'L9'"]),
        ("P001\tL3\t\taccept\nP001\tL3\t\taccept", ["row 3", "is also in row 2"]),
    ],
)
def test_a_wrong_row_is_reported_with_what_would_be_right(study, row, told):
    study.write(TABLE, f"{HEADER}{row}\n")
    with pytest.raises(StudyFault) as caught:
        load_study(study.path)
    (problem,) = caught.value.problems
    for part in (TABLE, *told):
        assert part in problem


@pytest.mark.parametrize("written", ["look again", "Look_again", "LOOK  AGAIN"])
def test_a_verdict_is_read_however_it_is_written(study, written):
    study.write(TABLE, f"{HEADER}P001\tL3\thounsfield\t{written}\t\tLi\t2026-03-01\n")
    (row,) = load_study(study.path).verdicts
    assert (row.verdict, row.reader, row.date) == ("look again", "Li", "2026-03-01")


def test_what_was_looked_at_follows_from_both_tables(study):
    study.write(
        TABLE,
        f"{HEADER}P001\tL1\thounsfield\taccept\t\t\t\n"
        "P001\tL2\thounsfield\tlook again\tblurred\t\t\n"
        "P002\t\thounsfield\taccept\t\t\t\nP002\tL5\thounsfield\tlook again\t\t\t\n",
    )
    study.write(
        "config/exclusions.tsv",
        "participant_id\tsite\ttechnique\treason\nP001\tL3\thounsfield\tcement\nP002\tL4\t\tmetal\n",
    )
    places = {
        (one.participant_id, one.site): one for one in reviewed_places(load_study(study.path))
    }
    found = {key: one.verdict for key, one in places.items()}
    assert [found["P001", f"L{at}"] for at in range(1, 6)] == [
        "accept", "look again", "reject", "", "",
    ]  # fmt: skip
    assert [found["P002", f"L{at}"] for at in range(1, 6)] == [
        "accept", "accept", "accept", "reject", "look again",
    ]  # fmt: skip
    assert not places["P001", "L3"].is_of_several
    assert places["P002", "L4"].is_of_several


def test_a_reject_that_no_row_of_exclusions_leaves_out_is_a_warning(study):
    study.write(TABLE, f"{HEADER}P001\tL3\thounsfield\treject\tcement\t\t\n")
    (warning,) = rejects_not_left_out(load_study(study.path))
    assert warning.startswith(f"{TABLE}, row 2: P001, L3, hounsfield is rejected, but")
    study.write(
        "config/exclusions.tsv", "participant_id\tsite\ttechnique\treason\nP001\tL3\t\tcement\n"
    )
    assert not list(rejects_not_left_out(load_study(study.path)))
