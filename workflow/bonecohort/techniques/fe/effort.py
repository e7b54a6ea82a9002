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


def job_effort(settings: Mapping[str, Any]) -> Effort:
    """Return what a job may take, by its settings and the threads that Snakemake gave it.

    Outside of Snakemake it has one thread.
    """
    words = os.environ.get(THREADS_OF_THE_RULE, "")
    threads = int(words) if words.isdigit() and int(words) > 0 else 1
    convergence = Convergence(max_iterations=settings["max_iterations"])
    return Effort(convergence, settings["memory_mb"], threads)
