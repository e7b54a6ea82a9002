"""What carries no load is dropped and reported; without a load path there is no model."""

from __future__ import annotations

import numpy as np
import pytest

from bonecohort.faults import DataFault
from bonecohort.measures.finite_elements.islands import loaded_part


def block():
    solid = np.zeros((12, 12, 12), dtype=bool)
    solid[2:9, 2:9, 1:11] = True
    return solid


def test_a_voxel_alone_is_dropped_and_reported():
    solid = block()
    solid[11, 11, 5] = True
    solid[9, 9, 5] = True  # shares an edge alone
    part = loaded_part(solid)
    assert (part.n_islands, part.n_dropped) == (2, 2)
    assert np.array_equal(part.kept, block())
    assert (part.bottom, part.top) == (1, 10)


def test_a_voxel_beyond_the_ends_is_no_end():
    solid = block()
    solid[0, 0, 11] = True
    assert loaded_part(solid).top == 10


@pytest.mark.parametrize("cut", [slice(5, 6), slice(9, 10)])
def test_a_cut_block_is_refused(cut):
    solid = block()
    solid[:, :, cut] = False
    with pytest.raises(DataFault, match="no load path"):
        loaded_part(solid)


def test_halves_that_share_an_edge_alone_are_refused():
    solid = np.zeros((6, 4, 6), dtype=bool)
    solid[:3, :, :3] = solid[3:, :, 3:] = True
    with pytest.raises(DataFault, match="slices 1 to 3, its material in 1 to 6"):
        loaded_part(solid)


def test_an_empty_image_is_refused():
    with pytest.raises(DataFault, match="no material"):
        loaded_part(np.zeros((3, 3, 3), dtype=bool))
