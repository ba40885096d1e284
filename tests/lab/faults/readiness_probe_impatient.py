# SPDX-License-Identifier: GPL-3.0-or-later
"""A readiness probe waits one second, and the application takes two to answer."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service

SLOW = """
import http.server, time
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(2)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer(("0.0.0.0", 8080), H).serve_forever()
"""


class FaultClass(Made):
    """A readiness probe waits one second, and the application takes two to answer."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "default", "pod": "late-3"},
        destination="service:default/late-3",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (pod("late-3", command=["python3", "-c", SLOW], container=readiness(8080)), service("late-3")),
            running=("late-3",),
        ),
        Event("late-3", "Unhealthy"),
    )
