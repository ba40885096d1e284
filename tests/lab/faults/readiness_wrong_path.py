# SPDX-License-Identifier: GPL-3.0-or-later
"""A readiness probe asks a path that the pod answers with an error."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service


class FaultClass(Made):
    """A readiness probe asks a path that the pod answers with an error."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "default", "pod": "unready-2"},
        destination="service:default/unready-2",
        port=80,
    )
    born_broken = True
    changes = (
        Objects(
            (
                pod(
                    "unready-2",
                    command=["sh", "-c", "mkdir /srv/site; cd /srv/site; exec python3 -m http.server 8080"],
                    container=readiness(8080, "/healthz"),
                ),
                service("unready-2"),
            ),
            running=("unready-2",),
        ),
    )
