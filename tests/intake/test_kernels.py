"""Kernels by the names their makers give them."""

from __future__ import annotations

import pytest

from bonecohort.intake.kernels import kernel_kind


@pytest.mark.parametrize(
    ("kernel", "kind"),
    [
        ("STANDARD", "standard"), ("SOFT", "standard"), ("BONEPLUS", "bone"), ("LUNG", "lung"),
        ("B30f", "standard"), ("Br38f\\3", "standard"), ("B70s", "bone"), ("Br59d", "bone"),
        ("Bl57", "lung"), ("I31f", "standard"), ("FC08", "standard"), ("FC30", "bone"),
        ("FC52", "lung"), ("B", "standard"), ("D", "bone"), ("", "unknown"), ("XYZ", "unknown"),
    ],
)  # fmt: skip
def test_the_kind_follows_from_the_name(kernel, kind):
    assert kernel_kind(kernel) == kind
