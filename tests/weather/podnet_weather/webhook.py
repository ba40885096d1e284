# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An admission webhook that puts a second container into every pod, as service meshes do. Run on the operator's side.

Arguments: port, certificate, key, image.
"""

from __future__ import annotations

import base64
import http.server
import json
import ssl
import sys
from typing import Any

SIDECAR = {"name": "weather-sidecar", "imagePullPolicy": "IfNotPresent", "command": ["sleep", "infinity"]}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers each AdmissionReview with a patch (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/)."""

    image = ""

    def do_POST(self) -> None:
        """One review."""
        review: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        patch = [{"op": "add", "path": "/spec/containers/-", "value": {**SIDECAR, "image": self.image}}]
        response = {
            "uid": review["request"]["uid"],
            "allowed": True,
            "patchType": "JSONPatch",
            "patch": base64.b64encode(json.dumps(patch).encode()).decode(),
        }
        body = json.dumps(
            {"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": response}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def main(port: int, certificate: str, key: str, image: str) -> None:
    """Serve until somebody ends the process."""
    Handler.image = image
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:5])
