# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m podnet_judge.lookups [--cases N] [--seed N]: random routes and rules, asked of kernel and model.

The kernel answers `ip route get` in a network namespace of its own; the model reads what the collection's own
collectors say of that namespace. Answers for packets that come in are compared with the source check (rp_filter,
martians) too.
"""

from __future__ import annotations

import argparse
import dataclasses
import ipaddress
import json
import os
import random
import subprocess
import sys
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _links, _routes, _sysctls
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace, node_from_snapshot
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _source_check
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import (
    LOCAL,
    LOOPBACK,
    Query,
    routing,
)

INSIDE = "PODNET_JUDGE_LOOKUPS"
DEVICES = ("d0", "d1", "d2")
TABLES = ("main", "11", "12", "13")
TYPES = ("blackhole", "unreachable", "prohibit", "throw")
QUERIES = 60
Dice = random.Random


@dataclasses.dataclass(frozen=True)
class Question:
    """One look-up: the words of ip route get, and the same for the model."""

    words: tuple[str, ...]
    query: Query


def ip(*words: str, family: int = 4) -> subprocess.CompletedProcess[str]:
    """Run ip."""
    return subprocess.run(["ip", "-j", f"-{family}", *words], capture_output=True, text=True, check=False)


class Addresses:
    """Small random pools, so that routes, rules and questions meet."""

    def __init__(self, family: int) -> None:
        self.family = family
        self.own = ["10.0.0.1", "10.1.0.1", "10.2.0.1"] if family == 4 else ["fd00:0::1", "fd00:1::1", "fd00:2::1"]
        self.lengths = (0, 8, 15, 16, 24, 32) if family == 4 else (0, 16, 31, 32, 64, 128)

    def host(self, dice: Dice) -> str:
        """An address on some wire, or far away."""
        if self.family == 4:
            return f"10.{dice.randrange(4)}.{dice.randrange(2)}.{dice.randrange(1, 6)}"
        return f"fd00:{dice.randrange(4):x}::{dice.randrange(1, 6):x}"

    def prefix(self, dice: Dice) -> str:
        """A prefix around such an address."""
        return f"{self.host(dice)}/{dice.choice(self.lengths)}"


# -- making ------------------------------------------------------------------------------------------------------
def make(pool: Addresses, dice: Dice) -> None:
    """Random tables and rules, in place of those of the last case."""
    for table in TABLES:
        ip("route", "flush", "table", table, "scope", "global", family=pool.family)
        ip("route", "flush", "table", table, "proto", "boot", family=pool.family)
    while any(ip("rule", "del", "pref", str(number), family=pool.family).returncode == 0 for number in range(100, 140)):
        pass
    for _number in range(dice.randrange(3, 16)):
        ip("route", "add", *_route(pool, dice), family=pool.family)
    for number in range(dice.randrange(6)):
        ip("rule", "add", "pref", str(100 + 5 * number), *_rule(pool, dice), family=pool.family)
    for device in ("all", *DEVICES):
        for name, values in (("rp_filter", "012"), ("accept_local", "01"), ("src_valid_mark", "01")):
            with open(f"/proc/sys/net/ipv4/conf/{device}/{name}", "w", encoding="ascii") as stream:
                stream.write(dice.choice(values if device != "all" else "0"))


def _route(pool: Addresses, dice: Dice) -> list[str]:
    words = [_network(pool.prefix(dice)), "table", dice.choice(TABLES), "metric", str(dice.randrange(1, 4))]
    if dice.random() < 0.2:
        return [dice.choice(TYPES), *words]
    if pool.family == 4 and dice.random() < 0.15:
        words += ["tos", "0x10"]
    if dice.random() < 0.2:
        hops = [["nexthop", *_hop(pool, dice), "weight", str(dice.randrange(1, 5))] for _number in range(2)]
        return [*words, *hops[0], *hops[1]]
    return [*words, *_hop(pool, dice)]


def _network(prefix: str) -> str:
    return str(ipaddress.ip_network(prefix, strict=False))


def _hop(pool: Addresses, dice: Dice) -> list[str]:
    device = dice.choice(DEVICES)
    if dice.random() < 0.5:
        return ["dev", device]
    return ["via", pool.host(dice), "dev", device, "onlink"]


def _rule(pool: Addresses, dice: Dice) -> list[str]:
    words: list[str] = []
    chances: list[tuple[float, list[str]]] = [
        (0.1, ["not"]),
        (0.4, ["from", pool.prefix(dice)]),
        (0.3, ["to", pool.prefix(dice)]),
        (0.2, ["iif", dice.choice((*DEVICES, LOOPBACK))]),
        (0.1, ["oif", dice.choice(DEVICES)]),
        (0.3, ["fwmark", dice.choice(("1", "2", "0x1/0x1", "0x2/0x3"))]),
        (0.1, ["tos", "0x10"]),
        (0.2, ["ipproto", dice.choice(("tcp", "udp"))]),
        (0.2, ["dport", dice.choice(("80", "80-90"))]),
        (0.1, ["uidrange", "1000-2000"]),
    ]
    for chance, condition in chances:
        if dice.random() < chance:
            words += condition
    if not {"from", "to"} & set(words):
        words += ["from", "all"]
    action = dice.random()
    if action < 0.1:
        return [*words, dice.choice(("blackhole", "unreachable", "prohibit"))]
    if action < 0.2:
        return [*words, "goto", str(100 + 5 * dice.randrange(6, 8))] if dice.random() < 0.2 else [*words, "nop"]
    words += ["lookup", dice.choice(TABLES)]
    return [*words, "suppress_prefixlength", str(dice.choice(pool.lengths))] if dice.random() < 0.2 else words


def ask(pool: Addresses, dice: Dice) -> Question:
    """A random look-up of a packet that is sent here, or comes in by a device."""
    destination, mark, tos = pool.host(dice), dice.randrange(4), dice.choice((0, 0, 0x10))
    protocol, port = dice.choice((None, "tcp", "udp")), dice.choice((80, 85, 100))
    words = [destination]
    source, iif, oif = None, LOOPBACK, None
    if pool.family == 4 and dice.random() < 0.5:
        source, iif = pool.host(dice), dice.choice(DEVICES)
        words += ["from", source, "iif", iif]
    else:
        if dice.random() < 0.5:
            source = dice.choice(pool.own)
            words += ["from", source]
        if dice.random() < 0.2:
            oif = dice.choice(DEVICES)
            words += ["oif", oif]
    uid = dice.choice((0, 1500)) if iif == LOOPBACK else 0
    words += ["mark", str(mark)]
    words += ["tos", hex(tos)] if tos else []
    words += ["uid", str(uid)] if iif == LOOPBACK else []
    if protocol:
        words += ["ipproto", protocol, "sport", "7", "dport", str(port)]
    # Without a protocol, the kernel looks for one that UDP would take; of IPv6, for none.
    known = protocol or ("udp" if pool.family == 4 else "0")
    sport, dport = (7, port) if protocol else (0, 0)
    query = Query(pool.family, destination, source, iif, oif, mark, tos, known, sport, dport, uid)
    return Question(tuple(words), query)


# -- comparing ---------------------------------------------------------------------------------------------------
def collected() -> Namespace:
    """The namespace as the collection's own collectors read it."""
    return snapshot_of()


