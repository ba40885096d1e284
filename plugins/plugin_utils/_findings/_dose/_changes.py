# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Findings about what changed between two looks: rules that are written again and again, addresses that move."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _volatile
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import HOST, NodeMoves
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import Measured, measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._meeting import meeting
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._turning import turning_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._filters import serves_services
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    INFO,
    LIKELY,
    MAJOR,
    Finding,
    Location,
    Proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import slices_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence

# A rule that went, came and went again, or the other way round; once may be somebody's repair.
TURNS = 2
_WHAT = {"routes": "route", "fdb": "forwarding entry", "rules": "policy rule"}


def change_findings(evidence: Evidence) -> t.Iterator[Finding]:
    """What came, went or flapped while the run looked. Without harm all of it is worth knowing only."""
    measure = measured(evidence)
    lost = [burst.probe for burst in measure.dose.bursts if burst.lossy and burst.in_a_row]
    ways = [meeting(evidence).ways(probe) for probe in lost]
    yield from _endpoints(measure)
    for moves in measure.moves.values():
        yield from _rules(measure, moves)
        yield from _addresses(evidence, moves)
        yield from _entries(evidence, moves)
        yield from turning_findings(evidence, moves, _comes_and_goes(measure), ways)


def _rules(measure: Measured, moves: NodeMoves) -> t.Iterator[Finding]:
    """Rules that go and come while we look. A sync, which writes what is there already, changes nothing."""
    back_and_forth = [entry for entry in moves.flapping if entry.turns >= TURNS]
    changes = [change for space in moves.netns.values() for change in space.chains]
    shrunk = [change for change in changes if change.removed and (change.after or 0) < (change.before or 0)]
    # What went between the looks may come back after them: two programs that write at the same time tell it.
    emptied = shrunk if len(moves.writes) > 1 else []
    if not back_and_forth and not emptied:
        return
    writers = ", ".join(f"{name} ({count})" for name, count in sorted(moves.writes.items(), key=lambda item: -item[1]))
    ref = f"counters/{moves.node}.json"
    proofs = [Proof("kernel", ref, f"changes of nf_tables in {moves.seconds:.1f} s: {writers}")]
    proofs += [
        Proof("kernel", ref, f"a rule of {one.chain} went or came {one.turns + 1} times, by {_names(one.writers)}")
        for one in back_and_forth[:3]
    ]
    for change in (shrunk or changes)[:3]:
        lines = "; ".join((*(f"-{text}" for text in change.removed[:2]), *(f"+{text}" for text in change.added[:2])))
        proofs.append(Proof("config", ref, f"{change.chain}: {change.before} rules, then {change.after}: {lines}"))
    chains = [entry.chain for entry in back_and_forth] or [change.chain for change in emptied]
    failing = _comes_and_goes(measure) and not _follows_endpoints(measure, moves, chains)
    where = ", ".join(entry.chain for entry in back_and_forth[:3]) or ", ".join(one.chain for one in emptied[:3])
    yield Finding(
        "rules-flapping",
        MAJOR if failing else INFO,
        LIKELY,
        "Packet filter rules go and come all the time",
        Location(node=moves.node),
        "rules change when Services, endpoints or policies do",
        f"rules of {where} went and came within {moves.seconds:.1f} s; who writes: {writers}",
        tuple(proofs),
        "Two programs that write the same rules undo one another. Find the one that is not meant to (a firewall "
        "service, a script, a second agent), and stop it.",
    )


def _follows_endpoints(measure: Measured, moves: NodeMoves, chains: t.Sequence[str]) -> bool:
    """Whether these chains (… TABLE CHAIN) are all kube-proxy's for single Services, which it writes when endpoints
    change: those of other Services than the one that was asked, or of that one while its endpoints changed. A second
    program that writes is none that follows."""
    words = [["", *chain.split()][-2:] for chain in chains]
    if len(moves.writes) > 1 or not all(serves_services(table, chain) for table, chain in words):
        return False
    return measure.evidence.endpoints is None or any(_endpoints(measure))


