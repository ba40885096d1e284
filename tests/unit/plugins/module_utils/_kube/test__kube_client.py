# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to a small real server: chunks, refusals, silence, TLS, proxies."""

from __future__ import annotations

import contextlib
import os
import pathlib
import socket
import threading
import time
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube import _client
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, connect, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    ApiServer,
    Reply,
    closed_port,
    items,
    refusal,
    server_context,
    thing,
)

PODS = "/api/v1/pods"


def client(api: ApiServer, **options: t.Any) -> Kube:
    return connect(KubeOptions(host=api.url, api_key="secret-token", **options))


def names(found: t.Iterable[dict[str, t.Any]]) -> list[str]:
    return [item["metadata"]["name"] for item in found]


def failure(kube: Kube, path: str = PODS, **more: t.Any) -> KubeError:
    with pytest.raises(KubeError) as caught:
        kube.get(path, **more)
    assert "secret-token" not in str(caught.value) and "\n" not in str(caught.value)
    return caught.value


def test_a_list_is_read_in_chunks(api: ApiServer) -> None:
    api.on("GET", PODS, items(thing("a"), thing("b"), proceed="next"), items(thing("c")))
    assert names(client(api).list(PODS, label_selector="app=web", field_selector="spec.nodeName=n", limit=2)) == [
        "a",
        "b",
        "c",
    ]
    first, second = api.requests
    assert first.query == {"limit": ["2"], "labelSelector": ["app=web"], "fieldSelector": ["spec.nodeName=n"]}
    assert second.query == {**first.query, "continue": ["next"]}
    assert first.headers["authorization"] == "Bearer secret-token"


def test_an_empty_list(api: ApiServer) -> None:
    api.on("GET", PODS, Reply(200, {"kind": "PodList", "items": None}))
    assert list(client(api).list(PODS)) == []


def test_a_chunk_that_expired_goes_on_as_the_server_offers(api: ApiServer) -> None:
    gone = refusal(410, "The provided continue parameter is too old", metadata={"continue": "newer"})
    api.on("GET", PODS, items(thing("a"), proceed="old"), gone, items(thing("b")))
    assert names(client(api).list(PODS)) == ["a", "b"]
    assert [request.first("continue") for request in api.requests] == [None, "old", "newer"]


def test_a_chunk_that_expired_without_an_offer_starts_again_and_repeats_nothing(api: ApiServer) -> None:
    api.on("GET", PODS, items(thing("a"), proceed="old"), refusal(410, "too old"), items(thing("a"), thing("b")))
    assert names(client(api).list(PODS)) == ["a", "b"]
    assert [request.first("continue") for request in api.requests] == [None, "old", None]


def test_a_list_that_expires_again_and_again_is_an_error(api: ApiServer) -> None:
    api.on("GET", PODS, refusal(410, "too old"))
    with pytest.raises(KubeError) as caught:
        list(client(api).list(PODS))
    assert caught.value.kind == "gone"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not_found"),
        (409, "conflict"),
        (422, "invalid"),
        (500, "server"),
        (504, "timeout"),
    ],
)
def test_a_refusal_has_a_kind_and_the_servers_words(api: ApiServer, status: int, kind: str) -> None:
    api.on("GET", PODS, refusal(status, 'pods is what it is:\n  User "me" secret-token'))
    error = failure(client(api))
    assert error.kind == kind
    assert (
        PODS in str(error) and f"HTTP {status}" in str(error) and 'pods is what it is: User "me" ********' in str(error)
    )


def test_a_busy_server_is_asked_again_when_it_says(api: ApiServer) -> None:
    busy = Reply(429, {"message": "too many requests"}, (("Retry-After", "1"),))
    api.on("GET", PODS, busy, Reply(200, {"items": []}))
    started = time.monotonic()
    assert client(api).get(PODS) == {"items": []}
    assert time.monotonic() - started >= 1


def test_a_server_that_stays_busy_is_an_error(api: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_client, "PATIENCE_SECONDS", 0.5)
    api.on("POST", PODS, refusal(503, "no"))
    with pytest.raises(KubeError) as caught:
        client(api).create(PODS, {})
    assert caught.value.kind == "busy" and len(api.requests) > 1


