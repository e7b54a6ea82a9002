"""The state of a study as its results folder shows it."""

from __future__ import annotations

import json

import pytest

from bonecohort.cli import main

LEVELS = ("L1", "L2")


@pytest.fixture
def study(tmp_path):
    """Four participants with images, one with tables, one not included; all measured."""
    names = ["A", "B", "C", "D"]
    kinds = ("ct", "vertebrae", "t2_sagittal", "endplate_markups")
    rows = [f"{name}\t{kind}\tdata" for name in names for kind in kinds] + ["T\thu_table\thu.csv"]
    files = {
        "config/participants.tsv": "participant_id\tinclude\texclusion_reason\n"
        + "".join(f"{name}\tyes\t\n" for name in [*names, "T"])
        + "X\tno\tlumbar surgery\n",
        "config/series.tsv": "\n".join(["participant_id\tkind\tpath", *rows]),
        "config/config.yaml": f"levels: [{', '.join(LEVELS)}]\n",
        "results/tables/participants.csv": "participant_id\n"
        + "".join(f"{name}\n" for name in [*names, "T"]),
        "results/tables/exclusions.csv": "participant_id,level,stage,reason\n",
    }
    for name in names:
        folder = f"results/participants/{name}"
        for record in ("ct", "t2_sagittal", *(f"{stage}/{level}" for level in LEVELS
                       for stage in ("hounsfield", "endplates"))):  # fmt: skip
            files[f"{folder}/{record}.json"] = json.dumps({"status": "measured", "reason": ""})
        files |= {f"{folder}/qc/hounsfield.png": "", f"{folder}/qc/endplates.png": ""}
    for name in (
        "records.tsv",
        "run.json",
        "statistics/comparisons.csv",
        "figures/figure3_prevalence.png",
        "figures/forest.png",
        "review.html",
        "report.html",
    ):
        files[f"results/{name}"] = ""
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def exclude(study, name, reason, *records):
    for record in records:
        path = study / f"results/participants/{name}/{record}.json"
        path.write_text(json.dumps({"status": "excluded", "reason": reason}))


def status(study, capsys, *options):
    assert main(["status", str(study), *options]) == 0
    return capsys.readouterr().out


def test_a_finished_study_ends_with_the_report_to_open(study, capsys):
    lines = status(study, capsys).splitlines()
    assert lines[0].endswith("6 participants, 5 of them included")
    assert lines[1] == "  5 finished"
    assert "  1 not included: lumbar surgery" in lines
    assert lines[-1] == f"Open {study / 'results/report.html'}"


def test_a_fault_is_reported_once_with_the_levels_it_concerns(study, capsys):
    exclude(study, "A", "A slice is missing.", "ct", "hounsfield/L1", "hounsfield/L2")
    exclude(study, "B", "Two widths.", "endplates/L2")
    exclude(study, "C", "Not JSON.", "endplates/L1", "endplates/L2")
    found = json.loads(status(study, capsys, "--json"))
    assert [tuple(one.values()) for one in found["not_measured"]] == [
        ("A", "convert the CT", [], "A slice is missing."),
        ("B", "measure the endplates", ["L2"], "Two widths."),
        ("C", "measure the endplates", [], "Not JSON."),
    ]
    assert found["done"] == ["A", "B", "C", "D", "T"]
    assert "  5 finished, 3 of them incomplete: A, B, C" in status(study, capsys)


def test_what_several_lack_for_one_reason_is_reported_once(study, capsys):
    for name in "ABC":
        exclude(study, name, "No label map.", "hounsfield/L1", "hounsfield/L2")
    exclude(study, "D", "No label map.", "hounsfield/L2")
    lines = status(study, capsys).splitlines()
    assert "  3 participants (A, B, C), measure HU: No label map." in lines
    assert "  D, measure HU of L2: No label map." in lines


def test_a_fault_in_a_table_of_readings_is_taken_from_the_cohorts_table(study, capsys):
    with (study / "results/tables/exclusions.csv").open("a") as table:
        table.write("T,L2,hounsfield,'bright' is not a number\nA,L1,hounsfield,of an older run\n")
    found = json.loads(status(study, capsys, "--json"))["not_measured"]
    assert [tuple(one.values()) for one in found] == [
        ("T", "measure HU", ["L2"], "'bright' is not a number")
    ]


