"""The echo time in the description of a NIfTI header, which stays where the JSON file is lost.

dcm2niix writes ``TE=4.6;Time=101010.500`` there: the time in ms, with two digits.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import nibabel

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.images.given_echoes import GivenEcho

TIME = re.compile(rb"TE=([0-9]+(?:[.][0-9]+)?(?:e[+-]?[0-9]+)?);Time=")
DIGITS = 2
CALLED = "the description (descrip) of its header"


def check_description(path: Path, given: GivenEcho) -> None:
    """Raise a DataFault where a NIfTI file describes another echo time than series.tsv gives.

    Parameters
    ----------
    path
        A file that could be read before.
    given
        What series.tsv gives.
    """
    header: Any = nibabel.load(path).header
    words = TIME.match(header["descrip"].item())
    time_ms = float(words[1]) if words else 0.0
    if not 0 < time_ms < math.inf:
        return
    unit_ms = 10.0 ** (math.floor(math.log10(time_ms)) - DIGITS + 1)
    given.check(time_ms, CALLED, unit_ms / 2)
