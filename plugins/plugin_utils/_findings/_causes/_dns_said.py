# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What DNS was asked and said, and what a name of the cluster means."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._symptoms import DENIALS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _dns as intent
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import ServicePort
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import (
    labels_of_name,
    pod_netns,
    port_labels,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

SILENT = ("timed_out", "refused", "unreachable", "no_route", "no_reply")
# A port that a program gets by default (net.ipv4.ip_local_port_range).
EPHEMERAL = 40000


def corefile(case: Case) -> str:
    """The configuration of cluster DNS, in a sentence."""
    return f"the Corefile (ConfigMap {intent.Corefile.of(case.index).name})"


def server_logs(case: Case) -> str:
    """A command that shows what cluster DNS says."""
    return f"$ kubectl -n {intent.place(case.index)[0]} logs -l {intent.selection(case.index)} --tail=50"


def answered(probe: Probe) -> list[tuple[str, str]]:
    """Names and addresses of an answer, without the records that only lead to another name."""
    records = [one for one in probe.data.get("answers") or [] if isinstance(one, dict)]
    return [
        (str(one.get("name")).rstrip("."), str(one.get("value"))) for one in records if one.get("type") in ("A", "AAAA")
    ]


def in_pairs(probe: Probe, full: str) -> list[str]:
    """The different answers to many questions for a name in a row, each a list of addresses."""
    asked = str((probe.data.get("question") or {}).get("name") or "").rstrip(".")
    servers = probe.data.get("servers") or [] if asked == full else []
    return [str(answer) for server in servers for answer in server.get("addresses") or ()]


def names_of(failed: t.Sequence[Probe]) -> tuple[str, ...]:
    """The servers that were really asked."""
    names = [
        str(server.get("nameserver") or server.get("server"))
        for probe in failed
        for server in probe.data.get("servers") or []
        if server.get("nameserver") or server.get("server")
    ]
    return tuple(dict.fromkeys(names))


def speaks_for_upstream(case: Case, probe: Probe) -> bool | None:
    """Whether a probe of the servers that cluster DNS forwards to asked one of them; None where that cannot be known.

    Where those stand in a file, its pods have a copy of their node's from when they were made, and the node may have
    been told others since.
    """
    asked = {str(query.get("server")) for query in probe.data.get("queries") or []}
    if not probe.request.get("each_nameserver") or not asked:
        return True
    used: set[str] = set()
    unread = False
    for pod in intent.servers(case.index):
        namespace = case.namespace(Place(str((pod.get("spec") or {}).get("nodeName")), pod_netns(pod)))
        if namespace is None or not namespace.resolv_conf:
            unread = True
        else:
            used.update(intent.ResolvConf.parse(namespace.resolv_conf).nameservers)
    return True if asked & used else None if unread or not used else False


def is_upstream(case: Case, probe: Probe) -> bool:
    """Whether a probe may have asked a server that cluster DNS forwards to."""
    return speaks_for_upstream(case, probe) is not False


def heard(probes: t.Sequence[Probe]) -> bool:
    """Whether a server said anything at all to any of these questions: then it is there."""
    return any(query.get("rcode") for probe in probes for query in probe.data.get("queries") or [])


def denied(probe: Probe) -> bool:
    """Whether a server said that the very name does not exist, whatever it said of the search list's names."""
    asked = str(probe.request.get("name") or "").rstrip(".")
    return probe.outcome in DENIALS or any(
        query.get("outcome") in DENIALS and str(query.get("name")).rstrip(".") == asked
        for query in probe.data.get("queries") or []
    )


def labels_of(case: Case, name: str) -> list[str] | None:
    """NAME.NAMESPACE of a name in the cluster's domain, or of one that the search list puts there."""
    domain = intent.Corefile.of(case.index).domain
    labels = labels_of_name(name)
    ends = f"svc.{domain}".split(".")
    if labels[-len(ends) :] == ends:
        return labels[: -len(ends)]
    if labels[-1:] == ["svc"]:
        return labels[:-1]
    return None


def in_cluster(case: Case, name: str) -> bool:
    """Whether cluster DNS itself has to know a name, not its upstream servers."""
    labels = labels_of(case, name)
    return labels is not None or "." not in name.rstrip(".")


def service_of(case: Case, name: str) -> ServicePort | None:
    """The Service that a name means, also as NAME.SERVICE.NAMESPACE.svc, the name of one of its pods."""
    evidence = case.evidence
    namespace = evidence.source.namespace if evidence.source and evidence.source.kind == "pod" else None
    item = case.index.service_by_name(name, namespace)
    labels = labels_of(case, name) or []
    if item is None and len(labels) == 3:
        item = case.index.services.get((labels[2], labels[1]))
    if item is None and len(labels) == 2:
        item = case.index.services.get((labels[1], labels[0]))
    entries = ((item or {}).get("spec") or {}).get("ports") or [{"port": 0}]
    port = evidence.destination.port if evidence.destination else None
    chosen = next((entry for entry in entries if entry.get("port") == port), entries[0])
    return ServicePort(item, chosen) if item is not None else None


def full_name(case: Case, service: ServicePort, name: str) -> str:
    """The full name by which cluster DNS has to know a Service, with the port that a name says before it."""
    full = intent.service_name(case.index, service.namespace, service.name)
    return ".".join((*port_labels(name), full))


def named_pods(case: Case, service: ServicePort, name: str) -> list[JsonObject]:
    """The pods of a Service's namespace that the first label of a name means."""
    first = name.split(".")[0]
    return [
        pod
        for (namespace, pod_name), pod in case.index.pods.items()
        if namespace == service.namespace and first in (pod_name, (pod.get("spec") or {}).get("hostname"))
    ]
