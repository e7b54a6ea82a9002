"""A PACS that refuses, breaks off, answers too much, or speaks TLS: played in-process."""

from __future__ import annotations

import shutil
import socket
import socketserver
import ssl
import subprocess
import time
from contextlib import contextmanager
from threading import Thread, Timer
from types import SimpleNamespace

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import AE, evt
from pynetdicom.acse import ACSE

from bonecohort.faults import DataFault, StudyFault
from bonecohort.pacs import fetch as fetching
from bonecohort.pacs.dimse import FIND, GET, open_dimse
from bonecohort.pacs.dimse_statuses import rejection_words, status_words
from bonecohort.pacs.fetch import open_archive
from bonecohort.pacs.files import Instance
from bonecohort.pacs.server import Secrets, Server
from bonecohort.pacs.storage import NOT_ASKED_FOR, OUT_OF_RESOURCES, STORED, Receiver

from .orthanc import free_port

PENDING, SUCCESS, REFUSED_RESOURCES = 0xFF00, 0x0000, 0xA700


@contextmanager
def pacs(find=None, get=None, context=None):
    """Run a PACS with given answers to C-FIND and C-GET; yield how it is reached."""
    ae, port = AE(ae_title="PACS"), free_port()
    handlers = []
    for model, handler, event in ((FIND, find, evt.EVT_C_FIND), (GET, get, evt.EVT_C_GET)):
        if handler:
            ae.add_supported_context(UID(model))
            handlers.append((event, handler))
    running = ae.start_server(
        ("127.0.0.1", port), block=False, evt_handlers=handlers, ssl_context=context
    )
    try:
        yield Server("c-get", host="127.0.0.1", port=port, ae_title="PACS", timeout_s=10)
    finally:
        running.shutdown()


def study(uid, **values):
    answer = Dataset()
    answer.QueryRetrieveLevel, answer.StudyInstanceUID = "STUDY", uid
    for keyword, value in values.items():
        setattr(answer, keyword, value)
    return answer


def test_answers_that_were_not_asked_for_are_left_out():
    def everything(event):
        yield PENDING, study("1.2.1", PatientID="other", AccessionNumber="A1 ")
        yield PENDING, study("1.2.2", PatientID="asked", AccessionNumber="A1 ")
        yield PENDING, study("1.2.3", PatientID="asked")

    with pacs(everything) as server, open_dimse(server) as archive:
        assert archive.find_studies({"PatientID": "asked", "AccessionNumber": "A1"}) == ["1.2.2"]


def test_a_pacs_out_of_resources_is_reported():
    def refuse(event):
        yield REFUSED_RESOURCES, None

    with (
        pacs(refuse) as server,
        open_dimse(server) as archive,
        pytest.raises(DataFault, match=r"C-FIND: .* out of resources.*0xA700"),
    ):
        archive.find_studies({"PatientID": "asked"})


def test_a_connection_lost_between_is_reported(tmp_path):
    def abort(event):
        event.assoc.abort()
        yield PENDING, None

    with (
        pacs(abort) as server,
        open_dimse(server) as archive,
        pytest.raises(DataFault, match="connection to the PACS was lost"),
    ):
        archive.find_studies({"PatientID": "asked"})


def test_a_pacs_without_c_get_is_reported(tmp_path):
    def nothing(event):
        yield SUCCESS, None

    with (
        pacs(nothing) as server,
        open_dimse(server) as archive,
        pytest.raises(DataFault, match=r"does not offer us Study Root .* GET"),
    ):
        archive.retrieve([Instance("1.2", "1.2.3", "1.2.3.4")], True, tmp_path)


