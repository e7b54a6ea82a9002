"""Caps: flat faces over the whole end of a body, into its hollow, over no bone."""

from __future__ import annotations

import numpy as np

from bonecohort.techniques.fe.caps import caps_on

SHAPE = (24, 20, 40)


X, Y, Z = np.indices(SHAPE)
IN_THE_MIDDLE = np.hypot(X - 11.5, Y - 9.5) < 4


def body(top=30.0):
    """Return a column whose lower end is flat, and whose upper one lies at ``top``."""
    inside = (np.abs(X - 11.5) < 8) & (np.abs(Y - 9.5) < 7)
    return inside & (Z >= 10) & (top >= Z)


def test_the_outer_faces_lie_four_voxels_beyond_the_body():
    caps = caps_on(body(), body())
    assert (caps.bottom, caps.top) == (6, 34)
    assert np.array_equal(caps.voxels[:, :, 34], body()[:, :, 20])
    assert np.array_equal(caps.voxels[:, :, 6], body()[:, :, 20])
    assert not caps.voxels[:, :, [5, 35]].any()


def test_a_hollow_is_filled_to_six_voxels():
    hollow = body(top=np.where(IN_THE_MIDDLE, 21, 30))
    caps = caps_on(hollow, hollow)
    middle = caps.voxels[11, 9]
    assert caps.top == 34
    assert np.flatnonzero(middle[20:]).tolist() == list(range(5, 15))
    rim = body(top=np.where(IN_THE_MIDDLE, 25, 30))
    assert np.flatnonzero(caps_on(rim, rim).voxels[11, 9, 20:]).tolist() == list(range(6, 15))


def test_the_whole_of_a_slanting_end_is_capped():
    slanting = body(top=30 - np.abs(X - 19) * 0.35)
    caps = caps_on(slanting, slanting)
    assert np.array_equal(caps.voxels[:, :, caps.top], slanting[:, :, 20])


def test_the_tip_of_a_rim_changes_no_height():
    tipped = body()
    tipped[5, 9, 31] = True
    caps = caps_on(tipped, tipped)
    assert caps.top == 34
    assert not (caps.voxels & tipped).any()
    assert np.array_equal(caps.voxels[:, :, 34], body()[:, :, 20])


def test_no_bone_is_overwritten_nor_bone_beside_the_body_capped():
    bone = body()
    bone[2, 2, :] = True  # a process that passes beside the ends
    bone[11, 19, 20:] = True
    caps = caps_on(bone, body())
    assert not (caps.voxels & bone).any()
    assert not caps.voxels[2, 2].any()
    assert not caps.voxels[11, 19].any()
