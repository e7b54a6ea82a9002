"""Segmented bones of known stiffness, and how they are loaded."""

from __future__ import annotations

import nibabel as nib
import numpy as np

from bonecohort.measures.finite_elements.convergence import Convergence
from bonecohort.techniques.fe.model import Effort
from bonecohort.techniques.fe.ufe import Loading, measure_ufe
from tests.conftest import SHARED_DATA

FE_DATA = SHARED_DATA.parent / "modalities/ct_data/fe"
MODULUS = 8748.0
SPACING = np.array([0.061, 0.061, 0.061])
USUAL = Effort(Convergence(), 4000)
EXACT = Effort(Convergence(residual=1e-8, stiffness_change=1e-10), 4000)


def loading(boundary="frictionless", moduli=None, **other):
    values = {"poisson": 0.3, "volume_percent": 2.0, "microstrain": 7000.0} | other
    return Loading(moduli_mpa=moduli or {0: MODULUS}, boundary=boundary, **values)


def prism():
    """Return a tube of label 127 about columns of label 100, alike in every slice."""
    x, y = np.meshgrid(np.arange(14) - 6.5, np.arange(12) - 5.5, indexing="ij")
    radius = np.hypot(x, y)
    section = np.where((radius < 6) & (radius > 4), 127, 0)
    section[(np.abs(y) < 1) & (radius <= 4)] = 100
    return np.repeat(section[:, :, None], 10, axis=2).astype(np.int16)


def porous(shape=(9, 8, 10), seed=5):
    """Return a block with a third of its voxels missing, in one part from end to end."""
    labels = (np.random.default_rng(seed).random(shape) > 0.33).astype(np.int16)
    labels[3:6] = 1
    return labels


def measured(labels, spacing=SPACING, effort=EXACT, **how):
    return measure_ufe(labels, np.asarray(spacing, float), loading(**how), effort)


def write_labels(path, labels, spacing=SPACING):
    image = nib.Nifti1Image(labels, np.diag([*np.asarray(spacing, float), 1.0]))
    image.header.set_xyzt_units("mm")
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(image, path)
    return path
