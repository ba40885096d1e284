# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Two pods of a node with one address: of hardware, which their bridge learns now by one port, now by the other, or of
IP, for which both answer.

What a snapshot shows of the tables is one moment; what is for one pod goes to the other at the next.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    Frames,
    finding,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof, probe_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place


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
        port, bridge = node.pod_port(own.id), case.bridge(node.name)
        missed = port.name if port is not None else None
        macs = {mac.lower() for mac in own.macs}
        yield from _of_bridge(case, node.name, own.id, macs, suffers, (end.address, missed))
        for other in node.pods:
            if other.id == own.id or other.host_network:
                continue
            pair = " and ".join(sorted(each.id.removeprefix("pod:") for each in (own, other)))
            shared = {mac.lower() for mac in other.macs} & macs
            if shared:
                frames = _frames(node.name, bridge, shared, (end.address, missed))
                yield _of_hardware(node.name, f"pods {pair} both have {min(shared)}", suffers, frames)
            # Networks within a pod (of containers in it, say) may have the same addresses in each.
            elif end.address in own.addresses and end.address in other.addresses:
                frames = _frames(node.name, bridge, other.macs, (end.address, missed))
                yield _of_ip(node.name, f"pods {pair} both have {end.address}", suffers, frames)


def _frames(node: str, device: str | None, macs: t.Iterable[str], end: tuple[str | None, str | None]) -> Frames | None:
    """What leaves a device of the node for one of these, and never comes to the end that it is for: its address, and
    the node's end of its wire."""
    address, missed = end
    return Frames(Place(node, HOST, device), tuple(macs), address, missed) if device and address and missed else None


def _of_bridge(
    case: Case, node: str, pod: str, macs: set[str], suffers: t.Sequence[Probe], end: tuple[str | None, str | None]
) -> t.Iterator[Cause]:
    """The bridge that the node's pods hang on, or one of its ports, has a pod's hardware address: what is sent to that
    is its own (br_fdb_add_local()), and comes to no port."""
    host, bridge = case.host(node), case.bridge(node)
    for link in host.links.values() if host is not None and bridge is not None else ():
        if (link.name == bridge or link.master == bridge) and (link.mac or "").lower() in macs:
            name = pod.removeprefix("pod:")
            observed = f"{link.name} of {node} has {link.mac}, as pod {name} has: {bridge} keeps the pod's frames"
            yield Cause(
                finding(
                    "duplicate-address",
                    Location(node=node, device=link.name),
                    f"no device of {node} has the hardware address of pod {name}",
                    observed,
                    f"Give {link.name} an address of its own, and find out what set this one (a cloned address of"
                    " NetworkManager, MACAddress= of systemd-networkd); or delete the pod, so that it is made anew:\n"
                    f"$ ip link show {link.name}",
                    (Proof("config", ref_of(node), observed), *map(probe_proof, suffers[:2])),
                    heading="The bridge has the hardware address of a pod",
                ),
                itself=True,
                frames=_frames(node, bridge, macs, end),
            )


def _of_hardware(node: str, observed: str, suffers: t.Sequence[Probe], frames: Frames | None) -> Cause:
    return Cause(
        finding(
            "duplicate-address",
            Location(node=node),
            f"each pod of {node} has a hardware address of its own",
            f"{observed}: the bridge sends the frames of both to whoever sent last",
            "Give one of them another address: delete the pod, so that it is made anew, and look for what set the"
            " address (an annotation, a network attachment, an init container).",
            (Proof("config", ref_of(node), observed), *map(probe_proof, suffers[:2])),
            heading="Two pods have the same hardware address",
        ),
        itself=True,
        frames=frames,
    )


def _of_ip(node: str, observed: str, suffers: t.Sequence[Probe], frames: Frames | None) -> Cause:
    return Cause(
        finding(
            "duplicate-address",
            Location(node=node),
            f"each pod of {node} has an address of its own",
            f"{observed}: {node} sends what is for it to whoever answered for it last",
            "Delete one of the two pods, so that it is made anew, and find out why the address was given twice: the"
            f" CNI plugin keeps what it has given in /var/lib/cni/networks on {node}.",
            (Proof("config", ref_of(node), observed), *map(probe_proof, suffers[:2])),
            heading="Two pods have the same address",
        ),
        itself=True,
        frames=frames,
    )
