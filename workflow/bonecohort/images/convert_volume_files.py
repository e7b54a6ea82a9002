"""A stack of volumes of NIfTI files: one of several volumes, or a folder with one file each.

The b values stand in a ``.bval`` file beside the image, echo time and part of the signal in its
JSON sidecar, as dcm2niix writes them. A BIDS name (``part-phase``) gives the part, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.acquisition import sidecar_beside, sidecar_values
from bonecohort.images.acquisition_warnings import series_warnings
from bonecohort.images.burned_in import BURNED_IN, check_drawings
from bonecohort.images.convert_file import check_grid
from bonecohort.images.converted import ConvertedSeries, FileCounts
from bonecohort.images.described_echo import check_description
from bonecohort.images.diffusion import B_KEY, DIRECTION_KEY, DIRECTIONAL, DIRECTIONALITY_KEY
from bonecohort.images.echo_times import listed_echo_times
from bonecohort.images.fat_suppression import fat_suppression_facts
from bonecohort.images.given_echoes import (
    NOT_GIVEN,
    WRITE_IT,
    GivenEcho,
    check_echo_of_each,
)
from bonecohort.images.gradient_tables import b_values_beside, directions_beside, has_b_values
from bonecohort.images.grid import grid_record
from bonecohort.images.image_files import format_of
from bonecohort.images.image_part import PART_KEY, PHASE, WORDS, part_of_words
from bonecohort.images.nifti import read_nifti_volumes
from bonecohort.images.one_acquisition import check_one_acquisition
from bonecohort.images.quantity_facts import FLOAT_KEY, SCALE_SLOPE_KEY
from bonecohort.images.value_scale import file_factor
from bonecohort.images.volume import Volume
from bonecohort.images.volume_index import (
    B_INDEX,
    ECHO_INDEX,
    ECHO_KEY,
    VOLUMES_KEY,
    check_b_value,
    index_key,
    index_names,
    index_of,
    index_text,
    is_other_part,
    lacks_index,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.images.volume_index import Index
    from bonecohort.techniques.image import Image

NIFTI = "NIfTI"
NOT_OF_STACK = "a map or another part of the signal"
SAME_GRID_MM = 1e-3
MS_PER_S = 1000.0
IN_JSON = "EchoTime of the JSON file"
BIDS_PART = re.compile(r"(?:^|_)part-(mag|phase|real|imag)(?=[_.])")
BIDS_PARTS = {"mag": "M", "phase": "P", "real": "R", "imag": "I"}


@dataclass(frozen=True)
class _File:
    """One NIfTI file: its volumes, shape (ni, nj, nk, n), the index of each, and its sidecar."""

    volume: Volume
    indices: list[Index]
    facts: dict[str, Any]
    scale: dict[str, Any]
    given: GivenEcho


def nifti_files(source: Path) -> list[Path]:
    """Return the NIfTI files of a folder, or the one at a path; none of other sources."""
    if source.is_dir():
        return [path for path in sorted(source.iterdir()) if _is_nifti(path)]
    return [source] if format_of(source) == NIFTI else []


def _is_nifti(path: Path) -> bool:
    return not path.name.startswith(".") and format_of(path) == NIFTI and path.is_file()


def convert_volume_files(
    paths: list[Path],
    image: Image,
    allow_drawings: bool,
    given: Mapping[Path, GivenEcho] | None = None,
) -> ConvertedSeries:
    """Convert NIfTI files of one grid to a stack of volumes sorted by their index.

    Of several, those without b values are left out of a stack by b value: they are computed maps.

    Parameters
    ----------
    paths
        The files.
    image
        What the stack is.
    allow_drawings
        Accept images that may have text in their pixels.
    given
        Echo times that series.tsv gives.

    Raises
    ------
    DataFault
        A file cannot be read, gives no index, or lies on another grid; or two hold one echo. Files
        with b values are of several acquisitions.
    """
    used = paths
    if B_INDEX in image.volumes:
        used = _with_b_values(paths)
        check_one_acquisition(used)
    files = [_read(path, image, (given or {}).get(path, NOT_GIVEN)) for path in used]
    files = [one for one in files if not is_other_part(one.indices[0], image)]
    if not files:
        raise DataFault("Every NIfTI file holds phases; magnitudes are needed.")
    _check_one_grid(files)
    _check_one_scale(files, image)
    check_echo_of_each(((one.given, one.indices) for one in files), image)
    indices = [index for one in files for index in one.indices]
    order = sorted(range(len(indices)), key=lambda at: index_key(indices[at], image))
    _check_no_rival(indices, image)
    array = np.concatenate([one.volume.array for one in files], axis=-1)[..., order]
    volume = Volume(array, files[0].volume.affine_lps)
    facts = {
        name: value for name, value in files[0].facts.items() if name not in index_names(image)
    }
    drawings = check_drawings([facts.get(BURNED_IN, "")], [], allowed=allow_drawings)
    warnings = series_warnings(image, facts, float(volume.spacing_mm.max()), set())
    left = len(paths) - len(files)
    counts = FileCounts(used=len(files), not_used={NOT_OF_STACK: left} if left else {})
    sidecar = {
        **facts,
        **files[0].scale,
        VOLUMES_KEY: [index_of(indices[at], image) for at in order],
        "Warnings": warnings + drawings,
        "Notes": [f"Read from {NIFTI}: slices, gaps and rescale could not be checked."],
        "FilesUsed": counts.used,
        "FilesNotUsed": counts.not_used,
        **grid_record(array.shape[:3], volume.affine_lps, frame_uid="", series_uid=""),
    }
    return ConvertedSeries(volume, sidecar, counts)


def _with_b_values(paths: list[Path]) -> list[Path]:
    """Return the files that have b values beside them; all where none has them."""
    return [path for path in paths if has_b_values(path)] or paths


def _read(path: Path, image: Image, given: GivenEcho) -> _File:
    with given.named():
        return _read_file(path, image, given)


def _read_file(path: Path, image: Image, given: GivenEcho) -> _File:
    volume = read_nifti_volumes(path)
    check_grid(volume, f"The {NIFTI} image")
    facts = sidecar_beside(path)
    part = _part(path, facts)
    factor, scale = file_factor(image, facts, is_phase=part == PHASE)
    if factor != 1:
        volume = Volume(volume.array * np.float32(factor), volume.affine_lps)
    own: Index = facts | {PART_KEY: part}
    if image.modality == "MR":
        facts |= fat_suppression_facts(sidecar_values(path), {}, ms=MS_PER_S)
    if B_INDEX in image.volumes:
        indices = _b_indices(path, volume.array.shape[3], own)
    else:
        own_indices = _echo_indices(path, volume.array.shape[3], own)
        indices = [given.applied(index, IN_JSON) for index in own_indices]
        if own_indices != indices:
            check_description(path, given)
    if lacking := next(
        (known_facts for one in indices if (known_facts := lacks_index(one, image))), ""
    ):
        raise DataFault(
            f"The JSON file beside a {NIFTI} image has no {lacking}; dcm2niix writes it."
            f"{WRITE_IT if lacking == ECHO_INDEX else ''}"
        )
    return _File(volume, indices, facts, scale, given)


def _echo_indices(path: Path, volumes: int, own: Index) -> list[Index]:
    times = listed_echo_times(sidecar_values(path), volumes)
    if times is None:
        return [own] * volumes
    return [own | {ECHO_KEY: time} for time in times]


def _b_indices(path: Path, volumes: int, own: Index) -> list[Index]:
    indices = []
    for b_value, direction in zip(
        b_values_beside(path, volumes), directions_beside(path, volumes), strict=True
    ):
        check_b_value(b_value)
        known_facts = (
            {DIRECTIONALITY_KEY: DIRECTIONAL, DIRECTION_KEY: direction} if direction else {}
        )
        indices.append(own | {B_KEY: b_value} | known_facts)
    return indices


def _part(path: Path, facts: dict[str, Any]) -> str:
    named = BIDS_PART.search(path.name)
    if named:
        return WORDS[BIDS_PARTS[named[1]]]
    return part_of_words(facts.get("ImageType", ())[2:])


def _check_one_grid(files: list[_File]) -> None:
    first = files[0].volume
    for one in files[1:]:
        same = one.volume.array.shape[:3] == first.array.shape[:3] and np.allclose(
            one.volume.affine_lps, first.affine_lps, rtol=0, atol=SAME_GRID_MM
        )
        if not same:
            raise DataFault(f"The {NIFTI} files lie on several grids; one is needed.")


def _check_one_scale(files: list[_File], image: Image) -> None:
    """Refuse signals of which only some have Philips's slopes: the others have another scale."""
    signals = [one for one in files if one.indices[0][PART_KEY] != PHASE]
    have = sum(FLOAT_KEY in one.scale for one in signals)
    if image.scale == "signal" and 0 < have < len(signals):
        raise DataFault(
            f"Of {len(signals)} {NIFTI} files only {have} {'has' if have == 1 else 'have'} "
            f"{SCALE_SLOPE_KEY}: their signals do not have one scale. Convert the series again."
        )


def _check_no_rival(indices: list[Index], image: Image) -> None:
    """Refuse an echo that is there twice; images of one b value are repeats."""
    if B_INDEX in image.volumes:
        return
    seen = set()
    for index in indices:
        key = index_key(index, image)
        if key in seen:
            raise DataFault(f"Several {NIFTI} volumes hold {index_text(index, image)}.")
        seen.add(key)
