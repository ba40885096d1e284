# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod whose program listens on 127.0.0.1 alone."""

from __future__ import annotations

from podnet_lab.broken_pods import NODE, PORT, BrokenPod
from podnet_lab.faults import Context, Truth


class FaultClass(BrokenPod):
    """A pod that serves port 8080 to itself only."""

    pod = "loopback"
    command = ("python3", "-m", "http.server", str(PORT), "--bind", "127.0.0.1")
    about = "the pod loopback listens on 127.0.0.1:8080 only"
    truth = Truth(
        id="port-listening-on-loopback",
        location={"node": NODE, "namespace": "default", "pod": pod},
        destination=f"pod:default/{pod}",
        port=PORT,
    )

    def bites(self, lab: Context) -> bool:
        """Whether the pod serves itself, and nobody else."""
        return super().bites(lab) and lab.connects(self.pod, "127.0.0.1", PORT)
