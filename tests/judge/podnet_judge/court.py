# SPDX-License-Identifier: GPL-3.0-or-later
"""One case: rules are loaded, packets sent, and what became of them is compared with what the simulation says."""

from __future__ import annotations

import dataclasses
import json
import random
import re
import time

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _netfilter
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import Tracking
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._compile import ruleset_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import RuleSet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet

from .frames import Seen
from .packets import Pool, answer, packet
from .router import Expected, Router
from .world import BRIDGE_ENDS, CommandFailed, World

PACKETS = 24
ONE, OTHER = BRIDGE_ENDS["p1"], BRIDGE_ENDS["p2"]
MAX_ATTEMPTS = 12
# Where nft and iptables-restore say that they refuse something.
_LINE = re.compile(r"(?:stdin:|line:? )(\d+)")


@dataclasses.dataclass(frozen=True)
class Setup:
    """What a generator made: commands with their input, the family of its packets, and the text for people.

    bridged: packets go from port to port of the bridge.
    """

    family: int
    load: tuple[tuple[tuple[str, ...], str], ...]
    bridged: bool = False

    def __str__(self) -> str:
        return "\n".join(f"# {' '.join(argv)}\n{text}" for argv, text in self.load)


@dataclasses.dataclass
class Tally:
    """How it went. certain: the simulation left one outcome only; open: it could not know."""

    cases: int = 0
    refused: int = 0
    packets: int = 0
    certain: int = 0
    open: int = 0
    disagreements: list[str] = dataclasses.field(default_factory=list)


CLEAN: tuple[tuple[str, ...], ...] = (("nft", "flush", "ruleset"), ("conntrack", "-F"))


def judge(world: World, setup: Setup, dice: random.Random, tally: Tally, first: int) -> None:
    """Try one rule set with some packets and with the answers to those that arrive."""
    clean(world)
    setup = dataclasses.replace(setup, load=tuple((argv, _loaded(world, argv, text)) for argv, text in setup.load))
    router = Router(collected(world, setup.family))
    pool = Pool(setup.family)
    sent: dict[int, tuple[str, Packet]] = {}
    for offset in range(PACKETS):
        wire, each = packet(dice, pool, first + offset)
        if setup.bridged:
            wire, each = "p1", dataclasses.replace(each, src_mac=ONE, dst_mac=OTHER)
        else:
            each = dataclasses.replace(each, src_mac=world.macs[f"far-{wire}"], dst_mac=world.macs[wire])
        sent[first + offset] = (wire, each)
        world.send(wire, each, first + offset, to=each.dst_mac)
    seen = _by_number(world.collect())
    answers: dict[int, tuple[str, Packet, list[Expected], Packet]] = {}
    for number, (wire, each) in sent.items():
        expected = router.across(each, "p1", "p2") if setup.bridged else router.through(each, wire, Tracking())
        fitting = _compare(setup, number, each, expected, seen.get(number, []), tally, first)
        back = _answer_to(number, seen.get(number, []), fitting)
        if back is not None and not setup.bridged:
            answers[number + PACKETS] = (*back, each)
    for number, (wire, each, _ways, _question) in answers.items():
        world.send(wire, dataclasses.replace(each, src_mac=world.macs[f"far-{wire}"]), number, answers=number - PACKETS)
    if not answers:
        return
    seen = _by_number(world.collect())
    for number, (wire, each, ways, question) in answers.items():
        each = dataclasses.replace(each, src_mac=world.macs[f"far-{wire}"], dst_mac=world.macs[wire])
        results = [result for way in ways for result in router.through(each, wire, way.tracking)]
        _compare(setup, number, each, results, seen.get(number, []), tally, first, question)


