# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Two pods of a node with one address, of their hardware or of the network: what is for the one goes to the other, now
and then.

A bridge learns a hardware address now by one port, now by the other, and a neighbour entry is written by whoever spoke
last. What a snapshot shows of either is one moment; the packets of one pod go to the other at the next.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding, ref_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof, probe_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe


def twins(case: Case, harmed: t.Sequence[Probe]) -> t.Iterator[Cause]:
    """Pods that share an address with an end whose probes fail."""
    ends = [*case.evidence.targets, *([case.evidence.source] if case.evidence.source is not None else [])]
    for end in ends:
        node = case.evidence.nodes.get(end.node or "")
        suffers = [one for one in harmed if end.address in (one.request.get("target"), one.result.get("local_address"))]
        if node is None or end.kind != "pod" or not suffers:
            continue
        own = next((pod for pod in node.pods if pod.id == end.netns), None)
        if own is None:
            continue
        for other in node.pods:
            if other.id == own.id or other.host_network:
                continue
            macs = {mac.lower() for mac in other.macs} & {mac.lower() for mac in own.macs}
            pair = " and ".join(sorted(each.id.removeprefix("pod:") for each in (own, other)))
            if macs:
                yield _same_mac(node.name, pair, min(macs), suffers)
            if end.address is not None and end.address in own.addresses and end.address in other.addresses:
                yield _same_address(node.name, pair, end.address, suffers)


def _same_mac(node: str, pair: str, mac: str, suffers: t.Sequence[Probe]) -> Cause:
    observed = f"pods {pair} both have {mac}"
    return Cause(
        finding(
            "duplicate-address",
            Location(node=node),
            f"each pod of {node} has a hardware address of its own",
            f"{observed}: the bridge sends the frames of both to whoever sent last",
            "Give one of them another address: delete the pod, so that it is made anew, and look for what set"
            " the address (an annotation, a network attachment, an init container).",
            (Proof("config", ref_of(node), observed), *map(probe_proof, suffers[:2])),
            heading="Two pods have the same hardware address",
        ),
        itself=True,
    )


def _same_address(node: str, pair: str, address: str, suffers: t.Sequence[Probe]) -> Cause:
    observed = f"pods {pair} both have {address}"
    return Cause(
        finding(
            "duplicate-address",
            Location(node=node),
            f"each pod of {node} has an address of its own",
            f"{observed}: the node sends packets for either to whoever spoke last",
            "Delete the younger one, so that it gets an address of its own; then see why the CNI gave this one twice:"
            f" it keeps what it gave in /var/lib/cni/networks on {node}, and what is deleted there is given again.",
            (Proof("config", ref_of(node), observed), *map(probe_proof, suffers[:2])),
            heading="Two pods have the same address",
        ),
        itself=True,
    )