def snapshot_of(**parts: t.Any) -> Namespace:
    """The same, with other parts of a snapshot."""

    def read(*words: str) -> t.Any:
        done = subprocess.run(list(words), capture_output=True, text=True, check=True)
        return json.loads(done.stdout or "[]")

    links = _links.parse_links([item for item in read(*_links.LINKS) if item])
    data = {
        "id": "host",
        "links": [link.to_dict() for link in links],
        "routes": [
            each.to_dict() for family in (4, 6) for each in _routes.parse_routes(read(*_routes.ROUTES[family]), family)
        ],
        "rules": [
            each.to_dict() for family in (4, 6) for each in _routes.parse_rules(read(*_routes.RULES[family]), family)
        ],
        "sysctls": _sysctls.read_all()[0],
        **parts,
    }
    return node_from_snapshot({"node": "judged", "netns": [data]}).host


def kernel(question: Question) -> tuple[str, str | None]:
    """What the kernel does: device and gateway, or why not."""
    done = ip("route", "get", *question.words, family=question.query.family)
    if done.returncode != 0:
        return "refused", None
    route = json.loads(done.stdout)[0]
    if route.get("type") in ("blackhole", "unreachable", "prohibit"):
        return "refused", None
    if route.get("type") == LOCAL:
        return LOCAL, None
    return str(route.get("dev")), route.get("gateway")