def test_a_server_that_says_to_come_back_too_late_is_not_waited_for(
    api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_client, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(_client, "_LONGEST_PAUSE", 3600)
    api.on("GET", PODS, Reply(429, {"message": "too many requests"}, (("Retry-After", "3600"),)))
    assert failure(client(api)).kind == "busy" and len(api.requests) == 1


def test_a_load_balancer_without_a_server_is_asked_again_where_that_is_harmless(api: ApiServer) -> None:
    api.on("GET", PODS, refusal(502, "bad gateway"), Reply(200, {"items": []}))
    assert client(api).get(PODS) == {"items": []}
    api.on("POST", PODS, refusal(502, "bad gateway"))
    with pytest.raises(KubeError):
        client(api).create(PODS, {})
    assert [request.method for request in api.requests].count("POST") == 1


def test_no_answer_in_time(api: ApiServer) -> None:
    api.on("GET", PODS, api.silent)
    started = time.monotonic()
    error = failure(client(api), read_seconds=0.3)
    assert error.kind == "timeout" and time.monotonic() - started < 20
    assert api.url in str(error) and "0.3 s" in str(error)


def test_a_server_that_takes_no_connection_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_client, "CONNECT_SECONDS", 0.2)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with contextlib.ExitStack() as stack:
            for _unused_turn in range(4):  # fills the queue of connections that nobody accepts
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    waiting.connect(("127.0.0.1", port))
            error = failure(connect(KubeOptions(host=f"http://127.0.0.1:{port}")))
    assert error.kind == "timeout" and "no connection within 0.2 s" in str(error)


def test_connection_refused() -> None:
    port = closed_port()
    error = failure(connect(KubeOptions(host=f"https://127.0.0.1:{port}", api_key="secret-token")))
    assert error.kind == "unreachable"
    assert str(error) == f"Cannot GET {PODS} at https://127.0.0.1:{port}: Connection refused"


def test_name_that_does_not_resolve() -> None:
    error = failure(connect(KubeOptions(host="http://name.invalid")))
    assert error.kind == "unreachable" and "name.invalid" in str(error) and "0x" not in str(error)


def test_connection_that_is_cut(api: ApiServer) -> None:
    def cut(unused: t.Any) -> Reply:
        raise ConnectionError

    api.on("GET", PODS, cut)
    error = failure(client(api))
    assert error.kind == "unreachable" and api.url in str(error)
    assert len(api.requests) > 1


def test_what_changes_something_is_not_sent_twice(api: ApiServer) -> None:
    def cut(unused: t.Any) -> Reply:
        raise ConnectionError

    api.on("POST", PODS, cut)
    with pytest.raises(KubeError):
        client(api).create(PODS, {"kind": "Pod"})
    assert [request.body for request in api.requests] == [{"kind": "Pod"}]


@pytest.mark.parametrize("body", [b"<html>please log in</html>", b"[]", b"", b"\xff\xfe"])
def test_a_reply_that_is_no_object(api: ApiServer, body: bytes) -> None:
    api.on("GET", PODS, Reply(200, body))
    assert "not JSON" in str(failure(client(api)))


def test_a_redirect_is_not_followed(api: ApiServer) -> None:
    api.on("GET", PODS, Reply(302, b"", (("Location", "/elsewhere"),)))
    assert "HTTP 302" in str(failure(client(api)))
    assert api.paths() == [PODS]


def test_deleting_leaves_what_is_owned_to_the_background(api: ApiServer) -> None:
    api.on("DELETE", PODS, Reply())
    client(api).delete(PODS, labelSelector="a=b")
    assert api.requests[0].query == {"propagationPolicy": ["Background"], "labelSelector": ["a=b"]}


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_many_threads_and_a_fork_use_one_client(api: ApiServer) -> None:
    api.on("GET", PODS, lambda request: items(thing(str(request.first("labelSelector")))))
    kube = client(api)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: found.extend(names(kube.list(PODS, label_selector=str(n)))))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(found, key=int) == [str(number) for number in range(20)]
    child = os.fork()
    if child == 0:
        status = 1
        with contextlib.suppress(BaseException):
            status = 0 if names(kube.list(PODS, label_selector="child")) == ["child"] else 2
        os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert names(kube.list(PODS, label_selector="parent")) == ["parent"]


