"""The two endplates of a vertebral body."""

from __future__ import annotations

from typing import Literal

Endplate = Literal["superior", "inferior"]
