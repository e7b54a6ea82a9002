"""The shading of a surface coil, taken out of an image by N4 (Tustison 2010).

N4 fits a smooth field that makes the histogram of the tissue sharper
(doi:10.1109/TMI.2010.2046908). Two levels of control points leave the field too smooth to follow
single vertebrae.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray

ITERATIONS = (50, 50)
"""Of each level."""
BRIGHTEST, TISSUE = 0.99, 0.05
"""Tissue has more than this share of the signal at this quantile."""
SHRUNK, LEAST_SIZE = 4, 20
"""Axes of more voxels than the second are shrunk by the first to fit the field."""


def without_shading(image: Volume) -> Volume:
    """Return an image divided by the field that N4 fits to it.

    Parameters
    ----------
    image
        Shape (ni, nj, nk). What is no number stays so.

    Raises
    ------
    DataFault
        There is no tissue, or N4 refuses the image.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of SimpleITK's types
        import SimpleITK  # half a second, for studies that ask for it
    itk: Any = SimpleITK
    signal = np.nan_to_num(np.asarray(image.array, dtype=np.float32), posinf=0.0, neginf=0.0)
    tissue = signal > TISSUE * np.quantile(signal, BRIGHTEST)
    if not tissue.any():
        raise DataFault("The image holds no signal whose shading could be taken out (vbq.n4).")
    whole = _as_itk(itk, signal, image.spacing_mm)
    mask = _as_itk(itk, tissue.astype(np.uint8), image.spacing_mm)
    factors = [SHRUNK if size > LEAST_SIZE else 1 for size in signal.shape]
    n4 = itk.N4BiasFieldCorrectionImageFilter()
    n4.SetMaximumNumberOfIterations(list(ITERATIONS))
    n4.SetNumberOfThreads(1)  # the same bytes on every machine
    try:
        n4.Execute(itk.Shrink(whole, factors), itk.Shrink(mask, factors))
    except RuntimeError as error:
        raise DataFault("N4 (vbq.n4) refuses the image; measure it without.") from error
    field = itk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(whole)).transpose(2, 1, 0)
    return Volume(image.array / np.exp(field), image.affine_lps)


def _as_itk(itk: Any, array: NDArray[Any], spacing_mm: FloatArray) -> Any:
    made = itk.GetImageFromArray(np.ascontiguousarray(array.transpose(2, 1, 0)))
    made.SetSpacing([float(one) for one in spacing_mm])
    return made
