"""Servers that answer without end or with UIDs that are none, and strangers that call our port."""

from __future__ import annotations

import gzip
import json
import socket
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread

import pytest
from pydicom import config
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.presentation import build_context

from bonecohort.faults import DataFault, StudyFault
from bonecohort.pacs import dimse, http_bodies
from bonecohort.pacs.dicomweb import DicomwebArchive, open_dicomweb
from bonecohort.pacs.dimse import FIND, MOVE, open_dimse
from bonecohort.pacs.files import Instance
from bonecohort.pacs.server import Secrets, Server, read_server
from tests.intake.export import Patient, write_series

from .orthanc import free_port

PENDING, SUCCESS = 0xFF00, 0x0000
NO_SECRETS = Secrets("", "", "")
ODD_UIDS = ("1.2/../../system", "../1.2", "1.2.3?limit=9", "1" * 65, "1..2", "1.2.a", "/etc/passwd")
STUDY, SERIES, SOP = "0020000D", "0020000E", "00080018"


def answer(**values):
    return {tag: {"vr": "UI", "Value": [value]} for tag, value in values.items()}


@contextmanager
def dicomweb(respond, **settings):
    """Run a server that answers a path by ``respond(path, handler)``; yield an open archive."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            try:
                respond(self.path, self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        Thread(target=running.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{running.server_address[1]}"
        server = Server("dicomweb", url=url, **({"timeout_s": 10} | settings))
        try:
            with open_dicomweb(server, NO_SECRETS) as archive:
                assert isinstance(archive, DicomwebArchive)
                yield archive
        finally:
            running.shutdown()


def send(handler, body, content_type="application/dicom+json", **headers):
    handler.send_response(200)
    handler.send_header("Content-Type", content_type)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    for piece in [body] if isinstance(body, bytes) else body:
        handler.wfile.write(piece)
        handler.wfile.flush()


def send_json(handler, answers):
    body = json.dumps(answers).encode()
    send(handler, body, Content_Length=str(len(body)))


def is_greeting(path):
    return "2.25.0" in path


@pytest.mark.parametrize("uid", ODD_UIDS)
@pytest.mark.parametrize("level", ["studies", "series", "instances"])
def test_a_uid_that_is_none_asks_for_nothing_more(uid, level):
    asked = []

    def respond(path, handler):
        asked.append(path)
        name = path.split("?")[0].rsplit("/", maxsplit=1)[-1]
        uids = {"studies": "1.2", "series": "1.2.3", "instances": "1.2.3.4"} | {level: uid}
        tag = {"studies": STUDY, "series": SERIES, "instances": SOP}[name]
        modality = {"00080060": {"vr": "CS", "Value": ["CT"]}}
        send_json(handler, [] if is_greeting(path) else [answer(**{tag: uids[name]}) | modality])

    with dicomweb(respond) as archive, pytest.raises(DataFault, match="UID that is none"):
        [archive.find_instances(study, ["CT"]) for study in archive.find_studies({})]
    assert not any(uid in path for path in asked)


@pytest.mark.parametrize("page", [1, 500])
def test_pages_without_end_are_broken_off(page):
    numbers = count()

    def endless(path, handler):
        uids = [] if is_greeting(path) else [f"1.2.{next(numbers)}" for _ in range(page)]
        send_json(handler, [answer(**{STUDY: uid}) for uid in uids])

    with dicomweb(endless) as archive, pytest.raises(DataFault, match="does not end"):
        archive.find_studies({})


def test_a_page_that_is_always_the_same_ends_the_search():
    def same(path, handler):
        send_json(handler, [] if is_greeting(path) else [answer(**{STUDY: "1.2"})])

    with dicomweb(same) as archive:
        assert archive.find_studies({}) == ["1.2"]


def zeros():
    while True:
        yield bytes(2**20)


def chunked(pieces):
    for piece in pieces:
        yield b"%x\r\n%s\r\n" % (len(piece), piece)


def test_a_json_answer_without_end_is_broken_off():
    def respond(path, handler):
        if is_greeting(path):
            send_json(handler, [])
        else:
            send(handler, zeros())

    with dicomweb(respond) as archive, pytest.raises(DataFault, match="too large"):
        archive.find_studies({})


def test_a_small_answer_that_unpacks_without_end_is_broken_off():
    bomb = gzip.compress(bytes(300 * 2**20), compresslevel=1)

    def respond(path, handler):
        if is_greeting(path):
            send_json(handler, [])
        else:
            send(handler, bomb, Content_Encoding="gzip", Content_Length=str(len(bomb)))

    with dicomweb(respond) as archive, pytest.raises(DataFault, match="too large"):
        archive.find_studies({})


@pytest.mark.parametrize("in_chunks", [False, True])
def test_an_answer_in_drops_is_broken_off(in_chunks, monkeypatch):
    monkeypatch.setattr(http_bodies, "SLOWEST_BYTES_PER_S", 50_000.0)

    def drops():
        while True:
            time.sleep(0.05)
            yield b" "

    def respond(path, handler):
        if is_greeting(path):
            send_json(handler, [])
            return
        # Not of the greeting: the client would keep a connection that the server closes.
        handler.protocol_version = "HTTP/1.1"
        if in_chunks:
            send(handler, chunked(drops()), Transfer_Encoding="chunked")
        else:
            send(handler, drops())

    began = time.monotonic()
    with (
        dicomweb(respond, timeout_s=3) as archive,
        pytest.raises(DataFault, match="so slowly"),
    ):
        archive.find_studies({})
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[1, 2]",
        b'[{"0020000D": {"Value": 7}}]',
        b"null",
        b"\xff\xfe",
    ],
)
def test_an_answer_that_is_no_dicom_json_is_reported(body):
    def respond(path, handler):
        if is_greeting(path):
            send_json(handler, [])
        else:
            send(handler, body, Content_Length=str(len(body)))

    with (
        dicomweb(respond) as archive,
        pytest.raises(DataFault, match=r"cannot be understood"),
    ):
        archive.find_studies({})


def an_image(tmp_path, uid):
    write_series(Patient(1), "t2", lambda at: tmp_path / "made" / str(at), SOPInstanceUID=uid)
    return (tmp_path / "made" / "0").read_bytes()


MULTIPART = 'multipart/related; type="application/dicom"; boundary=edge'
PART = b"--edge\r\nContent-Type: application/dicom\r\n\r\n%s\r\n"


def retrieving(body, tmp_path, wanted, **settings):
    def respond(path, handler):
        if is_greeting(path):
            send_json(handler, [])
        else:
            send(handler, body(), MULTIPART)

    with dicomweb(respond, **settings) as archive:
        archive.retrieve([wanted], True, tmp_path / "images")


def test_an_image_without_end_is_broken_off(tmp_path):
    def endless():
        yield PART.split(b"%s", maxsplit=1)[0]
        yield from zeros()

    with pytest.raises(DataFault, match=r"too large.*largest_image_mb"):
        retrieving(endless, tmp_path, Instance("1.2", "1.2.3", "1.2.3.4"), largest_image_mb=50)
    assert not list((tmp_path / "images").rglob("*.dcm"))


def test_parts_without_end_are_broken_off(tmp_path):
    def endless():
        while True:
            yield PART % bytes(1000)

    with pytest.raises(DataFault, match="too large"):
        retrieving(endless, tmp_path, Instance("1.2", "1.2.3", "1.2.3.4"), largest_image_mb=1)


def test_another_image_than_asked_for_is_not_kept(tmp_path):
    image = an_image(tmp_path, "1.2.3.4")
    wanted = Instance("1.2", "1.2.3", "1.2.3.5")
    with pytest.raises(DataFault, match="another image"):
        retrieving(lambda: [PART % image + b"--edge--"], tmp_path, wanted)
    assert not list((tmp_path / "images").rglob("*.dcm"))


@pytest.mark.parametrize("image", [b"", bytes(500), bytes(128) + b"DICM" + b"\xff" * 400])
def test_an_image_that_is_none_is_reported(tmp_path, image):
    with pytest.raises(DataFault, match=r"cannot be read|cannot be understood|another image"):
        retrieving(lambda: [PART % image + b"--edge--"], tmp_path, Instance("1.2", "1.2", "1.2"))


@contextmanager
def pacs(find, move=None):
    """Run a PACS that answers C-FIND, and C-MOVE by sending to ``move``'s address."""
    ae, port = AE(ae_title="PACS"), free_port()
    handlers = [(evt.EVT_C_FIND, find)]
    ae.add_supported_context(FIND)
    if move:
        ae.add_supported_context(MOVE)
        ae.requested_contexts = [build_context(CTImageStorage, ExplicitVRLittleEndian)]
        handlers.append((evt.EVT_C_MOVE, move))
    running = ae.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers)
    try:
        yield {"host": "127.0.0.1", "port": port, "timeout_s": 5}
    finally:
        running.shutdown()