@pytest.mark.parametrize("name", ["a/../../secrets", "a?b=c", "a b", "a\r\nHost: x", "ä"])
def test_a_name_stays_one_segment_of_a_path(name: str) -> None:
    assert not set(segment(name)) & set("/? \r\n#") and segment(name).isascii()


# -- TLS ---------------------------------------------------------------------------------------------------------
def test_a_certificate_of_a_known_authority(certificates: pathlib.Path) -> None:
    with ApiServer(server_context(certificates)) as api:
        api.on("GET", PODS, Reply(200, {"items": []}))
        assert client(api, ca_cert=str(certificates / "ca.crt")).get(PODS) == {"items": []}


def test_a_certificate_of_an_unknown_authority(certificates: pathlib.Path) -> None:
    with ApiServer(server_context(certificates)) as api:
        api.on("GET", PODS, Reply())
        error = failure(client(api))
        assert error.kind == "tls" and "certificate is not trusted" in str(error) and api.url in str(error)
        assert client(api, validate_certs=False).get(PODS) == {}


def test_a_certificate_of_another_server(certificates: pathlib.Path) -> None:
    with ApiServer(server_context(certificates)) as api:
        api.on("GET", PODS, Reply())
        url = api.url.replace("127.0.0.1", "localhost")
        error = failure(connect(KubeOptions(host=url, ca_cert=str(certificates / "ca.crt"))))
        assert error.kind == "tls" and "localhost" in str(error)


def test_a_client_certificate(certificates: pathlib.Path) -> None:
    with ApiServer(server_context(certificates, ask_client=True)) as api:
        api.on("GET", PODS, Reply())
        pair = {"client_cert": str(certificates / "client.crt"), "client_key": str(certificates / "client.key")}
        assert client(api, ca_cert=str(certificates / "ca.crt"), **pair).get(PODS) == {}
        assert failure(client(api, ca_cert=str(certificates / "ca.crt"))).kind in ("tls", "unreachable")


def test_a_server_that_speaks_no_tls(api: ApiServer) -> None:
    error = failure(connect(KubeOptions(host=api.url.replace("http:", "https:"))))
    assert error.kind == "tls" and "wrong version number" in str(error)


# -- proxies -----------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def proxy(reply: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> t.Iterator[tuple[str, list[bytes]]]:
    """An HTTP proxy for CONNECT; its URL and what it was asked."""
    heads: list[bytes] = []
    ending = threading.Event()

    def pump(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def serve(near: socket.socket) -> None:
        with near:
            head = b""
            while b"\r\n\r\n" not in head:
                head += near.recv(1)
            heads.append(head)
            near.sendall(reply)
            if b" 200 " not in reply:
                return
            host, _colon, port = head.split(b" ")[1].decode().rpartition(":")
            with socket.create_connection((host, int(port))) as far:
                back = threading.Thread(target=pump, args=(far, near), daemon=True)
                back.start()
                pump(near, far)
                back.join(10)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while not ending.is_set():
                threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"http://me:pass-word@127.0.0.1:{server.getsockname()[1]}", heads
        finally:
            ending.set()
            server.shutdown(socket.SHUT_RDWR)


def test_through_a_proxy(certificates: pathlib.Path) -> None:
    with ApiServer(server_context(certificates)) as api, proxy() as (url, heads):
        api.on("GET", PODS, Reply())
        assert client(api, ca_cert=str(certificates / "ca.crt"), proxy=url).get(PODS) == {}
        assert heads[0].startswith(f"CONNECT {api.url[len('https://') :]} ".encode())
        assert b"proxy-authorization: basic bwu6cgfzcy13b3jk" in heads[0].lower()


def test_a_proxy_that_refuses_is_named_without_its_password(certificates: pathlib.Path) -> None:
    with proxy(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as (url, _unused_heads):
        error = failure(connect(KubeOptions(host="https://kube.example", proxy=url)))
    assert error.kind == "unreachable" and "407" in str(error)
    assert url.replace("me:pass-word@", "") in str(error) and "pass-word" not in str(error)
