# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the health of a cluster is judged from: its nodes, what their agents say, and the matrix of both.

A cell of the matrix is one probe: from a node's target pod to a node (its `host` addresses) or to the target pod there
(its `endpoint` addresses), by ICMP or by HTTP.
"""

from __future__ import annotations

import dataclasses
import typing as t

PATHS = ("host", "endpoint")
PROTOCOLS = ("icmp", "http")
OK, FAILED, UNKNOWN = "ok", "failed", "unknown"
# A result is stale when it is older than so many probe intervals.
STALE_INTERVALS = 3
# Beyond so many nodes what is old and was good is counted, not kept.
KEEP_ALL_NODES = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Probe:
    """One result. state is ok, failed or unknown; reason is the agent's word, or not_probed, stale or outdated (of
    another address or of a time before the target was ready); was: the state before it became stale or outdated.

    latency in nanoseconds; at: seconds since the epoch by the agent's clock; age in seconds by the same clock. sent and
    lost: of a burst of packets, where one was asked for.
    """

    state: str
    reason: str
    status: str = ""
    latency: int | None = None
    at: float | None = None
    age: float | None = None
    was: str = UNKNOWN
    sent: int = 0
    lost: int = 0

    def forgotten(self, reason: str) -> Probe:
        """The same result where it says nothing about now."""
        return dataclasses.replace(self, state=UNKNOWN, reason=reason, was=self.state)


NOT_PROBED = Probe(UNKNOWN, "not_probed")


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """The two probes of one address."""

    ip: str
    icmp: Probe = NOT_PROBED
    http: Probe = NOT_PROBED

    def probes(self) -> tuple[tuple[str, Probe], ...]:
        """Both with their protocol."""
        return (("icmp", self.icmp), ("http", self.http))


@dataclasses.dataclass(frozen=True, slots=True)
class Sighting:
    """What one node's agent says of one node, itself included; the primary address comes first."""

    host: tuple[Address, ...] = ()
    endpoint: tuple[Address, ...] = ()

    def path(self, name: str) -> tuple[Address, ...]:
        """The addresses of `host` or of `endpoint`."""
        return self.host if name == "host" else self.endpoint

    def probes(self) -> t.Iterator[tuple[str, Address, str, Probe]]:
        """Every probe with its path, address and protocol."""
        for path in PATHS:
            for address in self.path(path):
                for protocol, probe in address.probes():
                    yield path, address, protocol, probe


@dataclasses.dataclass(frozen=True)
class Report:
    """An agent's mesh report. time: RFC 3339 as it said; interval in seconds; partners: whom it probes in this epoch;
    old: of how many nodes all that it knows is good and too old to count, where these were left out; errors: what
    the agent cannot do.
    """

    node: str
    pod: str
    time: str
    interval: float
    epoch: int
    partners: tuple[str, ...]
    known: int
    sightings: t.Mapping[str, Sighting]
    old: int = 0
    errors: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Target:
    """The target pod of a node. problem: why nobody can ask it ("" if somebody can); ready_since: seconds since the
    epoch;
    container: the one that the agent runs in."""

    name: str
    uid: str
    ips: tuple[str, ...]
    ready: bool
    problem: str = ""
    ready_since: float | None = None
    container: str = ""


@dataclasses.dataclass(frozen=True)
class Node:
    """A node of the cluster. aside: why it is not judged ("" if it is); silent: its kubelet does not report."""

    name: str
    zone: str = ""
    addresses: tuple[str, ...] = ()
    aside: str = ""
    silent: bool = False
    target: Target | None = None


@dataclasses.dataclass(frozen=True)
class Answer:
    """How asking a node's agent went. kind: "" where there is a report, else missing, not_asked, garbage, failed (the
    agent ended with an error) or a kind of KubeError; problem: the reason in one sentence."""

    node: str
    report: Report | None = None
    kind: str = ""
    problem: str = ""


@dataclasses.dataclass(frozen=True)
class Mesh:
    """How the agents probe. partners: how many a node probes in an epoch; coverage: seconds until all pairs were
    probed.
    """

    interval: float
    partners: int
    all_pairs: bool
    coverage: float


Pair = tuple[str, str]


@dataclasses.dataclass(frozen=True)
class Read:
    """What was read for a matrix. requests and size: answers of the API, and their bytes; asked: how many agents were,
    one that was asked twice counted twice; told: bytes of what they said."""

    nodes: int
    pods: int
    requests: int
    size: int
    asked: int
    told: int

    def __str__(self) -> str:
        return (
            f"Read {self.nodes} nodes and {self.pods} target pods of the API ({self.requests} requests,"
            f" {self.size / 1e6:.1f} MB), and asked {self.asked} agents ({self.told / 1e6:.1f} MB)"
        )


@dataclasses.dataclass(frozen=True)
class Matrix:
    """Everything that is known. seen: by (from, to), with the addresses that the nodes have now and fresh states.

    never: pairs of nodes that were not probed yet; stale: pairs of which all that is known is too old.
    transient: probes that failed and passed when they were asked again: (from, to, path, protocol).
    """

    nodes: t.Mapping[str, Node]
    answers: t.Mapping[str, Answer]
    seen: t.Mapping[Pair, Sighting]
    mesh: Mesh | None
    never: int = 0
    stale: int = 0
    transient: tuple[tuple[str, str, str, str], ...] = ()
    confirmed: bool = False
    only: frozenset[str] = frozenset()
    read: Read | None = None

    def judged(self) -> list[str]:
        """The nodes that are judged, in their order."""
        return [name for name, node in self.nodes.items() if not node.aside]

    def aside(self) -> list[Node]:
        """Those that are not."""
        return [node for node in self.nodes.values() if node.aside]
