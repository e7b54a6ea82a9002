"""Labels spoiled as automatic segmentations are, and a bone in which a misplaced region shows.

Every spoil maps a mask, shape (ni, nj, nk), to a spoiled one on the same grid. Lengths are in mm;
``at`` are the voxels' places in the body's frame (left, posterior, superior), shape (..., 3).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from bonecohort.demo.phantom import VertebraModel, body_regions, render_ct
from bonecohort.images.volume import Volume

WARP_SCALE_MM = 12.0
ARCH_FROM_MM = 19.0
DISC_MM = 9.0
MUSCLE_HU, DISC_HU = 40.0, 80.0


def eroded(mask, spacing_mm, depth_mm):
    return ndimage.distance_transform_edt(mask, sampling=spacing_mm) > depth_mm


def dilated(mask, spacing_mm, depth_mm):
    return ndimage.distance_transform_edt(~mask, sampling=spacing_mm) <= depth_mm


def in_blocks(mask, spacing_mm, size_mm, seed=0):
    """Read the mask on a coarser grid, nearest neighbour."""
    steps = np.maximum(np.rint(size_mm / np.asarray(spacing_mm)), 1).astype(int)
    offsets = np.random.default_rng(seed).integers(0, steps)
    picked = [
        np.clip((np.arange(n) - offset) // step * step + offset + step // 2, 0, n - 1)
        for n, step, offset in zip(mask.shape, steps, offsets, strict=True)
    ]
    return mask[np.ix_(*picked)]


def warped(mask, spacing_mm, largest_mm, seed=0):
    """Displace smoothly at random, by up to ``largest_mm`` along each axis."""
    rng = np.random.default_rng(seed)
    near = ndimage.binary_dilation(mask, iterations=2)
    sigma = WARP_SCALE_MM / np.asarray(spacing_mm)
    index = np.indices(mask.shape, dtype=float)
    for axis in range(3):
        field = ndimage.gaussian_filter(rng.normal(size=mask.shape), sigma, mode="wrap")
        index[axis] += field / np.abs(field[near]).max() * largest_mm / spacing_mm[axis]
    return ndimage.map_coordinates(mask.astype(float), index, order=1) >= 0.5


def shifted(mask, spacing_mm, along_mm):
    """Move along the third axis, to the head when positive."""
    moved = ndimage.shift(mask.astype(float), (0, 0, along_mm / spacing_mm[2]), order=1)
    return moved >= 0.5


def leaking(mask, at, end_mm, up=True):
    """Add a plug of the disc beyond an endplate, up to ``end_mm`` from the body's middle."""
    height = at[..., 2] if up else -at[..., 2]
    near = np.hypot(at[..., 0] - 3, at[..., 1]) <= 11
    return mask | (near & (height > 0) & (height <= end_mm))


def with_holes(mask, at, radius_mm, count, seed=0):
    rng = np.random.default_rng(seed)
    holed = mask.copy()
    for _ in range(count):
        centre = rng.uniform(-1, 1, 3) * (14.0, 10.0, 9.0)
        holed &= np.linalg.norm(at - centre, axis=-1) > radius_mm
    return holed


def small_spoils(mask, spacing_mm, at, seeds=(0,)):
    """Yield name and mask of what must never be refused."""
    for depth in (1.0, 2.0):
        yield f"eroded {depth}", eroded(mask, spacing_mm, depth)
        yield f"dilated {depth}", dilated(mask, spacing_mm, depth)
    for seed in seeds:
        yield f"blocks 3 #{seed}", in_blocks(mask, spacing_mm, 3.0, seed)
        yield f"blocks 4 #{seed}", in_blocks(mask, spacing_mm, 4.0, seed)
        yield f"warped 2 #{seed}", warped(mask, spacing_mm, 2.0, seed)
        yield f"holes 3 #{seed}", with_holes(mask, at, 3.0, 3, seed)


