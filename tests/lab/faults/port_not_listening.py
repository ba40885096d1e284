# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod that is Running and Ready, and whose program has not opened its port."""

from __future__ import annotations

from podnet_lab.broken_pods import NODE, PORT, BrokenPod
from podnet_lab.faults import Truth


class FaultClass(BrokenPod):
    """A pod that declares port 8080 and listens on nothing."""

    pod = "silent"
    command = ("sleep", "infinity")
    about = "nothing listens on port 8080 of the pod silent"
    truth = Truth(
        id="port-not-listening",
        location={"node": NODE, "namespace": "default", "pod": pod},
        destination=f"pod:default/{pod}",
        port=PORT,
    )
