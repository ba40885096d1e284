# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of kube-proxy's other mode was left, and sends a Service to an old address."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A table of kube-proxy's other mode was left, and sends a Service to an old address."""

    truth = Truth(
        id="kube-proxy-rules-stale",
        also=("redirect-target-missing", "service-rules-bypassed"),
        location={"node": "node-1"},
        destination="service:default/web",
        port=80,
    )
    changes = (
        Nft(
            "node-1",
            "ip",
            """
    chain nat-prerouting {
        type nat hook prerouting priority dstnat; policy accept;
        jump services
    }
    chain services {
        ip daddr <service:web> tcp dport 80 dnat to 10.244.2.251:8080
    }
    """,
            name="kube-proxy",
        ),
    )
