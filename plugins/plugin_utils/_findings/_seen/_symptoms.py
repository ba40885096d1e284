# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Which probes show harm to what the user asked about, and what was not measured."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._statistics import is_loss
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import (
    measured as measured_dose,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._exhausted import never_accepted
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._losses import harmed_by_dose
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._performance import LOST, lost
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._promise import not_made
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._mtu import silent_sizes
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._unmade import unmade
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._dns import ResolvConf
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST

# What a server says of a name that it does not know.
DENIALS = ("nxdomain", "no_data")
# How likely it may be that load balancing never chose a backend that is taken for one that was met.
MISSED = 0.01


def symptoms(evidence: Evidence) -> list[Probe]:
    """Probes of the source that show harm to what the user asked about.

    A ping that goes unanswered is no harm where the connections succeed: some networks drop ICMP by intent. Those that
    let all of many pings pass a moment before or later do not.
    """
    protocol = evidence.plan["options"].get("protocol")
    port = evidence.destination.port if evidence.destination else None
    main = evidence.sent("tcp", "udp") if protocol != "icmp" and port else []
    harmed = evidence.failed("tcp", "udp", "backend-tcp") if main else []
    besides = beside(evidence)
    harmed = [probe for probe in harmed if probe not in besides and not _of_another_family(evidence, probe)]
    if not main or all(probe.status != "pass" for probe in main):
        harmed += evidence.failed("ping")
    harmed += [probe for probe in evidence.failed("ping") if lost(probe) >= LOST or _at_times(evidence, probe)]
    if not main:
        harmed += evidence.failed("dns-pod")
    harmed += late_names(evidence)
    harmed += contradicted_names(evidence)
    harmed += partly_denied(evidence)
    harmed += unanswered(evidence)
    harmed += silent_sizes(evidence)
    harmed += [*lost_data(evidence), *late_data(evidence)]
    harmed += [*harmed_by_dose(evidence), *never_accepted(evidence)]
    return list({probe.id: probe for probe in harmed}.values())


def _at_times(evidence: Evidence, ping: Probe) -> bool:
    """Whether each of some pings was lost, and none of the many of a burst that went the same way."""
    if ping.outcome not in ("no_reply", "timed_out") or int(ping.result.get("sent") or 0) < LOST:
        return False
    ends = (ping.node, ping.request.get("netns"), ping.request.get("target"))
    return any(
        (one.node, one.request.get("netns"), one.request.get("target")) == ends
        and 0 < int(one.result.get("sent") or 0) == int(one.result.get("received") or 0)
        for one in evidence.sent("burst")
    )


def beside(evidence: Evidence) -> list[Probe]:
    """Failed connections to single backends, where the Service itself was asked so often, and always answered, that it
    led to each of them: what fails then is what nobody asked about, the backend without its Service.
    """
    main, service, backends = evidence.sent("tcp"), evidence.service, len(evidence.targets)
    if service is None or not main or any(probe.status != "pass" or lost(probe) for probe in main):
        return []
    spec = (evidence.index.services.get(service.key) or {}).get("spec") or {}
    if spec.get("sessionAffinity") == "ClientIP":
        # The same backend is chosen again and again.
        return []
    asked = {service.cluster_ip, *(str(probe.request.get("target")) for probe in main)}
    grown = [one for one in measured_dose(evidence).dose.connections if one.target in asked]
    if any(one.signs or one.stopped for one in grown):
        return []
    opened = sum(one.sent for one in grown) + sum(int(probe.result.get("received") or 0) for probe in main)
    missed = (1 - 1 / backends) ** opened if backends else 1.0
    return evidence.failed("backend-tcp") if missed <= MISSED else []


def late_names(evidence: Evidence) -> list[Probe]:
    """Look-ups that wait in vain for the first server of the list before the next one answers, as resolvers ask them in
    their order (resolv.conf(5)). Where that server was asked many times and answered at all, it is not dead."""
    found = []
    for probe in evidence.failed("dns-pod"):
        servers = [one for one in probe.data.get("servers") or [] if isinstance(one, dict)]
        silent = bool(servers) and servers[0].get("outcome") in ("timed_out", "no_reply")
        answers = any(one.get("outcome") == "answer" for one in servers[1:])
        if silent and answers and answered_by(evidence, str(servers[0].get("server"))) in (None, 0):
            found.append(probe)
    return found


def contradicted_names(evidence: Evidence) -> list[Probe]:
    """Look-ups to which one server of the list answers that the name does not exist, where another one knows it: a
    denial is final, so it depends on whom the resolver asks. It asks the first that answers, or, with the option rotate
    of resolv.conf(5), each in its turn.
    """
    found = []
    for probe in evidence.failed("dns-pod"):
        heard = [one for one in probe.data.get("servers") or [] if isinstance(one, dict) and one.get("rcode")]
        said = [str(one.get("outcome")) for one in heard]
        if "answer" in said and any(one in DENIALS for one in (said if rotates(evidence, probe) else said[:1])):
            found.append(probe)
    return found


def partly_denied(evidence: Evidence) -> list[Probe]:
    """Questions for one name in a row, all of them answered, of which a part was denied: it depends on who answers.

    Of each pair one asks for IPv4; that the other one is denied alone harms nobody.
    """
    found = []
    for probe in evidence.sent("dns-pairs"):
        for one in probe.data.get("servers") or []:
            sent, answered_ones = int(one.get("sent") or 0), int(one.get("answered") or 0)
            given = sum(int(count) for count in (one.get("addresses") or {}).values())
            denied = int((one.get("rcodes") or {}).get("nxdomain") or 0)
            if sent == answered_ones and 0 < given < sent // 2 and denied >= sent // 2 - given:
                found.append(probe)
    return found


def rotates(evidence: Evidence, probe: Probe) -> bool:
    """Whether the resolver of who asks takes turns between its servers."""
    namespace = evidence.namespace(probe.node, str(probe.request.get("netns") or HOST))
    return namespace is not None and "rotate" in ResolvConf.parse(namespace.resolv_conf).options


def answered_by(evidence: Evidence, server: str) -> int | None:
    """How many of many questions in a row a server answered; None where it was not asked so often."""
    numbers = [
        int(one.get("answered") or 0)
        for probe in evidence.sent("dns-pairs")
        for one in probe.data.get("servers") or []
        if isinstance(one, dict) and str(one.get("server")) == server
    ]
    return max(numbers, default=None)


def unanswered(evidence: Evidence) -> list[Probe]:
    """Backends of a Service that take a connection and give no answer to what others answer."""
    asked = evidence.sent("backend-http")
    return [one for one in asked if one.outcome == "no_response"] if any(map(answered, asked)) else []


def lost_data(evidence: Evidence) -> list[Probe]:
    """Connections that stand, and on which not even a small request is confirmed, which takes no application: the
    kernel does it."""
    return [one for one in evidence.sent("tcp-mtu") if one.carries_nothing] if evidence.passed("tcp") else []


def late_data(evidence: Evidence) -> list[Probe]:
    """Connections that open at once, and on which a packet with data is confirmed only when it is sent again, more than
    once: where no ping and no request to open one was lost, it is what carries data that is."""
    dose = measured_dose(evidence).dose
    grown = [one for one in dose.connections if one.sent]
    if not grown or any(one.signs or one.refused for one in grown) or any(burst.lossy for burst in dose.bursts):
        return []
    return [probe for probe in evidence.sent("tcp-mtu") if probe.outcome == "reply" and is_loss(*probe.sent_again)]


def answered(probe: Probe) -> bool:
    """Whether HTTP was answered, by a page or by an error."""
    return probe.outcome in ("response", "error_status")


def _of_another_family(evidence: Evidence, probe: Probe) -> bool:
    """Whether a backend was asked in a family of which its client has no address: no client would try it."""
    target = str(probe.request.get("target") or "")
    namespace = evidence.namespace(probe.node, str(probe.request.get("netns") or HOST))
    if probe.role != "backend-tcp" or probe.outcome not in ("no_route", "unreachable") or namespace is None:
        return False
    family = 6 if ":" in target else 4
    return not any(
        entry.family == family and entry.scope == "global"
        for link in namespace.links.values()
        for entry in link.addresses
    )


def unclear(evidence: Evidence) -> list[Probe]:
    """Probes whose outcome may be the server's own doing, or harm: UDP without any answer, data on a connection that is
    reset, whatever its size or above one.
    """
    silent = [one for one in evidence.sent("udp", "backend-tcp") if one.outcome == "no_reply"]
    broken = [one for one in evidence.sent("tcp-mtu") if one.outcome in ("reset", "refused", "timed_out")]
    connects = evidence.passed("tcp")
    above = [one for one in broken if one.outcome == "reset" and one.status == "fail"]
    return [*(one for one in (*silent, *(broken if connects else ())) if one.status == "error"), *above]


def measured(evidence: Evidence) -> bool:
    """Whether any probe of the source came to a result."""
    return any(
        probe.status in ("pass", "fail") for probe in evidence.sent("tcp", "udp", "ping", "backend-tcp", "dns-pod")
    )


def unasked(evidence: Evidence) -> bool:
    """Whether no probe could ask what the user asked: what the objects show is then all there is."""
    port = evidence.destination.port if evidence.destination else None
    wanted = bool(port) and evidence.plan["options"].get("protocol") != "icmp"
    return wanted and not evidence.sent("tcp", "udp")


def not_measured(evidence: Evidence, errors: t.Sequence[str]) -> str:
    """Why "no probe failed" does not mean "healthy"; empty when it does."""
    problems = [str(problem["text"]) for problem in evidence.plan.get("problems") or []]
    if problems:
        return "; ".join(problems)
    main = evidence.sent("tcp", "udp", "ping", "backend-tcp")
    if not any(probe.status == "pass" for probe in main):
        reasons = [
            str(event.get("text"))
            for event in evidence.events
            if event.get("status") in ("error", "skipped") and event.get("phase") == "probe"
        ]
        reasons += [str(probe.result.get("error")) for probe in main if probe.status == "error"]
        if evidence.source is not None and evidence.source.netns is None:
            reasons.append(f"no probe can start at {evidence.source.text}, which nobody here manages")
        return "; ".join(dict.fromkeys(reasons)) or "no probe was made"
    port = evidence.destination.port if evidence.destination else None
    if port and evidence.plan["options"].get("protocol") != "icmp" and not evidence.sent("tcp", "udp"):
        return f"what was asked for passes, but port {port} was not tried"
    unclear = [probe for probe in evidence.sent("tcp", "udp") if probe.status == "error"]
    if unclear:
        return "; ".join(str(probe.result.get("error")) for probe in unclear)
    return "; ".join(filter(None, (unmade(evidence) or not_made(evidence), *errors)))
