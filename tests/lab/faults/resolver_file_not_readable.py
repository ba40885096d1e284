# SPDX-License-Identifier: GPL-3.0-or-later
"""The resolver's file of a pod can be read by root alone, and its application is another user.

Public report: containerd/containerd#14078, containerd/nerdctl#2684.
"""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.pod_files import Mode
from podnet_lab.scene import serving
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The resolver's file of a pod can be read by root alone, and its application is another user."""

    truth = Truth(
        id="dns-config-wrong",
        location={"namespace": "default", "pod": "asker-1"},
        source="pod:default/asker-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/asker-1", "web.default.svc.cluster.local", 80, "name", uid=1000, gid=1000)
    scene = (serving("asker-1", "node-1", container={"securityContext": {"runAsUser": 1000, "runAsGroup": 1000}}),)
    changes = (Mode("asker-1", "/etc/resolv.conf", "0640", "0644"),)
