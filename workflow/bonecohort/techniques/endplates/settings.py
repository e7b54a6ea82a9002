"""Settings of the endplate defects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bonecohort.study.declared import Strict, documented


@dataclass(frozen=True)
class EndplateSettings(Strict):
    """Endplate defect measurements."""

    unlisted_level: Literal["normal", "not_read"] = documented(
        "What a level without any row or markup means for a participant with an endplate source.",
        "normal",
    )
