"""How large what a study is given may be: asked before anything is unpacked or allocated.

A header may declare any size, and a few kilobytes may unpack to terabytes. The limits leave room
for what scanners and readers make. A whole-body CT of 512 × 512 × 2500 voxels is 0.66 × 10⁹ voxels
and 1.3 × 10⁹ bytes.
"""

from __future__ import annotations

from bonecohort.faults import DataFault

KIB, MIB, GIB = 2**10, 2**20, 2**30

IMAGE_VOXELS = 2**30
"""Voxels of one image or label map."""
IMAGE_BYTES = 4 * GIB
"""Bytes of its voxels, as they are stored and unpacked."""
IMAGE_HEADER_BYTES = 16 * MIB
"""Bytes before the voxels in one file with them: TotalSegmentator's table of names has 10,000."""
TRAILING_BYTES = MIB
"""Bytes behind the voxels, which are not looked at."""
DEFLATED_BYTES = 2 * GIB
"""Bytes that a DICOM file in the deflated transfer syntax unpacks to."""
ELEMENT_BYTES = 256 * MIB
"""Bytes of a DICOM element other than pixels: the functional groups of 2500 frames have 10⁷."""
ARCHIVE_MEMBERS = 100_000
"""Files in a zip: a whole examination has a few thousand slices."""
ARCHIVE_DIRECTORY_BYTES = 32 * MIB
"""Bytes of a zip's list of its files."""
ARCHIVE_BYTES = 64 * GIB
"""Bytes that all files of a zip unpack to. They are read one by one."""
MEMBER_BYTES = 4 * GIB
"""Bytes that one file of a zip unpacks to."""
SCENE_BYTES = 64 * MIB
"""Bytes that the scene and the markups of one 3D Slicer bundle unpack to."""
JSON_BYTES = 32 * MIB
"""Bytes of a JSON file: one of a thousand markups has 10⁶."""
JSON_DEPTH = 64
"""Lists and objects within one another in a JSON file: markups have 6."""
LARGEST_IN_FULL = 10**15


def check_limit(what: str, result: int, limit: int, unit: str) -> None:
    """Raise a DataFault with both sizes when ``found`` is more than ``limit``.

    Parameters
    ----------
    what
        What is too large, with its verb: ``"The NIfTI image declares"``.
    unit
        What is counted, in the plural: ``"bytes"``.
    """
    if result > limit:
        raise DataFault(f"{what} {size_text(result)} {unit}; at most {size_text(limit)} are read.")


def check_image(what: str, voxels: int, voxel_bytes: int) -> None:
    """Raise a DataFault when an image of so many voxels, of so many bytes each, is too large."""
    check_limit(what, voxels, IMAGE_VOXELS, "voxels")
    check_limit(what, voxels * voxel_bytes, IMAGE_BYTES, "bytes of voxels")


def size_text(size: int) -> str:
    """Return a size as a reason writes it: ``1,024``, or ``3.5e+13``."""
    return f"{size:,}" if size < LARGEST_IN_FULL else f"{size:.1e}"
