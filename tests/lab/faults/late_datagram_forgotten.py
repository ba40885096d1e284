# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 forgets UDP after a second, and the server answers after three: the answer has the wrong sender."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.made import Made
from podnet_lab.slow_datagrams import ASKED, FORGOTTEN, SLOW


class FaultClass(Made):
    """node-1 forgets UDP after a second, and the server answers after three: the answer has the wrong sender."""

    truth = FORGOTTEN
    modes = ("nftables", "host-gw")
    traffic = ASKED
    scene = (SLOW,)
    changes = (Sysctl("node-1", "net/netfilter/nf_conntrack_udp_timeout", "1", "30"),)
