# SPDX-License-Identifier: GPL-3.0-or-later
"""A network of the company lies in the pod CIDR, so pods go there without masquerading.

Public report: k3s-io/k3s#3451.
"""

from __future__ import annotations

from podnet_lab.changes import Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.servers import closing
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A network of the company lies in the pod CIDR, so pods go there without masquerading."""

    truth = Truth(id="pod-cidr-overlap", location={}, destination="10.244.77.5", port=8443)
    modes = ("iptables", "host-gw")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "10.244.77.5", 8443)
    changes = (
        Run("controller", "ip address add 10.244.77.5/32 dev lo", "ip address del 10.244.77.5/32 dev lo"),
        Running("controller", closing("10.244.77.5", 8443)),
        Run("node-1", "ip route add 10.244.77.5/32 via 192.0.2.2", "ip route del 10.244.77.5/32 via 192.0.2.2"),
        Run("node-2", "ip route add 10.244.77.5/32 via 192.0.2.2", "ip route del 10.244.77.5/32 via 192.0.2.2"),
    )
