# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Findings about connections that say nothing for a while: what forgets them, measured or read."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import HOST, RuleMove
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._dose import Idle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import (
    Loss,
    Measured,
    is_invalid,
    may_match,
    measured,
    place,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    INFO,
    LIKELY,
    MAJOR,
    PROVEN,
    Finding,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence

ESTABLISHED = "net.netfilter.nf_conntrack_tcp_timeout_established"
# What keeps idle connections alive by default: the kernel's keepalive after two hours (tcp(7)), that of most HTTP
# clients and of gRPC after a minute or less.
KERNEL_KEEPALIVE = 7200
SHORT = 300


def idle_findings(evidence: Evidence) -> t.Iterator[Finding]:
    """A connection that was there and is not, with what forgot it; else timeouts that are short by themselves."""
    measure = measured(evidence)
    broken = [idle for idle in measure.dose.idles if idle.broken]
    short = sorted(_timeouts(evidence), key=lambda entry: entry[1])
    for idle in broken[:1]:
        yield _broken(measure, idle, [entry for entry in short if entry[1] <= idle.seconds + 1])
    if broken or not short:
        return
    node, seconds = short[0]
    survived = max((idle.seconds for idle in measure.dose.idles if idle.outcome == "open"), default=0.0)
    if seconds < SHORT and survived <= seconds:
        yield _timeout(node, seconds, INFO, LIKELY, "nothing was idle for that long in this run", ())


def _timeouts(evidence: Evidence) -> t.Iterator[tuple[str, int]]:
    """After how many seconds each node on the way forgets a connection that says nothing."""
    for name in evidence.nodes:
        namespace = evidence.namespace(name, HOST)
        value = (namespace.sysctls if namespace is not None else {}).get(ESTABLISHED, "")
        if value.isdigit():
            yield name, int(value)


def _broken(measure: Measured, idle: Idle, short: t.Sequence[tuple[str, int]]) -> Finding:
    how = {"timed_out": "silence", "reset": "a reset"}.get(idle.outcome, "an error")
    seen = f"a connection to {idle.target}:{idle.port} that said nothing for {idle.seconds:g} s was answered with {how}"
    proof = probe_proof(idle.probe)
    rule = _ending_rule(measure, idle) if not short else None
    if rule is not None:
        ref = f"{measure.folder}{rule.node}.json"
        return Finding(
            "connection-idle-timeout",
            MAJOR,
            LIKELY,
            "A rule ends connections that were idle",
            place(rule.node, rule.netns),
            f"a connection that says nothing for {idle.seconds:g} s is still there",
            f'{seen}; the rule "{rule.text}" took {rule.moved} packets meanwhile, and no other one like it',
            (proof, Proof("counter", ref, f"{rule}: +{rule.moved}")),
            "Let what comes before it know connections for longer (the timeout of a set, say), or take it away:\n"
            f"$ {rule.remove}",
        )
    if not short:
        return Finding(
            "connection-idle-timeout",
            MAJOR,
            LIKELY,
            "An idle connection is forgotten on the way",
            Location(),
            f"a connection that says nothing for {idle.seconds:g} s is still there",
            seen,
            (proof, Proof("config", "nodes", "no node on the way forgets connections that soon")),
            "Look for a load balancer, a firewall or a NAT gateway between the nodes with a shorter timeout; or let the"
            " application send keepalives more often than that.",
        )
    node, seconds = short[0]
    dropped = [
        rule
        for space in (measure.moves[node].netns.values() if node in measure.moves else ())
        for rule in space.rules
        if rule.moved and (is_invalid(rule) or rule.ends)
    ]
    proofs = [Proof("counter", f"counters/{node}.json", f"{rule}: +{rule.moved}") for rule in dropped[:2]]
    return _timeout(node, seconds, MAJOR, PROVEN if dropped else LIKELY, seen, (proof, *proofs))


def _ending_rule(measure: Measured, idle: Idle) -> RuleMove | None:
    """The one rule that ended packets meanwhile, and that may mean those of this connection."""
    target = f"{idle.target}:{idle.port}"
    asked = Loss("tcp", "keepalives", 1, 1, 1, (idle.probe,), target)
    found = [
        rule
        for moves in measure.moves.values()
        for space in moves.netns.values()
        for rule in space.rules
        if rule.ends and rule.number and rule.moved and not is_invalid(rule)
        if may_match(measure.evidence, rule, asked)
    ]
    return found[0] if len(found) == 1 else None


def _timeout(node: str, seconds: int, severity: str, confidence: str, seen: str, proofs: tuple[Proof, ...]) -> Finding:
    return Finding(
        "conntrack-timeout-short",
        severity,
        confidence,
        "Connection tracking forgets idle connections too soon",
        Location(node=node),
        f"{ESTABLISHED} is longer than what keeps connections alive ({KERNEL_KEEPALIVE} s by the kernel's default)",
        f"it is {seconds} s on {node}; {seen}",
        (Proof("config", f"nodes/{node}.json.gz", f"{ESTABLISHED} = {seconds}"), *proofs),
        f"Set it to a day, the value that kube-proxy asks for by default:\n$ sysctl -w {ESTABLISHED}=86400",
    )
