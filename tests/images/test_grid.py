"""The grid that a sidecar describes, compared with the volume itself."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from bonecohort.images.grid import grid_of, grid_record, uid_digest
from bonecohort.images.volume import Volume

SHAPE = (20, 30, 12)


@pytest.fixture
def oblique():
    angle = np.radians(20)
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.array([[0, 0, 4.4], [0.7, 0, 0], [0, -0.7, 0]])
    affine[:3, 3] = -10, -50, 300
    return Volume(np.zeros(SHAPE), affine)


def grid(volume):
    record = grid_record(volume.array.shape, volume.affine_lps, "1.2.3", "1.2.4")
    return grid_of(json.loads(json.dumps(record)))


def test_points_are_placed_as_the_volume_places_them(oblique):
    points = np.random.default_rng(1).uniform(-60, 360, (20, 3))
    found = [grid(oblique).to_index(point) for point in points]
    assert np.allclose(found, oblique.to_index(points))


def test_a_point_half_a_voxel_beyond_the_last_centre_is_the_last_inside(oblique):
    for axis, count in enumerate(SHAPE):
        for edge, outwards in ((-0.5, -1), (count - 0.5, 1)):
            index = np.array([5.0, 5.0, 5.0])
            index[axis] = edge - outwards * 0.01
            assert grid(oblique).contains(oblique.to_lps(index))
            index[axis] = edge + outwards * 0.01
            point = oblique.to_lps(index)
            assert not grid(oblique).contains(point)
            assert grid(oblique).contains(point, tolerance_mm=0.05)


def test_extent_reaches_the_outer_faces_of_the_voxels():
    volume = Volume(np.zeros((10, 20, 30)), np.diag([1.0, 2.0, 3.0, 1.0]))
    assert grid(volume).extent_mm() == ((-0.5, 9.5), (-1.0, 39.0), (-1.5, 88.5))


def test_the_sagittal_normal_is_that_of_the_slices(oblique):
    normal = oblique.affine_lps[:3, 2] / 4.4
    assert np.allclose(grid(oblique).sagittal_normal(), normal)


def test_a_sidecar_without_a_grid_says_of_none():
    assert grid_of({"status": "converted"}) is None


def test_uids_are_kept_as_digests_alone(oblique):
    record = grid_record(oblique.array.shape, oblique.affine_lps, "1.2.840.99", "")
    assert "1.2.840.99" not in json.dumps(record)
    assert record["FrameOfReferenceDigest"] == uid_digest(" 1.2.840.99 ")
    assert "SeriesInstanceDigest" not in record
    assert uid_digest("") == uid_digest(None) == ""


def test_grids_are_read_without_numpy():
    program = (
        "import sys; import bonecohort.images.grid, bonecohort.annotations.marks.mark_checks;"
        "import bonecohort.techniques.endplates.jobs.measure;"
        "assert not {'numpy', 'pydicom', 'nibabel'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