def test_what_the_table_of_exclusions_leaves_out_is_distinguished_from_faults(study, capsys):
    (study / "config/exclusions.tsv").write_text(
        "participant_id\tsite\ttechnique\treason\nT\tL2\t\tcement\nA\t\tendplates\tmotion\n"
    )
    with (study / "results/tables/exclusions.csv").open("a") as table:
        table.write("T,L2,hounsfield,cement\n")
    assert json.loads(status(study, capsys, "--json"))["not_measured"] == []
    text = status(study, capsys)
    assert (
        "Left out by the table of exclusions:\n  A, endplates: motion\n  T, hounsfield of L2: c"
        in text
    )
    assert "  5 finished, 2 of them incomplete: A, T" in text


def test_a_job_without_a_result_failed_if_its_log_speaks_and_is_left_if_not(study, capsys):
    (study / "results/participants/B/hounsfield/L1.json").unlink()
    (study / "results/participants/C/hounsfield/L2.json").unlink()
    for name in ("B", "C", "D"):
        (study / f"results/logs/{name}").mkdir(parents=True)
    log = study / "results/logs/B/hounsfield_L1.log"
    log.write_text("Traceback\n  somewhere\nMemoryError (message withheld)\n")
    (study / "results/logs/C/hounsfield_L2.log").write_text("")
    (study / "results/logs/D/hounsfield_L1.log").write_text("a warning of a job that went well\n")
    found = json.loads(status(study, capsys, "--json"))
    assert (found["done"], found["failed"], found["left"]) == (["A", "D", "T"], ["B"], ["C"])
    (failure,) = found["failures"]
    assert failure["log"] == str(log)
    assert failure["last_line"] == "MemoryError (message withheld)"
    text = status(study, capsys)
    assert f"B, measure HU of L1: {log}: MemoryError" in text
    assert "  1 left: C" in text


def test_a_record_cut_short_is_left_to_do(study, capsys):
    exclude(study, "A", "A slice is missing.", "hounsfield/L1")
    record = study / "results/participants/A/hounsfield/L1.json"
    record.write_bytes(record.read_bytes()[:-9])
    found = json.loads(status(study, capsys, "--json"))
    assert (found["left"], found["not_measured"]) == (["A"], [])


def test_a_failed_crop_is_the_failure_of_its_participant(study, capsys):
    for level in LEVELS:
        (study / f"results/participants/A/hounsfield/{level}.json").unlink()
    log = study / "results/logs/A/crop.log"
    log.parent.mkdir(parents=True)
    log.write_text("KeyError\n")
    (failure,) = json.loads(status(study, capsys, "--json"))["failures"]
    assert (failure["what"], failure["log"]) == ("cut out the vertebrae", str(log))


def test_what_the_cohort_still_needs_is_reported_with_how_to_go_on(study, capsys):
    (study / "results/report.html").unlink()
    (study / "results/logs").mkdir()
    (study / "results/logs/report.log").write_text("OSError: disk full\n")
    text = status(study, capsys)
    assert "cohort, left: build the report" in text
    assert "The cohort, build the report" in text
    assert text.splitlines()[-1] == f"To continue: bonecohort run {study}"


def test_a_study_never_run_is_all_left(study, capsys):
    (study / "results").rename(study / "elsewhere")
    found = json.loads(status(study, capsys, "--json"))
    assert (found["done"], found["left"]) == ([], ["A", "B", "C", "D", "T"])
    assert found["report"] is None


@pytest.mark.parametrize(
    "content", ["", "\0" * 300, "participant_id,lev", 'participant_id,stage\nA,"', "A\n"]
)
def test_spoilt_results_are_left_to_be_made_and_no_traceback(study, capsys, content):
    for name in ("participants", "exclusions"):
        (study / f"results/tables/{name}.csv").write_text(content)
    (study / "results/run.json").write_text(content)
    (study / "results/participants/A/ct.json").write_text(content)
    (study / "results/participants/B/ct.json").write_text('{"status": "excluded", "rea}')
    out = status(study, capsys)
    assert "3 finished" in out
    assert "2 left: A, T" in out


@pytest.mark.parametrize(
    "content",
    ['{"x": "excluded"}', '{"status": "excluded"}', '{"x": "excluded", "y": ' + "[" * 10**5 + "}"],
    ids=["no status", "no reason", "deep"],
)
def test_a_record_of_another_form_is_no_traceback(study, capsys, content):
    (study / "results/participants/A/ct.json").write_text(content)
    assert json.loads(status(study, capsys, "--json"))["not_measured"] == []


def test_the_current_folder_is_named_by_its_path_and_needs_no_name_to_go_on(
    study, capsys, monkeypatch
):
    (study / "results/report.html").unlink()
    monkeypatch.chdir(study)
    assert main(["status"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{study}: 6 participants, 5 of them included"
    assert lines[-1] == "To continue: bonecohort run"
