# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Captures: whether they are wanted, on which devices, of which packets, and what becomes of them."""

from __future__ import annotations

import dataclasses
import hashlib
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import DOSE_KINDS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import (
    DeviceCapture,
    Point,
    learn,
    merged_pcapng,
    pcapng_of_node,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._dose import BURST, again_id, planned_id
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._filter import FlowFilter
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._headers import Interest
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._match import match, one_clock
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._packets import Dissector
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._probes import ExpectedPath, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._statistics import is_loss
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import carries_nothing
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._devices import MAX_CAPTURE_POINTS, NodeDevices
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._simulated import Simulated, SimulatedWay
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._watch import is_watched

# Probes that are worth sending again while packets are captured, most telling first, and how many of them.
REPROBED = ("tcp", "udp", "ping", "backend-tcp", "tcp-mtu", "mtu", "pieces", "udp-large", "dns-cluster", "dns-pod")
# Of these, those whose packets travel as fragments: a single marked packet is not like them.
IN_FRAGMENTS = ("pieces", "udp-large")
MAX_REPROBES = 8
REPROBE_COUNT = 2
# Pings where only a share was lost: so many that a tenth of them lost is seen (0.9 ** 40 = 1.5 %).
SHARE_COUNT, SHARE_INTERVAL = 40, 0.02
# A share of loss that so many pings show with this probability is worth capturing (7.2 % and more).
SHOWN = 0.95
# Captures of a run that nobody ends are over, and their files gone, within 90 s.
DEADLINE_SECONDS = 50
GRACE_SECONDS = 35
# IP lengths of marked packets: no larger than any link carries, further apart than what tunnels add.
FIRST_LENGTH, LENGTH_STEP, MAX_MARKERS = 330, 100, 4
MARKER_INTERVAL = 0.02
MARKER_SUFFIX = "-marker"
# Connections that were begun when the first sign of a limit stopped them.
FEW_CONNECTIONS = 5
# Packets of a burst that is sent again.
MAX_AGAIN = 1000
# All nodes in one file; no node can be called so.
MERGED = "_all.pcapng"
# Two rounds; a way on which nobody answers takes 2.5 s.
TRACE = {"count": 2, "timeout": 0.5, "interval": 0.1}
UNMATCHED = frozenset(("marker", "trace", "dns_pairs"))
_PROTOCOLS = {"icmp": "icmp", "tcp": "tcp", "udp": "udp", "dns": "udp"}
DNS_PORT = 53


@dataclasses.dataclass(frozen=True)
class CapturePlan:
    """What one node captures."""

    run_id: str
    devices: tuple[str, ...]
    filter: str
    marked: tuple[int, ...] = ()
    trace_rules: bool = False
    counting: JsonObject = dataclasses.field(default_factory=dict)

    def ring(self, seconds: float) -> JsonObject:
        """Arguments of a capture that keeps the newest packets for so long, unless it is stopped before."""
        plain = dataclasses.replace(self, marked=(), trace_rules=False, counting={})
        return {**plain.to_arguments(), "deadline": seconds, "ring": True}

    def to_arguments(self) -> JsonObject:
        """Arguments of the capture module, without its state."""
        devices = [{"name": name, "netns": "host"} for name in self.devices]
        return {
            "run_id": self.run_id,
            "devices": devices,
            "filter": self.filter,
            "deadline": DEADLINE_SECONDS,
            "marked": list(self.marked),
            "trace_rules": self.trace_rules,
            "grace": GRACE_SECONDS,
            **self.counting,
        }


def capture_wanted(bundle: Bundle) -> tuple[bool, str]:
    """Whether this run captures, and if not, why."""
    mode = bundle.plan()["options"]["capture"]
    if mode == "never":
        return False, "captures are switched off (diagnose_capture is never)"
    if _failed(bundle) or _lossy(bundle) or mode == "always":
        return True, ""
    if not any(record["result"]["status"] == "pass" for record in bundle.probes()):
        return False, "no probe was made, so there is nothing to look for"
    return False, "no probe failed, so there is nothing to look for"


def plan_captures(bundle: Bundle, node: str) -> CapturePlan:
    """The devices of the way on this node, and a filter for the packets of the diagnosis."""
    plan = bundle.plan()
    everywhere = _devices(bundle)
    devices = everywhere.get(node)
    # What another node sends may come with a port that no device here has.
    tunnels = tuple(sorted({port for each in everywhere.values() for port in each.vxlan_ports()}))
    ways = _ways(bundle) if devices else []
    names = _names(node, devices, ways) if devices else ()
    marked = tuple(request["size"] for request in markers(bundle))
    return CapturePlan(
        plan["run_id"],
        names,
        _filter(plan, tunnels, ways) if names else "",
        marked,
        bool(plan["options"].get("trace_rules")),
        _counting(bundle, node),
    )


def _counting(bundle: Bundle, node: str) -> JsonObject:
    """What counts beside the captures, where a part of the dose was lost and is sent again."""
    if not _lossy(bundle):
        return {}
    work = bundle.plan()["work"][node]
    return {"counters": True, "counted_pods": work["counted_pods"], "pods": work["pods"]}


def _ways(bundle: Bundle) -> list[SimulatedWay]:
    """The simulated ways of what is sent again."""
    simulated = Simulated(bundle)
    return [way for record in _asked(bundle) for way in simulated.ways(record)]


def _names(node: str, devices: NodeDevices, ways: t.Sequence[SimulatedWay]) -> tuple[str, ...]:
    """What the simulated packets pass here, there and back, then what they are meant to pass."""
    passed = [point.device for way in ways for point in (*way.there, *way.back) if point.node == node]
    known = [name for name in dict.fromkeys((*passed, *devices.capture_points())) if devices.has(name)]
    return tuple(known)[:MAX_CAPTURE_POINTS]


def _asked(bundle: Bundle) -> list[JsonObject]:
    """The probes of the first round that are sent again."""
    node = (bundle.plan()["source"] or {}).get("node")
    ids = {planned_id(request["id"]) for request in reprobes(bundle, node)} if node else set()
    return [record for record in bundle.probes() if record["phase"] == "probe" and record["request"]["id"] in ids]


def reprobes(bundle: Bundle, node: str) -> list[JsonObject]:
    """What the source's node sends again: the probes that failed there, with the parts of the dose that were lost in
    part, or the main ones where captures are forced."""
    source = bundle.plan()["source"] or {}
    if node != source.get("node"):
        return []
    sent = [record["request"] for record in bundle.probes() if record["node"] == node and record["phase"] == "probe"]
    failed = {record["request"]["id"] for record in _failed(bundle)}
    lossy = _lossy(bundle)
    everything = not failed and not lossy
    chosen = [request for request in sent if request["role"] in REPROBED and (everything or request["id"] in failed)]
    chosen.sort(key=lambda request: REPROBED.index(request["role"]))
    shares = _lost_in_part(bundle, node)
    again = [{**request, **_as_many(request, shares)} for request in chosen[:MAX_REPROBES]]
    return again + [_dose_again(record["request"]) for record in lossy[:MAX_REPROBES]]


def _dose_again(request: JsonObject) -> JsonObject:
    """A part of the dose once more: one stage, of as many packets as the two that it had."""
    again = {**request, "id": again_id(request["id"])}
    return (
        {**again, "once": True, "count": min(MAX_AGAIN, request["count"] * 5 // 3)}
        if request["kind"] == BURST
        else again
    )


def _as_many(request: JsonObject, shares: t.Container[tuple[str, str]]) -> JsonObject:
    """How often a probe is sent again."""
    if "count" not in request:
        return {}
    if request["kind"] == "icmp" and (request["netns"], request["target"]) in shares:
        return {"count": SHARE_COUNT, "interval": SHARE_INTERVAL}
    return {"count": REPROBE_COUNT}


def _lost_in_part(bundle: Bundle, node: str) -> set[tuple[str, str]]:
    """Where from (netns) and where to some packets were answered and some were not."""
    return {
        (record["request"]["netns"], record["request"]["target"])
        for record in bundle.probes()
        if record["node"] == node
        and record["phase"] == "probe"
        and record["request"]["kind"] in ("icmp", "burst")
        and record["result"]["status"] == "fail"
        and 0 < int(record["result"].get("received") or 0) < int(record["result"].get("sent") or 0)
    }


def traces(bundle: Bundle) -> list[JsonObject]:
    """The routers on the way of the probe that tells most, by packets like its own."""
    node = (bundle.plan()["source"] or {}).get("node")
    for request in reprobes(bundle, node) if node else []:
        protocol = _PROTOCOLS.get(request["kind"])
        if protocol is not None and request["kind"] != "dns" and request["role"] not in IN_FRAGMENTS:
            port = {"port": request["port"]} if request.get("port") else {}
            return [
                {
                    "id": f"{request['id']}-trace",
                    "kind": "trace",
                    "role": "trace",
                    "netns": request["netns"],
                    "target": request["target"],
                    "protocol": protocol,
                    **port,
                    **TRACE,
                }
            ]
    return []


def markers(bundle: Bundle) -> list[JsonObject]:
    """Marked packets beside the probes that are sent again, one request for each, told apart by their lengths."""
    plan = bundle.plan()
    node = (plan["source"] or {}).get("node")
    found: dict[tuple[str, str, int | None], JsonObject] = {}
    for request in reprobes(bundle, node) if node else []:
        protocol = _PROTOCOLS.get(request["kind"])
        if protocol is None or request["role"] in IN_FRAGMENTS:
            continue
        target = request.get("nameserver") if request["kind"] == "dns" else request["target"]
        port = request.get("port") or (DNS_PORT if request["kind"] == "dns" else None)
        if target:
            key = (protocol, target, port if protocol != "icmp" else None)
            found.setdefault(key, {"id": request["id"], "netns": request["netns"]})
    start = FIRST_LENGTH + int(hashlib.sha256(plan["run_id"].encode()).hexdigest(), 16) % (LENGTH_STEP // 5) * 5
    return [
        {
            "id": f"{marked['id']}{MARKER_SUFFIX}",
            "kind": "marker",
            "role": "marker",
            "netns": marked["netns"],
            "target": target,
            "protocol": protocol,
            **({"port": port} if port else {}),
            "size": start + number * LENGTH_STEP,
            "interval": MARKER_INTERVAL,
        }
        for number, ((protocol, target, port), marked) in enumerate(list(found.items())[:MAX_MARKERS])
    ]


def store_captures(bundle: Bundle, node: str, stopped: JsonObject) -> str:
    """Keep what the capture module of one node returned; it is read again by index_captures()."""
    results = stopped["captures"]
    bundle.write_json(f"captures/{node}.captured.json.gz", list(results))
    if stopped.get("counters"):
        bundle.write_counters(node, stopped["counters"], again=True)
    if stopped.get("kernel") is not None:
        bundle.write_json(f"captures/{node}.kernel.json", {**stopped["kernel"], "rules": stopped.get("rules")})
    broken = [f"{result['device']}: {result['error']}" for result in results if result.get("error")]
    packets = sum(result.get("captured") or 0 for result in results)
    return f"{packets} packets on {len(results) - len(broken)} devices" + "".join(f"; {text}" for text in broken)


def store_ring(bundle: Bundle, node: str, results: t.Sequence[JsonObject], text: str) -> str:
    """Keep the packets before and around a failure that was watched for, in a file of their own."""
    devices = _devices(bundle).get(node)
    ports = frozenset(devices.vxlan_ports()) if devices is not None else frozenset()
    dissector = Dissector(ports) if ports else Dissector()
    captures = [DeviceCapture.from_result(node, result, dissector) for result in results]
    data = pcapng_of_node(node, captures, text)
    if data is None:
        return "; ".join(str(result.get("error")) for result in results if result.get("error")) or "nothing captured"
    name = f"captures/{node}.watch.pcapng"
    bundle.write_bytes(name, data)
    return f"{sum(len(capture.frames) for capture in captures)} packets before and around the failure are in {name}"


def index_captures(bundle: Bundle) -> None:
    """Match the packets of all nodes with the probes, and write captures/*.pcapng and captures/index.json.

    The raw results of the nodes are removed then. Does nothing where nothing was captured.
    """
    if not bundle.glob("captures/*.started.json"):
        return
    plan = bundle.plan()
    devices = _devices(bundle)
    ports = tuple(sorted({port for node in devices.values() for port in node.vxlan_ports()}))
    dissector = Dissector(frozenset(ports)) if ports else Dissector()
    probes = _probes(bundle, plan, devices)
    interest = Interest(probes, dissector.vxlan_ports)
    for path in sorted(bundle.glob("captures/*.captured.json.gz")):
        for result in bundle.read_json(f"captures/{path.name}"):
            learn(interest, result)
    captures: list[DeviceCapture] = []
    files: dict[str, str] = {}
    texts: dict[str, str] = {}
    for node in plan["nodes"]:
        started = f"captures/{node}.started.json"
        if not bundle.path(started).exists():
            continue
        status = bundle.read_json(started)
        texts[node] = status["filter"]
        captured = f"captures/{node}.captured.json.gz"
        results = bundle.read_json(captured) if bundle.path(captured).exists() else []
        known = {result["device"] for result in results}
        mine = [DeviceCapture.from_result(node, result, dissector, interest=interest) for result in results]
        lost = "the capture could not be fetched"
        mine += [
            DeviceCapture.not_started(node, {**device, "error": device.get("error") or lost})
            for device in status["started"]
            if device["name"] not in known
        ]
        captures += mine
    for node in {capture.point.node for capture in captures}:
        data = pcapng_of_node(node, captures, texts[node])
        if data is not None:
            bundle.write_bytes(f"captures/{node}.pcapng", data)
            files[node] = f"{node}.pcapng"
    if captures:
        evidence = match(captures, probes)
        offsets = {node: clock.offset for node, clock in evidence.clocks.items()}
        merged = merged_pcapng(captures, offsets, one_clock(evidence), texts)
        if merged is not None:
            bundle.write_bytes(f"captures/{MERGED}", merged)
        bundle.write_json(
            "captures/index.json",
            {**evidence.to_json(files), "merged": MERGED if merged is not None else None, "kernel": _kernel(bundle)},
        )
    for pattern in ("*.started.json", "*.captured.json.gz", "*.kernel.json"):
        for path in bundle.glob(f"captures/{pattern}"):
            path.unlink()


def _kernel(bundle: Bundle) -> JsonObject:
    """What the kernels of the nodes said of the marked packets, by node, and which packets those were."""
    sent = [
        {**request, "id": request["id"].removesuffix(MARKER_SUFFIX), "sent": record["result"].get("sent") or 0}
        for record in bundle.probes()
        if record["phase"] == "capture" and (request := record["request"])["kind"] == "marker"
    ]
    told = {
        node: bundle.read_json(name)
        for node in bundle.plan()["nodes"]
        if bundle.path(name := f"captures/{node}.kernel.json").exists()
    }
    return {"marked": sent, "nodes": told}


# -- helpers -------------------------------------------------------------------------------------------------
def _failed(bundle: Bundle) -> list[JsonObject]:
    """Probes of the first round, sent by the source, that were measured as bad. UDP that nobody answers may be lost as
    well as taken in silently: captures tell which. And a few pings may all pass where many lose some."""
    lossy = {_ends(record) for record in bundle.probes() if record["request"]["kind"] == "burst" and _shows(record)}
    return [
        record
        for record in bundle.probes()
        if record["phase"] == "probe"
        and record["request"]["role"] in REPROBED
        and (
            record["result"]["status"] == "fail"
            or _unanswered(record)
            or carries_nothing(record["request"], record["result"])
            or (record["request"]["kind"] == "icmp" and _ends(record) in lossy)
        )
    ]


def _ends(record: JsonObject) -> tuple[str, str, str]:
    return record["node"], record["request"]["netns"], record["request"]["target"]


def _shows(record: JsonObject) -> bool:
    """Whether so much was lost that a series of pings with captures will show it."""
    sent, received = (int(record["result"].get(name) or 0) for name in ("sent", "received"))
    failed = record["phase"] == "probe" and record["result"]["status"] == "fail" and 0 < received < sent
    return failed and (received / sent) ** SHARE_COUNT < 1 - SHOWN


def _lossy(bundle: Bundle) -> list[JsonObject]:
    """Of the dose as it is planned, the parts that lost more than chance would, then or while it was watched, and with
    them the bursts, whose packets can be told on each device."""
    sent = [
        record for record in bundle.probes() if record["phase"] == "probe" and record["request"]["kind"] in DOSE_KINDS
    ]
    lossy = {planned_id(record["request"]["id"]) for record in sent if _lost_some(record)}
    wanted = [record for record in sent if record["request"]["id"] in lossy]
    bursts = [record for record in sent if record["request"]["kind"] == BURST and not is_watched(record["request"])]
    return [*wanted, *(record for record in bursts if lossy and record not in wanted)]


def _lost_some(record: JsonObject) -> bool:
    """Whether some was answered, by a server where several were asked, and more is missing than chance allows. Of
    connections, which stop at the first sign, one of the first few is enough, and all may open with a second request.
    """
    result = record["result"]
    servers = (result.get("data") or {}).get("servers") or [{**result, "answered": result.get("received")}]
    counts = [(int(one.get("sent") or 0), int(one.get("answered") or 0)) for one in servers]
    enough = FEW_CONNECTIONS if record["request"]["kind"] == "connections" else 0
    late = result.get("outcome") == "late"
    return result["status"] == "fail" and any(
        (0 < answered < sent or late) and (sent <= enough or is_loss(sent - answered, sent))
        for sent, answered in counts
    )


def _unanswered(record: JsonObject) -> bool:
    return bool(record["request"]["kind"] == "udp" and record["result"].get("outcome") == "no_reply")


def _devices(bundle: Bundle) -> dict[str, NodeDevices]:
    plan = bundle.plan()
    return {
        node: NodeDevices(snapshot, plan["work"][node])
        for node, snapshot in bundle.snapshots().items()
        if node in plan["work"]
    }


def _addresses(plan: JsonObject) -> list[str]:
    ends = [plan["source"], plan["destination"], *plan["backends"]]
    return [address for end in ends if end for address in [end["address"], *end["addresses"]] if address]


def _filter(plan: JsonObject, tunnels: tuple[int, ...], ways: t.Sequence[SimulatedWay] = ()) -> str:
    """Packets with one of the ends' addresses, at the ports of the diagnosis, also inside tunnels with one of these UDP
    ports; those of where a rule sends them, too."""
    texts = [*_addresses(plan), *(way.final for way in ways if way.final)]
    ports = {end["port"] for end in [plan["destination"], *plan["backends"]] if end and end["port"]}
    ports |= {way.port for way in ways if way.port}
    servers = set()
    for work in plan["work"].values():
        for request in work["probes"]:
            if request["kind"] == "dns" and request.get("nameserver"):
                texts.append(request["nameserver"])
                servers.add(request.get("port") or DNS_PORT)
    asks_dns = plan["destination"] is not None and plan["destination"]["kind"] == "name"
    tcp = tuple(sorted(ports)) if plan["options"]["protocol"] != "udp" else ()
    udp = tuple(sorted(ports)) if plan["options"]["protocol"] == "udp" else ()
    addresses = {ipaddress.ip_address(text) for text in texts}
    return FlowFilter(
        addresses=tuple(sorted(addresses, key=str))[:32],
        tcp_ports=tcp,
        udp_ports=tuple(sorted({*udp, DNS_PORT, *servers})) if asks_dns else udp,
        vxlan_ports=tunnels,
        answered_to=tuple(ipaddress.ip_address(text) for text in dict.fromkeys(_clients(plan))) if udp else (),
    ).text()


def _probes(bundle: Bundle, plan: JsonObject, devices: t.Mapping[str, NodeDevices]) -> list[Probe]:
    servers = [(backend["address"], backend["port"]) for backend in plan["backends"] if backend["port"]]
    simulated = Simulated(bundle)
    found = []
    for record in bundle.probes():
        request = record["request"]
        if record["phase"] != "capture" or request["kind"] in UNMATCHED or _all_opened(record):
            continue
        ways = simulated.ways(record)
        # Servers of DNS are none of the plan's backends, nor is where a rule redirects to.
        ends = [(way.final, way.port or (DNS_PORT if request["kind"] == "dns" else None)) for way in ways]
        behind = [(address, port) for address, port in ends if address and port]
        paths = _paths(plan, request, devices, ways)
        found.append(Probe.from_record(request, record["result"], paths, [*servers, *behind], _clients(plan)))
    return found


def _all_opened(record: JsonObject) -> bool:
    """Whether these are many connections, all of which opened at once: none is looked for."""
    return record["request"]["kind"] == "connections" and not (record["result"].get("data") or {}).get("signs")


def _clients(plan: JsonObject) -> list[str]:
    """Addresses that a node may put in place of the source's."""
    nodes = [work["address"] for work in plan["work"].values() if work["address"]]
    return [*nodes, *((plan["source"] or {}).get("addresses") or ())]


_WITHOUT_PORT = ("icmp", "path_mtu")


def _paths(
    plan: JsonObject, request: JsonObject, devices: t.Mapping[str, NodeDevices], ways: t.Sequence[SimulatedWay]
) -> list[ExpectedPath]:
    """The devices that a probe should pass, one way for each real target: by the simulation, and where a simulated
    packet ends, by what the snapshots say of the way that it is meant to go."""
    if request["kind"] == "dns":
        # Servers are none of the plan's ends.
        orders = {(way.final, *way.order(tuple(reversed(way.back)))) for way in ways}
        return [ExpectedPath(there, final, back) for final, there, back in sorted(orders, key=str) if there]
    source = plan["source"]
    exact = [end for end in plan["backends"] if end["address"] == request["target"]]
    node = plan["destination"]
    if node and node["kind"] == "node" and node["address"] == request["target"] and request["kind"] in _WITHOUT_PORT:
        # What has no port is not led to a node port's backends.
        exact = [node]
    found = []
    for end in exact or plan["backends"] or [plan["destination"]]:
        if not end:
            continue
        intended = _points(source, plan["destination"], end, devices)
        mine = [way for way in ways if way.final == end["address"]]
        there, back = mine[0].order(intended) if mine else (tuple(intended), None)
        if there:
            found.append(ExpectedPath(there, end["address"], back))
    return found


def _points(
    source: JsonObject, destination: JsonObject, target: JsonObject, devices: t.Mapping[str, NodeDevices]
) -> list[Point]:
    """From the source's node, over the node that a NodePort is reached at, to the target's node."""
    stations = [
        source["node"],
        destination["node"] if destination["kind"] in ("node", "service") else None,
        target["node"],
    ]
    order = [node for node in dict.fromkeys(stations) if node]
    points: list[Point] = []
    for position, node in enumerate(order):
        if node not in devices:
            continue
        names = devices[node].passage(
            enters_from=source["netns"] if position == 0 else None,
            leaves_to=target["netns"] if node == target["node"] else None,
            address=target["address"]
            if position or len(order) == 1 or order[1] == target["node"]
            else destination["address"],
        )
        points += [Point(node, name) for name in names]
    return list(dict.fromkeys(points))
