"""What Siemens writes of an image into its own binary header, CSA, in (0029,1010).

The older of its systems, and archives that drop other private groups, keep the b value there alone.
"""

from __future__ import annotations

import struct
import warnings
from typing import TYPE_CHECKING, Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # nibabel's word on its readers of images
    from nibabel.nicom import csareader

if TYPE_CHECKING:
    from collections.abc import Mapping

READER: Any = csareader
NOT_READ = (csareader.CSAReadError, struct.error, ValueError, AssertionError)
"""What nibabel raises at a damaged header."""


def csa_items(value: object) -> Mapping[str, list[Any]]:
    """Return the items of each name in a CSA header; none of what is none.

    Parameters
    ----------
    value
        Of the element.
    """
    if not isinstance(value, bytes):
        return {}
    try:
        tags: Mapping[str, Mapping[str, Any]] = READER.read(value)["tags"]
    except NOT_READ:
        return {}
    return {name: tag["items"] for name, tag in tags.items()}
