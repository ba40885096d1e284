# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What findings rest on. Some conclude from what is not there, and say nothing where that could not be read; others are
as they are, and what is deeper than they cannot be asked without it.

Names are those of the API's lists, those of the parts of a node's snapshot ("netfilter" for all of its packet filters),
and "both ends" for the state of the nodes and pods there.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import LIKELY, PROVEN
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import WORKLOADS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._compile import PARTS

_NETFILTER, _ENDS = "netfilter", "both ends"
# What takes packets at a node's NIC where the network between nodes seems to.
_ON_THE_NODES = frozenset({_NETFILTER, "fdb", "tc_filters", "xfrm"})
# Concluded from what is not there.
_RESTS_ON: t.Mapping[str, frozenset[str]] = {
    "address-missing": frozenset({"nodes"}),
    "dns-name-missing": frozenset({"services", "endpointslices", "pods"}),
    "duplicate-address": frozenset({"pods"}),
    "endpoint-address-unknown": frozenset({"endpointslices", "pods", "services"}),
    "hostport-rules-missing": frozenset({"pods", _NETFILTER}),
    "hostport-rules-stale": frozenset({"pods"}),
    "kube-proxy-rules-stale": frozenset({"endpointslices", "services", _NETFILTER}),
    "network-blocked": _ON_THE_NODES,
    "nodeport-address-excluded": frozenset({_NETFILTER}),
    "pod-addresses-blocked": _ON_THE_NODES,
    "service-address-unknown": frozenset({"services"}),
    "service-no-endpoints": frozenset({"endpointslices"}),
    "service-no-ready-pods": frozenset({"endpointslices", "pods"}),
    "service-selector-mismatch": frozenset({"pods"}),
    "service-target-port-mismatch": frozenset({"endpointslices", "pods"}),
    "snat-missing": frozenset({_NETFILTER}),
    "tunnel-port-blocked": _ON_THE_NODES,
}
# Brought about by what would be seen there.
_ASKS_FOR: t.Mapping[str, frozenset[str]] = {
    "backend-unhealthy": frozenset({_ENDS}),
    "container-not-ready": frozenset({"nodes", _ENDS}),
    "dns-config-wrong": frozenset({_ENDS}),
    "dns-service-unreachable": frozenset({"endpointslices", "services"}),
    "duplicate-address": frozenset({_ENDS}),
    "dns-upstream-failing": frozenset({"services", _ENDS}),
    "kube-proxy-rules-stale": frozenset({"daemonsets", "pods", "nodes"}),
    "neighbour-failed": frozenset({"endpointslices", "pods"}),
    "netfilter-drop": frozenset({"networkpolicies", "pods"}),
    "netfilter-reject": frozenset({"networkpolicies", "pods"}),
    "pod-not-ready": frozenset({"daemonsets", "events", "nodes", "pods"}),
    "port-not-listening": frozenset({"endpointslices", "nodes", "services", "sysctls"}),
    "readiness-probe-failing": frozenset({"services", _NETFILTER, _ENDS}),
    "service-no-endpoints": frozenset({"pods", *WORKLOADS.values()}),
    "service-selector-mismatch": frozenset({_ENDS, *WORKLOADS.values()}),
}
_NO_LISTS = {_NETFILTER, _ENDS, "fdb", "sysctls", "tc_filters", "xfrm"}
_NOTHING: frozenset[str] = frozenset()


def resting(unread: frozenset[str], cause: Cause) -> Cause | None:
    """The cause as far as what was read bears it: what it brings about in place of it, and with a deeper question open;
    None where nothing of it stands. unread: see unread()."""
    if not unread:
        return cause
    kept = tuple(one for one in cause.brings if not _of(_RESTS_ON, one) & unread)
    missed = _of(_RESTS_ON, cause) & unread
    if missed:
        return _open(dataclasses.replace(kept[0], brings=kept[1:]), missed) if kept else None
    asks = _of(_ASKS_FOR, cause) & unread
    cause = dataclasses.replace(cause, brings=kept)
    return _open(cause, asks) if asks else cause


def _of(table: t.Mapping[str, frozenset[str]], cause: Cause) -> frozenset[str]:
    return table.get(cause.finding.id, _NOTHING)


def unread(case: Case) -> frozenset[str]:
    """The names of what could not be read."""
    names = {str(name) for name in case.index.unreadable}
    if "*" in names:
        names |= {name for table in (_RESTS_ON, _ASKS_FOR) for needed in table.values() for name in needed} - _NO_LISTS
    parts = {
        part for node in case.evidence.nodes.values() for space in node.namespaces.values() for part in space.unread
    }
    names |= parts | ({_NETFILTER} if parts & set(PARTS) else set())
    if any(_is_unread(case, end) for end in (case.evidence.source, *case.evidence.targets) if end is not None):
        names.add(_ENDS)
    return frozenset(names)


def _is_unread(case: Case, end: End) -> bool:
    """Whether the state of an end, or of its node, could not be read though it ought to be there."""
    if end.node not in case.pods.peers:
        return False
    if not case.evidence.read(end.node):
        return True
    of_pod = end.kind == "pod" and bool(end.address) and not end.host_network
    return of_pod and case.evidence.namespace(end.node, str(end.netns)) is None


def _open(cause: Cause, names: t.Iterable[str]) -> Cause:
    confidence = LIKELY if cause.finding.confidence == PROVEN else cause.finding.confidence
    text = f"what is deeper: {', '.join(sorted(names))} could not be read"
    return dataclasses.replace(cause.as_sure_as(confidence), open=cause.open or text)
