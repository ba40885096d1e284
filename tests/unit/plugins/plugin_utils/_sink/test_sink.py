# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence that is stored, and read back, at real folders, real web servers and a small real API server."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import io
import os
import pathlib
import ssl
import subprocess
import tarfile
import threading
import time
import typing as t

import pytest

pytest.importorskip("kubernetes")
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._archive import pack, unpack
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._configmap import PART_BYTES
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._http import Web
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._places import (
    Place,
    SinkError,
    parse_place,
    parse_places,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._store import (
    Evidence,
    Stored,
    local_bundle,
    store,
)
from ansible_collections.podnet.diagnostics.tests.unit.patience import patience
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    ApiServer,
    Json,
    Reply,
    Request,
    refusal,
)

SECRET = "sig-4711-of-nobody"


def no_cluster() -> Kube:
    raise AssertionError("no cluster is asked")


@pytest.fixture
def evidence(tmp_path: pathlib.Path) -> Evidence:
    root = tmp_path / "bundle"
    (root / "nodes").mkdir(parents=True)
    (root / "manifest.json").write_text("{}")
    # Larger than one ConfigMap can be, and not compressible.
    (root / "nodes" / "node-1.json.gz").write_bytes(os.urandom(PART_BYTES + 10))
    return Evidence(root, "3f9a1c02", "# FAULT FOUND\n")


def put(evidence: Evidence, *places: str, web: Web | None = None, kube: t.Callable[[], Kube] = no_cluster) -> Stored:
    return store(parse_places(places), evidence, kube, web or Web(), 10)


def same(evidence: Evidence, root: pathlib.Path) -> bool:
    def content(folder: pathlib.Path) -> dict[str, bytes]:
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    return content(evidence.root) == content(root)


# -- places ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("/evidence", Place("directory", "/evidence")),
        ("directory:/evidence/", Place("directory", "/evidence")),
        ("configmap:podnet-diagnostics", Place("configmap", "podnet-diagnostics")),
        ("configmap:ns/podnet-evidence-1", Place("configmap", "ns", "podnet-evidence-1")),
        ("https://s3.example/b/k?X-Amz-Signature=1", Place("http", "https://s3.example/b/k?X-Amz-Signature=1")),
    ],
)
def test_a_place_is_known_by_how_it_begins(text: str, place: Place) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize("text", ["", "evidence", "configmap:", "configmap:A/B", "ftp://host/x", "https://", "s3:x"])
def test_what_is_no_place_is_said_with_what_is_one(text: str) -> None:
    with pytest.raises(SinkError, match="no place for evidence; use directory:PATH, configmap:NAMESPACE"):
        parse_place(text)


def test_a_web_address_is_shown_without_what_may_be_a_secret() -> None:
    assert str(parse_place(f"https://me:{SECRET}@s3.example:9000/b/k?sig={SECRET}#x")) == "https://s3.example:9000/b/k"


# -- folders ---------------------------------------------------------------------------------------------------------
def test_a_folder_gets_the_bundle_and_the_report_and_gives_the_bundle_back(
    tmp_path: pathlib.Path, evidence: Evidence
) -> None:
    stored = put(evidence, f"directory:{tmp_path / 'kept'}")
    archive = tmp_path / "kept" / "podnet-diagnostics-3f9a1c02.tar.gz"
    assert stored == Stored((str(archive),))
    assert archive.with_name("podnet-diagnostics-3f9a1c02.md").read_text() == evidence.report
    assert {path.stat().st_mode & 0o777 for path in archive.parent.iterdir()} == {0o600}
    assert same(evidence, local_bundle(str(archive), no_cluster, Web()))


def test_a_place_that_fails_is_one_sentence_and_the_others_get_it(tmp_path: pathlib.Path, evidence: Evidence) -> None:
    (tmp_path / "file").write_text("")
    stored = put(evidence, str(tmp_path / "file"), str(tmp_path / "kept"))
    assert stored.addresses == (str(tmp_path / "kept" / "podnet-diagnostics-3f9a1c02.tar.gz"),)
    assert len(stored.problems) == 1 and stored.problems[0].endswith("File exists"), stored.problems


@pytest.mark.skipif(os.geteuid() != 0, reason="a full file system is made with mount, which needs root")
def test_a_full_volume_is_said_and_nothing_half_is_left(tmp_path: pathlib.Path, evidence: Evidence) -> None:
    full = tmp_path / "full"
    full.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(full)], check=True)
    try:
        stored = put(evidence, str(full))
        assert stored.addresses == () and stored.problems[0].endswith("No space left on device"), stored.problems
        assert list(full.iterdir()) == []
    finally:
        subprocess.run(["umount", str(full)], check=True)


