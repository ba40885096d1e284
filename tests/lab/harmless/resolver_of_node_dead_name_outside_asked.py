# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's own resolver file names a server that is not there, and its pod asks cluster DNS for a name outside."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's own resolver file names a server that is not there, and its pod asks cluster DNS for a name outside."""

    truth = Truth(id="", destination="outside.lab.example", port=22)
    modes = ("nftables", "host-gw")
    changes = (
        Run(
            "node-1",
            """cp /etc/resolv.conf /run/resolv.saved
            python3 -c "open('/etc/resolv.conf', 'w').write('nameserver 203.0.113.98')" """,
            """python3 -c "open('/etc/resolv.conf', 'w').write(open('/run/resolv.saved').read())" """,
        ),
    )
