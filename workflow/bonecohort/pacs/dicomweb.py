"""A PACS over DICOMweb: QIDO-RS to search, WADO-RS to retrieve."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import requests
from dicomweb_client.web import DICOMwebClient

from bonecohort.faults import DataFault, StudyFault
from bonecohort.images.headers import UNREADABLE, lenient_reading
from bonecohort.pacs.files import ENDLESS, MOST_ANSWERS, STORED_CLASSES, Instance, checked_uid
from bonecohort.pacs.http_bodies import BodyTooLargeError, BodyTooSlowError, LimitedAdapter
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pydicom.dataset import Dataset

    from bonecohort.pacs.server import Secrets, Server

NOT_UNDERSTOOD = (IndexError, RecursionError, TypeError, ValueError)
"""What the library raises on an answer that is not as it should be, beside its own errors."""
AS_KEPT = (("application/dicom", "*"),)
"""Media type and transfer syntax: any, so that nothing is decompressed on the way."""
MOST_PAGES = 2000
NO_JSON_MODEL = "the PACS's answer cannot be understood (no DICOM JSON)."
NOBODY = "2.25.0"
"""A study UID that no study has: asking for it shows whether the PACS answers us at all."""
HTTP_WORDS = {
    401: "the PACS asks for a user and password or a token, or does not accept ours",
    403: "the PACS does not allow us this",
    404: "the PACS has nothing at this address: is the url right?",
    413: "the PACS says that too much was asked for",
    429: "the PACS is busy: try again later",
    503: "the PACS is busy or out of resources: try again later",
    507: "the PACS is out of storage",
}


@contextmanager
def open_dicomweb(server: Server, secrets: Secrets) -> Iterator[DicomwebArchive]:
    """Return a PACS that answers.

    Raises
    ------
    StudyFault
        When the PACS cannot be reached or refuses us.
    """
    # What this library logs holds UIDs; without a handler, Python would print its warnings.
    logging.getLogger("dicomweb_client").addHandler(logging.NullHandler())
    with requests.Session() as session:
        if secrets.token:
            session.headers["Authorization"] = f"Bearer {secrets.token}"
        elif secrets.user:
            session.auth = (secrets.user, secrets.password)
        if server.ca_file:
            session.verify = server.ca_file
        if server.certificate_file and server.key_file:
            session.cert = (server.certificate_file, server.key_file)
        limited = LimitedAdapter(int(server.largest_image_mb * 1e6), server.timeout_s)
        session.mount("https://", limited)
        session.mount("http://", limited)
        client = DICOMwebClient(
            server.url.rstrip("/"), session, timeout=server.timeout_s, permissive_uid=True
        )
        client.set_http_retry_params(retry=False)
        archive = DicomwebArchive(client)
        try:
            archive.find_studies({"StudyInstanceUID": NOBODY})
        except DataFault as fault:
            raise StudyFault([fault.reason]) from fault
        yield archive


class DicomwebArchive:
    """A PACS asked by QIDO-RS."""

    def __init__(self, client: DICOMwebClient) -> None:
        self._client = client

    def find_studies(self, keys: Mapping[str, str]) -> list[str]:
        """Return the UIDs of the studies whose attributes equal all ``keys``."""

        def search(offset: int) -> list[dict[str, Any]]:
            return self._client.search_for_studies(
                search_filters=dict(keys), fields=[*keys], offset=offset
            )

        result = _all_pages(search, "StudyInstanceUID")
        # Some PACS leave out of account a key that they do not search by.
        return sorted(
            uid
            for uid, answer in result.items()
            if all(_value(answer, keyword) == value for keyword, value in keys.items())
        )

    def find_instances(self, study: str, modalities: Sequence[str]) -> list[Instance]:
        """Return every image of the study's series of these modalities."""

        def search(offset: int) -> list[dict[str, Any]]:
            return self._client.search_for_series(study, fields=["Modality"], offset=offset)

        return [
            instance
            for series, answer in _all_pages(search, "SeriesInstanceUID").items()
            if _value(answer, "Modality") in modalities
            for instance in self._instances_of(study, series)
        ]

    def _instances_of(self, study: str, series: str) -> list[Instance]:
        def search(offset: int) -> list[dict[str, Any]]:
            return self._client.search_for_instances(
                study, series, fields=["SOPClassUID"], offset=offset
            )

        return [
            Instance(study, series, uid)
            for uid, answer in _all_pages(search, "SOPInstanceUID").items()
            if _value(answer, "SOPClassUID") in STORED_CLASSES | {""}
        ]

    def retrieve(
        self,
        missing: Sequence[Instance],
        whole: bool,  # noqa: ARG002 - one image a request, whole or not: what arrived is kept
        folder: Path,
    ) -> None:
        """Bring images of one series into ``folder``."""
        for instance in missing:
            with _readable_errors(), lenient_reading():
                image = self._image(instance)
            try:
                with lenient_reading(), whole_file(instance.path(folder)) as unfinished:
                    image.save_as(unfinished, enforce_file_format=True)
            except OSError as error:
                message = f"an image could not be written here ({error.strerror})."
                raise DataFault(message) from error

    def _image(self, wanted: Instance) -> Dataset:
        try:
            image = self._client.retrieve_instance(
                wanted.study, wanted.series, wanted.sop, media_types=AS_KEPT
            )
        except requests.exceptions.RequestException:
            raise  # an OSError, too, and not of the image
        except UNREADABLE as error:
            raise DataFault("an image that the PACS sent cannot be read.") from error
        if str(image.get("SOPInstanceUID") or "").strip(" \0") != wanted.sop:
            raise DataFault("the PACS sent another image than was asked for.")
        return image


