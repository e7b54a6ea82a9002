"""What every fault must have: a reason, that names its file, and no person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bonecohort.faults import DataFault

TOKEN = "ZQXJK"
"""Stands in every identifying value of a file; in no output."""
SECRETS = (TOKEN, "19410203")
SHORTEST = 20


def check_reason(fault: DataFault, *names: str) -> None:
    """Hold a fault to what the exclusions table promises.

    ``names`` are words of which the reason must hold one: the file, or what of it is meant.
    """
    reason = fault.reason
    assert len(reason.strip()) >= SHORTEST, reason
    assert len(reason) < 2000, reason
    assert not [secret for secret in SECRETS if secret in reason], reason
    assert not names or any(name in reason for name in names), reason
    reason.encode("utf-8")
