# SPDX-License-Identifier: GPL-3.0-or-later
"""A container takes a variable from a Secret that nobody has made."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

VARIABLE = {"name": "WORD", "valueFrom": {"secretKeyRef": {"name": "nobody-made-it", "key": "word"}}}


class FaultClass(Made):
    """A container takes a variable from a Secret that nobody has made."""

    truth = Truth(
        id="container-not-ready",
        location={"namespace": "default", "pod": "secret-1"},
        destination="service:default/secret-1",
        port=80,
    )
    born_broken = True
    changes = (
        Objects((pod("secret-1", container={"env": [VARIABLE]}), service("secret-1"))),
        Event("secret-1", "Failed"),
    )