def a_study(uid):
    found = Dataset()
    found.QueryRetrieveLevel = "STUDY"
    with config.disable_value_validation():
        found.StudyInstanceUID = uid
    return found


@pytest.mark.parametrize("uid", ODD_UIDS)
def test_c_find_answers_with_a_uid_that_is_none_are_refused(uid):
    def odd(_):
        yield PENDING, a_study(uid)

    with (
        pacs(odd) as reached,
        open_dimse(Server("c-get", ae_title="PACS", **reached)) as archive,
        pytest.raises(DataFault, match="UID that is none"),
    ):
        archive.find_studies({})


def test_c_find_answers_without_end_are_broken_off(monkeypatch):
    monkeypatch.setattr(dimse, "MOST_ANSWERS", 50)

    def endless(_):
        for number in count():
            yield PENDING, a_study(f"1.2.{number}")

    with (
        pacs(endless) as reached,
        open_dimse(Server("c-get", ae_title="PACS", **reached)) as archive,
        pytest.raises(DataFault, match="does not end"),
    ):
        archive.find_studies({})


def nothing(_):
    yield SUCCESS, None


@contextmanager
def listening(**settings):
    """Listen for a C-MOVE's images, as entered in a PACS on this machine; yield our port."""
    own_port = free_port()
    with pacs(nothing) as reached:
        server = Server("c-move", ae_title="PACS", own_port=own_port, **(reached | settings))
        with open_dimse(server):
            yield own_port


