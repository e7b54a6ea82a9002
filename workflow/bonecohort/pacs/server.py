"""The PACS to fetch from: a small YAML file, and secrets from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar, Literal

from bonecohort.faults import StudyFault
from bonecohort.study.config import read_config
from bonecohort.study.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

USER = "BONECOHORT_PACS_USER"
PASSWORD = "BONECOHORT_PACS_PASSWORD"  # noqa: S105 - the variable's name
TOKEN = "BONECOHORT_PACS_TOKEN"  # noqa: S105 - the variable's name
LONGEST_AE_TITLE = 16
HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Server:
    """How a PACS is reached.

    Attributes
    ----------
    method
        ``c-get``, ``c-move`` or ``dicomweb``.
    host, port, ae_title
        Of the PACS, for ``c-get`` and ``c-move``.
    own_ae_title, own_port, own_host
        Ours, as the PACS knows them; images come in on the port with ``c-move``. Without
        ``own_host`` they come in on the address that leads to the PACS, and on no other.
    sending_ae_titles, sending_hosts
        Who else sends us the images of a ``c-move``: AE titles and hosts beside the PACS's own.
    url
        Root of the DICOMweb service, for ``dicomweb``.
    tls
        Speak TLS with the PACS; ``dicomweb`` does so where the URL begins with https.
    ca_file
        PEM file of the authority that signed the PACS's certificate; without it the system's are
        trusted.
    certificate_file, key_file
        PEM files of our own certificate, where the PACS asks for one and for ``c-move`` with TLS.
    timeout_s
        Longest silence of the PACS.
    largest_image_mb
        Size in megabytes (10⁶ bytes) at which an image over ``dicomweb`` is broken off.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid"}

    method: Literal["c-get", "c-move", "dicomweb"]
    host: str = ""
    port: int = 104
    ae_title: str = ""
    own_ae_title: str = "BONECOHORT"
    own_port: int = 11112
    own_host: str = ""
    sending_ae_titles: tuple[str, ...] = ()
    sending_hosts: tuple[str, ...] = ()
    url: str = ""
    tls: bool = False
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    timeout_s: float = 60.0
    largest_image_mb: float = 2000.0


@dataclass(frozen=True)
class Secrets:
    """What only the environment holds; never written, never printed."""

    user: str
    password: str
    token: str


def secrets_of_environment(environment: Mapping[str, str] = os.environ) -> Secrets:
    """Return the secrets for DICOMweb: a user with a password, or a bearer token, or none."""
    return Secrets(*(environment.get(name, "") for name in (USER, PASSWORD, TOKEN)))


def read_server(path: Path) -> Server:
    """Read and check a server file.

    Raises
    ------
    StudyFault
        With every problem of the file.
    """
    from pydantic import TypeAdapter, ValidationError

    if not path.is_file():
        raise StudyFault([f"{path}: this file does not exist; it says how the PACS is reached."])
    content, problems = read_config(path)
    if problems:
        raise StudyFault(problems)
    try:
        server = TypeAdapter(Server).validate_python(content)
    except ValidationError as error:
        messages = [
            _fault(str(result["loc"][0]), result["type"], result["msg"])
            for result in error.errors()
        ]
        raise StudyFault([f"{path}: {text}" for text in messages]) from error
    problems = [f"{path}: {text}" for text in _contradictions(server)]
    if problems:
        raise StudyFault(problems)
    return server


def _fault(key: str, kind: str, message: str) -> str:
    # The value is not repeated: somebody may have written a password where it does not belong.
    if kind == "unexpected_keyword_argument":
        known = [field.name for field in fields(Server)]
        return f"unknown key '{key}'; {did_you_mean(key, known)}"
    return f"{key}: {message[0].lower()}{message[1:]}."


def _contradictions(server: Server) -> Iterator[str]:
    yield from (
        _dicomweb_problems(server) if server.method == "dicomweb" else _dimse_problems(server)
    )
    if server.timeout_s <= 0:
        yield f"timeout_s: {server.timeout_s}; more than 0 is expected."
    if not server.largest_image_mb > 0:
        yield f"largest_image_mb: {server.largest_image_mb}; more than 0 is expected."
    if bool(server.certificate_file) != bool(server.key_file):
        yield "certificate_file and key_file belong together; both or neither is expected."


def _dicomweb_problems(server: Server) -> Iterator[str]:
    if not server.url.startswith(("http://", "https://")):
        yield "url: the DICOMweb root is expected, beginning with https:// or http://."
    if "@" in server.url:
        yield f"url: holds a user; name user and password in {USER} and {PASSWORD}."


def _dimse_problems(server: Server) -> Iterator[str]:
    for key in ("host", "ae_title"):
        if not getattr(server, key):
            yield f"{key}: is missing; the PACS's own is expected."
    titles = [("ae_title", server.ae_title), ("own_ae_title", server.own_ae_title)]
    for key, title in (*titles, *(("sending_ae_titles", one) for one in server.sending_ae_titles)):
        if len(title) > LONGEST_AE_TITLE or not title.isascii() or "\\" in title:
            yield f"{key}: {title!r}; at most {LONGEST_AE_TITLE} plain characters are expected."
    for key in ("port", "own_port"):
        if not 0 < getattr(server, key) <= HIGHEST_PORT:
            yield f"{key}: {getattr(server, key)}; 1 to {HIGHEST_PORT} is expected."
    if server.method == "c-move" and server.tls and not server.certificate_file:
        yield "certificate_file: needed for c-move with TLS, where the PACS calls us."
