# SPDX-License-Identifier: GPL-3.0-or-later
"""A readiness probe asks for a host that the server has no site for, and gets the answer of nobody's."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service

SERVER = """
import http.server
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.headers.get("Host", "").partition(":")[0] != "old.example"
        self.send_response(200 if known else 421)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer(("0.0.0.0", 8080), H).serve_forever()
"""
PROBE = readiness(8080)
PROBE["readinessProbe"]["httpGet"]["httpHeaders"] = [{"name": "Host", "value": "old.example"}]


class FaultClass(Made):
    """A readiness probe asks for a host that the server has no site for, and gets the answer of nobody's."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "default", "pod": "sited-1"},
        destination="service:default/sited-1",
        port=80,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (
        Objects(
            (pod("sited-1", command=["python3", "-c", SERVER], container=PROBE), service("sited-1")),
            running=("sited-1",),
        ),
    )
