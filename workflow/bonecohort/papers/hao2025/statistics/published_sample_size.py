"""What can be said of the published sample size: the paper states no assumption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.statistics.planning import power
from bonecohort.statistics.planning.sample_size import STUDENT, alpha_and_power, size_row

if TYPE_CHECKING:
    from bonecohort.study.analysis_settings import SampleSizeSettings

PUBLISHED = {"mean_1": 84.65, "sd_1": 35.49, "n_1": 95, "mean_2": 124.86, "sd_2": 49.59, "n_2": 104}
"""Total spine HU with and without a defect, as Table 1 prints them."""
NOT_RECOMPUTED = (
    "the paper names PASS 15 but neither formula nor assumption, so its sample size cannot be "
    "recomputed; this is what its own result would have asked for"
)


def published_sample_size(planned: SampleSizeSettings) -> dict[str, Any]:
    """Return the size that the printed difference of total spine HU asks for, as a row."""
    difference = (PUBLISHED["mean_2"] - PUBLISHED["mean_1"]) / _pooled_sd()
    row = size_row(
        "Hao et al. 2025: total spine HU with and without a defect",
        "n_per_group",
        power.two_sample_t_size(difference, planned.alpha, planned.power),
        available=min(PUBLISHED["n_1"], PUBLISHED["n_2"]),
        formula=STUDENT,
        assumptions=(
            f"the printed means and SD ({difference:.3g} SD apart), {alpha_and_power(planned)}"
        ),
    )
    return {**row, "warning": NOT_RECOMPUTED}


def _pooled_sd() -> float:
    n_1, n_2 = PUBLISHED["n_1"], PUBLISHED["n_2"]
    squares = (n_1 - 1) * PUBLISHED["sd_1"] ** 2 + (n_2 - 1) * PUBLISHED["sd_2"] ** 2
    return float(np.sqrt(squares / (n_1 + n_2 - 2)))
