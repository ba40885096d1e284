# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's namespace sends connections from half of its source ports to a pod that is gone."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
chain first {
    type nat hook output priority -100; policy accept;
    ip daddr <web-2> tcp dport 8080 dnat to tcp sport & 2 map { 0 : <web-2>, 2 : 10.244.2.250 }
}
"""


class FaultClass(Made):
    """The client's namespace sends connections from half of its source ports to a pod that is gone."""

    truth = Truth(
        id="redirect-target-missing",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    attempts = 24
    lost = (3, 22)
    changes = (Nft("node-1", "ip", BODY, pod="client-1"),)
