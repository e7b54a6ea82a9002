"""What could not be used of a participant's DXA, by site."""

from __future__ import annotations

from typing import NamedTuple


class SiteFault(NamedTuple):
    """Why a site has no value; ``site`` is '' where a file or row names none."""

    site: str
    reason: str
