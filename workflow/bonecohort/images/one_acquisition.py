"""Whether the NIfTI files of a folder are of one acquisition, by their JSON sidecars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.images.acquisition import sidecar_values

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ENCODING_KEY, ECHO_KEY = "PhaseEncodingDirection", "EchoTime"
ENCODINGS = frozenset({"i", "i-", "j", "j-", "k", "k-"})
SAME_ECHO_S = 1e-5
NAME_ONE = "List one file in series.tsv, or a folder with those of one acquisition."


def check_one_acquisition(paths: Iterable[Path]) -> None:
    """Raise a DataFault where files differ in phase encoding or echo time.

    Echo-planar images of opposite phase encoding are distorted in opposite ways, so that their mean
    shows no anatomy. T2 weights volumes of different echo times differently.
    """
    sidecars = [sidecar_values(path) for path in paths]
    encodings = {str(one[ENCODING_KEY]) for one in sidecars if ENCODING_KEY in one} & ENCODINGS
    if len(encodings) > 1:
        raise DataFault(
            f"The NIfTI files differ in {ENCODING_KEY} ({', '.join(sorted(encodings))}), which "
            f"distorts them differently. {NAME_ONE}"
        )
    echoes = sorted(
        float(one[ECHO_KEY]) for one in sidecars if isinstance(one.get(ECHO_KEY), (int, float))
    )
    if echoes and echoes[-1] - echoes[0] > SAME_ECHO_S:
        raise DataFault(
            f"The NIfTI files differ in {ECHO_KEY} ({1000 * echoes[0]:g} and "
            f"{1000 * echoes[-1]:g} ms), so that T2 weights them differently. {NAME_ONE}"
        )
