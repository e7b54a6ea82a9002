"""The cohort's tables from readings and records: what is measured, missing, excluded, counted."""

from __future__ import annotations

import json
import math

import pytest

from bonecohort.cohort import tables
from bonecohort.cohort.collected import Collected
from bonecohort.cohort.dictionaries import data_dictionary
from bonecohort.cohort.readings import collect_readings
from bonecohort.cohort.records import collect_records
from bonecohort.cohort.run_record import run_record
from bonecohort.study.study import load_study

LEVELS = ("L1", "L2", "L3", "L4", "L5")
ENDPLATE_HEADER = (
    "participant_id,level,endplate,defect,width_mm,depth_mm,body_width_mm,body_height_1_mm,"
    "body_height_2_mm,reader\n"
)


class Cohort:
    """A table-only study of which a test changes single readings."""

    def __init__(self, folder):
        self.folder = folder
        self.participants = ["A", "B"]
        self.hu = {
            (name, level, plane): "100"
            for name in self.participants
            for level in LEVELS
            for plane in ("upper", "middle", "lower")
        }
        self.extra_hu: list[str] = []
        self.series: list[str] = []
        self.endplates = ["A,L3,superior,1,10.2,5.2,34,27,25,1"]
        self.config = ""

    def tables(self):
        self._write()
        study = load_study(self.folder)
        collected = Collected()
        collect_readings(study, self.folder, collected)
        found = tables.cohort_tables(study, collected)
        found["run"] = run_record(study, collected, found, [], {})
        found["study"] = study
        return found

    def _write(self):
        config = self.folder / "config"
        config.mkdir(exist_ok=True)
        (config / "config.yaml").write_text(self.config)
        people = "".join(f"{name},70\n" for name in self.participants)
        (self.folder / "people.csv").write_text("participant_id,age_years\n" + people)
        rows = "".join(
            f"{name},hu_table,hu.csv,\n{name},endplate_table,endplates.csv,\n"
            for name in self.participants
        )
        (self.folder / "series.csv").write_text(
            "participant_id,kind,path,reader\n" + rows + "".join(self.series)
        )
        self.config += "participants: people.csv\nseries: series.csv\n"
        (config / "config.yaml").write_text(self.config)
        hu = [f"{name},{level},{plane},{value}" for (name, level, plane), value in self.hu.items()]
        (self.folder / "hu.csv").write_text(
            "participant_id,level,plane,hu\n" + "\n".join([*hu, *self.extra_hu]) + "\n"
        )
        (self.folder / "endplates.csv").write_text(
            ENDPLATE_HEADER + "\n".join(self.endplates) + "\n"
        )


@pytest.fixture
def cohort(tmp_path):
    return Cohort(tmp_path)


def vertebra(found, participant, level):
    table = found["vertebrae"]
    return table[(table.participant_id == participant) & (table.level == level)].iloc[0]


def participant(found, name):
    return found["participants"].set_index("participant_id").loc[name]


def reasons(found, name):
    table = found["exclusions"]
    return [
        (row.level, row.stage, row.reason)
        for row in table[table.participant_id == name].itertuples()
    ]


def test_a_vertebra_has_hu_sizes_and_type(cohort):
    cohort.hu["A", "L3", "upper"] = "130"
    row = vertebra(cohort.tables(), "A", "L3")
    assert (row.hu_upper, row.hu, row.low_hu) == (130, 110, "yes")  # at the threshold: low
    assert row.defect_type == "superior"
    assert row.standardized_width == pytest.approx(0.3)
    assert row.cumulative_score == pytest.approx(0.5)


def test_an_unlisted_level_is_normal_with_zeros(cohort):
    row = vertebra(cohort.tables(), "B", "L1")
    assert (row.defect_type, row.width_mm, row.cumulative_score) == ("none", 0, 0)
    assert math.isnan(row.body_width_mm)


def test_an_unlisted_level_may_be_declared_not_read(cohort):
    cohort.config = "endplates: {unlisted_level: not_read}\n"
    found = cohort.tables()
    assert vertebra(found, "B", "L1").defect_type is None
    assert participant(found, "B").endplate_defect is None
    assert ("L1", "endplates") in [row[:2] for row in reasons(found, "B")]


def test_osteoporosis_is_below_the_threshold_and_low_hu_at_it(cohort):
    for key in cohort.hu:
        cohort.hu[key] = "110" if key[0] == "A" else "109"
    found = cohort.tables()
    assert participant(found, "A").osteoporosis == "no"
    assert participant(found, "B").osteoporosis == "yes"
    assert set(found["vertebrae"].low_hu) == {"yes"}


def test_total_spine_hu_needs_enough_levels(cohort):
    del cohort.hu["A", "L2", "middle"]
    found = cohort.tables()
    assert math.isnan(participant(found, "A").total_spine_hu)
    assert participant(found, "A").osteoporosis is None
    assert participant(found, "B").total_spine_hu == 100
    ((level, stage, reason),) = reasons(found, "A")
    assert (level, stage) == ("L2", "hounsfield")
    assert reason.startswith("L2: reader 1 gave no middle plane")


