"""A PACS over DIMSE: C-FIND, and C-GET or C-MOVE."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import AE, build_role, evt
from pynetdicom.pdu import A_ASSOCIATE_RJ
from pynetdicom.presentation import build_context

from bonecohort.faults import DataFault, StudyFault
from bonecohort.images.headers import lenient_reading
from bonecohort.pacs.connectivity import check_reachable, tls_context
from bonecohort.pacs.dimse_statuses import SOME_FAILED, SUCCESS, rejection_words, status_words
from bonecohort.pacs.files import ENDLESS, MOST_ANSWERS, STORED_CLASSES, Instance, checked_uid
from bonecohort.pacs.move_destination import Refused, listening
from bonecohort.pacs.storage import Receiver, storage_contexts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pynetdicom.association import Association
    from pynetdicom.presentation import PresentationContext

    from bonecohort.pacs.server import Server

# Study Root Query/Retrieve Information Model (PS3.4, C.6.2.3).
FIND = UID("1.2.840.10008.5.1.4.1.2.2.1")
MOVE = UID("1.2.840.10008.5.1.4.1.2.2.2")
GET = UID("1.2.840.10008.5.1.4.1.2.2.3")
PENDING = (0xFF00, 0xFF01)
LOST = "the connection to the PACS was lost, or it fell silent for longer than timeout_s."
BROKEN_OFF = "the PACS broke off the connection without a reason: does it expect TLS, or not?"
IMAGES_PER_REQUEST = 100
"""UIDs in one request for single images: some PACS refuse longer lists."""


@contextmanager
def open_dimse(server: Server) -> Iterator[DimseArchive]:
    """Return a PACS that answers; with C-MOVE, images are received while the block runs.

    Raises
    ------
    StudyFault
        When the PACS cannot be reached or refuses us, or our own port is taken.
    """
    archive = DimseArchive(server)
    try:
        check_reachable(server)
        with archive.association(FIND):
            pass
    except DataFault as fault:
        raise StudyFault([fault.reason]) from fault
    if server.method == "c-get":
        yield archive
        return
    try:
        with listening(server, archive.receiver) as archive.refused:
            yield archive
    except DataFault as fault:
        raise StudyFault([fault.reason]) from fault


class DimseArchive:
    """A PACS asked by C-FIND; each question is an association of its own."""

    def __init__(self, server: Server) -> None:
        self.receiver = Receiver()
        self.refused = Refused()
        self._server = server
        self._tls = tls_context(server, ssl.Purpose.SERVER_AUTH)
        self._ae = AE(ae_title=server.own_ae_title)
        self._ae.connection_timeout = server.timeout_s
        self._ae.acse_timeout = server.timeout_s
        self._ae.dimse_timeout = server.timeout_s
        self._ae.network_timeout = server.timeout_s

    def find_studies(self, keys: Mapping[str, str]) -> list[str]:
        """Return the UIDs of the studies whose attributes equal all ``keys``."""
        with self.association(FIND) as association:
            answers = _find(association, "STUDY", {"StudyInstanceUID": "", **keys})
        # Some PACS leave out of account a key that they do not search by.
        same = [one for one in answers if all(one[key] == keys[key] for key in keys)]
        return sorted({checked_uid(one["StudyInstanceUID"]) for one in same})

    def find_instances(self, study: str, modalities: Sequence[str]) -> list[Instance]:
        """Return every image of the study's series of these modalities."""
        result = []
        with self.association(FIND) as association:
            asked = {"StudyInstanceUID": study, "SeriesInstanceUID": "", "Modality": ""}
            for series in _find(association, "SERIES", asked):
                if series["Modality"] not in modalities:
                    continue
                uid = checked_uid(series["SeriesInstanceUID"])
                asked = {"StudyInstanceUID": study, "SeriesInstanceUID": uid,
                         "SOPInstanceUID": "", "SOPClassUID": ""}  # fmt: skip
                result += [
                    Instance(study, uid, checked_uid(image["SOPInstanceUID"]))
                    for image in _find(association, "IMAGE", asked)
                    if image["SOPClassUID"] in STORED_CLASSES | {""}
                ]
        return result

    def retrieve(self, missing: Sequence[Instance], whole: bool, folder: Path) -> None:
        """Bring images of one series into ``folder``; ``whole`` says that they are all of it."""
        series = {"StudyInstanceUID": missing[0].study, "SeriesInstanceUID": missing[0].series}
        if whole:
            with self.receiver.expecting(missing, folder):
                self._request(_identifier("SERIES", series))
            return
        for start in range(0, len(missing), IMAGES_PER_REQUEST):
            part = missing[start : start + IMAGES_PER_REQUEST]
            identifier = _identifier("IMAGE", series)
            identifier.SOPInstanceUID = [instance.sop for instance in part]
            with self.receiver.expecting(part, folder):
                self._request(identifier)

    def _request(self, identifier: Dataset) -> None:
        moves = self._server.method == "c-move"
        operation = "C-MOVE" if moves else "C-GET"
        if moves:
            with self.association(MOVE) as association:
                answers = association.send_c_move(identifier, self._server.own_ae_title, MOVE)
                status = _last_status(status for status, _ in answers)
            if status == SUCCESS:
                # Some PACS say that they are done when they have only begun.
                self.receiver.wait_for_the_rest(self._server.timeout_s)
        else:
            with self.association(GET, storage_contexts()) as association:
                answers = association.send_c_get(identifier, GET)
                status = _last_status(status for status, _ in answers)
        if self.receiver.fault:
            raise DataFault(self.receiver.fault)
        refused = "" if self.receiver.has_all() else self.refused.words
        if status not in (SUCCESS, SOME_FAILED):
            raise DataFault(f"{status_words(operation, status)} {refused}".strip())
        if refused:
            raise DataFault(refused)

    @contextmanager
    def association(
        self, model: UID, storage: Sequence[PresentationContext] = ()
    ) -> Iterator[Association]:
        """Give an association on which a service is accepted; with ``storage``, we receive on it.

        Raises
        ------
        DataFault
            With the reason why there is none.
        """
        server = self._server
        classes = dict.fromkeys(context.abstract_syntax for context in storage)
        # The association itself forgets a rejection whose connection is closed while it is made.
        rejections: list[A_ASSOCIATE_RJ] = []
        handlers: list[evt.EventHandlerType] = [(evt.EVT_PDU_RECV, _keep_rejection, [rejections])]
        if storage:
            handlers.append((evt.EVT_C_STORE, self.receiver.store))
        association = self._ae.associate(
            server.host,
            server.port,
            contexts=[build_context(model), *storage],
            ae_title=server.ae_title,
            ext_neg=[build_role(cast("UID", uid), scp_role=True) for uid in classes],
            evt_handlers=handlers,
            tls_args=(self._tls, server.host) if self._tls else None,
        )
        if not association.is_established:
            if association.rejected_contexts:
                raise DataFault(f"the PACS does not offer us {model.name}.")
            if rejections:
                answer = rejections[0]
                raise DataFault(rejection_words(answer.source or 0, answer.reason_diagnostic or 0))
            check_reachable(server)
            raise DataFault(BROKEN_OFF)
        try:
            if model not in [one.abstract_syntax for one in association.accepted_contexts]:
                raise DataFault(f"the PACS does not offer us {model.name}.")
            with lenient_reading():
                yield association
        finally:
            if association.is_established:
                association.release()


