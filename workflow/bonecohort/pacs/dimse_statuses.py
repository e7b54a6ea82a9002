"""What a PACS's refusals mean, in plain words, and what to do about each.

Status codes: PS3.4, tables C.4-1 (find), C.4-2 (move) and C.4-3 (get); reasons of a rejected
association: PS3.8, table 9-21.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SUCCESS = 0x0000
SOME_FAILED = 0xB000
"""Finished, but not every image could be sent: which are missing is seen from the files."""

STATUSES: Mapping[int, str] = {
    0x0122: "the PACS does not offer this service",
    0x0124: "the PACS does not allow us this service: our AE title may lack the right",
    0xA700: "the PACS is out of resources: try again later",
    0xA701: "the PACS is out of resources and cannot count the images: try again later",
    0xA702: (
        "the PACS could not send the images (out of resources); it may not reach our port, or not "
        "know our AE title"
    ),
    0xA801: (
        "the PACS does not know where to send to; our AE title, host and port must be entered in it"
    ),
    0xA900: "the PACS does not accept the query: it may not search by what the row gives",
    0xFE00: "the PACS broke off the transfer",
}
UNABLE = range(0xC000, 0xD000)
FAILED = "the PACS failed"
UNABLE_WORDS: Mapping[str, str] = {
    # Orthanc 1.10 answers so, and not 0xA801.
    "C-MOVE": (
        f"{FAILED}; often it does not know where to send to; our AE title (own_ae_title), host and "
        "port must be entered in it"
    )
}
REJECTIONS: Mapping[tuple[int, int], str] = {
    (1, 3): "it does not know our AE title (own_ae_title), which must be entered in it",
    (1, 7): "it is not called that (ae_title)",
    (3, 1): "it is busy: try again later",
    (3, 2): "it has too many connections: try again later",
}
"""Source and diagnostic of the rejection."""


def status_words(operation: str, status: int) -> str:
    """Return the sentence for a status that is neither success nor pending."""
    words = STATUSES.get(status)
    if words is None:
        words = UNABLE_WORDS.get(operation, FAILED) if status in UNABLE else "the PACS refused"
    return f"{operation}: {words} (status 0x{status:04X})."


def rejection_words(source: int, diagnostic: int) -> str:
    """Return the sentence for an association that was rejected."""
    why = REJECTIONS.get((source, diagnostic), "it gives no reason that is known here")
    return f"the PACS refused the association: {why}."
