"""Office files whose bytes depend on their content alone: libraries stamp them with the time."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

PROPERTIES = "docProps/core.xml"
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip file can give its members."""
_TIMES = re.compile(rb"<dcterms:(created|modified)\b.*?</dcterms:\1>", re.DOTALL)


def without_times(saved: BinaryIO, path: Path) -> None:
    """Write a saved Word or Excel file to ``path`` without the times at which it was made."""
    with (
        zipfile.ZipFile(saved) as package,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written,
    ):
        for name in package.namelist():
            content = package.read(name)
            if name == PROPERTIES:
                content = _TIMES.sub(b"", content)
            member = zipfile.ZipInfo(name, EARLIEST)
            member.compress_type = zipfile.ZIP_DEFLATED
            written.writestr(member, content)
