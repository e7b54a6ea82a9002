"""Why a PACS cannot be reached: its name, its port, or TLS."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault, StudyFault

if TYPE_CHECKING:
    from bonecohort.pacs.server import Server


def tls_context(server: Server, purpose: ssl.Purpose) -> ssl.SSLContext | None:
    """Return how TLS is spoken with the PACS, or that it calls us with; None without TLS.

    Raises
    ------
    StudyFault
        When a certificate file cannot be read.
    """
    if not server.tls:
        return None
    try:
        context = ssl.create_default_context(purpose, cafile=server.ca_file)
        if server.certificate_file:
            context.load_cert_chain(server.certificate_file, server.key_file)
    except OSError as error:
        # An SSLError of an unreadable PEM file is an OSError too.
        message = "ca_file, certificate_file or key_file cannot be read as PEM"
        raise StudyFault([f"{message}: {error.strerror or type(error).__name__}."]) from error
    if purpose is ssl.Purpose.CLIENT_AUTH and server.ca_file:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def check_reachable(server: Server) -> None:
    """Connect once, to find out why a PACS cannot be reached.

    Raises
    ------
    DataFault
        With the reason.
    """
    try:
        plain = socket.create_connection((server.host, server.port), server.timeout_s)
    except OSError as error:
        raise DataFault(_connection_words(error)) from error
    context = tls_context(server, ssl.Purpose.SERVER_AUTH)
    with plain:
        if context:
            try:
                context.wrap_socket(plain, server_hostname=server.host).close()
            except OSError as error:
                raise DataFault(_tls_words(error)) from error


def _connection_words(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return "the PACS's host is not known on this network."
    if isinstance(error, TimeoutError):
        return "the PACS does not answer: host, port or a firewall may be the reason."
    if isinstance(error, ConnectionRefusedError):
        return "nothing answers on the PACS's port: is it running, and is the port right?"
    return f"the PACS cannot be reached ({error.strerror or type(error).__name__})."


def _tls_words(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            "TLS: the PACS's certificate is not trusted, or is made out to another name; ca_file "
            "must hold the authority that signed it."
        )
    reason = error.reason if isinstance(error, ssl.SSLError) else error.strerror
    return f"TLS: the PACS does not speak it on this port, or not as we do ({reason})."
