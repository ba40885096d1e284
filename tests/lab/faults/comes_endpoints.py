# SPDX-License-Identifier: GPL-3.0-or-later
"""The only pod of a Service turns ready and unready each second."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service
from podnet_lab.traffic import Traffic

NOW_AND_THEN = """
import http.server, time
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if self.path == "/ready" and int(time.time() / 1.3) % 2 else 200)
        self.end_headers()
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer(("0.0.0.0", 8080), H).serve_forever()
"""
PROBE = readiness(8080, "/ready")


class FaultClass(Made):
    """The only pod of a Service turns ready and unready each second."""

    truth = Truth(
        id="endpoints-changed",
        # What is seen depends on the second: its endpoints come and go because its readiness probe does.
        also=("service-no-ready-pods", "readiness-probe-failing"),
        location={"namespace": "default"},
        destination="service:default/wavering-1",
        port=80,
    )
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<service:default/wavering-1>", 80, seconds=0.5, apart=0.2)
    attempts = 40
    lost = (2, 38)
    changes = (
        Objects(
            (
                pod(
                    "wavering-1",
                    command=["python3", "-c", NOW_AND_THEN],
                    container={"readinessProbe": {**PROBE["readinessProbe"], "failureThreshold": 1}},
                ),
                service("wavering-1"),
            ),
            running=("wavering-1",),
        ),
    )
