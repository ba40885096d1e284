# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What this node has seen of the others: the last result of each probe of the mesh, and the report of all of them."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._peer_list import Peer

SCHEMA = "podnet.diagnostics/mesh/v1"
OK, NOT_PROBED = "ok", "not_probed"
HOST, ENDPOINT = "host", "endpoint"
ICMP, HTTP = "icmp", "http"
JsonObject = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Sighting:
    """One result. status: empty when it went well, None when nothing is known; latency: nanoseconds; at: seconds since
    the epoch by this node's clock; reason: ok, timeout, refused, no_route, wrong_pod, bad_reply, error, not_probed.
    sent and lost: of a burst of packets, where one was asked for.
    """

    status: str | None = None
    latency: int | None = None
    at: float | None = None
    reason: str = NOT_PROBED
    sent: int = 0
    lost: int = 0

    def to_dict(self) -> JsonObject:
        last = None if self.at is None else rfc3339(self.at)
        told = {"status": self.status, "latency": self.latency, "last_probed": last, "reason": self.reason}
        return {**told, "sent": self.sent, "lost": self.lost} if self.sent else told


_NOTHING = Sighting()


@dataclasses.dataclass(frozen=True)
class Place:
    """One address that is probed. uid: of the pod that had it then, as another one may get the address."""

    node: str
    path: str
    ip: str
    uid: str = ""


def places(peer: Peer) -> list[Place]:
    """Everything of a peer that is probed."""
    return [Place(peer.node, HOST, ip) for ip in peer.host] + [
        Place(peer.node, ENDPOINT, ip, peer.uid) for ip in peer.endpoint
    ]


class Sightings:
    """The last result of each probe."""

    def __init__(self) -> None:
        self._last: dict[tuple[Place, str], Sighting] = {}

    def record(self, place: Place, protocol: str, sighting: Sighting) -> None:
        self._last[place, protocol] = sighting

    def take_over(self, other: Sightings) -> None:
        """Add what was seen meanwhile."""
        self._last.update(other._last)

    def keep_only(self, peers: t.Iterable[Peer]) -> None:
        """Forget what is no longer there."""
        wanted = {place for peer in peers for place in places(peer)}
        self._last = {key: sighting for key, sighting in self._last.items() if key[0] in wanted}

    def is_known(self, peer: Peer) -> bool:
        """Whether anything of a peer was ever probed."""
        return any(sighting.at is not None for sighting in self._of(peer))

    def is_recent(self, peer: Peer, since: float) -> bool:
        """Whether something of a peer was seen since then (seconds since the epoch), or has failed, whenever
        that was.
        """
        return any(sighting.status or (sighting.at is not None and sighting.at >= since) for sighting in self._of(peer))

    def _of(self, peer: Peer) -> t.Iterator[Sighting]:
        for place in places(peer):
            for protocol in (ICMP, HTTP):
                yield self._last.get((place, protocol), _NOTHING)

    def rows(self, peers: t.Iterable[Peer]) -> list[JsonObject]:
        """The nodes of a report."""
        rows = []
        for peer in peers:
            row: JsonObject = {"node": peer.node, HOST: [], ENDPOINT: []}
            for place in places(peer):
                row[place.path].append(
                    {
                        "ip": place.ip,
                        **{
                            protocol: self._last.get((place, protocol), _NOTHING).to_dict() for protocol in (ICMP, HTTP)
                        },
                    }
                )
            rows.append(row)
        return rows


def rfc3339(seconds: float) -> str:
    """A wall-clock time (seconds since the epoch) in UTC, to the millisecond."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
