# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""How much is sent to see what comes and goes: bursts, growing connections, pairs of DNS questions, idle connections.

The defaults are gentle: what one person with ping and a browser does in a minute. Amounts are shared by the pairs of a
run, so that a Service with many backends gets no more than one with a few.
"""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _nft_listing
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

NONE, GENTLE = "none", "gentle"
PACKETS, CONNECTIONS, QUERIES = 180, 40, 20
MAX_PACKETS, MAX_CONNECTIONS, MAX_QUERIES = 5000, 500, 200
MAX_IDLE = 7200
MAX_WATCH = 24 * 60
INTERVAL = 0.0035
QUERY_INTERVAL = 0.03
# All pairs of a run together send so many packets in the first stage, and each pair at least so many.
ALL_PACKETS, LEAST_PACKETS = 960, 45
# When the source's dose begins at the latest, as the probe module has it, and what its node may be late by. Where a
# node starts later than that and something is lost, what is sent again is counted whatever the nodes' starts.
LATEST, SKEW = 1.0, 0.1
# A timeout of connection tracking that is so short is tried without being asked for: it takes no longer.
ESTABLISHED = "net.netfilter.nf_conntrack_tcp_timeout_established"
TRIED_UP_TO = 20
BEYOND = 2
# What the keepalives of an idle connection take, and how long a node counts at most.
IDLE_PROBES = 4.5
MAX_DWELL = 600.0


@dataclasses.dataclass(frozen=True)
class Amounts:
    """packets per pair, connections to the port asked, pairs of DNS questions per server; idle in seconds and watch in
    minutes, 0 for not at all. A dose of nothing sends what plain probes send."""

    packets: int = PACKETS
    connections: int = CONNECTIONS
    queries: int = QUERIES
    idle: int = 0
    watch: int = 0

    @property
    def any(self) -> bool:
        """Whether anything is sent beyond the plain probes."""
        return bool(self.packets or self.connections or self.queries)

    def packets_for(self, pairs: int) -> int:
        """The packets of one pair's burst, when there are so many pairs."""
        return min(self.packets, max(LEAST_PACKETS, ALL_PACKETS // max(1, pairs)))

    def seconds(self) -> float:
        """How long the other nodes' two readings of counters have to be apart to cover the source's dose."""
        return round(LATEST + max(self.packets * INTERVAL, 0.65, self.queries * QUERY_INTERVAL) + SKEW, 2)


def parse_amounts(values: t.Mapping[str, t.Any]) -> tuple[Amounts, list[str]]:
    """The amounts of the options, and everything that is wrong with them."""
    problems: list[str] = []

    def number(option: str, default: int, most: int) -> int:
        value = values.get(option)
        if value is None or value == "":
            return default
        text = str(value)
        if isinstance(value, bool) or not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > most:
            problems.append(f"diagnose_{option} {text[:40]!r} is not a number from 0 to {most}")
            return default
        return int(text)

    amounts = Amounts(
        packets=number("dose_packets", PACKETS, MAX_PACKETS),
        connections=number("dose_connections", CONNECTIONS, MAX_CONNECTIONS),
        queries=number("dose_queries", QUERIES, MAX_QUERIES),
        idle=number("idle", 0, MAX_IDLE),
        watch=number("watch", 0, MAX_WATCH),
    )
    if str(values.get("dose") or GENTLE) == NONE:
        amounts = dataclasses.replace(amounts, packets=0, connections=0, queries=0)
    return amounts, problems


def idle_to_try(plan: JsonObject, snapshots: t.Iterable[JsonObject]) -> int:
    """After how many seconds of silence to ask a connection, because a node on the way forgets it sooner; 0 for
    not at all.

    Nothing is tried where the user chose the seconds, or chose to send the plain probes only."""
    amounts = plan["options"].get("amounts") or {}
    if amounts.get("idle") or not any(amounts.get(name) for name in ("packets", "connections", "queries")):
        return 0
    shortest = min(filter(None, map(_timeout, snapshots)), default=0)
    return shortest + BEYOND if 0 < shortest <= TRIED_UP_TO else 0


def probing(plan: JsonObject, seconds: int, node: str) -> tuple[list[JsonObject], JsonObject]:
    """What a node's probe task does: its requests, and the probe module's options that count around them. seconds: see
    idle_to_try()."""
    work = plan["work"][node]
    requests = [*work["probes"], *idle_requests(work["probes"], seconds)]
    if not work.get("counters"):
        return requests, {}
    # Who counts while a connection is idle counts until it was asked whether it is still there.
    idle = seconds or int((plan["options"].get("amounts") or {}).get("idle") or 0)
    dwell = max(float(work.get("dwell") or 0.0), idle + IDLE_PROBES if idle else 0.0)
    return requests, {
        "counters": True,
        "counted_pods": work["counted_pods"],
        "dwell": min(dwell, MAX_DWELL),
        **tracked(work),
    }


def tracked(work: JsonObject) -> JsonObject:
    """Between which addresses a node tells its tracked connections. A plan of an earlier version has none."""
    return {name: work.get(name) or [] for name in ("tracked_from", "tracked_to")}


def _timeout(snapshot: JsonObject) -> int | None:
    """When the node's own namespace forgets an idle connection: its table, or a set of nft that a rule fills."""
    for space in snapshot.get("netns") or []:
        if space.get("id") == "host":
            value = str((space.get("sysctls") or {}).get(ESTABLISHED) or "")
            listed = ((space.get("netfilter") or {}).get("nftables") or {}).get("text")
            known = [int(value)] if value.isdigit() else []
            return min([*known, *_expiring(listed if isinstance(listed, str) else "")], default=None)
    return None


def _expiring(listed: str) -> t.Iterator[int]:
    """After how many seconds elements expire that rules add to sets, as a firewall may know connections."""
    if '"timeout"' not in listed or '"@' not in listed:
        return
    timeouts: dict[tuple[str, str, str], int] = {}
    filled: list[tuple[tuple[str, str, str], JsonObject]] = []
    with contextlib.suppress(_nft_listing.ListingError):
        for item, _begin, _end in _nft_listing.objects(listed):
            named, rule = item.get("set"), item.get("rule")
            if isinstance(named, dict) and isinstance(named.get("timeout"), int):
                timeouts[_key(named, named.get("name"))] = named["timeout"]
            for statement in (rule.get("expr") or ()) if isinstance(rule, dict) else ():
                added = statement.get("set") if isinstance(statement, dict) else None
                if isinstance(rule, dict) and isinstance(added, dict) and added.get("op") in ("add", "update"):
                    filled.append((_key(rule, str(added.get("set")).lstrip("@")), added))
    for key, added in filled:
        element = added.get("elem")
        own = element.get("elem") if isinstance(element, dict) else None
        seconds = own.get("timeout") if isinstance(own, dict) else None
        seconds = seconds if isinstance(seconds, int) else timeouts.get(key, 0)
        if seconds > 0:
            yield seconds


def _key(item: JsonObject, name: t.Any) -> tuple[str, str, str]:
    return str(item.get("family")), str(item.get("table")), str(name)


def idle_requests(requests: t.Sequence[JsonObject], seconds: int) -> list[JsonObject]:
    """The connection that was asked for, once more and idle for so long."""
    asked = [request for request in requests if request.get("role") == "tcp"][:1] if seconds else []
    kept = [{key: value for key, value in request.items() if key not in ("count", "interval")} for request in asked]
    return [
        {**request, "id": f"idle-{request['id']}", "role": "idle", "kind": "idle", "idle": seconds} for request in kept
    ]
