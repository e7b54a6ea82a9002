"""Compiled code: where it is kept, and what its smaller parts compute."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bonecohort.measures.finite_elements import compiled, kept_code, stencil

PRINTED = "from bonecohort.measures.finite_elements import compiled; print(compiled.CACHE_FOLDER)"
WORKED = """
import numpy as np
from bonecohort.measures.finite_elements import compiled
from bonecohort.measures.finite_elements.stencil import invert_blocks
blocks = np.full((1, 3, 3), 0, np.float32) + 2 * np.eye(3, dtype=np.float32)
invert_blocks(blocks)
hits = sum(invert_blocks._cache_hits.values())
print(compiled.CACHE_FOLDER, blocks[0, 0, 0], hits)
"""


def printed(script, **variables):
    """Return the words that a fresh process prints."""
    own = {"NUMBA_CACHE_DIR": "", **{name: str(value) for name, value in variables.items()}}
    run = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, **own}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    return run.stdout.split()


@pytest.fixture
def no_folder(tmp_path):
    """A path below which no folder can be made."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file"


def test_compiled_code_is_kept_in_the_users_cache_and_never_beside_the_library(tmp_path):
    (found,) = printed(PRINTED, XDG_CACHE_HOME=tmp_path)
    assert Path(found).parent == tmp_path / "bonecohort/numba"
    assert Path(found).stat().st_mode & 0o077 == 0
    assert not list(Path(compiled.__file__).parent.rglob("*.nb?"))


def test_code_is_kept_where_the_user_says(tmp_path):
    (found,) = printed(PRINTED, NUMBA_CACHE_DIR=tmp_path)
    assert Path(found).parent == tmp_path


def test_without_a_home_code_is_kept_in_the_temporary_folder(tmp_path, no_folder):
    elsewhere = {"NUMBA_CACHE_DIR": no_folder, "XDG_CACHE_HOME": no_folder, "TMPDIR": tmp_path}
    folder, _, hits = printed(WORKED, **elsewhere)
    assert Path(folder).is_relative_to(tmp_path)
    assert (hits, printed(WORKED, **elsewhere)[2]) == ("0", "1")
    assert not list(Path(compiled.__file__).parent.rglob("*.nb?"))


def test_a_folder_of_another_user_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(kept_code.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    assert kept_code.cache_folder()
    monkeypatch.setattr(kept_code.os, "geteuid", lambda: os.getuid() + 1)
    assert kept_code.cache_folder() == ""


@pytest.mark.parametrize(("suffix", "left"), [("nbi", 0), ("nbc", 40)])
def test_kept_code_that_is_cut_short_is_compiled_and_kept_again(tmp_path, suffix, left):
    printed(WORKED, XDG_CACHE_HOME=tmp_path)
    for path in tmp_path.rglob(f"*.{suffix}"):
        path.write_bytes(path.read_bytes()[:left])
    assert printed(WORKED, XDG_CACHE_HOME=tmp_path)[1:] == ["0.5", "0"]
    assert printed(WORKED, XDG_CACHE_HOME=tmp_path)[1:] == ["0.5", "1"]


def test_a_full_disk_costs_no_result(tmp_path):
    full = (
        "import numba.core.caching as caching\n"
        "def fail(*_): raise OSError(28, 'No space left on device')\n"
        "caching.IndexDataCacheFile._save_data = fail\n"
    )
    assert printed(full + WORKED, XDG_CACHE_HOME=tmp_path)[1:] == ["0.5", "0"]


def test_blocks_are_inverted_in_place():
    draw = np.random.default_rng(2).normal(size=(20, 3, 3))
    blocks = (draw @ draw.transpose(0, 2, 1) + np.eye(3)).astype(np.float32)
    expected = np.linalg.inv(blocks.astype(float))
    stencil.invert_blocks(blocks)
    assert blocks == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("fixed", [(0,), (1, 2), (0, 1, 2)])
def test_fixed_displacements_stay_zero_in_an_inverted_block(fixed):
    whole = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])
    block = whole.copy()
    block[list(fixed)] = 0
    block[:, list(fixed)] = 0
    free = [axis for axis in range(3) if axis not in fixed]
    expected = np.zeros((3, 3))
    expected[np.ix_(free, free)] = np.linalg.inv(whole[np.ix_(free, free)])
    blocks = block[None].astype(np.float32)
    stencil.invert_blocks(blocks)
    assert blocks[0] == pytest.approx(expected, abs=1e-6)
