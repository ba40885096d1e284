# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 hands connections to nobody, and the client's packets live for one hop."""

from __future__ import annotations

from podnet_lab.changes import Rule, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause


class FaultClass(Made):
    """node-2 hands connections to nobody, and the client's packets live for one hop."""

    truth = Truth(
        id="ttl-exceeded",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        second=Cause("redirect-target-missing", {"node": "node-2"}),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (
        in_pod(
            "client-1",
            "ip route replace default via 10.244.1.1 dev eth0 hoplimit 1\n"
            "ip route replace 10.244.0.0/16 via 10.244.1.1 dev eth0 hoplimit 1",
            "ip route replace default via 10.244.1.1 dev eth0\nip route replace 10.244.0.0/16 via 10.244.1.1 dev eth0",
        ),
        Rule(
            "node-2",
            "mangle PREROUTING -d <web-2>/32 -p tcp --dport 8080 -j TPROXY --on-port 15006 --tproxy-mark 0x1/0x1",
        ),
    )
