"""What techniques add to the demo study: their files and truth, and nothing to the others."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from bonecohort.cli.parser import DEMO_PARTICIPANTS, DEMO_SEED
from bonecohort.demo.cohort import draw_cohort
from bonecohort.demo.share import shares_in
from bonecohort.demo.study import write_demo_study
from bonecohort.demo.tables import SERIES_PATHS, TRUTH_PATH, settings_text, truth_text
from bonecohort.study.study import load_study
from bonecohort.techniques.registry import demo_shares
from tests.images.kinds import convert_series

SEED = 8
SHARES = [replace(share, numbers=range(2, 3)) for share in demo_shares()]
"""All of them, of P002."""


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    write_demo_study(folder, 2, SEED, jobs=1)
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    write_demo_study(folder, 2, SEED, jobs=1, shares=SHARES)
    return folder


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_study_has_no_problem_and_all_its_files(shared):
    loaded = load_study(shared)
    assert loaded.included == ("P001", "P002")
    assert all((shared / series.path).exists() for series in loaded.series)
    kinds = {series.kind for series in loaded.series if series.participant_id == "P002"}
    assert {"dxa", "qct_rods", "xct_segmentation", "t1_sagittal", "mr_vertebrae"} < kinds
    assert {series.kind for series in loaded.series if series.participant_id == "P001"} == {
        "ct", "t2_sagittal", "vertebrae", "endplate_markups",
    }  # fmt: skip


def test_who_has_no_share_is_drawn_as_before(plain, shared):
    assert contents(plain / "demo/P001") == contents(shared / "demo/P001")
    assert contents(plain / "demo/P002/t2") == contents(shared / "demo/P002/t2")
    before = (plain / TRUTH_PATH).read_text().splitlines()
    assert set(before) < set((shared / TRUTH_PATH).read_text().splitlines())


def test_a_phantom_lies_behind_an_unchanged_body(plain, shared):
    before, after = (
        convert_series(folder / "demo/P002/ct", "ct").volume for folder in (plain, shared)
    )
    np.testing.assert_allclose(before.affine_lps, after.affine_lps)
    rows = before.array.shape[1]
    assert np.array_equal(before.array, after.array[:, :rows])
    assert after.array.shape[1] > rows


def test_a_second_run_does_nothing(shared):
    before = {path: path.stat().st_mtime_ns for path in shared.rglob("*")}
    write_demo_study(shared, 2, SEED, jobs=1, shares=SHARES)
    assert {path: path.stat().st_mtime_ns for path in shared.rglob("*")} == before


def test_a_small_demo_has_no_share():
    assert shares_in(demo_shares(), draw_cohort(6, DEMO_SEED)) == []
    cohort = draw_cohort(6, DEMO_SEED)
    assert truth_text(cohort, demo_shares()) == truth_text(cohort)


def test_every_share_of_the_shipped_demo_has_participants():
    cohort = draw_cohort(DEMO_PARTICIPANTS, DEMO_SEED)
    assert shares_in(demo_shares(), cohort) == list(demo_shares())


def test_no_share_has_the_folder_of_another_file():
    names = [share.name for share in demo_shares()]
    assert len({*names, *SERIES_PATHS.values()}) == len(names) + len(SERIES_PATHS)


def test_other_processes_can_draw_them():
    assert pickle.loads(pickle.dumps(demo_shares())) == demo_shares()


def test_shares_of_one_section_are_joined():
    text = settings_text(24, DEMO_SEED, demo_shares())
    assert text.count("\nbmd:\n") == 1
    assert "phantom:" in text
    assert "reference:" in text
