"""Compiled code: where it is kept, and what its smaller parts compute."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bonecohort.measures.finite_elements import compiled, stencil

PRINTED = "from bonecohort.measures.finite_elements import compiled; print(compiled.CACHE_FOLDER)"


def folder_of(**variables):
    """Return where a fresh process keeps compiled code."""
    own = {"NUMBA_CACHE_DIR": "", **{name: str(value) for name, value in variables.items()}}
    run = subprocess.run(
        [sys.executable, "-c", PRINTED], env={**os.environ, **own}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    return run.stdout.strip()


def test_compiled_code_is_kept_in_the_users_cache_and_never_beside_the_library(tmp_path):
    found = folder_of(XDG_CACHE_HOME=tmp_path)
    assert found == str(tmp_path / "bonecohort/numba")
    assert Path(found).stat().st_mode & 0o077 == 0
    assert not list(Path(compiled.__file__).parent.rglob("*.nbi"))


def test_without_a_place_to_write_code_is_compiled_and_not_kept(tmp_path):
    (tmp_path / "file").write_text("")
    assert folder_of(XDG_CACHE_HOME=tmp_path / "file") == ""


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
