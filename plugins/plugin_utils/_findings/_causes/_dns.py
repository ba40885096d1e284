# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Causes in DNS, where a name is a part of the path: configuration, Service, servers, upstream, the name itself."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns_configuration import (
    by_hosts_file,
    other_domain,
    tried_configuration,
    wrong_configuration,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns_names import (
    by_another_server,
    by_own_servers,
    by_server,
    ended_by_hosts,
    led_to_itself,
    missing_name,
    of_service,
    search_list_hit,
    servers_disagree,
    turned_names,
    without_port,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns_said import (
    SILENT,
    denied,
    is_upstream,
    service_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns_search import (
    Astray,
    search_causes,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns_servers import (
    asked_outside,
    dead_upstream,
    failing_server,
    servers_of_its_own,
    silent_servers,
    too_long,
    unreached_servers,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._endpoints import dns_down
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._symptoms import partly_denied
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import LIKELY, PROVEN, probe_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe


def dns_causes(case: Case, lost: Astray | None) -> t.Iterator[Cause]:
    """Configuration, server, Service, name, upstream: in the order in which a look-up needs them. lost: where the
    look-ups of the source went astray."""
    evidence = case.evidence
    if not evidence.uses_name or {"pods", "*"} & set(case.index.unreadable):
        return
    failed = evidence.failed("dns-pod")
    disagreed = list(servers_disagree(case, [*filter(denied, failed), *partly_denied(evidence)]))
    if disagreed:
        yield from disagreed
        return
    if not failed:
        yield from led_to_itself(case)
        yield from turned_names(case)
        yield from by_hosts_file(case)
        yield from by_server(case)
        if lost is not None:
            yield from search_causes(case, lost, evidence.passed("dns-pod"))
        return
    configuration = wrong_configuration(case, failed)
    if configuration is not None:
        yield from tried_configuration(case, failed, configuration)
        return
    if lost is not None:
        yield from search_causes(case, lost, failed)
        return
    answered = [probe for probe in failed if probe.outcome not in SILENT]
    own = servers_of_its_own(case, failed)
    if own and not answered:
        yield from silent_servers(case, failed, own)
        return
    domain = other_domain(case, failed) if answered else None
    if domain is not None:
        yield domain
        return
    if answered:
        yield from _answers(case, failed)
        return
    long = list(too_long(case, failed))
    if long:
        yield from long
        return
    upstream = [one for one in evidence.failed("dns-upstream") if one.outcome in SILENT and is_upstream(case, one)]
    outside = asked_outside(case)
    if outside and upstream and not evidence.passed("dns-upstream", "dns-cluster"):
        # A server that waits in vain for its own server answers late, or not at all.
        yield from dead_upstream(case, failed, upstream, outside)
        return
    down = dns_down(case)
    if down is not None and not evidence.passed("dns-cluster"):
        yield _said(down, failed).as_sure_as(PROVEN if not down.open else LIKELY)
        return
    yield from unreached_servers(case, failed)


def _said(cause: Cause, probes: t.Sequence[Probe]) -> Cause:
    return cause.saying(*map(probe_proof, probes[:3]))


def _answers(case: Case, failed: t.Sequence[Probe]) -> t.Iterator[Cause]:
    """The servers answered, and not with an address."""
    evidence = case.evidence
    name = str(evidence.destination.name if evidence.destination else "")
    service = service_of(case, name)
    silent = [probe for probe in evidence.failed("dns-upstream") if probe.outcome in (*SILENT, "servfail")]
    upstream = [probe for probe in silent if is_upstream(case, probe)]
    outside = asked_outside(case)
    if outside and upstream and not evidence.passed("dns-upstream"):
        yield from dead_upstream(case, failed, upstream, outside)
        return
    if not any(map(denied, (*failed, *evidence.failed("dns-cluster")))):
        ended = ended_by_hosts(case, service, name, failed)
        if ended is not None:
            yield ended
            return
        if outside and any(probe.outcome == "servfail" for probe in failed):
            yield from failing_server(case, failed, outside)
        return
    if service is not None:
        nameless = without_port(service, name, failed)
        if nameless is not None:
            yield nameless
            return
        own = servers_of_its_own(case, failed)
        if own and not service.external_name and _by_a_machine(case):
            yield by_own_servers(case, service, name, failed, own)
            return
        hijacked = by_another_server(case, service, name, failed)
        if hijacked is not None:
            yield hijacked
            return
        unlisted = search_list_hit(case, service, name, failed)
        if unlisted is not None:
            yield unlisted
            return
        yield from of_service(case, service, name, failed)
        return
    yield missing_name(case, name, failed)


def _by_a_machine(case: Case) -> bool:
    """Whether no pod asks, and cluster DNS did not deny the name itself where it could be asked."""
    source = case.evidence.source
    return source is not None and source.kind != "pod" and not any(map(denied, case.evidence.failed("dns-cluster")))
