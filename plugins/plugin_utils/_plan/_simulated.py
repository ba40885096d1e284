# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Which devices of which nodes the packets of probes pass by the simulation, there and back: where to capture, and in
which order they should be seen."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import Point
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe, load
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import SMALL
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Trace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._passage import passage
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._paths import Paths

# The packets of the dose are like those of plain probes.
_LIKE: t.Mapping[str, str] = {"burst": "icmp", "connections": "tcp", "dns_pairs": "dns"}


@dataclasses.dataclass(frozen=True)
class SimulatedWay:
    """One way of a probe's packets. there and back: devices of nodes in order, as far as the simulation comes;
    arrives and returns: whether that is to the end. final and port: the destination as it ended."""

    final: str | None
    there: tuple[Point, ...]
    arrives: bool
    back: tuple[Point, ...]
    returns: bool
    port: int | None = None

    def order(self, intended: t.Sequence[Point] = ()) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
        """The devices in the order in which the packets and their answers should be seen on them: where a packet ends,
        those follow that it is meant to pass."""
        there = self.there if self.arrives else _continued(self.there, intended)
        back = self.back if self.returns else _continued(self.back, tuple(reversed(there)))
        return there, back


def _continued(begun: t.Sequence[Point], whole: t.Sequence[Point]) -> tuple[Point, ...]:
    """The beginning, then what of the whole comes behind the last of it, or has not been passed yet."""
    last = max((whole.index(point) for point in begun if point in whole), default=-1)
    return (*begun, *(point for point in whole[last + 1 :] if point not in begun))


class Simulated:
    """The simulated ways of a run's probes. Whatever cannot be simulated has none; nothing here fails."""

    def __init__(self, bundle: Bundle) -> None:
        self._evidence: Evidence | None = None
        self._paths: Paths | None = None
        try:
            self._evidence = load(
                bundle.plan(), bundle.read_json("cluster.json.gz"), bundle.snapshots(), bundle.probes(), {}
            )
            self._paths = Paths.of(self._evidence)
        except Exception:  # pylint: disable=broad-except # a damaged bundle is told by the analysis
            self._evidence = None

    def ways(self, record: JsonObject) -> list[SimulatedWay]:
        """Every way of one probe's packets, as small ones, which come further than large ones."""
        if self._evidence is None or self._paths is None:
            return []
        try:
            request = record["request"]
            request = {**request, "kind": _LIKE.get(request["kind"], request["kind"])}
            probe = Probe(record["node"], record["phase"], request, record["result"])
            trip = self._paths.of_probe(self._evidence, probe)
            if trip is not None and trip.request.size > SMALL:
                trip = self._paths.round_trip(trip.start, dataclasses.replace(trip.request, size=SMALL))
        except Exception:  # pylint: disable=broad-except # a packet that cannot be simulated is looked for everywhere
            return []
        found = []
        for way in trip.ways if trip is not None else ():
            back = way.back if way.forward.delivered else None
            found.append(
                SimulatedWay(
                    _final(way.forward, "dst"),
                    self._points(way.forward),
                    way.forward.delivered,
                    self._points(back) if back is not None else (),
                    back is not None and back.delivered,
                    _final(way.forward, "dport"),
                )
            )
        return list(dict.fromkeys(found))

    def _points(self, trace: Trace) -> tuple[Point, ...]:
        nodes = self._evidence.nodes if self._evidence is not None else {}
        devices = passage(nodes, trace).devices
        return tuple(Point(one.node, one.device) for one in devices if one.netns == HOST)


def _final(trace: Trace, what: str) -> t.Any:
    """Address or port of the packet as it ended, without its tunnel."""
    packet = trace.packet
    while packet is not None and packet.tunnelled and packet.inner is not None:
        packet = packet.inner
    return getattr(packet, what) if packet is not None else None