def _loaded(world: World, argv: tuple[str, ...], text: str) -> str:
    """Load rules, without the lines that the program refuses; what was loaded in the end."""
    for _attempt in range(MAX_ATTEMPTS):
        try:
            world.run(*argv, data=text)
            return text
        except CommandFailed as exc:
            refused = {int(number) for number in _LINE.findall(str(exc))}
            if not refused:
                raise
            text = "\n".join(line for number, line in enumerate(text.split("\n"), 1) if number not in refused)
    world.run(*argv, data=text)
    return text


def clean(world: World) -> None:
    """No rules and no connections."""
    for argv in CLEAN:
        world.run(*argv)
    if world.has("ipset"):
        _destroy_sets(world)
    for name, prefix in (("", "iptables"), ("6", "ip6tables")):
        used = [table for table in _BUILT_IN if _legacy_has(name, table)]
        if used:
            lines = [(f"*{table}", *(f":{hook} ACCEPT [0:0]" for hook in _BUILT_IN[table]), "COMMIT") for table in used]
            world.run(f"{prefix}-legacy-restore", data="\n".join(line for each in lines for line in each) + "\n")


def _destroy_sets(world: World) -> None:
    """Rules that are gone let go of their sets a moment later, sets of sets when they are empty."""
    world.run("ipset", "flush")
    limit = time.monotonic() + 10
    while True:
        try:
            world.run("ipset", "destroy")
            return
        except CommandFailed:
            if time.monotonic() > limit:
                raise
            time.sleep(0.01)


