# SPDX-License-Identifier: GPL-3.0-or-later
"""Both nodes drop first packets that announce larger segments than any pod does, and headers of other lengths."""

from __future__ import annotations

from podnet_lab.changes import Rule, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Both nodes drop first packets that announce larger segments than any pod does, and headers of other lengths."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Rule("node-1", "mangle FORWARD -p tcp --tcp-flags SYN,RST SYN -m tcpmss --mss 1461:9000 -j DROP"),
        nft_chain("node-2", "ip", "forward", "ip hdrlength 6-15 drop\ntcp doff < 5 drop\nudp length < 9 drop"),
    )