def test_fewer_levels_may_be_enough(cohort):
    cohort.config = "hounsfield: {min_levels: 4}\n"
    del cohort.hu["A", "L2", "middle"]
    assert participant(cohort.tables(), "A").total_spine_hu == 100


def test_a_fault_in_endplates_keeps_the_hu_and_the_other_way_round(cohort):
    cohort.endplates = ["A,L3,superior,1,10.2,5.2,3.4,27,25,1"]
    cohort.hu["A", "L4", "lower"] = "n/a"
    found = cohort.tables()
    third, fourth = vertebra(found, "A", "L3"), vertebra(found, "A", "L4")
    assert (third.hu, third.defect_type) == (100, None)
    assert math.isnan(fourth.hu)
    assert fourth.defect_type == "none"
    texts = [reason for _, _, reason in reasons(found, "A")]
    assert "is it in cm?" in texts[0]
    assert "'n/a' is not a number" in texts[1]


def test_a_defect_at_an_unknown_level_spoils_the_participants_endplates(cohort):
    cohort.endplates = ["A,L7,superior,1,10.2,5.2,34,27,25,1", "A,L3,superior,1,8,3,34,27,25,1"]
    found = cohort.tables()
    assert vertebra(found, "A", "L3").defect_type is None
    assert participant(found, "A").endplate_defect is None
    assert participant(found, "B").endplate_defect == "no"


def test_rows_of_a_misspelt_id_never_make_a_participant_look_normal(cohort):
    cohort.endplates = ["a,L3,superior,1,10.2,5.2,34,27,25,1", "Z9,L3,superior,1,8,3,34,27,25,1"]
    found = cohort.tables()
    assert participant(found, "A").endplate_defect is None
    assert "in case only" in reasons(found, "A")[0][2]
    (note,) = found["run"]["notes"]
    assert note.startswith("endplates.csv: 1 row of 1 ID not in the participants table (row 3) ")


def test_an_unreadable_level_may_hide_a_defect(cohort):
    cohort.endplates = ["A,L3,superior,1,10.2,5.2,34,27,25,1", "A,L2,not_assessable,,,,,,,1",
                        "B,L2,not_assessable,,,,,,,1"]  # fmt: skip
    found = cohort.tables()
    assert vertebra(found, "B", "L2").defect_type == "not_assessable"
    assert math.isnan(vertebra(found, "B", "L2").width_mm)
    assert participant(found, "A").endplate_defect == "yes"
    assert participant(found, "B").endplate_defect is None
    assert participant(found, "B").n_defect_vertebrae == 0


def test_two_readers_rows_are_kept_and_their_mean_is_analysed(cohort):
    cohort.endplates = ["A,L3,superior,1,10,5,34,27,25,R1", "A,L3,superior,1,12,6,34,27,25,R2"]
    found = cohort.tables()
    assert vertebra(found, "A", "L3").width_mm == 11
    rows = found["measurements"]
    own = rows[(rows.site == "L3") & (rows.measure == "width_mm") & (rows.participant_id == "A")]
    assert dict(zip(own.reader, own.value, strict=True)) == {"mean": 11, "R1": 10, "R2": 12}


def test_a_mean_over_three_readers_is_not_rounded(cohort):
    cohort.endplates = [f"A,L3,superior,1,{width},5,34,27,25,R{number}"
                        for number, width in enumerate(("10.0", "10.1", "10.1"))]  # fmt: skip
    assert vertebra(cohort.tables(), "A", "L3").width_mm == pytest.approx(30.2 / 3, abs=1e-9)


def test_the_first_reader_of_a_tie_does_not_depend_on_whose_row_comes_first(cohort):
    cohort.endplates = ["A,L1,superior,1,10,5,34,27,25,R10", "A,L2,superior,1,10,5,34,27,25,R2"]
    found = cohort.tables()
    assert vertebra(found, "A", "L1").defect_type == "none"
    assert vertebra(found, "A", "L2").defect_type == "superior"


def test_readers_listed_for_a_file_read_also_what_they_wrote_no_row_of(cohort):
    cohort.endplates = ["A,L1,superior,1,10,5,34,27,25,R2"]
    cohort.series = ["A,endplate_table,endplates.csv,R1\n", "A,endplate_table,endplates.csv,R2\n"]
    found = cohort.tables()
    rows = found["measurements"].query("participant_id == 'A' and site == 'L1'")
    assert {"R1", "R2", "mean"} <= set(rows["reader"])


@pytest.mark.parametrize("kind", ["hu_table", "endplate_table"])
def test_one_reader_in_two_files_is_a_contradiction_not_an_overwrite(cohort, kind):
    cohort.series = [f"A,{kind},more.csv,\n"]
    more = {
        "hu_table": "participant_id,level,plane,hu\nA,L3,upper,199\n",
        "endplate_table": ENDPLATE_HEADER + "A,L3,superior,0,,,,,,1\n",
    }
    (cohort.folder / "more.csv").write_text(more[kind])
    found = cohort.tables()
    ((level, _, reason),) = reasons(found, "A")
    assert level == "L3"
    assert reason.startswith("more.csv: L3")
    row = vertebra(found, "A", "L3")
    assert math.isnan(row.hu) if kind == "hu_table" else row.defect_type is None