_BUILT_IN = {
    "raw": ("PREROUTING", "OUTPUT"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "security": ("INPUT", "FORWARD", "OUTPUT"),
}


def _legacy_has(family: str, table: str) -> bool:
    try:
        with open(f"/proc/self/net/ip{family}_tables_names", encoding="ascii") as stream:
            return table in stream.read().split()
    except OSError:
        return False


def collected(world: World, family: int) -> RuleSet:
    """The rules as a snapshot of the router would have them."""
    entries = []
    prefix, name = ("iptables", "") if family == 4 else ("ip6tables", "6")
    text = world.run(f"{prefix}-nft-save", "-c").stdout
    if text.strip():
        entries.append({"backend": "nf_tables", "family": family, "text": text, "binary": f"{prefix}-nft-save"})
    if any(_legacy_has(name, table) for table in _BUILT_IN):
        text = world.run(f"{prefix}-legacy-save", "-c").stdout
        entries.append({"backend": "legacy", "family": family, "text": text, "binary": f"{prefix}-legacy-save"})
    listing = _with_devices(world.run("nft", "-j", "list", "ruleset").stdout, world)
    sets = world.run("ipset", "save").stdout if world.has("ipset") else ""
    return ruleset_of(entries, listing, sets)


def _with_devices(listing: str, world: World) -> str:
    """As the collector does where nft leaves out the devices of chains."""
    items = json.loads(listing)["nftables"]
    if not any(_netfilter.lacks_device(item) for item in items):
        return listing
    devices = _netfilter.devices_of(world.run("nft", "list", "chains").stdout)
    return json.dumps({"nftables": [_netfilter.with_device(item, devices) for item in items]})


def _by_number(found: list[tuple[str, Seen]]) -> dict[int, list[tuple[str, Seen]]]:
    by_number: dict[int, list[tuple[str, Seen]]] = {}
    for place, seen in found:
        if seen.number is not None:
            by_number.setdefault(seen.number, []).append((place, seen))
    return by_number


def _answer_to(
    number: int, seen: list[tuple[str, Seen]], fitting: list[Expected]
) -> tuple[str, Packet, list[Expected]] | None:
    for place, each in seen:
        if not each.answers and place != "local":
            back = answer(each.packet)
            ways = [way for way in fitting if way.what == "out"]
            if back is not None and ways:
                return place, dataclasses.replace(back, size=each.packet.size), ways
    return None


def _compare(
    setup: Setup,
    number: int,
    sent: Packet,
    expected: list[Expected],
    seen: list[tuple[str, Seen]],
    tally: Tally,
    first: int,
    question: Packet | None = None,
) -> list[Expected]:
    """The ways that agree with what was seen; a disagreement goes to the tally."""
    tally.packets += 1
    fitting = [way for way in expected if _agrees(way, seen, expected)]
    if len(expected) == 1 and expected[0].what != "unknown":
        tally.certain += 1
    if any(way.what == "unknown" for way in expected):
        tally.open += 1
    if not fitting:
        tally.disagreements.append(_told(setup, number - first, sent, expected, seen, question))
    return fitting


def _agrees(way: Expected, seen: list[tuple[str, Seen]], expected: list[Expected]) -> bool:
    passed = [(place, each.packet) for place, each in seen if not each.answers]
    if way.what == "unknown":
        return True
    if way.what in ("out", "local"):
        place = "local" if way.what == "local" else way.place
        if way.what == "local" and way.packet.family == 6:
            return not passed  # what a raw socket gets of IPv6 has no header
        return any(where == place and _same(way.packet, each) for where, each in passed)
    if passed:
        return False
    answers = [each.packet for _place, each in seen if each.answers]
    if way.what == "reject":
        return all(_is_kind(way.reject_with or "", each) for each in answers)
    return not answers or any(other.what in ("reject", "local") for other in expected) or _own_answer(answers)


def _own_answer(answers: list[Packet]) -> bool:
    """Answers of the router that are no filter's: no route, TTL exceeded."""
    return all(
        (each.protocol == "icmp" and (each.icmp_type, each.icmp_code) in ((3, 0), (3, 1), (11, 0)))
        or (each.protocol == "icmpv6" and (each.icmp_type, each.icmp_code) in ((1, 0), (1, 3), (3, 0)))
        for each in answers
    )


def _is_kind(kind: str, packet: Packet) -> bool:
    codes = {
        "icmp-port-unreachable": ("icmp", 3, 3),
        "icmp-host-prohibited": ("icmp", 3, 10),
        "icmp-admin-prohibited": ("icmp", 3, 13),
        "icmp-host-unreachable": ("icmp", 3, 1),
        "icmp-net-unreachable": ("icmp", 3, 0),
        "icmp6-port-unreachable": ("icmpv6", 1, 4),
        "icmp6-adm-prohibited": ("icmpv6", 1, 1),
        "icmp6-no-route": ("icmpv6", 1, 0),
        "icmp6-addr-unreachable": ("icmpv6", 1, 3),
    }
    if kind == "tcp-reset":
        return packet.protocol == "tcp" and "rst" in packet.flags
    return codes.get(kind) == (packet.protocol, packet.icmp_type, packet.icmp_code)


def _same(way: Packet, seen: Packet) -> bool:
    """Whether a packet is as expected; a port that is not known may be any."""
    return (
        (way.src, way.dst, way.protocol, way.tos, way.ttl) == (seen.src, seen.dst, seen.protocol, seen.tos, seen.ttl)
        and way.sport in (None, seen.sport)
        and (way.dport in (None, seen.dport) or seen.protocol in ("icmp", "icmpv6"))
    )


def _told(
    setup: Setup,
    index: int,
    sent: Packet,
    expected: list[Expected],
    seen: list[tuple[str, Seen]],
    question: Packet | None,
) -> str:
    lines = [f"packet {index}: {sent} ttl {sent.ttl} tos {sent.tos:#x} size {sent.size}"]
    if question is not None:
        lines.append(f"  an answer to {question}")
    lines += [
        f"  seen: {place} {each.packet} ttl {each.packet.ttl} tos {each.packet.tos:#x}" for place, each in seen
    ] or ["  seen: nothing"]
    for way in expected:
        lines.append(
            f"  expected: {way.what} {way.place or ''} {way.packet} ttl {way.packet.ttl} tos {way.packet.tos:#x}"
        )
        lines += [f"    {step.text}" for step in way.steps]
    return "\n".join([*lines, str(setup)])
