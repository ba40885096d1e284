# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small real API server on the loopback address: scripted replies over HTTP or TLS, and exec over a WebSocket."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hashlib
import http.server
import json
import pathlib
import socket
import ssl
import subprocess
import threading
import typing as t
import urllib.parse

Json = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Request:
    """What a client asked."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: Json | None

    def first(self, name: str) -> str | None:
        """A parameter of the query."""
        values = self.query.get(name)
        return values[0] if values else None


@dataclasses.dataclass(frozen=True)
class Reply:
    """What the server answers: a JSON object, or bytes as they are."""

    status: int = 200
    body: Json | bytes = dataclasses.field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()


Handler = t.Callable[[Request], Reply]


def refusal(status: int, message: str, **more: t.Any) -> Reply:
    """A Status as the API server sends it."""
    return Reply(status, {"kind": "Status", "status": "Failure", "message": message, "code": status, **more})


def items(*objects: Json, proceed: str = "") -> Reply:
    """A chunk of a list; proceed: the token of the next one."""
    return Reply(200, {"kind": "List", "metadata": {"continue": proceed}, "items": list(objects)})


def thing(name: str, **more: t.Any) -> Json:
    """An object with a name and a uid."""
    return {"metadata": {"name": name, "uid": f"uid-{name}"}, **more}


class Conversation:
    """The server's end of an exec stream."""

    def __init__(self, sock: socket.socket, query: dict[str, list[str]]) -> None:
        self._sock = sock
        self.query = query

    def receive(self) -> tuple[int, bytes]:
        """The next frame of the client: opcode and payload. ConnectionError at the end."""
        head = self._exactly(2)
        assert head[1] & 0x80, "a client has to mask its frames"
        size = head[1] & 0x7F
        if size >= 126:
            size = int.from_bytes(self._exactly(2 if size == 126 else 8), "big")
        mask, data = self._exactly(4), self._exactly(size)
        return head[0] & 0x0F, bytes(byte ^ mask[position % 4] for position, byte in enumerate(data))

    def stdin(self) -> bytes:
        """What the client sends as standard input until it closes that (protocol v5)."""
        data = b""
        while True:
            opcode, frame = self.receive()
            if opcode != 2:
                continue
            if frame == b"\xff\x00":
                return data
            assert frame[0] == 0
            data += frame[1:]

    def send(self, channel: int, data: bytes, opcode: int = 2) -> None:
        """A message on one channel."""
        self.send_raw(0x80 | opcode, bytes([channel]) + data)

    def send_raw(self, first: int, data: bytes) -> None:
        """A frame with this first byte."""
        size = len(data)
        if size < 126:
            head = bytes([first, size])
        elif size < 1 << 16:
            head = bytes([first, 126]) + size.to_bytes(2, "big")
        else:
            head = bytes([first, 127]) + size.to_bytes(8, "big")
        self._sock.sendall(head + data)

    def exit(self, status: int) -> None:
        """The command has ended."""
        if status == 0:
            self.send(3, b'{"metadata":{},"status":"Success"}')
            return
        causes = {"causes": [{"reason": "ExitCode", "message": str(status)}]}
        verdict = {
            "status": "Failure",
            "reason": "NonZeroExitCode",
            "details": causes,
            "message": f"command terminated with non-zero exit code: exit status {status}",
        }
        self.send(3, json.dumps(verdict).encode())

    def close(self) -> None:
        """Say goodbye."""
        self.send_raw(0x88, (1000).to_bytes(2, "big"))

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._sock.recv(min(size - len(data), 1 << 16))
            if not part:
                raise ConnectionError("the client has gone")
            data += part
        return data