def large_spoils(mask, spacing_mm, at, half_mm, seeds=(0,)):
    """Yield name and mask of what may be refused, but never measured wrongly."""
    u, v, w = np.moveaxis(at, -1, 0)
    body = v < ARCH_FROM_MM
    yield "eroded 3", eroded(mask, spacing_mm, 3.0)
    yield "dilated 3", dilated(mask, spacing_mm, 3.0)
    for seed in seeds:
        yield f"warped 3 #{seed}", warped(mask, spacing_mm, 3.0, seed)
        yield f"warped 4 #{seed}", warped(mask, spacing_mm, 4.0, seed)
        yield f"holes 6 #{seed}", with_holes(mask, at, 6.0, 3, seed)
    for along in (3.0, 4.0, 5.0, -3.0, -4.0, -5.0):
        yield f"shifted {along}", shifted(mask, spacing_mm, along)
    yield "leaking up", leaking(mask, at, half_mm + 5.0)
    yield "leaking down", leaking(mask, at, half_mm + 5.0, up=False)
    lacking = {
        "upper quarter": w > half_mm / 2,
        "lower quarter": w < -half_mm / 2,
        "front quarter": v < -9,
        "left quarter": u > 12,
        "upper half": w > 0,
        "lower half": w < 0,
        "left half": u > 0,
        "upper left quarter": (u > 0) & (w > 0),
        "upper front quarter": (v < 0) & (w > 0),
    }
    for name, part in lacking.items():
        yield f"{name} missing", mask & ~(part & body)


def places(volume, axes, origin):
    """Return the coordinates of every voxel along a body's axes, shape (ni, nj, nk, 3)."""
    index = np.moveaxis(np.indices(volume.array.shape, dtype=float), 0, -1)
    return (volume.to_lps(index) - np.asarray(origin)) @ axes


def uneven_spine(spacing_mm, tilt_deg=12.0, coronal_deg=4.0, noise_sd_hu=15.0, seed=3, **model):
    """Return CT, labels and the model of L3 between L2 and L4, with discs.

    The marrow is denser towards the endplates, the head and the back, and at random over 4 mm. So a
    region that is moved, tilted or of another size measures other bone.
    """
    models = [
        VertebraModel(
            level,
            (0, 0, 0),
            sagittal_tilt_deg=tilt_deg + lean,
            coronal_tilt_deg=coronal_deg,
            **model,
        )
        for level, lean in (("L2", -8), ("L3", 0), ("L4", 8))
    ]
    step_mm = models[1].height_mm + DISC_MM
    middle, up = np.array([1.3, 0.7, 2.2]), models[1].body_axes_lps()[:, 2]
    for k in range(3):
        between = models[k].body_axes_lps()[:, 2] + up
        centre = middle + (1 - k) * step_mm * between / np.linalg.norm(between)
        models[k] = replace(models[k], center_lps_mm=tuple(centre))
    size = np.array((104.0, 120.0, 2.3 * step_mm + 10))
    shape = tuple(int(n) for n in np.ceil(size / spacing_mm))
    affine = np.diag([*spacing_mm, 1.0])
    affine[:3, 3] = (-52, -46, middle[2] - size[2] / 2)
    ct, labels = render_ct(models, affine, shape, soft_tissue_hu=MUSCLE_HU)
    values = ct.array.astype(float)
    rng = np.random.default_rng(seed)
    texture = ndimage.gaussian_filter(rng.normal(size=shape), 4.0 / np.asarray(spacing_mm))
    texture *= 12 / texture.std()
    for one in models:
        x, y, z = np.moveaxis(places(ct, one.body_axes_lps(), one.center_lps_mm), -1, 0)
        _, marrow = body_regions(one, x, y, z)
        end = np.clip(np.abs(z) / (one.height_mm / 2), 0, 1)
        values[marrow] += (2.0 * z + 70.0 * end**4 + 1.0 * y + texture)[marrow]
    x, y, _ = np.moveaxis(places(ct, models[1].body_axes_lps(), models[1].center_lps_mm), -1, 0)
    in_column = (np.hypot(x / 21, y / 16) < 1) & (labels.array == 0)
    values[in_column & (values < MUSCLE_HU + 60)] += DISC_HU - MUSCLE_HU
    values += rng.normal(0, noise_sd_hu, shape)
    return Volume(np.rint(values).astype(np.int16), affine), labels, models[1]
