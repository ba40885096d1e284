# SPDX-License-Identifier: GPL-3.0-or-later
"""A server is told of connections only when they have said something."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

PROGRAM = """
import http.server, socket
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *a): pass
class S(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    def server_activate(self):
        self.socket.setsockopt(6, socket.TCP_DEFER_ACCEPT, 5)
        super().server_activate()
S(("0.0.0.0", 8080), H).serve_forever()
"""


class FaultClass(Made):
    """A server is told of connections only when they have said something."""

    truth = Truth(id="", destination="pod:default/late-1", port=8080)
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (serving("late-1", command=["python3", "-c", PROGRAM]),)
