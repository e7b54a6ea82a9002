"""What a job may take to solve a model."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from bonecohort.measures.finite_elements.convergence import Convergence
from bonecohort.techniques.fe.model import Effort

if TYPE_CHECKING:
    from collections.abc import Mapping

THREADS_OF_THE_RULE = "OMP_NUM_THREADS"
"""Snakemake sets it to the threads of the job's rule."""
VERTEBRA_MB = 3000
"""Memory of the rule of vertebrae, whose models need less; a larger one is refused."""


def job_effort(settings: Mapping[str, Any], most_mb: int | None = None) -> Effort:
    """Return what a job may take, by its settings and the threads that Snakemake gave it.

    Outside of Snakemake it has one thread. ``most_mb`` is the memory of the job's rule, where it is
    not that of the settings.
    """
    words = os.environ.get(THREADS_OF_THE_RULE, "")
    threads = int(words) if words.isdigit() and int(words) > 0 else 1
    convergence = Convergence(max_iterations=settings["max_iterations"])
    memory_mb = settings["memory_mb"] if most_mb is None else min(settings["memory_mb"], most_mb)
    return Effort(convergence, memory_mb, threads)
