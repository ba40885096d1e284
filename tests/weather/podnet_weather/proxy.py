# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server between a run and the API that behaves badly: run on the operator's side, one thread a connection.

Arguments: port, mode, kubeconfig, a file whose appearance changes the weather. It is spoken to in plain HTTP and speaks
TLS to the API as the kubeconfig's user. Modes: busy (the first two requests of every ten are told to come back in a
second), full (every request is), slow (two seconds before each request), cut (every connection is reset once, when the
file appears), hold (nothing passes on the connections that are open when the file appears), html (a page that is no
API), closes, silent.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import socket
import ssl
import struct
import sys
import tempfile
import threading
import time
import urllib.parse
from typing import Any


class Proxy:
    """One listening socket."""

    def __init__(self, port: int, mode: str, kubeconfig: str, mark: str) -> None:
        self.mode, self.mark = mode, pathlib.Path(mark)
        self.listener = socket.create_server(("127.0.0.1", port))
        config = json.loads(pathlib.Path(kubeconfig).read_text())
        server = urllib.parse.urlsplit(config["clusters"][0]["cluster"]["server"])
        self.api = (str(server.hostname), int(server.port or 443))
        self.tls = _context(config)
        self.requests = 0
        self.old: set[socket.socket] = set()
        self.lock = threading.Lock()

    def serve(self) -> None:
        """Until somebody ends the process."""
        threading.Thread(target=self._watch, daemon=True).start()
        print("ready", flush=True)
        while True:
            client, _address = self.listener.accept()
            threading.Thread(target=self._one, args=(client,), daemon=True).start()

    def _watch(self) -> None:
        """Wait for the mark, once."""
        while not self.mark.exists():
            time.sleep(0.02)
        with self.lock:
            for sock in self.old:
                if self.mode == "cut":
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    sock.close()

    def _one(self, client: socket.socket) -> None:
        try:
            self._talk(client)
        except OSError:
            pass
        finally:
            client.close()

    def _talk(self, client: socket.socket) -> None:
        if self.mode == "closes":
            return
        if self.mode == "silent":
            time.sleep(600)
        if self.mode == "html":
            client.recv(65536)
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>")
            return
        if self.mode in ("busy", "full"):
            with self.lock:
                self.requests += 1
                turned_away = self.mode == "full" or self.requests % 10 in (1, 2)
            if turned_away:
                client.recv(65536)
                client.sendall(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n")
                client.sendall(b"Connection: close\r\n\r\n")
                return
        fresh = not self.mark.exists()
        upstream = self.tls.wrap_socket(socket.create_connection(self.api), server_hostname=self.api[0])
        with self.lock:
            self.old.add(client)
        back = threading.Thread(target=self._pump, args=(upstream, client, fresh, 0.0), daemon=True)
        back.start()
        self._pump(client, upstream, fresh, 2.0 if self.mode == "slow" else 0.0)
        back.join()
        with self.lock:
            self.old.discard(client)

    def _pump(self, source: socket.socket, sink: socket.socket, fresh: bool, pause: float) -> None:
        while True:
            try:
                data = source.recv(65536)
            except OSError:
                data = b""
            while self.mode == "hold" and fresh and self.mark.exists():
                time.sleep(1)
            if not data:
                with contextlib.suppress(OSError):
                    sink.shutdown(socket.SHUT_RDWR)
                return
            if pause and data[:4] in (b"GET ", b"POST", b"DELE", b"PATC"):
                time.sleep(pause)
            sink.sendall(data)


def _context(config: dict[str, Any]) -> ssl.SSLContext:
    user, cluster = config["users"][0]["user"], config["clusters"][0]["cluster"]
    context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    handle, name = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(base64.b64decode(user["client-certificate-data"]))
            stream.write(base64.b64decode(user["client-key-data"]))
        context.load_cert_chain(name)
    finally:
        os.unlink(name)
    return context


if __name__ == "__main__":
    Proxy(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]).serve()
