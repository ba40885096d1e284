# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's namespace takes one client's connections only if they came encrypted."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made

POLICY = "src <client-1>/32 dst <web-2>/32 proto tcp dport 8080"


class FaultClass(Made):
    """The server's namespace takes one client's connections only if they came encrypted."""

    truth = Truth(
        id="xfrm-policy-block",
        location={"node": "node-2", "namespace": "default", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (
        in_pod(
            "web-2", f"ip xfrm policy add dir in {POLICY} tmpl proto esp reqid 9 mode transport", "ip xfrm policy flush"
        ),
    )