class ApiServer:
    """Serves until the end of the `with` block. Handlers are looked up by method and path; requests are kept."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.ending = threading.Event()
        self.subprotocol = "v5.channel.k8s.io"
        self._tls = tls
        self._handlers: dict[tuple[str, str], Handler] = {}
        self._exec: t.Callable[[Conversation], None] | None = None
        self._otherwise: Handler | None = None

    def on(self, method: str, path: str, *replies: Reply | Handler) -> None:
        """Reply to the first such request with the first reply, and so on; the last one stays."""
        waiting = list(replies)

        def handler(request: Request) -> Reply:
            reply = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            return reply if isinstance(reply, Reply) else reply(request)

        self._handlers[(method, path)] = handler

    def on_exec(self, conversation: t.Callable[[Conversation], None]) -> None:
        """What to do with an exec stream."""
        self._exec = conversation

    def otherwise(self, handler: Handler) -> None:
        """What to reply to all other requests."""
        self._otherwise = handler

    def silent(self, unused: Request) -> Reply:
        """A handler that never answers."""
        self.ending.wait(30)
        raise ConnectionError

    def paths(self, method: str = "GET") -> list[str]:
        """The paths that were asked for, in their order."""
        return [request.path for request in self.requests if request.method == method]

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> ApiServer:
        owner = self

        class _Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                if owner._tls is not None:
                    self.request.settimeout(10)
                    self.request = owner._tls.wrap_socket(self.request, server_side=True)
                super().setup()

            def handle_one_request(self) -> None:
                with contextlib.suppress(OSError):
                    super().handle_one_request()
                    return
                self.close_connection = True

            def log_message(self, *unused: t.Any) -> None:
                pass

            def do_GET(self) -> None:
                owner._serve(self)

            do_POST = do_PATCH = do_DELETE = do_GET

        class _Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *unused: t.Any) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def _serve(self, client: t.Any) -> None:
        parts = urllib.parse.urlsplit(client.path)
        length = int(client.headers.get("Content-Length") or 0)
        body = json.loads(client.rfile.read(length)) if length else None
        headers = {name.lower(): value for name, value in client.headers.items()}
        request = Request(
            client.command, parts.path, urllib.parse.parse_qs(parts.query, keep_blank_values=True), headers, body
        )
        self.requests.append(request)
        handler = self._handlers.get((client.command, parts.path)) or self._otherwise
        if handler is None and self._exec is not None and parts.path.endswith("/exec"):
            self._upgrade(client, request)
            return
        reply = handler(request) if handler else refusal(404, f"the server could not find {parts.path}")
        data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        if "Date" in dict(reply.headers):
            client.send_response_only(reply.status)
        else:
            client.send_response(reply.status)
        for name, value in (("Content-Length", str(len(data))), ("Content-Type", "application/json"), *reply.headers):
            client.send_header(name, value)
        client.end_headers()
        client.wfile.write(data)

    def _upgrade(self, client: t.Any, request: Request) -> None:
        key = request.headers["sec-websocket-key"].encode()
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()
        client.send_response(101)
        for name, value in (
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Accept", accept),
            ("Sec-WebSocket-Protocol", self.subprotocol),
        ):
            client.send_header(name, value)
        client.end_headers()
        client.close_connection = True
        assert self._exec is not None
        with contextlib.suppress(ConnectionError):
            self._exec(Conversation(client.connection, request.query))


_HELD: list[socket.socket] = []


def closed_port() -> int:
    """A port of the loopback address on which nobody listens; it is held, so that nobody begins to."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.bind(("127.0.0.1", 0))
    _HELD.append(held)
    return int(held.getsockname()[1])


def make_certificates(folder: pathlib.Path) -> None:
    """ca.crt; server.crt and server.key for 127.0.0.1; client.crt and client.key."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=test ca")
    (folder / "server.ext").write_text("subjectAltName=IP:127.0.0.1,DNS:kube.example\n")
    (folder / "client.ext").write_text("extendedKeyUsage=clientAuth\n")
    for name in ("server", "client"):
        openssl("req", "-new", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl(
            "x509",
            "-req",
            "-in",
            f"{name}.csr",
            "-CA",
            "ca.crt",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-out",
            f"{name}.crt",
            "-days",
            "2",
            "-extfile",
            f"{name}.ext",
        )


def server_context(folder: pathlib.Path, ask_client: bool = False) -> ssl.SSLContext:
    """TLS for ApiServer with these certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    if ask_client:
        context.load_verify_locations(folder / "ca.crt")
        context.verify_mode = ssl.CERT_REQUIRED
    return context
