"""What techniques compute from others' values knows what the table of exclusions leaves out."""

from __future__ import annotations

import pytest

from bonecohort.cohort.collected import Collected
from bonecohort.cohort.computed import add_computed
from bonecohort.measures.measurement import Measurement
from bonecohort.study.study import load_study

LEVELS = ("L1", "L2", "L3", "L4", "L5")


@pytest.fixture
def computed(tmp_path):
    """Return a function that computes from scores of five vertebrae and of their endplates."""
    kinds = ("t1_sagittal", "mr_vertebrae", "t2_map")
    files = {
        "config/participants.tsv": "participant_id\nA\n",
        "config/series.tsv": "participant_id\tkind\tpath\n"
        + "".join(f"A\t{kind}\t{kind}\n" for kind in kinds),
        "config/config.yaml": "vertebrae: {label_scheme: totalspineseg}\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    for kind in kinds:
        (tmp_path / kind).mkdir()

    def found(*rows):
        table = "\n".join(["participant_id\tsite\ttechnique\treason", *rows])
        (tmp_path / "config/exclusions.tsv").write_text(f"{table}\n")
        collected = Collected()
        for at, level in enumerate(LEVELS):
            score = Measurement(level, "mr", "vbq_level", 2.0 + at, "1", "vbq.auto.v1", "auto")
            ends = [
                Measurement(f"{level}.{side}", "mr", "ebq", 1.0 + at, "1", "ebq.csf.v1", "auto")
                for side in ("superior", "inferior")
            ]
            collected.add("A", [score, *ends])
        before = len(collected.measurements)
        add_computed(load_study(tmp_path), tmp_path / "results", collected)
        return {row.site: row.value for _, row in collected.measurements[before:]}

    return found


ALL = {"L1-L4": 3.5, "L1-L2": 1.5, "L2-L3": 2.5, "L3-L4": 3.5, "L4-L5": 4.5}


def test_all_values_are_computed(computed):
    assert computed() == pytest.approx(ALL)


def test_the_parts_of_a_vertebra_left_out_go_with_it(computed):
    expected = {"L1-L4": 3.0, "L1-L2": 1.5, "L2-L3": 2.5}
    assert computed("A\tL4\tvbq\tmetal") == pytest.approx(expected)
    assert computed("A\tL4\t\tmetal") == pytest.approx(expected)


def test_what_is_left_out_of_another_technique_of_the_modality_stays(computed):
    assert computed("A\tL4\tt2\tmotion") == pytest.approx(ALL)
    assert computed("A\t\tt2\tmotion") == pytest.approx(ALL)


def test_nothing_is_computed_of_what_is_left_out_wholly(computed):
    assert computed("A\t\tvbq\tanother patient") == {}
