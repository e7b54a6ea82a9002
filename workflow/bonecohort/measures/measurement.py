"""A measurement: the one shape in which every technique hands on its results."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """One value of one site of a participant.

    ``site`` is a level (``L3``) or an endplate of one (``L3.superior``); ``method`` names how
    the value was obtained, ``reader`` by whom.
    """

    site: str
    modality: str
    measure: str
    value: float | None
    unit: str
    method: str
    reader: str
