# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters made up for tests: nodes, and reports as agents write them, after rules that say what is broken."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._statements import Finding, Verdict
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._verdict import judge
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import Answer, Matrix, Node, Target
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._matrix import build
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._mesh_report import parse_report

Json = dict[str, t.Any]
# (from, to, path, protocol) → "" if it passes, else the reason; None if it was not probed.
Rule = t.Callable[[str, str, str, str], t.Optional[str]]
NAMESPACE = "podnet-connectivity-checks"
NOW = "2026-11-21T12:00:00Z"
STATUS = {
    "timeout": "i/o timeout",
    "refused": "connection refused",
    "no_route": "no route to host",
    "wrong_pod": "another pod answered",
    "bad_reply": "not HTTP",
    "error": "broken",
}


def fine(unused_source: str, unused_destination: str, unused_path: str, unused_protocol: str) -> str | None:
    """Nothing is broken."""
    return ""


def name(number: int) -> str:
    """node-1, node-2, …"""
    return f"node-{number}"


def names(*numbers: int) -> tuple[str, ...]:
    """Several of them."""
    return tuple(map(name, numbers))


@dataclasses.dataclass
class Cluster:
    """count nodes; zones by number; aside, silent and without by node name."""

    count: int
    rule: Rule = fine
    zones: t.Callable[[int], str] | None = None
    aside: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    silent: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    without: t.Collection[str] = ()
    not_ready: t.Collection[str] = ()
    partners: t.Callable[[int], t.Sequence[int]] | None = None
    age: float = 10.0
    interval: float = 60.0
    changes: t.Callable[[Json], None] = lambda report: None

    def nodes(self) -> dict[str, Node]:
        """The nodes as the API has them."""
        found = {}
        for number in range(1, self.count + 1):
            node = name(number)
            target = Target(
                f"network-check-target-{number}", f"uid-{number}", (pod_ip(number),), node not in self.not_ready
            )
            found[node] = Node(
                node,
                self.zones(number) if self.zones else "",
                (host_ip(number),),
                self.aside.get(node, ""),
                target=None if node in self.without else target,
            )
        return found

    def report(self, number: int) -> Json:
        """What the agent on a node writes."""
        source = name(number)
        others = [other for other in range(1, self.count + 1) if other != number]
        partners = list(self.partners(number)) if self.partners else others
        rows = [self._row(source, other) for other in sorted({number, *partners})]
        report = {
            "schema": "podnet.diagnostics/mesh/v1",
            "node": source,
            "pod": f"network-check-target-{number}",
            "time": NOW,
            "interval": self.interval,
            "epoch": 7,
            "partners": [name(other) for other in partners],
            "known": self.count,
            "nodes": rows,
        }
        self.changes(report)
        return report

    def _row(self, source: str, other: int) -> Json:
        row: Json = {"node": name(other)}
        for path, ip in (("host", host_ip(other)), ("endpoint", pod_ip(other))):
            row[path] = [
                {
                    "ip": ip,
                    **{
                        protocol: self._result(self.rule(source, name(other), path, protocol))
                        for protocol in ("icmp", "http")
                    },
                }
            ]
        return row

    def _result(self, reason: str | None) -> Json:
        if reason is None:
            return {"status": None, "latency": None, "last_probed": None, "reason": "not_probed"}
        probed = f"2026-11-21T11:{59 - int(self.age) // 60:02d}:{59 - int(self.age) % 60:02d}Z"
        return {
            "status": STATUS.get(reason, reason),
            "latency": None if reason else 250_000,
            "last_probed": probed,
            "reason": reason or "ok",
        }

    def answers(self) -> dict[str, Answer]:
        """What asking them gives."""
        found = {}
        for number in range(1, self.count + 1):
            node = name(number)
            if node in self.without:
                found[node] = Answer(node, None, "missing", "there is no target pod on the node")
            elif node in self.silent:
                found[node] = Answer(node, None, self.silent[node], "No end of the command in pod x after 20 s")
            else:
                found[node] = Answer(node, parse_report(json.dumps(self.report(number)).encode(), node))
        return found

    def matrix(self, **more: t.Any) -> Matrix:
        """The matrix of all that."""
        return build(self.nodes(), self.answers(), **more)

    def verdict(self, **more: t.Any) -> Verdict:
        """And what is said of it."""
        return judge(self.matrix(**more), NAMESPACE)


def host_ip(number: int) -> str:
    """The address of a node."""
    return f"192.0.2.{10 + number}" if number < 200 else f"2001:db8::{number:x}"


def pod_ip(number: int) -> str:
    """The address of its target pod."""
    return f"10.{244 + number // 60000}.{number // 250}.{5 + number % 250}"


def cut(*nodes: str) -> Rule:
    """These nodes reach nobody and nobody reaches them; each still reaches itself."""
    return lambda source, destination, path, protocol: (
        "timeout" if source != destination and {source, destination} & set(nodes) else ""
    )


def forward_drop(*nodes: str) -> Rule:
    """These nodes forward nothing: their pods get nowhere and are reached from nowhere, their own address answers."""

    def rule(source: str, destination: str, path: str, protocol: str) -> str:
        if source == destination:
            return ""
        return "timeout" if source in nodes or (path == "endpoint" and destination in nodes) else ""

    return rule


def pairs(*found: tuple[str, str], path: str = "") -> Rule:
    """These pairs (from, to) are down."""
    return lambda source, destination, where, protocol: (
        "timeout" if (source, destination) in found and path in ("", where) else ""
    )


def alarms(verdict: Verdict) -> list[tuple[str, tuple[str, ...]]]:
    """What is alarmed, and which nodes it names."""
    return [(finding.id, finding.nodes) for finding in verdict.findings if finding.is_alarm]


def only(verdict: Verdict, ident: str) -> Finding:
    """The one finding of an id."""
    (found,) = [finding for finding in verdict.findings if finding.id == ident]
    return found