def associates(port, calling, called="BONECOHORT"):
    own = AE(ae_title=calling)
    own.add_requested_context(CTImageStorage, ExplicitVRLittleEndian)
    association = own.associate("127.0.0.1", port, ae_title=called)
    established = association.is_established
    association.release()
    return established


def test_only_the_pacs_may_call_us_and_only_by_our_name():
    with listening() as port:
        assert associates(port, "PACS")
        assert not associates(port, "STRANGER")
        assert not associates(port, "PACS", called="OTHER")
    with listening(sending_ae_titles=("STORE",)) as port:
        assert associates(port, "STORE")


def test_we_listen_on_the_way_to_the_pacs_alone():
    with listening() as port:
        socket.create_connection(("127.0.0.1", port), 5).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), 5)


def is_dropped(port, source):
    with socket.create_connection(("127.0.0.1", port), 5, source_address=(source, 0)) as one:
        one.settimeout(2)
        try:
            return one.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False


def test_another_address_than_the_pacss_is_dropped_before_it_says_a_word():
    with listening(own_host="0.0.0.0") as port:
        assert is_dropped(port, "127.0.0.2")
        assert not is_dropped(port, "127.0.0.1")
    with listening(own_host="0.0.0.0", sending_hosts=("127.0.0.2",)) as port:
        assert not is_dropped(port, "127.0.0.2")


def test_a_pacs_that_sends_under_another_title_is_reported_and_can_be_named(tmp_path):
    from pydicom import dcmread

    patient = Patient(1)
    write_series(patient, "ct_short", lambda at: tmp_path / "made" / str(at))
    image = dcmread(tmp_path / "made" / "0")
    wanted = Instance(image.StudyInstanceUID, image.SeriesInstanceUID, image.SOPInstanceUID)
    own_port = free_port()

    def move(_):
        yield "127.0.0.1", own_port
        yield 1
        yield PENDING, image

    with pacs(nothing, move) as reached:
        known = reached | {"ae_title": "QUERY", "own_port": own_port, "timeout_s": 1}
        with (
            open_dimse(Server("c-move", **known)) as archive,
            pytest.raises(DataFault, match=r"AE title PACS at 127.0.0.1.*sending_ae_titles"),
        ):
            archive.retrieve([wanted], True, tmp_path)
        with open_dimse(Server("c-move", **known, sending_ae_titles=("PACS",))) as archive:
            archive.retrieve([wanted], True, tmp_path)
    assert dcmread(wanted.path(tmp_path)).SOPInstanceUID == wanted.sop


def test_an_address_that_is_not_ours_is_reported():
    with (
        pacs(nothing) as reached,
        pytest.raises(StudyFault, match=r"own_port: .* cannot be listened on at 192\.0\.2\.1"),
        open_dimse(Server("c-move", ae_title="PACS", own_host="192.0.2.1", own_port=free_port(),
                          **reached)),
    ):  # fmt: skip
        pass


def test_the_new_keys_are_read_and_checked(tmp_path):
    path = tmp_path / "pacs.yaml"
    path.write_text(
        "method: c-move\nhost: pacs\nae_title: PACS\nown_host: 10.0.0.5\n"
        "sending_ae_titles: [STORE]\nsending_hosts: [10.0.0.7]\n"
    )
    server = read_server(path)
    assert (server.own_host, server.sending_ae_titles) == ("10.0.0.5", ("STORE",))
    path.write_text(
        "method: c-move\nhost: pacs\nae_title: PACS\nlargest_image_mb: 0\n"
        "sending_ae_titles: [A_TITLE_THAT_IS_TOO_LONG]\n"
    )
    with pytest.raises(StudyFault) as fault:
        read_server(path)
    assert "largest_image_mb: 0" in str(fault.value)
    assert "sending_ae_titles: 'A_TITLE_THAT_IS_TOO_LONG'" in str(fault.value)
