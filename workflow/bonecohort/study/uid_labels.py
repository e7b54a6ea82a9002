"""What stands for a SeriesInstanceUID wherever somebody reads it."""

from __future__ import annotations

from hashlib import sha256

UID_LABEL = "uid:"
UID_DIGITS = 12


def uid_label(uid: str) -> str:
    """Return the digest that stands for a SeriesInstanceUID (``uid:1f0c…``); '' for none.

    Reasons and logs hold the label, never the UID; series.tsv may hold either.
    """
    if not uid or uid.startswith(UID_LABEL):
        return uid
    return f"{UID_LABEL}{sha256(uid.encode()).hexdigest()[:UID_DIGITS]}"
