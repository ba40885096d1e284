# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops half of the pairs of addresses by their hash: all packets of this pair."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.context import Context
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import asked

# The hash is the same for each packet between two addresses: one of the two rests is theirs.
RESTS = tuple(
    nft_chain("node-2", "inet", "forward", f"tcp dport 8080 jhash ip saddr . ip daddr mod 2 seed 0x7 == {rest} drop")
    for rest in (0, 1)
)


class FaultClass(Made):
    """node-2 drops half of the pairs of addresses by their hash: all packets of this pair."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = RESTS

    def inject(self, lab: Context) -> None:
        """Take the rest that loses the pair."""
        lab.names.known["injected"] = "yes"
        for rest in RESTS:
            rest.make(lab)
            if self.suffers(lab) is True:
                return

    def suffers(self, lab: Context) -> bool:
        """Whether connections are lost."""
        return asked(self.truth).passed(lab, self.attempts) < self.attempts