def _endpoints(measure: Measured) -> t.Iterator[Finding]:
    """Endpoints of the Service that were written between the start and the end of the run, and by whom.

    A generation counts how often endpoints or ports were written; a slice that is new counts once."""
    after = measure.evidence.endpoints
    if after is None or "endpointslices" in measure.evidence.index.unreadable:
        return
    service = (str(after["service"]["namespace"]), str(after["service"]["name"]))
    early = _slices(measure.evidence.index.resources.get("endpointslices") or [], service)
    late = _slices(after["endpointslices"], service)
    before, now = _addresses_in(early.values()), _addresses_in(late.values())
    writes = sum(_written(early.get(uid), one) for uid, one in late.items())
    changed = [
        f"{address} ({pod or 'no pod'}) was {_was(before.get(address))}, then {_was(now.get(address))}"
        for address, pod in sorted({**_pods_in(early.values()), **_pods_in(late.values())}.items())
        if before.get(address) != now.get(address)
    ]
    if writes < 1 and not changed:
        return
    writers = list(dict.fromkeys(str(name) for one in late.values() for name in one.get("writers") or ()))
    harm = writes > TURNS and _comes_and_goes(measure)
    proofs = [Proof("config", "endpoints.json", text) for text in changed[:4]]
    yield Finding(
        "endpoints-changed",
        MAJOR if harm else INFO,
        LIKELY,
        "The Service's endpoints come and go" if writes > TURNS else "The Service's endpoints changed meanwhile",
        Location(namespace=service[0], service=service[1]),
        "the endpoints of a Service stay the same for the seconds of a run",
        f"the endpoints of Service {'/'.join(service)} were written {max(writes, 1)} times meanwhile"
        + (f"; who writes: {', '.join(writers)}" if writers else ""),
        (Proof("config", "endpoints.json", f"{writes} writes by {', '.join(writers) or 'unknown'}"), *proofs),
        "Look at what makes its pods ready and unready: their readiness probe, its timeout, and what it waits for:\n"
        f"$ kubectl -n {service[0]} get endpointslices -l kubernetes.io/service-name={service[1]} --watch",
    )


def _slices(items: t.Sequence[JsonObject], service: tuple[str, str]) -> dict[str, JsonObject]:
    """Those of the Service, by their uid."""
    return {
        str(item["metadata"].get("uid") or item["metadata"].get("name")): item for item in slices_of(items, *service)
    }


def _written(early: JsonObject | None, late: JsonObject) -> int:
    """How often a slice was written between two looks, as far as its generation tells."""
    if early is None:
        return 1
    numbers = [piece["metadata"].get("generation") for piece in (early, late)]
    return max(0, numbers[1] - numbers[0]) if all(isinstance(number, int) for number in numbers) else 0


def _addresses_in(pieces: t.Iterable[JsonObject]) -> dict[str, bool]:
    """Whether each address is ready."""
    return {
        str(address): (endpoint.get("conditions") or {}).get("ready") is not False
        for piece in pieces
        for endpoint in piece.get("endpoints") or []
        for address in endpoint.get("addresses") or []
    }


def _pods_in(pieces: t.Iterable[JsonObject]) -> dict[str, str]:
    return {
        str(address): str((endpoint.get("targetRef") or {}).get("name") or "")
        for piece in pieces
        for endpoint in piece.get("endpoints") or []
        for address in endpoint.get("addresses") or []
    }


def _was(ready: bool | None) -> str:
    return {True: "ready", False: "not ready", None: "not there"}[ready]


def _names(writers: t.Sequence[str]) -> str:
    return " and ".join(writers) or "unknown"


