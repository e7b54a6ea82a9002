"""The tables of readings taken elsewhere: which they are, and what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.study.fingerprints import canonical, text_digest
from bonecohort.techniques.registry import readings_kinds

if TYPE_CHECKING:
    from bonecohort.study.contents import Contents
    from bonecohort.study.study import Study


def readings_paths(study: Study) -> list[str]:
    """Return the paths of the tables of readings."""
    return sorted({row.path for row in study.series if row.kind in readings_kinds()})


def readings_digest(study: Study, contents: Contents) -> str:
    """Return a digest of the tables' paths and contents."""
    return text_digest(canonical([(path, contents.digest(path)) for path in readings_paths(study)]))