def _all_pages(
    search: Callable[[int], list[dict[str, Any]]], keyword: str
) -> dict[str, dict[str, Any]]:
    """Return UID → answer of a search, asked again until the PACS has nothing new to say."""
    result: dict[str, dict[str, Any]] = {}
    n_pages = 0
    while True:
        with _readable_errors():
            answers = search(len(result))
        if not (isinstance(answers, list) and all(isinstance(one, dict) for one in answers)):
            raise DataFault(NO_JSON_MODEL)
        page = {_value(answer, keyword): answer for answer in answers}
        new = {uid: answer for uid, answer in page.items() if uid and uid not in result}
        if not new:
            return result
        for uid in new:
            checked_uid(uid)
        result |= new
        n_pages += 1
        if len(result) > MOST_ANSWERS or n_pages > MOST_PAGES:
            raise DataFault(ENDLESS)


def _value(answer: Mapping[str, Any], keyword: str) -> str:
    """Return the first value of an attribute in the DICOM JSON model (PS3.18, F.2)."""
    attribute = answer.get(DICOMwebClient.lookup_tag(keyword)) or {}
    values = attribute.get("Value") if isinstance(attribute, dict) else None
    if values is not None and not isinstance(values, list):
        raise DataFault(NO_JSON_MODEL)
    return str((values or [""])[0] or "").strip(" \0")


@contextmanager
def _readable_errors() -> Iterator[None]:
    """Turn what goes wrong with a request into a DataFault; its own words hold UIDs."""
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise DataFault("TLS: the PACS's certificate is not trusted; see ca_file.") from error
    except BodyTooSlowError as error:
        raise DataFault("the PACS's answer comes so slowly that it was broken off.") from error
    except requests.exceptions.Timeout as error:
        raise DataFault("the PACS does not answer within timeout_s.") from error
    except BodyTooLargeError as error:
        message = "the PACS's answer is too large and was broken off; see largest_image_mb."
        raise DataFault(message) from error
    except requests.exceptions.HTTPError as error:
        code = 0 if error.response is None else error.response.status_code
        raise DataFault(f"{HTTP_WORDS.get(code, 'the PACS failed')} (HTTP {code}).") from error
    except requests.exceptions.ConnectionError as error:
        raise DataFault("the PACS cannot be reached: is it running, and the url right?") from error
    except (*NOT_UNDERSTOOD, requests.exceptions.RequestException) as error:
        message = f"the PACS's answer cannot be understood ({type(error).__name__})."
        raise DataFault(message) from error
