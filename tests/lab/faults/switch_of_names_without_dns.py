# SPDX-License-Identifier: GPL-3.0-or-later
"""The file by which a pod's programs choose where names come from knows files only: nobody asks DNS.

Public report: kubernetes/kubernetes#71082, #69195.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

SWITCH = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "switch", "namespace": "default"},
    "data": {"nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n"},
}
POD = pod(
    "asker-5",
    "node-1",
    container={"volumeMounts": [{"name": "switch", "mountPath": "/etc/nsswitch.conf", "subPath": "nsswitch.conf"}]},
    volumes=[{"name": "switch", "configMap": {"name": "switch"}}],
)


class FaultClass(Made):
    """The file by which a pod's programs choose where names come from knows files only: nobody asks DNS."""

    truth = Truth(
        id="dns-config-wrong",
        location={"namespace": "default", "pod": "asker-5"},
        source="pod:default/asker-5",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((SWITCH, POD), ready=("asker-5",)),)
