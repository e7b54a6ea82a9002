"""Time and memory of the finite element solver on models of bone, side by side with ParOSol.

uv run python -P benchmarks/finite_elements.py [--models FOLDER] [--threads 2]

The models are those of tests/measures/finite_elements/test_reference_programs.py. Each is solved in
a process of its own. ParOSol (GPL) is installed by uv into an environment of its own, and started
from there.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from bonecohort.measures.finite_elements.convergence import Convergence
from bonecohort.measures.finite_elements.ends import CONSTRAINED, PMMA, Ends, ends_of
from bonecohort.measures.finite_elements.memory import memory_mb
from bonecohort.measures.finite_elements.mesh import Mesh, corners, mesh_of
from bonecohort.measures.finite_elements.response import stiffness_n_mm, strain_energy_density
from bonecohort.measures.finite_elements.solve import solve

MODELS = Path(__file__).resolve().parents[2] / "shared/modalities/ct_data/fe"
L4, SPLIT = "L4", "tibia split in 8"
CASES = {L4: (8.0, 400), "tibia": (22.0, 600), "trab1240": (35.0, 700), SPLIT: (0, 0)}
"""Case → largest CPU time in s and memory in MB; 0 where another limit counts."""
BYTES_A_NODE = 1000
L4_FACES, L4_STRAIN = (5, 48), -0.0068
"""Layers of nodes of the caps' outer faces, and the strain between them."""
SIDE_BY_SIDE, MOST_OF_PAROSOL = "trab1240", 0.7
PAROSOL = "parosol-py==0.1.26"
STRAIN, POISSON, TOLERANCE = -0.01, 0.3, 1e-4
PAROSOL_SCRIPT = """
import json, resource, sys, time
import numpy as np
from parosol_py import solve
stored = np.load(sys.argv[1])
begun, cpu = time.perf_counter(), lambda: sum(
    sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
before = cpu()
found = solve(material=stored["modulus"].T.copy(), spacing=tuple(stored["spacing"]),
              poisson_ratio=0.3, strain=-0.01, outputs=("sed",), tolerance=1e-4,
              mpi_processes=int(sys.argv[2]))
print(json.dumps({"cpu_s": cpu() - before, "wall_s": time.perf_counter() - begun}))
"""


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def model_of(case: str, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return moduli in MPa indexed x, y, z, and the spacing in mm of a case."""
    if case == "trab1240":
        stored = np.load(folder / "trab1240_labels.npz")
        return (stored["labels"].T > 0) * np.float32(10_000), stored["spacing_xyz"]
    name = "l4_model_modulus_mpa" if case == L4 else "tibia_labels"
    image: Any = nib.load(folder / f"{name}.nii.gz")
    values, spacing = np.asanyarray(image.dataobj), np.array(image.header.get_zooms())
    if case == L4:
        return values, spacing
    modulus = (values > 0) * np.float32(8748)
    if case == SPLIT:
        return np.repeat(np.repeat(np.repeat(modulus, 2, 0), 2, 1), 2, 2), spacing / 2
    return modulus, spacing


def ends_of_case(case: str, folder: Path, mesh: Mesh) -> Ends:
    """Return what is prescribed on the caps of L4, or on the first and last slice."""
    if case != L4:
        return ends_of(mesh, CONSTRAINED, STRAIN)
    image: Any = nib.load(folder / "l4_model_pmma.nii.gz")
    x, y, z = mesh.nodes.T
    on_cap = corners(np.asanyarray(image.dataobj).T > 0)[z, y, x]
    bottom, top = (on_cap & (z == place) for place in L4_FACES)
    return ends_of(mesh, PMMA, L4_STRAIN, (bottom, top))


def solved(case: str, folder: Path, threads: int) -> dict[str, float]:
    """Solve a case in this process, once a small model has loaded the compiled code."""
    small = mesh_of(np.full((6, 6, 6), 1000.0), np.ones(3))
    solve(small, ends_of(small, CONSTRAINED, STRAIN), POISSON, Convergence(), threads)
    modulus, spacing = model_of(case, folder)
    begun, cpu = time.perf_counter(), time.process_time()
    mesh = mesh_of(modulus, spacing)
    ends = ends_of_case(case, folder, mesh)
    solution = solve(mesh, ends, POISSON, Convergence(residual=TOLERANCE), threads)
    strain_energy_density(mesh, solution, POISSON)
    return {
        "nodes": mesh.n_nodes,
        "iterations": solution.iterations,
        "stiffness": stiffness_n_mm(solution, ends),
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.perf_counter() - begun,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "told_mb": memory_mb(modulus > 0),
    }


def parosol(folder: Path, scratch: Path, processes: int) -> dict[str, float]:
    """Solve the case of both programs with ParOSol; return its CPU and wall time."""
    modulus, spacing = model_of(SIDE_BY_SIDE, folder)
    np.savez(scratch, modulus=modulus, spacing=spacing)
    uv = [shutil.which("uv") or "uv", "run", "--no-project", "--with", PAROSOL]
    run = subprocess.run(
        [*uv, "python", "-c", PAROSOL_SCRIPT, str(scratch), str(processes)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    scratch.unlink()
    if run.returncode:
        raise RuntimeError(run.stderr.strip().splitlines()[-1])
    return dict(json.loads(run.stdout.strip().splitlines()[-1]))


def in_own_process(case: str, arguments: argparse.Namespace) -> dict[str, float]:
    """Return what a case takes in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-P", __file__, "--models", str(arguments.models), "--threads",
         str(arguments.threads), "--case", case], capture_output=True, text=True, check=True,
    )  # fmt: skip
    return dict(json.loads(run.stdout))


def main() -> None:
    """Print a line for each case, and the ratio to ParOSol."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        tell(json.dumps(solved(arguments.case, arguments.models, arguments.threads)))
        return
    if not arguments.models.is_dir():
        tell(f"The models of bone are not at {arguments.models}: nothing was measured.")
        return
    tell("case | nodes | iterations | K, N/mm | CPU s (limit) | wall s | MB (limit), told")
    own = {}
    for case, (most_s, most_mb) in CASES.items():
        found = own[case] = in_own_process(case, arguments)
        limit = most_mb or found["nodes"] * BYTES_A_NODE / 1e6
        tell(
            f"{case} | {found['nodes']:.0f} | {found['iterations']:.0f} | {found['stiffness']:.2f}"
            f" | {found['cpu_s']:.1f} ({most_s or '–'}) | {found['wall_s']:.1f}"
            f" | {found['memory_mb']:.0f} ({limit:.0f}), {found['told_mb']:.0f}"
        )
    other = parosol(arguments.models, Path.cwd() / "parosol_model.npz", arguments.threads)
    ratio = own[SIDE_BY_SIDE]["cpu_s"] / other["cpu_s"]
    tell(
        f"ParOSol on {SIDE_BY_SIDE}: {other['cpu_s']:.1f} CPU s, {other['wall_s']:.1f} s wall; "
        f"ratio of CPU times {ratio:.2f} (at most {MOST_OF_PAROSOL})"
    )


if __name__ == "__main__":
    main()
