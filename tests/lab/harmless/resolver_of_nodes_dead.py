# SPDX-License-Identifier: GPL-3.0-or-later
"""Both nodes' own resolver files name a server that is not there, and a pod asks cluster DNS for a Service."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Both nodes' own resolver files name a server that is not there, and a pod asks cluster DNS for a Service."""

    truth = Truth(id="", destination="web.default.svc.cluster.local", port=80)
    modes = ("nftables", "host-gw")
    changes = tuple(
        Run(
            node,
            """cp /etc/resolv.conf /run/resolv.saved
            python3 -c "open('/etc/resolv.conf', 'w').write('nameserver 203.0.113.98')" """,
            """python3 -c "open('/etc/resolv.conf', 'w').write(open('/run/resolv.saved').read())" """,
        )
        for node in ("node-1", "node-2")
    )
