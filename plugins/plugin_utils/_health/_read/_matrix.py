# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The matrix from what the agents said: addresses of now, fresh results, the newest of several answers."""

from __future__ import annotations

import dataclasses
import statistics
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._mesh import coverage_seconds
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import (
    FAILED,
    KEEP_ALL_NODES,
    NOT_PROBED,
    OK,
    STALE_INTERVALS,
    Address,
    Answer,
    Matrix,
    Mesh,
    Node,
    Pair,
    Probe,
    Report,
    Sighting,
)

Transient = tuple[str, str, str, str]


def build(nodes: t.Mapping[str, Node], answers: t.Mapping[str, Answer], only: t.Collection[str] = ()) -> Matrix:
    """The matrix of these nodes. only: the nodes that are asked about (none: all); witnesses are kept all the same."""
    seen: dict[Pair, Sighting] = {}
    never = stale = 0
    keep_all = len(nodes) <= KEEP_ALL_NODES
    for source, answer in answers.items():
        reported = answer.report
        if reported is None:
            continue
        probed = reported.old
        stale += reported.old
        for name in reported.sightings:
            node = nodes.get(name)
            if node is None:
                continue
            sighting = _now(reported, node)
            known = {probe.state if probe.reason != "stale" else "stale" for *_where, probe in sighting.probes()}
            probed += bool(known & {OK, FAILED, "stale"})
            stale += "stale" in known and not known & {OK, FAILED}
            if keep_all or known & {OK, FAILED} or _was_failing(sighting):
                seen[source, name] = sighting
        never += max(0, len(nodes) - probed)
    return Matrix(nodes, answers, seen, _mesh(nodes, answers), never, stale, only=frozenset(only))


def merge(
    first: t.Mapping[str, Answer], second: t.Mapping[str, Answer]
) -> tuple[dict[str, Answer], tuple[Transient, ...]]:
    """Both rounds as one, of each probe the newer result; and the probes that failed first and then passed.

    A node that answered only once keeps that answer."""
    merged = dict(first)
    recovered: list[Transient] = []
    for node, answer in second.items():
        before = first.get(node)
        if answer.report is None:
            continue
        if before is None or before.report is None:
            merged[node] = answer
            continue
        sightings = dict(before.report.sightings)
        for name, sighting in answer.report.sightings.items():
            old = sightings.get(name)
            sightings[name] = _newer(old, sighting) if old else sighting
            if old:
                recovered += [(node, name, path, protocol) for path, protocol in _recovered(old, sightings[name])]
        report = dataclasses.replace(before.report, time=answer.report.time, sightings=sightings)
        merged[node] = dataclasses.replace(before, report=report)
    return merged, tuple(recovered)


def _now(report: Report, node: Node) -> Sighting:
    """What the report says of the node's addresses of now."""
    said = report.sightings.get(node.name) or Sighting()
    limit = STALE_INTERVALS * report.interval
    target = node.target
    return Sighting(
        tuple(_address(ip, said.host, limit, None) for ip in node.addresses),
        tuple(_address(ip, said.endpoint, limit, target.ready_since) for ip in target.ips) if target else (),
    )


def _address(ip: str, said: t.Sequence[Address], limit: float, since: float | None) -> Address:
    found = next((address for address in said if address.ip == ip), None)
    if found is None:
        return Address(ip, *([_outdated(said)] * 2))
    return Address(ip, _fresh(found.icmp, limit, since), _fresh(found.http, limit, since))


def _outdated(said: t.Sequence[Address]) -> Probe:
    """Another address was probed: the pod was replaced since then."""
    probed = any(probe.at is not None for address in said for _protocol, probe in address.probes())
    return NOT_PROBED.forgotten("outdated") if probed else NOT_PROBED


def _fresh(probe: Probe, limit: float, since: float | None) -> Probe:
    if probe.at is None or probe.age is None:
        return probe
    if probe.age > limit:
        return probe.forgotten("stale")
    if probe.state == FAILED and since is not None and probe.at < since:
        return probe.forgotten("outdated")
    return probe


def _was_failing(sighting: Sighting) -> bool:
    return any(probe.was == FAILED and probe.reason == "stale" for *_where, probe in sighting.probes())


def _newer(old: Sighting, new: Sighting) -> Sighting:
    def addresses(before: t.Sequence[Address], after: t.Sequence[Address]) -> tuple[Address, ...]:
        found = {address.ip: address for address in before}
        for address in after:
            known = found.get(address.ip)
            found[address.ip] = (
                address
                if known is None
                else Address(address.ip, _later(known.icmp, address.icmp), _later(known.http, address.http))
            )
        return tuple(found.values())

    return Sighting(addresses(old.host, new.host), addresses(old.endpoint, new.endpoint))


def _later(old: Probe, new: Probe) -> Probe:
    if new.at is None or (old.at is not None and old.at > new.at):
        return old
    return new


def _recovered(old: Sighting, new: Sighting) -> t.Iterator[tuple[str, str]]:
    now = {(path, address.ip, protocol): probe for path, address, protocol, probe in new.probes()}
    for path, address, protocol, probe in old.probes():
        if probe.state == FAILED and now[path, address.ip, protocol].state == OK:
            yield path, protocol


def _mesh(nodes: t.Mapping[str, Node], answers: t.Mapping[str, Answer]) -> Mesh | None:
    """How the agents probe, as most of them say."""
    reports = [answer.report for answer in answers.values() if answer.report]
    if not reports:
        return None
    interval = statistics.median_high(report.interval for report in reports)
    partners = max(len(set(report.partners) - {report.node}) for report in reports)
    known = max(len(nodes), max(report.known for report in reports))
    return Mesh(
        interval,
        partners,
        partners >= known - 1,
        float(coverage_seconds(known, partners, interval)) if partners else 0.0,
    )
