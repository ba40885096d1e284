# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A cache of names on the pod's own node (NodeLocal DNSCache) that does not answer: why, and what it asks itself."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns_said import names_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import try_probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._proof import sure
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _dns as intent
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place


def asked_cache(case: Case, failed: t.Sequence[Probe]) -> str | None:
    """The link-local address of a node's cache, where the source asked no other server than such ones."""
    asked = names_of(failed)
    caches = [one for one in asked if intent.is_of_node(one)]
    source = case.evidence.source
    known = source is not None and case.host(source.node) is not None
    return caches[0] if known and caches and len(caches) == len(asked) else None


def silent_cache(case: Case, failed: t.Sequence[Probe], address: str) -> t.Iterator[Cause]:
    """By whether it is there at all, then by the way to it, then by what it asks itself."""
    source = case.evidence.source
    host = case.host(source.node) if source is not None else None
    if source is None or host is None or source.node is None:
        return
    if host.owner_of(address) is None:
        yield _nowhere(case, failed, address)
        return
    surface = Cause(
        finding(
            "dns-server-down",
            Location(node=source.node),
            f"the cache of names on {source.node} answers at {address}",
            "no query to it is answered",
            f"Look at the cache's pod on {source.node}, and at its logs:\n"
            f"$ kubectl get pods -A -o wide --field-selector spec.nodeName={source.node}",
            tuple(map(probe_proof, failed[:3])),
            confidence=LIKELY,
            heading="The cache of names on the node does not answer",
        ),
        open="why the cache does not answer",
    )
    ways = [(cause, tried) for tried in (try_probe(case, probe) for probe in failed) for cause in tried.causes]
    if ways:
        for cause, tried in ways:
            yield surface.because_of(sure(case, cause, tried))
        return
    upstream = _to_cluster_dns(case, source.node)
    yield surface.because_of(upstream) if upstream is not None else surface


def _nowhere(case: Case, failed: t.Sequence[Probe], address: str) -> Cause:
    """No device of the node has the address: the question leaves for a router, which knows nothing of it."""
    source = case.evidence.source
    node = source.node if source is not None else None
    pod = source is not None and source.kind == "pod"
    observed = f"its resolv.conf names {address}, which no device of {node} has: no cache is installed there"
    return Cause(
        finding(
            "dns-config-wrong",
            Location(
                node=node,
                namespace=source.namespace if source is not None and pod else None,
                pod=source.name if source is not None and pod else None,
            ),
            f"the link-local name server of {source.label if source is not None else 'the source'} is on its own node",
            observed,
            f"Install the cache on {node} (NodeLocal DNSCache), or correct the kubelet's clusterDNS or the pod's"
            " dnsConfig, and make the pod anew.",
            (Proof("config", f"nodes/{node}.json.gz", observed), *map(probe_proof, failed[:3])),
            confidence=LIKELY,
            heading="The pod asks a cache of names that its node does not have",
        ),
        itself=True,
    )


def _to_cluster_dns(case: Case, node: str) -> Cause | None:
    """What keeps the node's own questions from cluster DNS; the cache may ask by either protocol."""
    address = intent.cluster_address(case.index)
    host = case.host(node)
    if address is None or ":" in address or host is None or host.owner_of(address) is not None:
        return None
    for protocol, flags in (("udp", frozenset[str]()), ("tcp", frozenset(("syn",)))):
        question = Packet(4, "", address, protocol, None, intent.PORT, flags=flags)
        cause = case.reason_of(Place(node, HOST), question)
        if cause is not None:
            return cause.as_sure_as(LIKELY)
    return None