def _keep_rejection(event: evt.Event, rejections: list[A_ASSOCIATE_RJ]) -> None:
    if isinstance(event.pdu, A_ASSOCIATE_RJ):
        rejections.append(event.pdu)


def _identifier(level: str, values: Mapping[str, str]) -> Dataset:
    identifier = Dataset()
    identifier.QueryRetrieveLevel = level
    for keyword, value in values.items():
        setattr(identifier, keyword, value)
    return identifier


def _find(association: Association, level: str, asked: Mapping[str, str]) -> list[dict[str, str]]:
    """Return what the PACS answers: the asked attributes, an absent one as ''."""
    result = []
    for status, answer in association.send_c_find(_identifier(level, asked), FIND):
        code = status.get("Status")
        if code is None:
            raise DataFault(LOST)
        if code in PENDING and answer is not None:
            result.append({keyword: _text(answer, keyword) for keyword in asked})
            if len(result) > MOST_ANSWERS:
                association.abort()
                raise DataFault(ENDLESS)
        elif code != SUCCESS:
            raise DataFault(status_words("C-FIND", code))
    return result


def _text(answer: Dataset, keyword: str) -> str:
    return str(answer.get(keyword) or "").strip(" \0")


def _last_status(statuses: Iterator[Dataset]) -> int:
    last = None
    for status in statuses:
        last = status.get("Status")
    if last is None:
        raise DataFault(LOST)
    return int(last)
