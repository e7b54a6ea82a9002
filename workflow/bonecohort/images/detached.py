"""Voxels that lie in another file than their header: in the same folder, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from pathlib import Path


def data_file_beside(header: Path, name: str, called: str) -> Path:
    """Return the file of a header's folder that it names; ``called`` is what a fault calls it.

    Raises
    ------
    DataFault
        The name is that of a file elsewhere or of several files, or no such file is there.
    """
    if any(sign in name for sign in ("/", "\\", "%", "\0")) or name in ("LIST", ".", ".."):
        raise DataFault(
            f"{called} names a file of voxels that is not beside it, or several. One file in the "
            "same folder is expected, or voxels in the file itself (.nrrd, .mha)."
        )
    result = header.with_name(name)
    if not result.is_file():
        raise DataFault(f"{called} names a file of voxels that does not lie beside it.")
    return result
