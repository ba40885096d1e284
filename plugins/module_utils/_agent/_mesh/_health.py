# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The mesh prober of a target pod: each interval its own node and this epoch's partners, evenly spread, by ICMP and
HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import Identity, MeshConfig
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._health_probe import (
    by_icmp,
    host_by_http,
    seen,
    share_by_icmp,
    target_by_http,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._mesh import partners
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._peer_list import Peer, PeersFile
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._sightings import (
    HOST,
    HTTP,
    ICMP,
    SCHEMA,
    JsonObject,
    Place,
    Sighting,
    Sightings,
    places,
    rfc3339,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._failure import ERROR
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._icmp import CannotPing
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._identity import Expectation
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._tls import client_context

TARGET_PORT = 8080
AT_ONCE = 64  # addresses that are probed at a time when somebody waits for it
RECENT_INTERVALS = 3  # what is older says nothing about now
LOOK_SECONDS = 5.0  # how often to look whether the list of peers has changed


class MeshProber:
    """peers: the list of the cluster's targets. wall: seconds since the epoch, by which all nodes agree on the epoch; a
    clock that is wrong or set costs nothing but that agreement.
    """

    def __init__(
        self,
        me: Identity,
        config: MeshConfig,
        peers: PeersFile,
        wall: t.Callable[[], float] = time.time,
        target_port: int = TARGET_PORT,
    ) -> None:
        self._me = me
        self._config = config
        self._peers = peers
        self._wall = wall
        self._target_port = target_port
        self._tls = client_context() if config.host_scheme == "https" else None
        self._sightings = Sightings()
        self._problems: dict[str, str] = {}
        self.epoch = self._current_epoch()
        self.partners: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._one_round = asyncio.Lock()
        self._look()

    # -- what goes on by itself ----------------------------------------------------------------------------------
    async def run(self) -> None:
        """Probe for ever; cancel it to end."""
        try:
            while True:
                self._look()
                self.epoch = self._current_epoch()
                alone = not self._others()
                await self._round(0.0 if alone else max(self._until_next_epoch(), self._config.interval / 6))
                while self._current_epoch() == self.epoch:
                    await asyncio.sleep(min(LOOK_SECONDS, self._until_next_epoch()))
                    self._look()
                    if alone and self._others():
                        break  # the list has come: do not wait for the next epoch
        finally:
            for task in self._tasks:
                task.cancel()

    async def _round(self, seconds: float) -> None:
        """Start every probe of one epoch, evenly over so many seconds."""
        self._choose_partners()
        work = _places([self._own(), *self._named(self.partners)])
        started = time.monotonic()
        share = int.from_bytes(hashlib.sha256(self._me.node.encode()).digest()[:4], "big") / 2.0**32
        for number, (place, peer) in enumerate(work):
            await asyncio.sleep(max(0.0, started + (number + share) / len(work) * seconds - time.monotonic()))
            task = asyncio.get_running_loop().create_task(self._probe(place, peer, self._sightings))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    # -- what somebody waits for ---------------------------------------------------------------------------------
    async def probe_now(self, timeout: float, only: t.Sequence[Peer] | None = None, packets: int = 0) -> JsonObject:
        """Probe this node and its partners at once, or exactly those given, and report. What has no answer within so
        many seconds has its last result, if there is one. packets: so many echo requests to each address in
        place of one,
        for the share that is lost. One such round at a time.
        """
        fresh = Sightings()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._probe_now(only, fresh, packets), timeout)
        self._sightings.take_over(fresh)
        report = self.report(only)
        self._forget()
        return report

    async def _probe_now(self, only: t.Sequence[Peer] | None, fresh: Sightings, packets: int) -> None:
        async with self._one_round:
            self._look()
            if only is None:
                self.epoch = self._current_epoch()
                self._choose_partners()
                only = [self._own(), *self._named(self.partners)]
            waiting = _places(only)
            waiting.reverse()

            async def worker() -> None:
                while waiting:
                    place, peer = waiting.pop()
                    await self._probe(place, peer, fresh, packets)

            await asyncio.gather(*(worker() for _number in range(min(AT_ONCE, len(waiting)))))

    def report(self, only: t.Sequence[Peer] | None = None, recent: bool = False) -> JsonObject:
        """The last result of everything that is in the list of peers, or of those given; this node comes first. recent:
        of peers of which all is well and more than three intervals old, or nothing is known, only how many have old
        results (`old`).
        """
        self._look()
        own = self._own()
        others: t.Sequence[Peer] = self._others()
        if only is not None:
            own = next((peer for peer in only if peer.node == own.node), own)
            others = [peer for peer in only if peer.node != own.node]
        old = 0
        if recent:
            known = [peer for peer in others if self._sightings.is_known(peer)]
            since = self._wall() - RECENT_INTERVALS * self._config.interval
            others = [peer for peer in known if self._sightings.is_recent(peer, since)]
            old = len(known) - len(others)
        return {
            "schema": SCHEMA,
            "node": self._me.node,
            "pod": self._me.pod,
            "time": rfc3339(self._wall()),
            "interval": self._config.interval,
            "epoch": self.epoch,
            "partners": self.partners,
            "known": len(self._others()) + 1,
            "errors": self._errors(),
            "old": old,
            "nodes": self._sightings.rows([own, *others]),
        }

    def _errors(self) -> list[str]:
        switched_off = "" if self._config.enabled else "The mesh is switched off: nothing is probed unless asked for"
        return [problem for problem in (self._peers.problem, *self._problems.values(), switched_off) if problem]

    # -- who is there --------------------------------------------------------------------------------------------
    def _look(self) -> bool:
        changed = self._peers.refresh()
        if changed:
            self._forget()
        return changed

    def _forget(self) -> None:
        """Results of pods and nodes that are gone."""
        self._sightings.keep_only([self._own(), *self._others()])

    def _own(self) -> Peer:
        """This node: as the list has it, once the list knows this very pod."""
        me = self._me
        for peer in self._peers.peers:
            if peer.node == me.node and peer.uid in ("", me.uid):
                return peer
        return Peer(me.node, (me.host_ip,) if me.host_ip else (), me.pod, me.uid, (me.pod_ip,) if me.pod_ip else ())

    def _others(self) -> list[Peer]:
        return [peer for peer in self._peers.peers if peer.node != self._me.node]

    def _named(self, names: t.Collection[str]) -> list[Peer]:
        by_name = {peer.node: peer for peer in self._peers.peers}
        return [by_name[name] for name in names]

    def _choose_partners(self) -> None:
        names = [peer.node for peer in self._others()]
        self.partners = partners(names, self._me.node, self.epoch, self._config.partners, self._config.all_pairs_up_to)

    # -- time ----------------------------------------------------------------------------------------------------
    def _current_epoch(self) -> int:
        return int(self._wall() // self._config.interval)

    def _until_next_epoch(self) -> float:
        return max(0.01, (self.epoch + 1) * self._config.interval - self._wall())

    # -- one address ---------------------------------------------------------------------------------------------
    async def _probe(self, place: Place, peer: Peer, sightings: Sightings, packets: int = 0) -> None:
        """Both probes, which start together."""
        timeout = self._config.timeout
        if place.path == HOST:
            http = functools.partial(host_by_http, place.ip, self._config.host_port, self._tls, timeout)
        else:
            wanted = Expectation(peer.pod, peer.uid, peer.node)
            http = functools.partial(target_by_http, place.ip, self._target_port, wanted, timeout)
        icmp = functools.partial(seen, functools.partial(by_icmp, place.ip, timeout), self._wall)
        if packets > 1:
            icmp = functools.partial(share_by_icmp, place.ip, packets, timeout, self._wall)
        by_http = functools.partial(seen, http, self._wall)
        await asyncio.gather(self._record(place, ICMP, icmp, sightings), self._record(place, HTTP, by_http, sightings))

    async def _record(
        self, place: Place, protocol: str, look: t.Callable[[], t.Awaitable[Sighting]], sightings: Sightings
    ) -> None:
        """What is wrong with us is not wrong with the network: then nothing is known."""
        try:
            sighting = await look()
            self._problems[protocol] = ""
        except CannotPing as exc:
            sighting = Sighting()
            self._problems[protocol] = str(exc)
        except Exception as exc:  # no other probe may suffer from it
            sighting = Sighting(None, None, None, ERROR)
            self._problems[protocol] = f"Cannot probe {place.ip} of {place.node} by {protocol}: {exc!r}"
        sightings.record(place, protocol, sighting)


def _places(peers: t.Iterable[Peer]) -> list[tuple[Place, Peer]]:
    return [(place, peer) for peer in peers for place in places(peer)]
