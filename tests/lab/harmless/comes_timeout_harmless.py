# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 forgets idle connections after a minute, and drops nothing for that."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 forgets idle connections after a minute, and drops nothing for that."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (Sysctl("node-2", "net/netfilter/nf_conntrack_tcp_timeout_established", "60", "86400"),)
