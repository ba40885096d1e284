# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Node ports that are asked for on a node's loopback address, which only kube-proxy's iptables mode can serve.

Source: the Kubernetes reference of kube-proxy, iptables.localhostNodePorts: it sets route_localnet, and its other modes
never accept node ports on 127.0.0.1.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding, ref_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _kube_proxy as kube_proxy
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Reason

_LOCALNET = "net.ipv4.conf.all.route_localnet"


def local_node_port(view: View) -> t.Iterator[Cause]:
    """A node port on 127.0.0.1: translated and then refused by the routing, or not translated at all."""
    start, sent = view.trip.start, view.sent
    if start.netns != HOST or _address.kind(sent.dst) != "loopback" or view.place.node != start.node:
        return
    service = view.case.index.service_by_node_port(sent.dport or 0, sent.protocol)
    if service is None:
        return
    metadata = service[0]["metadata"]
    name = f"{metadata.get('namespace')}/{metadata['name']}"
    node = start.node
    peer = view.case.pods.peers.get(node)
    address = next(iter(peer.addresses), None) if peer is not None else None
    change = f"Ask {node} by its own address{f', {address}' if address else ''}, not by {sent.dst}."
    if view.reason is Reason.MARTIAN:
        observed = f"{_LOCALNET} is 0 on {node}: a packet from {sent.src} may not leave its loopback device"
        change += (
            f" Or let the kernel route it, and find out what forbids it (kube-proxy sets it unless its"
            f" iptables.localhostNodePorts is false):\n$ sysctl -w {_LOCALNET}=1"
        )
    else:
        configuration = kube_proxy.Config.of(view.case.index)
        mode = configuration.mode if configuration is not None else ""
        observed = f"no rule of {node} translates {sent.dst}:{sent.dport}" + (
            f"; kube-proxy's mode {mode} never does" if mode in ("nftables", "ipvs") else ""
        )
    yield Cause(
        finding(
            "localhost-nodeport-off",
            Location(node=node),
            f"node port {sent.dport} of Service {name} answers on {sent.dst}",
            observed,
            change,
            (Proof("config", ref_of(node), observed),),
        ),
        repair.at(start, repair.sysctl(_LOCALNET, "1")) if view.reason is Reason.MARTIAN else None,
        None if view.reason is Reason.MARTIAN or address is None else (address, sent.dport),
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )
