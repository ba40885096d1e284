# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Faults of the network: the explanations of both paths, host and endpoint, read together.

The probes come from pods. So a node that forwards nothing for its pods has an empty row on both paths, while its own
address still answers the others: that is what tells it from a node that is cut off.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._explain import Explanation, explain
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._paths import DOWN, Links, links
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._statements import (
    Finding,
    cells,
    command,
    shortened,
    variables,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import PATHS, Matrix, Pair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._wording import plural, verb

# How the failure of a node looks from both paths and both directions.
ISOLATED, UNREACHABLE, MUTE = "node-isolated", "node-unreachable", "node-cannot-reach-others"
PODS = "hosts-answer-pods-do-not"
HOST = "host-does-not-answer"
ZONE, PAIR = "zone-fault", "pair-fault"
_SEVERITIES = {ISOLATED: "critical", UNREACHABLE: "critical", MUTE: "major", PODS: "critical", HOST: "minor"}
_MOST_PAIRS = 10


class Faults:
    """The paths of one matrix and what explains those that are down."""

    def __init__(self, matrix: Matrix, namespace: str) -> None:
        self.matrix = matrix
        self._namespace = namespace
        self._zones = {name: matrix.nodes[name].zone for name in matrix.judged()}
        self.links: dict[str, Links] = {path: links(matrix, path) for path in PATHS}
        self._why: dict[str, Explanation] = {
            path: explain({pair: word == DOWN for pair, word in self.links[path].items()}, self._zones)
            for path in PATHS
        }

    def findings(self) -> list[Finding]:
        """Every fault where nothing comes back."""
        host, endpoint = self._why["host"], self._why["endpoint"]
        if endpoint.everywhere:
            return [self._everywhere()]
        found = [self._no_host()] if host.everywhere else []
        shapes = {name: shape for name in sorted(self._named()) for shape in [self._shape(name)] if shape}
        found += self._nodes(shapes)
        found += self._borders()
        found += self._pairs()
        return found

    # -- everything ------------------------------------------------------------------------------------------------
    def _everywhere(self) -> Finding:
        down = self._down("endpoint")
        hosts = self._why["host"].everywhere
        title = (
            "No pod reaches another node: the nodes answer the API server, their pods do not get through"
            if hosts
            else "The nodes answer, but no pod reaches a pod on another node"
        )
        answered = sum(1 for name in self.matrix.judged() if self.matrix.answers[name].report)
        observed = (
            f"{len(down)} of {len(self.links['endpoint'])} known paths between pods of different nodes are down, "
            f"{len(self._down('host'))} of {len(self.links['host'])} from pods to other nodes; "
            f"{plural(answered, 'agent')} answered through the API server"
        )
        return self._finding(
            PODS,
            "critical",
            title,
            observed,
            tuple(self.matrix.judged()),
            down,
            pair=down[0],
            advice=(
                "What all nodes share comes first: the policy of the chain FORWARD (`iptables -S FORWARD`),"
                " `net.ipv4.ip_forward`, the CNI's agents, the tunnel's port between the nodes."
            ),
        )

    def _no_host(self) -> Finding:
        """Pods reach each other and no node: a firewall by design more often than a fault."""
        down = self._down("host")
        return self._finding(
            HOST,
            "info",
            "No node answers pods of other nodes at its own address, while pods reach each other",
            f"{len(down)} of {len(self.links['host'])} known paths from pods to nodes are down",
            tuple(self.matrix.judged()),
            down,
            ("host",),
            advice="If pods are not meant to reach the nodes, nothing is wrong.",
        )

    # -- nodes -----------------------------------------------------------------------------------------------------
    def _named(self) -> set[str]:
        """Nodes whose column or row is down on some path that tells something."""
        host, endpoint = self._why["host"], self._why["endpoint"]
        found = set(endpoint.columns | endpoint.rows)
        return found if host.everywhere else found | host.columns | host.rows

    def _shape(self, name: str) -> str:
        """Which kind of node fault it is; "" for what is told as pairs."""
        host, endpoint = self._why["host"], self._why["endpoint"]
        in_pods, out_pods = name in endpoint.columns, name in endpoint.rows
        in_host, out_host = name in host.columns, name in host.rows
        if in_host and (in_pods or not self._known("endpoint", 1, name)):
            return ISOLATED if out_pods or out_host or self._is_out_of_reach(name) else UNREACHABLE
        if in_pods:
            if self._good("host", 1, name):
                return PODS
            return ISOLATED if out_pods or out_host or self._is_out_of_reach(name) else UNREACHABLE
        if in_host:
            return HOST
        if out_pods and not out_host and self._good("host", 0, name):
            return PODS
        return MUTE if out_pods or out_host else ""

    def _is_out_of_reach(self, name: str) -> bool:
        """Whether the API server cannot reach the node's agent either."""
        return self.matrix.answers[name].kind in ("timeout", "unreachable")

    def _nodes(self, shapes: t.Mapping[str, str]) -> t.Iterator[Finding]:
        """One finding for each node; where all nodes of a zone have the same fault, one for the zone."""
        together = self._whole_zones(shapes)
        for (zone, shape), members in together.items():
            yield self._zone_of_nodes(zone, shape, members)
        told = {name for members in together.values() for name in members}
        for name, shape in shapes.items():
            if name not in told:
                yield self._node(name, shape)

    def _whole_zones(self, shapes: t.Mapping[str, str]) -> dict[tuple[str, str], list[str]]:
        members: dict[str, list[str]] = {}
        for name, zone in self._zones.items():
            members.setdefault(zone, []).append(name)
        found = {}
        for zone, inside in members.items():
            kinds = {shapes.get(name, "") for name in inside}
            if zone and len(inside) > 1 and len(members) > 1 and len(kinds) == 1 and kinds != {""}:
                found[zone, kinds.pop()] = inside
        return found

    def _zone_of_nodes(self, zone: str, shape: str, inside: t.Sequence[str]) -> Finding:
        down = self._of(inside)
        title = f"Zone {zone}: all {len(inside)} nodes have the same fault ({_SHAPE_WORDS[shape]})"
        return self._finding(
            ZONE,
            _SEVERITIES[shape],
            title,
            self._counts(inside),
            tuple(inside),
            down,
            pair=self._best(down, inside),
            zones=(zone,),
            advice=(
                f"What the nodes of zone {zone} share comes first: its switches, routers and firewalls, then"
                f" {_FIRST_LOOK[shape]}"
            ),
        )

    def _node(self, name: str, shape: str) -> Finding:
        down = self._of((name,))
        if shape == HOST:
            down = {"host": down["host"], "endpoint": []}
        zone = self._zones[name]
        alone = (
            zone
            and sum(1 for other in self._zones.values() if other == zone) == 1
            and len(set(self._zones.values())) > 1
        )
        title = f"{name} {_SHAPE_TITLES[shape]}" if shape != PODS else self._pods_title(name)
        asked = self.matrix.answers[name]
        if shape == MUTE and name not in self._why["endpoint"].rows:
            title = f"Pods on {name} reach no other node at its own address"
        if shape == ISOLATED and not asked.report:
            title = f"{name} is cut off: no node reaches it, nor does the API server"
        silence = f"; its agent could not be asked: {asked.problem}" if not asked.report else ""
        return self._finding(
            shape,
            _SEVERITIES[shape],
            f"{title} (the only node of zone {zone})" if alone else title,
            self._counts((name,)) + silence,
            (name,),
            down,
            ("host",) if shape == HOST else PATHS,
            pair=self._best(down, (name,)),
            zones=(zone,) if alone else (),
            advice=f"On {name}, look at {_FIRST_LOOK[shape]}",
        )

    def _pods_title(self, name: str) -> str:
        endpoint = self._why["endpoint"]
        if name not in endpoint.columns:
            return f"Pods on {name} reach no pod on another node, while the other nodes answer them"
        both = name in endpoint.rows
        return f"{name} answers, but its pods do not" + (" and reach no other pod" if both else "")

    def _counts(self, inside: t.Sequence[str]) -> str:
        """How much of the columns and rows of these nodes is down."""
        told = []
        members = set(inside)
        for path, word in (("host", "node"), ("endpoint", "pod")):
            found = self.links[path]
            into = [pair for pair in found if pair[1] in members and pair[0] not in members]
            out = [pair for pair in found if pair[0] in members and pair[1] not in members]
            for pairs, text in ((into, f"paths to its {word}"), (out, f"paths from it to other {word}s")):
                if pairs:
                    down = sum(1 for pair in pairs if found[pair] == DOWN)
                    told.append(
                        f"{down} of {plural(len(pairs), 'path').split()[0]} {text} {verb(down, 'is', 'are')} down"
                    )
        return "; ".join(told)

    # -- borders and pairs -----------------------------------------------------------------------------------------
    def _borders(self) -> t.Iterator[Finding]:
        """One finding for two zones between which nothing passes, in one direction or both."""
        paths: dict[frozenset[str], dict[tuple[str, str], set[str]]] = {}
        for path in PATHS:
            if not (path == "host" and self._why["host"].everywhere):
                for border in self._why[path].borders:
                    paths.setdefault(frozenset(border), {}).setdefault(border, set()).add(path)
        for both in sorted(paths, key=sorted):
            directions = paths[both]
            found = {
                path: [pair for pair in self._down(path) if (self._zones[pair[0]], self._zones[pair[1]]) in directions]
                for path in PATHS
            }
            one, other = sorted(both) if len(directions) > 1 else min(directions)
            between = (
                f"between zone {one} and zone {other}" if len(directions) > 1 else f"from zone {one} to zone {other}"
            )
            pods = any("endpoint" in each for each in directions.values())
            what = (
                "Nothing passes"
                if pods and any("host" in each for each in directions.values())
                else "Nodes answer, but pods reach no pod"
                if pods
                else "Pods reach no node"
            )
            inside = tuple(name for name, zone in self._zones.items() if zone in both)
            yield self._finding(
                ZONE,
                "critical" if pods else "minor",
                f"{what} {between}",
                f"{len(found['endpoint'])} paths to pods and {len(found['host'])} "
                f"paths to nodes are down {between}; within the zones they are not",
                inside,
                found,
                pair=self._best(found, ()),
                zones=(one, other),
                advice=(
                    "Look at routing and firewalls between the zones, and at the tunnel's port (VXLAN: UDP 8472 or"
                    " 4789)."
                ),
            )

    def _pairs(self) -> t.Iterator[Finding]:
        """What is left: single pairs of nodes, both directions as one."""
        found: dict[Pair, dict[Pair, set[str]]] = {}
        for path in PATHS:
            if not (path == "host" and self._why["host"].everywhere):
                for source, destination in self._why[path].pairs:
                    both = (min(source, destination), max(source, destination))
                    found.setdefault(both, {}).setdefault((source, destination), set()).add(path)
        order = sorted(found, key=lambda both: (not any("endpoint" in paths for paths in found[both].values()), both))
        for both in order[:_MOST_PAIRS]:
            yield self._pair(found[both])
        rest = order[_MOST_PAIRS:]
        if rest:
            down = {
                path: [pair for both in rest for pair, paths in found[both].items() if path in paths] for path in PATHS
            }
            yield self._finding(
                PAIR,
                "major" if down["endpoint"] else "minor",
                f"{plural(len(rest), 'more pair')} of nodes cannot reach each other",
                "no node, zone or common place explains them",
                tuple(sorted({name for both in rest for name in both})),
                down,
                pair=self._best(down, ()),
                advice=(
                    "Many pairs without a common place: look for packet loss and for full tables (conntrack,"
                    " neighbours)."
                ),
            )

    def _pair(self, directions: t.Mapping[Pair, t.AbstractSet[str]]) -> Finding:
        down = {path: [pair for pair, paths in directions.items() if path in paths] for path in PATHS}
        source, destination = min(directions)
        pods = bool(down["endpoint"])
        ends = "each other" if len(directions) > 1 else destination
        who = f"{source} and {destination}" if len(directions) > 1 else source
        reach = verb(3 - len(directions), "do", "does")
        if pods and down["host"]:
            title = f"{who} {reach} not reach {ends}"
        elif pods:
            title = f"Pods on {who} do not reach pods on {ends}, while the nodes answer"
            if len(directions) > 1:
                title = f"Pods on {source} and pods on {destination} do not reach each other, while the nodes answer"
        else:
            title = (
                f"Pods on {who} do not reach the node {destination}"
                if len(directions) == 1
                else f"Pods on {source} and {destination} do not reach the other's node, while pods reach pods"
            )
        others = len(self._zones) - 2
        told = (
            "both reach other nodes, so the fault is between the two"
            if others
            else "with two nodes it cannot be told whose fault it is"
        )
        direction = "both directions are down" if len(directions) > 1 else f"{self._back(source, destination, pods)}"
        return self._finding(
            PAIR,
            "major" if pods else "minor",
            title,
            f"{direction}; {told}",
            (source, destination),
            down,
            pair=self._best(down, ()) or (source, destination),
            path="endpoint" if pods else "host",
            advice=(
                f"Compare what {source} and {destination} know of each other: route, forwarding entry of the tunnel,"
                " neighbour, firewall."
            ),
        )

    def _back(self, source: str, destination: str, pods: bool) -> str:
        word = self.links["endpoint" if pods else "host"].get((destination, source))
        return "one direction is down" + (
            ", the way back works" if word and word != DOWN else ", the way back is not known"
        )

    # -- cells -----------------------------------------------------------------------------------------------------
    def _down(self, path: str) -> list[Pair]:
        return sorted(pair for pair, word in self.links[path].items() if word == DOWN)

    def _of(self, members: t.Collection[str]) -> dict[str, list[Pair]]:
        return {path: [pair for pair in self._down(path) if set(pair) & set(members)] for path in PATHS}

    def _known(self, path: str, end: int, name: str) -> bool:
        return any(pair[end] == name for pair in self.links[path])

    def _good(self, path: str, end: int, name: str) -> bool:
        """Whether some path to (end 1) or from (end 0) a node is not down."""
        return any(pair[end] == name and word != DOWN for pair, word in self.links[path].items())

    def _best(self, down: t.Mapping[str, t.Sequence[Pair]], members: t.Collection[str]) -> Pair | None:
        """The pair that a diagnosis should look at: pods before nodes, two nodes that can be asked, the other end
        sound.
        """
        for path in ("endpoint", "host"):

            def rank(pair: Pair) -> tuple[bool, bool, bool, Pair]:
                asked = [self.matrix.answers[name].report is not None for name in pair]
                return (not asked[0], pair[0] in members, not asked[1], pair)

            if down[path]:
                return min(down[path], key=rank)
        return None

    def _finding(
        self,
        ident: str,
        severity: str,
        title: str,
        observed: str,
        nodes: tuple[str, ...],
        down: t.Sequence[Pair] | t.Mapping[str, t.Sequence[Pair]],
        paths: t.Sequence[str] = PATHS,
        *,
        advice: str,
        pair: Pair | None = None,
        path: str = "",
        zones: tuple[str, ...] = (),
    ) -> Finding:
        pairs = down if isinstance(down, t.Mapping) else dict.fromkeys(paths, down)
        found = [cell for each in ("endpoint", "host") for cell in cells(self.matrix, pairs.get(each, ()), (each,))]
        where = path or ("endpoint" if pairs.get("endpoint") and "endpoint" in paths else "host")
        told = command(variables(self.matrix, self._namespace, pair, where))
        return Finding(
            ident,
            severity,
            title,
            observed,
            nodes,
            zones,
            shortened(found),
            len(found),
            pair,
            where,
            f"{advice}\n{told}".strip(),
        )


_SHAPE_WORDS = {
    ISOLATED: "cut off",
    UNREACHABLE: "not reached by others",
    MUTE: "reach no others",
    PODS: "nodes answer, pods do not",
    HOST: "nodes do not answer pods",
}
_SHAPE_TITLES = {
    ISOLATED: "is cut off: no node reaches it, and it reaches none",
    UNREACHABLE: "is not reached by any other node",
    MUTE: "reaches no other node, while the others reach it",
    HOST: "does not answer pods of other nodes at its own address, while its pods do",
}
_FIRST_LOOK = {
    ISOLATED: "its network card, cable, address and routes, and at the firewall before it.",
    UNREACHABLE: "what lets packets in: its address, its firewall, the routes of the others to it.",
    MUTE: "what lets packets out: its routes, its firewall, `iptables -S FORWARD`, and source NAT for pods.",
    PODS: (
        "what lies between its card and its pods: the policy of the chain FORWARD (`iptables -S FORWARD`),"
        " `net.ipv4.ip_forward`, the tunnel device with its forwarding entries, the CNI's agent."
    ),
    HOST: "its firewall (ICMP, and the port of the kubelet).",
}
