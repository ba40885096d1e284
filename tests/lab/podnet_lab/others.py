# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic of others, and rules that take it or that take this pair alone: what a fault is, or only looks like."""

from __future__ import annotations

from .changes import Running, nft_chain
from .context import Context
from .made import Made
from .traffic import asked

_BUSY = """
import socket, time
print("ready", flush=True)
while True:
    for port in range(20000, 20006):
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.settimeout(0.02)
            try:
                one.bind(("", port))
                one.connect(("<web-2>", 8080))
            except OSError:
                pass
    time.sleep(0.05)
"""
# A rule that drops connections from six source ports of the client, which tries them all the time.
BUSY_DROP = (
    nft_chain("node-1", "ip", "forward", "ip daddr <web-2> tcp sport 20000-20005 counter drop", "-5"),
    Running("<client-1.node>", _BUSY, "client-1"),
)
# The hash is the same for each packet between two addresses: one of the two rests is theirs.
_RESTS = tuple(
    nft_chain("node-2", "inet", "forward", f"tcp dport 8080 jhash ip saddr . ip daddr mod 2 seed 0x7 == {rest} drop")
    for rest in (0, 1)
)


class HashedPairs(Made):
    """node-2 drops half of the pairs of addresses by their hash: this one, unless it is a harmless variation."""

    modes = ("nftables", "host-gw")
    changes = _RESTS

    def inject(self, lab: Context) -> None:
        """Take the rest that loses the pair, or the one that spares it."""
        lab.names.known["injected"] = "yes"
        for rest in _RESTS:
            rest.make(lab)
            if self.suffers(lab) is not self.harmless:
                return

    def suffers(self, lab: Context) -> bool:
        """Whether connections are lost."""
        return asked(self.truth).passed(lab, self.attempts) < self.attempts