# -- web servers -----------------------------------------------------------------------------------------------------
class _Server(http.server.ThreadingHTTPServer):
    """Keeps what is sent to it, answers with one status, and gives back what it has."""

    daemon_threads = True
    status = 200
    location = ""
    pause = 0.0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.tokens: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_PUT(self) -> None:
        self.server.tokens.append(self.headers["Authorization"])
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(self.server.pause)
        if self.server.status == 200:
            self.server.files[self.path] = body
        self._answer(self.server.status, b"")

    do_POST = do_PUT

    def do_GET(self) -> None:
        body = self.server.files.get(self.path)
        self._answer(200 if body is not None else 404, body or b"")

    def _answer(self, status: int, body: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            self.send_response(status)
            if self.server.location:
                self.send_header("Location", self.server.location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *unused: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[_Server]:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with _Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def test_a_pre_signed_address_gets_the_bundle_as_it_is(server: _Server, evidence: Evidence) -> None:
    url = f"{server.url}/bucket/key?X-Amz-Signature={SECRET}"
    assert put(evidence, url) == Stored((f"{server.url}/bucket/key",))
    assert list(server.files) == [f"/bucket/key?X-Amz-Signature={SECRET}"] and server.tokens == [None]
    assert same(evidence, local_bundle(url, no_cluster, Web()))


def test_an_address_that_ends_in_a_slash_gets_both_files(server: _Server, evidence: Evidence) -> None:
    stored = put(evidence, f"{server.url}/runs/", web=Web(token="t-1", method="POST"))
    assert stored.addresses == (f"{server.url}/runs/podnet-diagnostics-3f9a1c02.tar.gz",)
    assert list(server.files) == [f"/runs/podnet-diagnostics-3f9a1c02.{end}" for end in ("tar.gz", "md")]
    assert set(server.tokens) == {"Bearer t-1"}


@pytest.mark.parametrize(("status", "word"), [(403, "HTTP 403"), (507, "HTTP 507"), (500, "HTTP 500")])
def test_a_server_that_refuses_or_is_full_is_named(server: _Server, evidence: Evidence, status: int, word: str) -> None:
    server.status = status
    stored = put(evidence, f"{server.url}/k?sig={SECRET}", web=Web(token=SECRET))
    assert stored.addresses == () and word in stored.problems[0] and f"{server.url}/k:" in stored.problems[0]
    assert SECRET not in stored.problems[0]


def test_a_redirect_is_not_followed_and_the_token_goes_nowhere(server: _Server, evidence: Evidence) -> None:
    with _Server() as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        server.status, server.location = 307, other.url + "/elsewhere"
        stored = put(evidence, f"{server.url}/k", web=Web(token=SECRET))
        other.shutdown()
    assert "HTTP 307" in stored.problems[0] and "redirects are not followed" in stored.problems[0]
    assert other.tokens == []


def test_a_slow_server_is_given_up(server: _Server, evidence: Evidence) -> None:
    limit = patience(0.2)
    server.pause = 2 * limit + 2
    stored = put(evidence, f"{server.url}/k", web=Web(timeout=limit))
    assert f"no answer within {limit:g} s" in stored.problems[0], stored.problems


def test_a_certificate_nobody_vouches_for_is_refused(
    server: _Server, evidence: Evidence, tmp_path: pathlib.Path
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*argv, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = server.url.replace("http:", "https:") + "/k"
    refused = put(evidence, url, web=Web(token=SECRET))
    assert "certificate" in refused.problems[0].lower() and server.tokens == [], refused.problems
    assert put(evidence, url, web=Web(ca_path=str(certificate))).problems == ()
    assert put(evidence, url, web=Web(validate_certs=False)).problems == ()


def test_nobody_listens(evidence: Evidence) -> None:
    with _Server() as gone:
        url = gone.url
    assert "refused" in put(evidence, f"{url}/k").problems[0]


# -- ConfigMaps ------------------------------------------------------------------------------------------------------
class _ConfigMaps:
    """The ConfigMaps of one namespace."""

    def __init__(self, server: ApiServer) -> None:
        self.objects: dict[str, Json] = {}
        self.most = 1000
        self.path = "/api/v1/namespaces/kept/configmaps"
        self._server = server
        self._clock = 0
        server.on("POST", self.path, self._create)
        server.on("GET", self.path, lambda unused: Reply(200, {"items": list(self.objects.values()), "metadata": {}}))

    def _create(self, request: Request) -> Reply:
        body = request.body
        assert body is not None
        name = body["metadata"]["name"]
        if len(self.objects) >= self.most:
            return refusal(403, f'configmaps "{name}" is forbidden: exceeded quota: evidence')
        self._clock += 1
        body["metadata"].update(creationTimestamp=f"2026-01-01T00:00:{self._clock:02}Z", uid=name)
        self.objects[name] = body
        self._server.on("GET", f"{self.path}/{name}", lambda unused: Reply(200, self.objects[name]))
        self._server.on("DELETE", f"{self.path}/{name}", lambda unused: Reply(200, self.objects.pop(name)))
        return Reply(201, body)


Cluster = tuple[_ConfigMaps, t.Callable[[], Kube]]


@pytest.fixture
def cluster() -> t.Iterator[Cluster]:
    with ApiServer() as running:
        yield _ConfigMaps(running), lambda: connect(KubeOptions(host=running.url, api_key="key"))


def test_a_bundle_is_split_over_config_maps_and_put_together_again(cluster: Cluster, evidence: Evidence) -> None:
    kept, kube = cluster
    stored = put(evidence, "configmap:kept", kube=kube)
    assert stored == Stored(("configmap:kept/podnet-evidence-3f9a1c02",))
    assert sorted(kept.objects) == ["podnet-evidence-3f9a1c02", "podnet-evidence-3f9a1c02-1"]
    first = kept.objects["podnet-evidence-3f9a1c02"]
    assert first["metadata"]["labels"]["podnet.diagnostics/run"] == "3f9a1c02"
    assert first["data"] == {"report.md": evidence.report} and first["immutable"] is True
    assert same(evidence, local_bundle(stored.addresses[0], kube, Web()))


def test_the_newest_runs_are_kept_whole(cluster: Cluster, evidence: Evidence) -> None:
    kept, kube = cluster
    for run_id in ("a", "b", "c"):
        one = Evidence(evidence.root, run_id, "")
        assert store([Place("configmap", "kept")], one, kube, Web(), 2).problems == ()
    assert sorted(kept.objects) == [f"podnet-evidence-{run}{part}" for run in "bc" for part in ("", "-1")]


def test_a_quota_that_is_reached_leaves_no_half_bundle(cluster: Cluster, evidence: Evidence) -> None:
    kept, kube = cluster
    kept.most = 1
    stored = put(evidence, "configmap:kept", kube=kube)
    assert "exceeded quota" in stored.problems[0] and stored.addresses == ()
    assert kept.objects == {}


def test_a_part_that_was_changed_is_not_analysed(cluster: Cluster, evidence: Evidence) -> None:
    kept, kube = cluster
    address = put(evidence, "configmap:kept", kube=kube).addresses[0]
    kept.objects["podnet-evidence-3f9a1c02-1"]["binaryData"]["bundle.tar.gz"] = "QUJD"
    with pytest.raises(SinkError, match="a part of it was changed or cut"):
        local_bundle(address, kube, Web())


# -- archives from elsewhere -----------------------------------------------------------------------------------------
def archive(member: tarfile.TarInfo, data: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as made:
        member.size = len(data)
        made.addfile(member, io.BytesIO(data))
    return gzip.compress(stream.getvalue())


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "a/../../outside"])
def test_a_name_that_leads_outside_is_refused(name: str) -> None:
    with pytest.raises(SinkError, match="is not a plain file within it"):
        unpack(archive(tarfile.TarInfo(name), b"x"), "there")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(kind: bytes) -> None:
    member = tarfile.TarInfo("link")
    member.type, member.linkname = kind, "/etc/passwd"
    with pytest.raises(SinkError, match="is not a plain file within it"):
        unpack(archive(member), "there")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"hello", "no gzip file"),
        (gzip.compress(b"hello" * 300), "no bundle"),
        (gzip.compress(b"x" * 999)[:-9], "cut short"),
    ],
    # The bytes have the time in them, and all workers of a test run have to call a test by the same name.
    ids=["text", "no tar", "cut"],
)
def test_what_is_no_archive_is_said(data: bytes, reason: str) -> None:
    with pytest.raises(SinkError, match=reason):
        unpack(data, "there")


def test_equal_folders_give_equal_bytes(evidence: Evidence) -> None:
    assert pack(evidence.root) == pack(evidence.root)
