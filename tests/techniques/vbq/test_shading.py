"""The shading of a surface coil: N4 gives back the scores of the even image."""

from __future__ import annotations

import numpy as np
import pytest

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.techniques.vbq.measure import measure_bodies
from bonecohort.techniques.vbq.settings import VbqSettings
from bonecohort.techniques.vbq.shading import without_shading
from tests.techniques.vbq.conftest import SCORES


def scores_of(spine, image):
    found = measure_bodies(image, spine.canal, spine.bodies, "spin echo", VbqSettings())
    return {level: one.rows[0].value for level, one in found.items()}


@pytest.fixture(scope="module")
def shaded(spine):
    """Give the image the falling signal of a coil behind the back, and one voxel no number."""
    index = np.moveaxis(np.indices(spine.image.array.shape, dtype=float), 0, -1)
    behind_mm = spine.image.to_lps(index.reshape(-1, 3))[:, 1].reshape(spine.image.array.shape)
    array = spine.image.array / (1 + ((behind_mm.max() - behind_mm) / 150) ** 2)
    array[0, 0, 0] = np.nan
    return spine.changed(array)


def test_the_scores_of_a_shaded_image_are_those_of_the_even_one(spine, shaded):
    before = np.array(list(scores_of(spine, shaded).values())) / list(SCORES.values())
    assert np.all(before < 0.92)  # CSF is nearer to the coil than marrow
    corrected = without_shading(shaded)
    assert scores_of(spine, corrected) == pytest.approx(SCORES, rel=0.05)
    assert np.isnan(corrected.array[0, 0, 0])


def test_an_image_without_signal_is_refused(spine):
    empty = Volume(np.zeros(spine.image.array.shape), spine.image.affine_lps)
    with pytest.raises(DataFault, match="holds no signal"):
        without_shading(empty)