def test_readings_exported_with_an_offset_are_reported_once_and_enter_nothing(cohort):
    cohort.hu = {
        key: float(value) + (1000 if key[0] == "A" else 0) for key, value in cohort.hu.items()
    }
    found = cohort.tables()
    ((level, _, reason),) = reasons(found, "A")
    assert level == ""
    assert "all 15 HU readings of this participant are impossible" in reason
    assert math.isnan(vertebra(found, "A", "L3").hu)
    assert vertebra(found, "B", "L3").hu < 500


def test_one_malformed_row_is_its_participants_fault_alone(cohort):
    cohort.extra_hu = ["A,L3,upper,109,5"]
    found = cohort.tables()
    assert participant(found, "B").total_spine_hu == 100
    assert [row[:2] for row in reasons(found, "A")] == [("L3", "hounsfield")]
    assert reasons(found, "A")[0][2].startswith("hu.csv, row 32")


def test_a_reader_called_mean_is_a_fault_of_that_level(cohort):
    cohort.endplates = ["A,L3,superior,1,10,5,34,27,25,mean", "A,L3,superior,1,10,5,34,27,25,B"]
    found = cohort.tables()
    assert [row[:2] for row in reasons(found, "A")] == [("L3", "endplates")]
    assert vertebra(found, "A", "L1").defect_type == "none"


def test_a_bad_row_of_a_level_outside_the_study_excludes_nothing(cohort):
    cohort.config = "levels: [L1, L2]\n"
    cohort.hu["A", "L5", "upper"] = "bright"
    assert reasons(cohort.tables(), "A") == []


def test_a_participant_without_rows_in_the_hu_table_is_excluded(cohort):
    cohort.hu = {key: value for key, value in cohort.hu.items() if key[0] == "A"}
    found = cohort.tables()
    assert reasons(found, "B") == [("", "hounsfield", "hu.csv: no row of B.")]
    assert participant(found, "A").total_spine_hu == 100


def test_the_flow_is_counted(cohort):
    cohort.hu = {key: value for key, value in cohort.hu.items() if key[0] == "A"}
    counts = cohort.tables()["run"]["counts"]
    assert (counts["listed"], counts["included"], counts["analysed"]) == (2, 2, 2)
    assert counts["complete"] == 1
    assert (counts["vertebrae"], counts["vertebrae_measured_hu"]) == (10, 5)
    assert (counts["defect_vertebrae"], counts["defect_endplates"]) == (1, 1)


def test_every_column_is_described(cohort):
    found = cohort.tables()
    for name in ("measurements", "vertebrae", "endplates", "participants", "exclusions", "flags"):
        dictionary = data_dictionary(name, found[name].columns, found["study"])
        assert all(entry["description"] for entry in dictionary.values())
        if name == "measurements":
            assert dictionary["modality"]["description"] == "CT or MR"
        if name == "exclusions":
            text = "Where it was found: eligibility, conversion, hounsfield, endplates"
            assert dictionary["stage"]["description"] == text


def level_record(level, **changes):
    return {"participant_id": "A", "level": level, "status": "measured", "reason": "", "flags": [],
            "measurements": []} | changes  # fmt: skip


def test_a_reason_all_levels_share_is_reported_once_and_only_where_it_arose(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/participants.tsv").write_text("participant_id\nA\n")
    (tmp_path / "config/series.tsv").write_text(
        "participant_id\tkind\tpath\nA\tct\tct\nA\tvertebrae\tlabels.nii.gz\n"
    )
    folder = tmp_path / "results/participants/A"
    (folder / "hounsfield").mkdir(parents=True)
    gap = {"participant_id": "A", "status": "excluded", "reason": "A slice is missing."}
    (folder / "ct.json").write_text(json.dumps(gap))
    for level in LEVELS:
        record = level_record(level, status="excluded", reason="A slice is missing.")
        (folder / "hounsfield" / f"{level}.json").write_text(json.dumps(record))
    study, collected = load_study(tmp_path), Collected()
    collect_records(study, tmp_path / "results", collected)
    table = tables.exclusions_table(study, collected)
    assert table.to_dict("records") == [
        {"participant_id": "A", "level": "", "stage": "convert_ct", "reason": "A slice is missing."}
    ]


def test_one_unreadable_file_of_both_stages_is_reported_of_both(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/participants.tsv").write_text("participant_id\nA\n")
    (tmp_path / "config/series.tsv").write_text(
        "participant_id\tkind\tpath\nA\thu_rois\tx.mrk.json\nA\tendplate_markups\tx.mrk.json\n"
    )
    for stage in ("hounsfield", "endplates"):
        folder = tmp_path / "results/participants/A" / stage
        folder.mkdir(parents=True)
        for level in LEVELS:
            record = level_record(level, status="excluded", reason="x is unreadable.")
            (folder / f"{level}.json").write_text(json.dumps(record))
    collected = Collected()
    collect_records(load_study(tmp_path), tmp_path / "results", collected)
    assert [row.stage for row in collected.exclusions] == ["hounsfield", "endplates"]