@pytest.fixture
def certificate(tmp_path):
    """Write a self-signed certificate of 127.0.0.1 and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is absent")
    files = SimpleNamespace(own=tmp_path / "own.pem", key=tmp_path / "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=pacs", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", files.key,
         "-out", files.own],
        check=True, capture_output=True,
    )  # fmt: skip
    return files


def test_tls_is_spoken_with_a_trusted_pacs_and_refused_with_another(certificate):
    def one(event):
        yield PENDING, study("1.2.2", PatientID="asked")

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.own, certificate.key)
    with pacs(one, context=context) as plain:
        reached = {"host": plain.host, "port": plain.port, "ae_title": "PACS", "tls": True}
        with open_dimse(Server("c-get", ca_file=str(certificate.own), **reached)) as archive:
            assert archive.find_studies({"PatientID": "asked"}) == ["1.2.2"]
        with (
            pytest.raises(StudyFault, match="certificate is not trusted"),
            open_dimse(Server("c-get", **reached)),
        ):
            pass


def test_an_unreadable_certificate_file_is_reported(tmp_path):
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    server = Server("c-get", host="127.0.0.1", port=1, ae_title="P", tls=True, ca_file=str(broken))
    with pytest.raises(StudyFault, match="cannot be read as PEM"), open_dimse(server):
        pass


def image(uid):
    request = SimpleNamespace(AffectedSOPInstanceUID=UID(uid))
    return SimpleNamespace(request=request, encoded_dataset=lambda: b"whole")


def test_images_nobody_asked_for_are_refused(tmp_path):
    receiver, wanted = Receiver(), Instance("1.2", "1.2.3", "1.2.3.4")
    with receiver.expecting([wanted], tmp_path):
        assert receiver.store(image("1.2.3.5")) == NOT_ASKED_FOR
        assert receiver.store(image("1.2.3.4")) == STORED
    assert receiver.store(image("1.2.3.4")) == NOT_ASKED_FOR
    assert [path.read_bytes() for path in tmp_path.rglob("*.dcm")] == [b"whole"]


def test_images_that_come_after_the_pacs_said_it_was_done_are_waited_for(tmp_path):
    receiver = Receiver()
    wanted = [Instance("1.2", "1.2.3", f"1.2.3.{number}") for number in range(3)]
    with receiver.expecting(wanted, tmp_path):
        late = [Timer(0.1 * n, receiver.store, [image(f"1.2.3.{n}")]) for n in range(3)]
        for one in late:
            one.start()
        receiver.wait_for_the_rest(longest_silence_s=20)
        assert len(list(tmp_path.rglob("*.dcm"))) == 3
        for one in late:
            one.join()


def test_images_that_never_come_are_not_waited_for_longer_than_the_silence(tmp_path):
    receiver = Receiver()
    with receiver.expecting([Instance("1.2", "1.2.3", "1.2.3.4")], tmp_path):
        began = time.monotonic()
        receiver.wait_for_the_rest(longest_silence_s=0.2)
        assert time.monotonic() - began >= 0.2


def test_a_folder_that_cannot_be_written_to_is_reported(tmp_path):
    receiver, wanted = Receiver(), Instance("1.2", "1.2.3", "1.2.3.4")
    (tmp_path / "file").write_text("in the way")
    with receiver.expecting([wanted], tmp_path / "file"):
        assert receiver.store(image("1.2.3.4")) == OUT_OF_RESOURCES
        assert "could not be written here" in receiver.fault


@pytest.mark.parametrize(
    ("operation", "status", "told"),
    [
        ("C-MOVE", 0xA801, "does not know where to send to"),
        ("C-MOVE", 0xC000, "own_ae_title"),
        ("C-GET", 0xC001, "the PACS failed (status 0xC001)"),
        ("C-GET", 0x0119, "the PACS refused (status 0x0119)"),
    ],
)
def test_a_status_is_reported_in_words(operation, status, told):
    assert told in status_words(operation, status)


def test_a_rejection_is_reported_in_words():
    assert "does not know our AE title" in rejection_words(1, 3)
    assert "gives no reason" in rejection_words(1, 1)


@contextmanager
def port_that_rejects_and_closes():
    """Answer every connection by "called AE title not recognized" (PS3.8, 9.3.4) and its end."""
    rejection = bytes((3, 0, 0, 0, 0, 4, 0, 1, 1, 7))

    class Reject(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.sendall(rejection)
            self.request.shutdown(socket.SHUT_WR)
            while self.request.recv(65536):
                pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Reject) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_rejection_is_reported_though_the_connection_is_closed_before_we_look(monkeypatch):
    send = ACSE.send_request

    def send_and_dawdle(self):
        send(self)
        time.sleep(0.3)

    monkeypatch.setattr(ACSE, "send_request", send_and_dawdle)
    with (
        port_that_rejects_and_closes() as port,
        pytest.raises(StudyFault, match=r"it is not called that \(ae_title\)"),
        open_dimse(Server("c-get", host="127.0.0.1", port=port, ae_title="X", timeout_s=10)),
    ):
        pytest.fail("it was not rejected")


@pytest.mark.parametrize("method", ["c-get", "c-move", "dicomweb"])
def test_the_library_not_being_installed_is_reported(method, monkeypatch):
    monkeypatch.setattr(fetching, "find_spec", lambda _: None)
    with pytest.raises(StudyFault, match=r"pip install 'bonecohort\[pacs\]'"):
        open_archive(Server(method), Secrets("", "", ""))
