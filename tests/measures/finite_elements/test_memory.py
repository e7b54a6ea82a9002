"""The estimated memory is what a model takes, and too large a model is refused."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pytest

from bonecohort.faults import DataFault
from bonecohort.measures.finite_elements.memory import check_memory, memory_mb

MEASURED = textwrap.dedent("""
    import resource, sys
    import numpy as np
    from bonecohort.measures.finite_elements.memory import memory_mb
    from tests.measures.finite_elements.models import solved
    from tests.measures.finite_elements.test_memory import SOLIDS
    from bonecohort.measures.finite_elements.convergence import Convergence
    solid = SOLIDS[sys.argv[1]]()
    solved(np.where(solid, np.float32(1000), np.float32(0)), (1, 1, 1), convergence=Convergence())
    print(memory_mb(solid), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
""")


def rods():
    """Return thin rods along all axes, the form of most coarse nodes for each fine one."""
    solid = np.zeros((121, 121, 121), dtype=bool)
    for a in range(0, 121, 10):
        for b in range(0, 121, 10):
            solid[a, b, :] = solid[a, :, b] = solid[:, a, b] = True
    return solid


SOLIDS = {"solid": lambda: np.ones((60, 60, 60), dtype=bool), "rods": rods}


@pytest.mark.long
@pytest.mark.parametrize("name", SOLIDS)
def test_no_more_memory_is_taken_than_reported_and_no_third_of_it_is_left(name):
    run = subprocess.run(
        [sys.executable, "-c", MEASURED, name], capture_output=True, text=True, check=True
    )
    told, taken = map(float, run.stdout.split())
    assert 0.67 * told < taken <= told


def test_a_solid_model_is_reported_less_than_a_kilobyte_a_node():
    solid = np.ones((70, 70, 70), dtype=bool)
    of_nodes = memory_mb(solid) - memory_mb(solid[:1, :1, :1])
    assert 0.3e-3 < of_nodes / 71**3 < 1e-3


def test_a_model_too_large_is_refused_with_both_numbers():
    with pytest.raises(DataFault, match=r"27,000 elements needs \d+ MB of memory; 100 MB are"):
        check_memory(np.ones((30, 30, 30), dtype=bool), 100)
