# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Service also has an IPv6 address that nobody reaches."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service

SIXTH = {**endpoints("both-1", "fd00:db8::7"), "addressType": "IPv6"}
SIXTH["metadata"] = {**SIXTH["metadata"], "name": "both-1-six"}


class FaultClass(Made):
    """A headless Service also has an IPv6 address that nobody reaches."""

    truth = Truth(id="", destination="both-1.default.svc.cluster.local", port=8080)
    scene = (Objects((service("both-1", app=None, port=8080, clusterIP="None"), endpoints("both-1", "<web-2>"))),)
    changes = (Objects((SIXTH,)),)
