# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The ARP exchange before a packet: the request of who looks for a hardware address, and the reply of who has it.

Both are packets of their own (arp_xmit(), arp_rcv() of the kernel) that meet the families arp, bridge and netdev of the
packet filter. The request is simulated as if it were sent to its owner alone: what a broadcast meets on its way there.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import ARP, ASKING, Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Trace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._network import Network
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._simulate import simulate


def unheard(network: Network, asker: Place, owner: Place, address: str, sender: str) -> Trace | None:
    """The request, or the reply, that ends on its way whatever else is assumed; None where both may arrive.

    asker: the device that is asked by; owner: the device that has the address.
    """
    here, there = network.link(asker), network.link(owner)
    if here is None or there is None or not here.mac or not there.mac:
        return None
    request = Packet(
        4, sender, address, ARP, src_mac=here.mac.lower(), dst_mac=there.mac.lower(), flags=frozenset((ASKING,))
    )
    reply = dataclasses.replace(
        request, src=address, dst=sender, src_mac=request.dst_mac, dst_mac=request.src_mac, flags=frozenset()
    )
    for start, packet in ((asker, request), (owner, reply)):
        traces = simulate(network, dataclasses.replace(start, device=None), packet, oif=start.device).traces
        if traces and not any(trace.delivered for trace in traces):
            return traces[0]
    return None
