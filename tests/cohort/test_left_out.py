"""A vertebra that the table of exclusions leaves out is in no table, and is counted."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bonecohort.cohort import tables
from bonecohort.cohort.collected import Collected, Flag
from bonecohort.cohort.left_out import leave_out
from bonecohort.cohort.readings import collect_readings
from bonecohort.cohort.run_record import run_record
from bonecohort.measures.measurement import Measurement
from bonecohort.study.study import load_study
from bonecohort.techniques import registry
from bonecohort.techniques.registry import techniques

LEVELS = ("L1", "L2", "L3", "L4", "L5")
FRACTURE = "compression fracture"


@pytest.fixture
def study(tmp_path):
    """Return a function that assembles three participants with some rows of exclusions."""
    names = ("A", "B", "C")
    hu = [f"{name},{level},{plane},{100 + 10 * at}" for name in names
          for at, level in enumerate(LEVELS) for plane in ("upper", "middle", "lower")]  # fmt: skip
    files = {
        "config/participants.tsv": "participant_id\n" + "".join(f"{name}\n" for name in names),
        "config/series.tsv": "participant_id\tkind\tpath\n"
        + "".join(f"{name}\t{kind}\n" for name in names
                  for kind in ("hu_table\thu.csv", "endplate_table\tendplates.csv")),
        "hu.csv": "\n".join(["participant_id,level,plane,hu", *hu]) + "\n",
        "endplates.csv": (
            "participant_id,level,endplate,defect,width_mm,depth_mm,body_width_mm,"
            "body_height_1_mm,body_height_2_mm\nA,L3,superior,1,10,5,34,27,25\n"
        ),
    }  # fmt: skip
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)

    def assembled(*rows, config="", more=lambda _: None):
        (tmp_path / "config/config.yaml").write_text(config)
        table = "\n".join(["participant_id\tsite\ttechnique\treason", *rows])
        (tmp_path / "config/exclusions.tsv").write_text(f"{table}\n")
        loaded = load_study(tmp_path)
        collected = Collected()
        collect_readings(loaded, tmp_path, collected)
        more(collected)
        leave_out(loaded, collected)
        found = tables.cohort_tables(loaded, collected)
        return found | {"run": run_record(loaded, collected, found, [], {})}

    return assembled


def people_of(found):
    return found["participants"].set_index("participant_id")


def test_a_vertebra_left_out_is_in_no_table_and_its_reason_is_an_exclusion(study):
    found = study(f"A\tL3\t\t{FRACTURE}")
    rows = found["measurements"]
    assert not rows[(rows.participant_id == "A") & rows.site.str.startswith("L3")].size
    assert rows[(rows.participant_id == "B") & (rows.site == "L3")].size
    vertebra = found["vertebrae"].set_index(["participant_id", "level"]).loc["A", "L3"]
    assert vertebra.isna().all()
    assert ("A", "L3") not in set(
        found["sites"][["participant_id", "site"]].itertuples(index=False)
    )
    endplates = found["endplates"].query("participant_id == 'A' and level == 'L3'")
    assert endplates.n_defects.isna().all()
    told = found["exclusions"].to_dict("records")
    assert told == [
        {"participant_id": "A", "level": "L3", "stage": stage, "reason": FRACTURE}
        for stage in ("endplates", "hounsfield")
    ]


def test_the_mean_of_the_spine_needs_its_least_number_of_levels(study):
    row = f"A\tL3\thounsfield\t{FRACTURE}"
    assert math.isnan(people_of(study(row)).total_spine_hu["A"])
    people = people_of(study(row, config="hounsfield: {min_levels: 4}\n"))
    assert people.total_spine_hu["A"] == pytest.approx((100 + 110 + 130 + 140) / 4)
    assert people.total_spine_hu["B"] == pytest.approx(120)


def test_one_technique_left_out_leaves_the_others(study):
    found = study(f"A\tL3\thounsfield\t{FRACTURE}")
    vertebra = found["vertebrae"].set_index(["participant_id", "level"]).loc["A", "L3"]
    assert math.isnan(vertebra.hu)
    assert (vertebra.defect_type, vertebra.width_mm) == ("superior", 10)


def test_a_level_that_is_left_out_may_hide_a_defect(study):
    people = people_of(study("A\tL3\tendplates\tmotion", "B\tL1\tendplates\tmotion"))
    assert people.endplate_defect.isna().tolist() == [True, True, False]


def test_flags_and_faults_of_the_vertebra_go_with_it(study):
    def more(collected):
        collected.flags += [Flag("A", "L3", "hounsfield", "metal_upper"),
                            Flag("A", "L2", "hounsfield", "metal_upper")]  # fmt: skip
        collected.exclude("A", "L3", "hounsfield", "no label")
        collected.exclude("A", "", "convert_t2_sagittal", "slices are missing")

    found = study(f"A\tL3\t\t{FRACTURE}", more=more)
    assert found["flags"].level.tolist() == ["L2"]
    assert found["exclusions"].reason.tolist() == ["slices are missing", FRACTURE, FRACTURE]


def test_a_part_with_a_name_of_its_own_is_left(study):
    def more(collected):
        collected.add("A", [Measurement("L3.superior", "MR", "n_defects", 1, "", "m", "2")])

    rows = study("A\tL3\thounsfield\tmetal", more=more)["measurements"]
    assert (rows[rows.participant_id == "A"].site == "L3.superior").sum() > 1


def test_the_run_record_counts_who_is_left_out_wholly_and_in_part(study):
    found = study("A\tL3\t\tfracture", "B\t\t\twithdrew")["run"]
    counts = found["counts"]
    assert (counts["included"], counts["analysed"]) == (3, 2)
    assert (counts["left_out"], counts["left_out_in_part"], counts["excluded_by_fault"]) == (
        1,
        1,
        0,
    )
    assert found["left_out"]["participants"] == ["B"]
    assert {row["reason"] for row in found["left_out"]["rows"]} == {"fracture", "withdrew"}
    assert {row["level"] for row in found["left_out"]["rows"]} == {"L3", ""}


def test_each_measure_of_a_modality_is_one_techniques():
    """What is left out of a technique is known by modality and measure."""
    measured = [(one.modality, own.name) for one in techniques() for own in one.measures]
    assert all(modality for modality, _ in measured)
    assert len(set(measured)) == len(measured)


@pytest.fixture
def sharing(monkeypatch):
    """Give Hounsfield units the modality of endplates, MR."""
    shared = tuple(
        replace(one, modality="MR") if one.name == "hounsfield" else one for one in techniques()
    )
    registry.techniques_measuring.cache_clear()
    monkeypatch.setattr(registry, "techniques", lambda: shared)
    yield
    registry.techniques_measuring.cache_clear()


@pytest.mark.usefixtures("sharing")
def test_techniques_of_one_modality_are_left_out_apart(study):
    def more(collected):
        collected.add("A", [Measurement("L3", "MR", "hu", 40, "HU", "m", "1")])

    def measured(found):
        rows = found["measurements"].query("participant_id == 'A' and modality == 'MR'")
        return set(rows[rows["site"].str.startswith("L3")]["measure"])

    both = measured(study(more=more))
    assert {"hu", "n_defects", "width_mm"} < both
    assert measured(study("A\tL3\tendplates\tmotion", more=more)) == {"hu"}
    assert measured(study("A\tL3\thounsfield\tmetal", more=more)) == both - {"hu"}


@pytest.mark.usefixtures("sharing")
def test_a_measure_that_no_technique_declares_goes_with_any_of_its_modality(study):
    def more(collected):
        collected.add("A", [Measurement("L3", "MR", "other", 40, "%", "m", "1")])

    found = study("A\tL3\thounsfield\tmetal", more=more)["measurements"]
    assert "other" not in set(found["measure"])
    assert "n_defects" in set(found["measure"])
