# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's own resolv.conf names a server that is not there: its programs find no outside name."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's own resolv.conf names a server that is not there: its programs find no outside name."""

    truth = Truth(
        id="dns-config-wrong",
        also=("dns-server-down",),
        location={"node": "node-1"},
        source="node:node-1",
        destination="outside.lab.example",
        port=22,
    )
    changes = (
        Run(
            "node-1",
            """cp /etc/resolv.conf /run/resolv.saved
            python3 -c "open('/etc/resolv.conf', 'w').write('nameserver 203.0.113.98')" """,
            """python3 -c "open('/etc/resolv.conf', 'w').write(open('/run/resolv.saved').read())" """,
        ),
    )
