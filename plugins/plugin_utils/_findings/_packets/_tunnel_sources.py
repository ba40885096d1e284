# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""From which address a tunnel sends, and how its device is called."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding, ref_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import missing_agent
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._routes import AGENT
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Finding, Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _nic_files
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Stage

FLANNEL = "flannel.alpha.coreos.com"


def restart_agent(node: str, why: str) -> str:
    """How the CNI agent of a node is restarted, which makes its tunnel devices again."""
    return f"Restart the CNI agent on {node}: {why}. Its pod is in:\n{AGENT.format(node=node)}"


def tunnel_name(view: View) -> str | None:
    """The device by which the packet went into the tunnel: both ends have the same name with every CNI."""
    for step in view.trace.steps():
        if step.stage is Stage.TUNNEL and step.place.device:
            return step.place.device
    return None


def sources(view: View) -> t.Iterator[Cause]:
    """A tunnel that sends from an address by which nobody knows its node."""
    for hop in [*view.way.forward.hops, *(view.way.back.hops if view.way.back else ())]:
        after = hop.after
        if after.inner is None or after.vni is None or hop.before.vni is not None:
            continue
        name = next((step.place.device for step in hop.steps if step.stage is Stage.TUNNEL), None)
        if name is not None:
            cause = source_mismatch(view.case, hop.node, name)
            if cause is not None:
                yield cause


def source_mismatch(case: Case, node: str, name: str) -> Cause | None:
    """Whether a tunnel device of a node sends from a strange address; deeper: a NIC that got a second one."""
    peer, host = case.pods.peers.get(node), case.host(node)
    link = host.links.get(name) if host else None
    if peer is None or host is None or link is None or link.vxlan is None or not link.vxlan.local:
        return None
    expected = peer.tunnel_addresses
    if not expected or link.vxlan.local in expected:
        return None
    observed = f"{name} sends from {link.vxlan.local}"
    proof = Proof("config", ref_of(node), f"{observed}; the other nodes know {node} as {' or '.join(expected)}")
    place = Place(node, HOST, name)
    surface = Cause(
        finding(
            "tunnel-source-mismatch",
            Location(node=node, device=name),
            f"{name} sends from {' or '.join(expected)}, by which the other nodes know {node}",
            observed,
            f"Give the NIC one address; then restart the CNI agent on {node}, so that {name} is made with local "
            f"{expected[0]}:\n{AGENT.format(node=node)}",
            (proof,),
        ),
        repair.at(place, repair.vxlan(name, local=expected[0])),
        itself=True,
    )
    found = case.evidence.nodes[node]
    for config, nic in _nic_files.conflicts(found):
        if any(entry.address == link.vxlan.local for entry in nic.addresses):
            running = [entry for entry in nic.addresses if entry.family == 4 and entry.scope == "global"]
            shown = ", ".join(
                f"{entry.address}/{entry.prefix}" + (" (leased)" if entry.dynamic else "") for entry in running
            )
            deeper = Cause(
                finding(
                    "nic-static-and-dhcp",
                    Location(node=node, device=nic.name),
                    f"{nic.name} gets its address either from {config.path} or by DHCP",
                    f"{nic.name} gets both: {shown}",
                    f"In `{config.path}` keep one of the two, for a node normally the static address"
                    " (`BOOTPROTO=none`). Then remove the other address and restart the network and the CNI agent on"
                    f" {node}:\n$ ip address del {_nic_files.surplus(config, nic)} dev {nic.name}",
                    (
                        Proof(
                            "config",
                            ref_of(node),
                            f"{config.path}: DHCP, and the static address {', '.join(config.addresses) or 'given'}",
                        ),
                        Proof("config", ref_of(node), f"{nic.name} has {len(running)} addresses: {shown}"),
                        proof,
                    ),
                ),
                itself=True,
            )
            return surface.because_of(deeper)
    return surface


def same_mac(location: Location, wrong: str, observed: str, proofs: tuple[Proof, ...]) -> Finding:
    """Two tunnel ends with one hardware address. wrong: the node whose agent makes the device anew."""
    return finding(
        "tunnel-mac-duplicate",
        location,
        "every tunnel end has its own hardware address",
        observed,
        restart_agent(wrong, "it makes the device with an address of its own"),
        proofs,
    )


def agent_or(view: View, surface: Cause, node: str) -> Cause:
    """This cause, or deeper the agent that does not run, which would have made the entry."""
    agent = missing_agent(view.case, node)
    return surface.because_of(agent) if agent is not None else surface
