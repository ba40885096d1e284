# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what is large and comes back to the client."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import Download
from podnet_lab.scene import serving

PROGRAM = """
import http.server
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "20000")
        self.end_headers()
        self.wfile.write(b"x" * 20000)
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer(("0.0.0.0", 8080), H).serve_forever()
"""


class FaultClass(Made):
    """node-1 drops what is large and comes back to the client."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/large-1", port=8080)
    modes = ("nftables", "host-gw")
    traffic = Download("pod:default/client-1", "<large-1>", 8080, seconds=2.0)
    scene = (serving("large-1", command=["python3", "-c", PROGRAM]),)
    changes = (
        nft_chain("node-1", "inet", "forward", "ip saddr <large-1> tcp sport 8080 meta length > 1000 counter drop"),
    )
