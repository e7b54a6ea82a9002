"""Echo times of a NIfTI file of several volumes: a list in its JSON file, one time a volume.

Converters write one file an echo, with one EchoTime. Users who merge these files write the times as
a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.images.volume_index import ECHO_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

LISTS = (ECHO_KEY, "EchoTimes")
"""Names of the list, in s; the second beside an EchoTime of the first echo, too."""
LONGEST_S = 1.0
"""No echo is as late."""


def listed_echo_times(values: Mapping[str, Any], volumes: int) -> list[float] | None:
    """Return the echo time of each volume in s; None where no list gives them.

    Parameters
    ----------
    values
        Of the JSON file.
    volumes
        How many the image has.

    Raises
    ------
    DataFault
        Another number of times than of volumes, two lists that differ, or what is no time.
    """
    lists = [values[name] for name in LISTS if isinstance(values.get(name), list)]
    if not lists:
        return None
    times = lists[0]
    if any(other != times for other in lists):
        raise DataFault("The lists EchoTime and EchoTimes of the JSON file differ: keep one.")
    if len(times) != volumes:
        raise DataFault(
            f"The JSON file lists {len(times)} echo times, and the image has {volumes} volumes. "
            "Each needs one time in s."
        )
    return [_time(time) for time in times]


def _time(value: Any) -> float:
    """Return an echo time in s; a word is not repeated, because it may name a person."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise DataFault("An echo time in the JSON file is no number; a time in s is needed.")
    if not 0 < value < LONGEST_S:
        raise DataFault(f"An echo time in the JSON file is {value:g}; a time in s is needed.")
    return float(value)