def model(namespace: Namespace, question: Question) -> set[tuple[str, str | None]]:
    """What the model says: all answers that it takes for possible."""
    query = question.query
    answers: set[tuple[str, str | None]] = set()
    packet = Packet(
        query.family,
        query.src or "",
        query.dst,
        query.protocol or "0",
        query.sport,
        query.dport,
        mark=query.mark,
        tos=query.tos,
    )
    coming_in = query.iif != LOOPBACK
    if coming_in and _source_check.martian(namespace, packet, query.iif):
        return {("refused", None)}
    for found in routing(namespace).look_up(query):
        local = found.type == LOCAL
        refused = not found.found or (coming_in and not local and found.type != "unicast")
        if coming_in and not refused:
            oif = None if local else found.dev
            refused = _source_check.refused_source(namespace, packet, query.iif, oif) is not None
        if refused:
            answers.add(("refused", None))
        else:
            answers.add((LOCAL, None) if local else (str(found.dev), found.gateway))
    return answers


def prepare() -> None:
    """The devices of the namespace."""
    lines = ["link set lo up"]
    for number, device in enumerate(DEVICES):
        lines += [
            f"link add {device} type veth peer name far-{device}",
            f"link set far-{device} up",
            f"link set {device} up",
            f"addr add 10.{number}.0.1/24 dev {device}",
            f"addr add fd00:{number:x}::1/64 dev {device} nodad",
        ]
    for line in lines:
        subprocess.run(["ip", *line.split()], check=True, capture_output=True)
    for name in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        with open(f"/proc/sys/net/{name}", "w", encoding="ascii") as stream:
            stream.write("1")


def main() -> int:
    """The exit status is 1 where anything disagrees."""
    parser = argparse.ArgumentParser(prog="podnet_judge.lookups", description=__doc__)
    parser.add_argument("--cases", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if os.environ.get(INSIDE) != "1":
        command = ["unshare", "--net", sys.executable, "-m", "podnet_judge.lookups", *sys.argv[1:]]
        return subprocess.run(command, env={**os.environ, INSIDE: "1"}, check=False).returncode
    prepare()
    asked, wrong = 0, 0
    for number in range(options.cases):
        dice = random.Random(f"{options.seed}/{number}")
        pool = Addresses(dice.choice((4, 4, 6)))
        make(pool, dice)
        namespace = collected()
        for _question in range(QUERIES):
            question = ask(pool, dice)
            says, thinks = kernel(question), model(namespace, question)
            asked += 1
            if says not in thinks:
                wrong += 1
                if wrong <= 5:
                    asked_for = f"ip -{pool.family} route get {' '.join(question.words)}"
                    print(f"case {number}: {asked_for}: {says}, model: {thinks}")
                    print("\n".join(f"  {each}" for each in namespace.rules if each.family == pool.family))
                    tables = [each for each in namespace.routes if each.family == pool.family and each.table != LOCAL]
                    print("\n".join(f"  {each} metric {each.metric} tos {each.tos}" for each in tables), flush=True)
    print(f"{options.cases} cases, {asked} look-ups, {wrong} disagreements")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
