"""Draw and write the images, label map and markups of one demo participant."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.annotations.marks.slicer_json import write_markups
from bonecohort.demo.anatomy import pose_vertebrae
from bonecohort.demo.dicom import CT, T2_SAGITTAL, write_series
from bonecohort.demo.lines import reader_lines
from bonecohort.demo.mr import SLICE_THICKNESS_MM, render_t2
from bonecohort.demo.phantom import VertebraModel, render_ct
from bonecohort.demo.streams import Purpose, stream
from bonecohort.demo.tables import SERIES_PATHS
from bonecohort.images.nifti import write_nifti

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bonecohort.demo.anatomy import Pose
    from bonecohort.demo.share import Share
    from bonecohort.demo.truth import DemoParticipant, Vertebra
    from bonecohort.images.volume import FloatArray

CT_PIXEL_MM, CT_SLICE_MM = 0.9, 1.5
CT_SIZE = 116
CT_FRONT_MM = 33.0
"""The CT begins this far before the middle of the chain: bodies and arches fill the rest."""
CT_MARGIN_MM = 24.0
"""The CT reaches this far beyond the centres of the first and the last body."""
TORSO_SEMI_AXIS_MM = 51.0
NOISE_SD_HU = 20.0
BREADTH_OF_BODY = 1.38
"""Left-right breadth of a body, as a multiple of its depth."""
CORTEX_AT_ZERO_HU, CORTEX_PER_HU = 380.0, 1.0

SCLEROSIS_HU = 75.0
CHANCE_OF_ISLAND, ISLAND_HU, ISLAND_RADIUS_MM = 0.12, 550.0, (2.0, 3.5)
ISLAND_REACH = 0.3
"""Islands lie within this fraction of the body's sizes from its centre."""

EVERY_NTH_IN_RAS = 3


def draw_files(
    folder: Path, participant: DemoParticipant, seed: int, shares: Sequence[Share] = ()
) -> None:
    """Write the CT and T2 series, label map and markups of one participant into a folder.

    Each technique's share writes into a folder of its own name.
    """
    own = [share for share in shares if share.of([participant])]
    poses = pose_vertebrae(participant, seed)
    bodies = [pose.mid_sagittal() for pose in poses]
    ct_rng = stream(seed, participant.number, Purpose.CT)
    models = [_model(pose, participant, ct_rng) for pose in poses]
    affine, shape = _ct_grid(poses)
    ct, labels = render_ct(
        models,
        affine,
        shape,
        noise_sd_hu=NOISE_SD_HU,
        seed=int(ct_rng.integers(2**32)),
        torso_semi_axes_mm=(TORSO_SEMI_AXIS_MM, TORSO_SEMI_AXIS_MM),
    )
    for share in own:
        if share.around_ct:
            ct, labels = share.around_ct(ct, labels, participant, seed)
    write_series(
        folder / SERIES_PATHS["ct"],
        ct,
        CT,
        thickness_mm=CT_SLICE_MM,
        participant=participant,
        seed=seed,
        left_out=[shape[2] // 2] if participant.lacks_slice else [],
    )
    t2 = render_t2(bodies, stream(seed, participant.number, Purpose.T2))
    write_series(
        folder / SERIES_PATHS["t2_sagittal"],
        t2,
        T2_SAGITTAL,
        thickness_mm=SLICE_THICKNESS_MM,
        participant=participant,
        seed=seed,
    )
    write_nifti(folder / SERIES_PATHS["vertebrae"], labels)
    markups_path = folder / SERIES_PATHS["endplate_markups"]
    write_markups(markups_path, reader_lines(bodies))
    if participant.number % EVERY_NTH_IN_RAS == 0:
        _turn_to_ras(markups_path)
    for share in own:
        share.files(folder / share.name, participant, seed)


def _model(pose: Pose, participant: DemoParticipant, rng: np.random.Generator) -> VertebraModel:
    """Return the CT's vertebra, whose three thirds have the true HU as their mean.

    Endplate defects are left to the T2: they stay clear of the planes where HU is measured.
    """
    vertebra = pose.vertebra
    breadth_mm = BREADTH_OF_BODY * vertebra.body_width_mm
    model = VertebraModel(
        level=vertebra.level,
        center_lps_mm=pose.centre_lps_mm,
        sagittal_tilt_deg=pose.sagittal_tilt_deg,
        coronal_tilt_deg=pose.coronal_tilt_deg,
        width_mm=breadth_mm,
        depth_mm=vertebra.body_width_mm,
        height_mm=vertebra.body_height_mm,
        trabecular_hu=vertebra.hu,
        cortical_hu=CORTEX_AT_ZERO_HU + CORTEX_PER_HU * vertebra.hu,
    )
    if rng.random() < CHANCE_OF_ISLAND:
        model = replace(model, islands=(_island(vertebra, breadth_mm, rng),))
    if participant.has_sclerosis and vertebra is participant.vertebrae[0]:
        thirds = len(model.trabecular_offsets_hu)
        model = replace(
            model,
            trabecular_hu=vertebra.hu - SCLEROSIS_HU / thirds,
            trabecular_offsets_hu=(SCLEROSIS_HU, 0.0, 0.0),
        )
    return model


def _island(
    vertebra: Vertebra, breadth_mm: float, rng: np.random.Generator
) -> tuple[tuple[float, float, float], float, float]:
    """Return a bone island: centre in the body's frame and radius in mm, and HU."""
    sizes_mm = (breadth_mm, vertebra.body_width_mm, vertebra.body_height_mm)
    x_mm, y_mm, z_mm = (float(rng.uniform(-ISLAND_REACH, ISLAND_REACH)) * mm for mm in sizes_mm)
    return (x_mm, y_mm, z_mm), float(rng.uniform(*ISLAND_RADIUS_MM)), ISLAND_HU


def _ct_grid(poses: Sequence[Pose]) -> tuple[FloatArray, tuple[int, int, int]]:
    """Return affine (voxel index to LPS mm) and shape of a CT that covers all bodies."""
    heights_mm = [pose.centre_lps_mm[2] for pose in poses]
    lowest_mm = min(heights_mm) - CT_MARGIN_MM
    slices = round((max(heights_mm) + CT_MARGIN_MM - lowest_mm) / CT_SLICE_MM) + 1
    affine = np.diag([CT_PIXEL_MM, CT_PIXEL_MM, CT_SLICE_MM, 1.0])
    first_mm = -CT_PIXEL_MM * (CT_SIZE - 1) / 2
    affine[:3, 3] = [round(value, 1) for value in (first_mm, -CT_FRONT_MM, lowest_mm)]
    return affine, (CT_SIZE, CT_SIZE, slices)


def _turn_to_ras(path: Path) -> None:
    """Rewrite a markups file in RAS, as older readers' files may be."""
    content = json.loads(path.read_text(encoding="utf-8"))
    for markup in content["markups"]:
        markup["coordinateSystem"] = "RAS"
        for point in markup["controlPoints"]:
            x, y, z = point["position"]
            point["position"] = [-x, -y, z]
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
