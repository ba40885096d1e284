# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What a hook needs to know beside the packet, and what it answers."""

from __future__ import annotations

import dataclasses
import enum
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import Tracking
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Chain, Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Assumption, Place, Step

HOOKS = ("ingress", "prerouting", "input", "forward", "output", "postrouting", "egress")


@dataclasses.dataclass(frozen=True)
class FibAnswer:
    """What the routing tables say of an address: the type of the route, and its device.

    Both are None where there is no route. Where it cannot be known, there is no FibAnswer but None.
    """

    type: str | None
    oif: str | None


@dataclasses.dataclass(frozen=True)
class HookContext:
    """Where a packet is when it comes to a hook, and who can be asked about the rest of the namespace.

    layer: ip, bridge (frames that cross a bridge, ebtables and nft family bridge), netdev (ingress and egress of a
    device) or arp. iif: None for a packet that is sent here; oif: None where it is not routed yet. physin and physout:
    the bridge's ports where iif or oif is a bridge. bridge_in and bridge_out: at layer bridge, the bridge of the port.

    Answers that nobody gives (None) are unknown:
    fib(packet, flags): flags of saddr or daddr, mark, iif, oif, as the fib expression of nft has them.
    next_hop(packet): the address of the next hop, the destination itself where there is no router before it.
    address_type(address, device): local, unicast, broadcast, multicast, anycast …, of all devices or of one.
    masquerade(packet, oif): the address that MASQUERADE takes. device_address(device, family): the one REDIRECT takes.
    socket(packet): whether a socket of this namespace would take the packet as it is.
    interface(device, key): type, group, kind or mac of a device. sysctls: of this namespace. ipsec: whether it has any
    policy of IPsec: where it has none, no packet came or goes protected.
    """

    place: Place
    layer: str = "ip"
    iif: str | None = None
    oif: str | None = None
    physin: str | None = None
    physout: str | None = None
    bridge_in: str | None = None
    bridge_out: str | None = None
    tracking: Tracking = dataclasses.field(default_factory=Tracking)
    fib: t.Callable[[Packet, frozenset[str]], FibAnswer | None] | None = None
    next_hop: t.Callable[[Packet], str | None] | None = None
    address_type: t.Callable[[str, str | None], str | None] | None = None
    masquerade: t.Callable[[Packet, str], str | None] | None = None
    device_address: t.Callable[[str, int], str | None] | None = None
    socket: t.Callable[[Packet], bool | None] | None = None
    interface: t.Callable[[str, str], str | int | None] | None = None
    sysctls: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    ipsec: bool | None = None


class Action(enum.Enum):
    """What becomes of a packet at a hook."""

    ACCEPT = "accept"
    DROP = "drop"
    REJECT = "reject"
    STOLEN = "stolen"  # sent out of another device (fwd), see FilterResult.device
    LOCAL_OUT = "local_out"  # taken by IPVS and sent anew: it goes on as a packet that is routed and meets hook output
    UNKNOWN = "unknown"  # cannot be known, or the bound was reached


@dataclasses.dataclass(frozen=True)
class FilterResult:
    """One way that a packet can take through a hook.

    rule: the rule that ended it, or the chain whose policy did, None for ACCEPT. reroute: the kernel looks up the route
    again (hook output, after a change that matters to it). reject_with: tcp-reset, icmp-port-unreachable,
    icmp6-adm-prohibited …, as iptables names them. device: where a STOLEN packet goes. bound: too many ways or rules.
    """

    action: Action
    packet: Packet
    tracking: Tracking
    rule: Rule | Chain | None = None
    steps: tuple[Step, ...] = ()
    share: float = 1.0
    assumptions: tuple[Assumption, ...] = ()
    reject_with: str | None = None
    reroute: bool = False
    device: str | None = None
    bound: bool = False
