"""Listening for the images of a C-MOVE: from the PACS alone, on the way that leads to it."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from contextlib import contextmanager
from socketserver import BaseServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from pynetdicom import AE, evt
from pynetdicom.transport import ThreadedAssociationServer

from bonecohort.faults import DataFault, StudyFault
from bonecohort.pacs.connectivity import tls_context
from bonecohort.pacs.storage import accepted_contexts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from bonecohort.pacs.server import Server
    from bonecohort.pacs.storage import Receiver

MOST_NAMED = 3


class Refused:
    """Who called and was refused, for it may be the PACS under another name."""

    def __init__(self) -> None:
        self._callers: dict[str, None] = {}

    def add(self, caller: str) -> None:
        """Note a caller."""
        if len(self._callers) < MOST_NAMED:
            self._callers[caller] = None

    @property
    def words(self) -> str:
        """Who was refused, and what to do where it is the PACS; '' when nobody was."""
        if not self._callers:
            return ""
        return (
            f"own_port was called by {', '.join(self._callers)} and refused it; where that is the "
            "PACS too, name it in sending_ae_titles or sending_hosts."
        )


class _Server(ThreadedAssociationServer):
    """Closes a connection from elsewhere than the PACS before a byte of it is read."""

    def __init__(
        self, *args: Any, senders: Collection[str], refuse: Callable[[str], None], **kwargs: Any
    ) -> None:
        self._senders, self._refuse = senders, refuse
        super().__init__(*args, **kwargs)

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """Return the next connection of a sender; others are dropped, which raises OSError."""
        assert self.socket is not None  # it is None only before it is bound
        connection, address = self.socket.accept()
        if _plain(address[0]) not in self._senders:
            self._refuse(f"the address {address[0]}")
            connection.close()
            raise ConnectionRefusedError
        if self.ssl_context:
            connection.settimeout(self.timeout)
            connection = self.ssl_context.wrap_socket(connection, server_side=True)
        return connection, address


@contextmanager
def listening(server: Server, receiver: Receiver) -> Iterator[Refused]:
    """Receive images while the block runs; gives who called and was refused.

    Raises
    ------
    StudyFault
        When our own address or port can't be listened on, or a sender's name is not known.
    """
    refused = Refused()
    own = AE(ae_title=server.own_ae_title)
    own.require_called_aet = True
    own.require_calling_aet = [server.ae_title, *server.sending_ae_titles]
    own.acse_timeout = own.dimse_timeout = own.network_timeout = server.timeout_s
    try:
        senders = {
            address for host in (server.host, *server.sending_hosts) for address in _addresses(host)
        }
        address = server.own_host or _own_address(server)
    except socket.gaierror as error:
        message = "sending_hosts or own_host: a name in it is not known on this network."
        raise StudyFault([message]) from error
    try:
        running = own.make_server(
            (address, server.own_port),
            ssl_context=tls_context(server, ssl.Purpose.CLIENT_AUTH),
            evt_handlers=[
                (evt.EVT_C_STORE, receiver.store),
                (evt.EVT_REJECTED, _note_title, [refused]),
            ],
            contexts=accepted_contexts(),
            server_class=_Server,
            senders=senders,
            refuse=refused.add,
        )
    except OSError as error:
        where = f"own_port: {server.own_port} cannot be listened on at {address}"
        raise StudyFault([f"{where} ({error.strerror})."]) from error
    with _serving(running):
        yield refused


@contextmanager
def _serving(running: ThreadedAssociationServer) -> Iterator[None]:
    thread = Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        # The server's own way out keeps a list for servers that the AE itself started.
        BaseServer.shutdown(running)
        running.server_close()
        thread.join()


def _note_title(event: evt.Event, refused: Refused) -> None:
    caller = event.assoc.requestor
    title = caller.ae_title if caller.ae_title.isprintable() else "(unreadable)"
    refused.add(f"the AE title {title} at {caller.address}")


def _own_address(server: Server) -> str:
    """Return our own address on the way to the PACS; nothing is sent to find it."""
    family, _, _, _, target = socket.getaddrinfo(server.host, server.port)[0]
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(target)
        except OSError as error:
            message = f"there is no way to the PACS's address ({error.strerror})."
            raise DataFault(message) from error
        return str(probe.getsockname()[0])


def _addresses(host: str) -> set[str]:
    return {_plain(str(result[4][0])) for result in socket.getaddrinfo(host, None)}


def _plain(address: str) -> str:
    """Return an address in one way of writing; an IPv4 one as such, also where IPv6 carries it."""
    parsed = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
