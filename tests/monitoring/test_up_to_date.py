"""Who is up to date: nobody of whom anything may be to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from bonecohort.monitoring.up_to_date import is_up_to_date, rules_digest
from bonecohort.study import job_specs
from bonecohort.study.contents import CONTENTS, Contents
from bonecohort.study.fingerprints import text_digest
from bonecohort.study.provenance import Altered, Provenance
from bonecohort.study.study import load_study

LEVELS = ("L3", "L4")
IMAGES = ("ct", "t2_sagittal")


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Return a study of one participant with images, and one with readings from tables only."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text(
        f"levels: [{', '.join(LEVELS)}]\nvertebrae: {{label_scheme: totalsegmentator_v2}}\n"
    )
    (tmp_path / "config/participants.tsv").write_text("participant_id\nP1\nP2\n")
    rows = [f"P1\t{kind}\t{kind}" for kind in ("ct", "t2_sagittal", "vertebrae")]
    rows += ["P1\tendplate_markups\tmarks", "P2\thu_table\thu.csv"]
    (tmp_path / "config/series.tsv").write_text(
        "\n".join(["participant_id\tkind\tpath", *rows]) + "\n"
    )
    for name in ("ct", "t2_sagittal", "vertebrae", "marks", "hu.csv"):
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(job_specs, "contents", lambda: Contents(CONTENTS))  # looks anew each time
    return load_study(tmp_path, {})


@pytest.fixture
def whole(study):
    """Return what is remembered of the first participant after a run."""
    done = {f"convert {kind}": job_specs.convert_task(study, "P1", kind) for kind in IMAGES}
    done |= {
        f"hounsfield.measure {at}": job_specs.stage_task(study, "P1", "measure_hounsfield", at)
        for at in LEVELS
    }
    done |= {
        f"endplates.measure {at}": job_specs.stage_task(study, "P1", "measure_endplates", at)
        for at in LEVELS
    }
    done["hounsfield.show"] = job_specs.stage_task(study, "P1", "show_hounsfield")
    done["endplates.show"] = job_specs.stage_task(study, "P1", "show_endplates")
    return {job: text_digest(task) for job, task in done.items()}


def up_to_date(study, name, whole, altered=(), rules="now"):
    return is_up_to_date(study, name, Provenance(whole, altered, frozenset(), rules), "now")


def moved_last(whole, *last):
    """Return the same jobs, some of them ended after all others."""
    return {job: whole[job] for job in [*(job for job in whole if job not in last), *last]}


def test_who_has_done_all_jobs_in_their_order_is_settled(study, whole):
    assert up_to_date(study, "P1", whole)
    assert up_to_date(study, "P2", {})
    assert up_to_date(study, "P1", {"crop": "", **whole})


@pytest.mark.parametrize(
    "job", ["convert ct", "hounsfield.measure L3", "endplates.measure L4", "endplates.show"]
)
def test_who_lacks_a_job_or_did_another_task_is_not(study, whole, job):
    assert not up_to_date(study, "P1", {name: whole[name] for name in whole if name != job})
    assert not up_to_date(study, "P1", whole | {job: text_digest("another")})


@pytest.mark.parametrize("job", ["convert ct", "convert t2_sagittal", "hounsfield.measure L3"])
def test_who_did_a_job_again_but_not_what_is_made_of_it_is_not(study, whole, job):
    assert not up_to_date(study, "P1", moved_last(whole, job))


def test_who_did_everything_of_one_image_again_is_settled(study, whole):
    of_t2 = [job for job in whole if "t2" in job or "endplates" in job]
    assert up_to_date(study, "P1", moved_last(whole, *of_t2))
    assert up_to_date(study, "P1", moved_last(whole, "hounsfield.show"))
    levels = ("hounsfield.measure L4", "hounsfield.measure L3", "hounsfield.show")
    assert up_to_date(study, "P1", moved_last(whole, *levels))


@pytest.mark.parametrize("name", ["ct", "t2_sagittal", "vertebrae", "marks"])
def test_who_has_another_file_is_not(study, whole, name):
    Path(name).write_text("another")
    assert not up_to_date(study, "P1", whole)


def test_who_was_not_found_done_by_these_rules_or_has_a_damaged_result_is_not(study, whole):
    assert not up_to_date(study, "P1", whole, rules="before")
    assert not up_to_date(study, "P1", whole, rules="")
    assert not up_to_date(
        study, "P1", whole, altered=(Altered("convert ct", (Path("ct.json"),), ()),)
    )


def test_other_ways_of_deployment_are_other_rules():
    assert rules_digest([]) == rules_digest(())
    assert rules_digest(["CONDA"]) != rules_digest([])
