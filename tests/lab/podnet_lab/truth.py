# SPDX-License-Identifier: GPL-3.0-or-later
"""What is true of a fault: the causes a diagnosis has to name, and the question that leads to them."""

from __future__ import annotations

from dataclasses import dataclass, field

# The labs in which a fault can be tried: how many nodes, kube-proxy's mode, the CNI.
MODES: dict[str, tuple[int, str, str]] = {
    "iptables": (2, "iptables", "flannel-vxlan"),
    "nftables": (2, "nftables", "flannel-vxlan"),
    "host-gw": (2, "iptables", "flannel-host-gw"),
    "three": (3, "iptables", "flannel-vxlan"),
}
DEFAULT_MODE = "iptables"
# Who asks where nothing else is said.
CLIENT = "pod:default/client-1"


@dataclass(frozen=True)
class Cause:
    """One thing that is broken: the finding's id, and where (node, namespace, pod, device, service as known).

    also are ids that say the same of the same thing; where two ids are not equally true there is none. The few faults
    that have some say why.
    """

    id: str
    location: dict[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()

    def named_by(self, identifier: str) -> bool:
        """Whether a finding of that id names this cause."""
        return identifier == self.id or identifier in self.also


@dataclass(frozen=True)
class Truth:
    """What a diagnosis has to say, and what to ask it.

    id and explains are finding ids; location names the broken thing (node, namespace, pod, device, service as
    known): what it says must be said, more may be; also are ids that are as true. Without an id nothing is broken.
    second is another, independent cause of a pair.
    source, destination, port, protocol and also_nodes are the arguments of the diagnose playbook, access says how it
    reaches the nodes. Words such as <client-1> are filled in when the question is asked (see names.py).
    """

    id: str
    location: dict[str, str] = field(default_factory=dict)
    explains: tuple[str, ...] = ()
    source: str = CLIENT
    destination: str = ""
    port: int | None = None
    protocol: str = "tcp"
    also: tuple[str, ...] = ()
    second: Cause | None = None
    access: str = "agent"
    also_nodes: tuple[str, ...] = ()

    @property
    def causes(self) -> tuple[Cause, ...]:
        """All that is broken; nothing of a harmless variation."""
        if not self.id:
            return ()
        first = Cause(self.id, self.location, self.also)
        return (first, self.second) if self.second else (first,)
