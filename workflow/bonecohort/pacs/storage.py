"""Receiving images: only those that were asked for, written as they come."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from pydicom.uid import (
    JPEG2000,
    UID,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)
from pynetdicom.presentation import PresentationContext, build_context

from bonecohort.pacs.files import DOCUMENT_CLASSES, IMAGE_CLASSES
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pynetdicom.dimse_primitives import C_STORE
    from pynetdicom.events import Event

    from bonecohort.pacs.files import Instance

NATIVE: list[str | UID] = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
COMPRESSED: tuple[UID, ...] = (
    JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless,
    JPEGLSNearLossless, JPEG2000Lossless, JPEG2000, RLELossless,
)  # fmt: skip
STORED, NOT_ASKED_FOR, OUT_OF_RESOURCES = 0x0000, 0x0124, 0xA700


def storage_contexts() -> list[PresentationContext]:
    """Return a context for every class and encoding, so that images are sent as they are kept.

    Of one context's encodings the PACS would choose one, and decompress the rest.
    """
    native = [build_context(uid, NATIVE) for uid in (*IMAGE_CLASSES, *DOCUMENT_CLASSES)]
    return native + [build_context(uid, [syntax]) for uid in IMAGE_CLASSES for syntax in COMPRESSED]


def accepted_contexts() -> list[PresentationContext]:
    """Return what is accepted from a PACS that calls us."""
    images = [build_context(uid, [*NATIVE, *COMPRESSED]) for uid in IMAGE_CLASSES]
    return images + [build_context(uid, NATIVE) for uid in DOCUMENT_CLASSES]


class Receiver:
    """Writes the images that are expected and refuses all others.

    ``fault`` says why an expected image could not be written.
    """

    def __init__(self) -> None:
        self._paths: dict[str, Path] = {}
        self._arrival = threading.Condition()
        self.fault = ""

    @contextmanager
    def expecting(self, instances: Sequence[Instance], folder: Path) -> Iterator[None]:
        """Accept these images, and write them below ``folder``, while the block runs."""
        self._paths = {instance.sop: instance.path(folder) for instance in instances}
        self.fault = ""
        try:
            yield
        finally:
            self._paths = {}

    def wait_for_the_rest(self, longest_silence_s: float) -> None:
        """Wait until every expected image is there, or none has come for so long."""
        with self._arrival:
            while not self.has_all():
                if not self._arrival.wait(longest_silence_s):
                    return

    def has_all(self) -> bool:
        """Whether every expected image is there."""
        return all(path.is_file() for path in self._paths.values())

    def store(self, event: Event) -> int:
        """Write one image; return the status of the C-STORE."""
        path = self._paths.get(str(cast("C_STORE", event.request).AffectedSOPInstanceUID))
        if path is None:
            return NOT_ASKED_FOR
        try:
            with whole_file(path) as unfinished:
                unfinished.write_bytes(event.encoded_dataset())
        except OSError as error:
            self.fault = f"an image could not be written here ({error.strerror})."
            return OUT_OF_RESOURCES
        with self._arrival:
            self._arrival.notify_all()
        return STORED
