"""How many cases are tried, and that a plain run always tries the same ones."""

from __future__ import annotations

# FUZZ_FACTOR=20 FUZZ_SEED=1 uv run pytest tests/fuzz tries twenty times as many, and others.
import os
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, seed, settings

if TYPE_CHECKING:
    from collections.abc import Callable

FACTOR = int(os.environ.get("FUZZ_FACTOR", "1"))
SEED = os.environ.get("FUZZ_SEED", "")


def cases(number: int) -> Callable[[Any], Any]:
    """Return a decorator of a test that tries a number of cases."""
    decided = settings(
        max_examples=number * FACTOR,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )

    def decorate(test: Any) -> Any:
        return decided(seed(int(SEED))(test) if SEED else test)

    return decorate
