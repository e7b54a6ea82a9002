"""The parts of the report of the study by Hao et al. 2025, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.report.agreement.section import agreement_of_readers
from bonecohort.papers.hao2025.report.published import published
from bonecohort.papers.hao2025.report.recommended import recommended
from bonecohort.papers.hao2025.report.truth.section import measured_against_true

if TYPE_CHECKING:
    from bonecohort.report.page.section import Contributor

CONTRIBUTORS: tuple[Contributor, ...] = (
    published,
    measured_against_true,
    recommended,
)
LAST: tuple[Contributor, ...] = (agreement_of_readers,)
"""What comes after what techniques add."""
