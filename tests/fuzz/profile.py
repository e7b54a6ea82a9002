"""How many cases are tried, and that a plain run always tries the same ones."""

from __future__ import annotations

# FUZZ_FACTOR=20 pytest tests/fuzz tries twenty times as many, in a night.
import os

from hypothesis import HealthCheck, settings

# FUZZ_FACTOR=20 uv run pytest tests/fuzz tries twenty times as many.
FACTOR = int(os.environ.get("FUZZ_FACTOR", "1"))


def cases(number: int) -> settings:
    """Return the settings of a test that tries a number of cases."""
    return settings(
        max_examples=number * FACTOR,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