def _comes_and_goes(measure: Measured) -> bool:
    """Whether something failed now and passed then, which a standing fault does not."""
    partly = [
        probe
        for probe in measure.evidence.sent("tcp", "backend-tcp", "ping", "udp")
        if 0 < int(probe.result.get("received") or 0) < int(probe.result.get("sent") or 0)
    ]
    signs = any(growing.signs for growing in measure.dose.connections)
    # All single connections failed, and a moment later all of many passed.
    later = any(growing.sent and not growing.signs for growing in measure.dose.connections)
    return bool(partly) or signs or bool(measure.losses()) or (later and bool(measure.evidence.failed("tcp")))


def _addresses(evidence: Evidence, moves: NodeMoves) -> t.Iterator[Finding]:
    """An address that had one hardware address at the start and another at the end, on the node or in a pod."""
    wanted = _watched(evidence)
    for netns, space in moves.netns.items():
        early = _neighbours_then(evidence, moves.node, netns)
        before, now = space.volatile.get("neighbours", (None, ()))
        looks = [_macs(lines) for lines in (early, before if before is not None else now, now) if lines is not None]
        for place in looks[-1] if looks else ():
            address = place.split()[0]
            seen = [look[place] for look in looks if place in look]
            if len(set(seen)) < 2 or address not in wanted:
                continue
            again = len(seen) > 2 and seen[0] == seen[-1]
            yield Finding(
                "address-flapping",
                MAJOR,
                LIKELY,
                "An address changes its hardware address",
                Location(node=moves.node),
                f"{address} has one hardware address",
                f"{address} was at {', then '.join(seen)} within one run" + (": it came back" if again else ""),
                (Proof("config", f"counters/{moves.node}.json", f"neighbours of {netns}: {place}: {', '.join(seen)}"),),
                "Two machines answer for one address: two routers with one virtual router id, a copied machine, "
                "a leftover"
                " address. The hardware addresses tell which.",
            )


def _watched(evidence: Evidence) -> set[str]:
    """Addresses that belong to one machine for as long as a run: nodes and gateways, not pods, which may restart."""
    found = {address for name in evidence.nodes for address in evidence.node_addresses(name)}
    for node in evidence.nodes.values():
        for space in node.namespaces.values():
            found.update(str(route.gateway) for route in space.routes if getattr(route, "gateway", None))
    return found


def _macs(lines: t.Sequence[str]) -> dict[str, str]:
    """Hardware address by "ADDRESS dev DEVICE"."""
    return {line.partition(" lladdr ")[0]: line.partition(" lladdr ")[2] for line in lines if " lladdr " in line}


def _neighbours_then(evidence: Evidence, node: str, netns: str) -> list[str] | None:
    """The same lines, made of the snapshot, which was taken before all probes."""
    namespace = evidence.namespace(node, netns)
    return _volatile.lines("neighbours", list(namespace.neighbours)) if namespace is not None else None


def _entries(evidence: Evidence, moves: NodeMoves) -> t.Iterator[Finding]:
    """Routes and forwarding entries of the node that went while the run looked, and did not come back."""
    space = moves.netns.get(HOST)
    for part in ("routes", "fdb") if space is not None else ():
        before, now = t.cast(t.Any, space).volatile.get(part, (None, ()))
        if before is None:
            continue
        gone, came = [line for line in before if line not in now], [line for line in now if line not in before]
        if not gone and not came:
            continue
        text = "; ".join((*(f"-{line}" for line in gone[:3]), *(f"+{line}" for line in came[:3])))
        yield Finding(
            "rules-flapping",
            INFO,
            LIKELY,
            f"A {_WHAT[part]} changed while the run looked",
            Location(node=moves.node, device=part),
            "the way stays the same for the seconds of a run",
            text,
            (Proof("config", f"counters/{moves.node}.json", f"{part} of {moves.node}: {text}"),),
            "Look again (run the diagnosis once more). What changes each time is written by somebody: a CNI agent that"
            " restarts, a routing daemon, a script. The proto of a route names who made it (kernel, dhcp, ra, bird; a"
            " plain `ip route` leaves boot).",
        )
