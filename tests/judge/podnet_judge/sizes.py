# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m podnet_judge.sizes [--cases N] [--seed N]: random sizes, forwarded by kernel and model.

The kernel forwards real packets in a network namespace of its own, with random MTUs of devices and routes, and with
sizes that ICMP errors taught it; the model reads what the collection's own collectors say of that namespace.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import random
import select
import socket
import struct
import subprocess
import sys
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _path_mtus
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _mtu
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import Query, routing

from .frames import checksum
from .lookups import ip, snapshot_of

INSIDE = "PODNET_JUDGE_SIZES"
SENDER, ROUTER = "02:00:00:00:00:0a", "02:00:00:00:00:01"
# Destinations behind the second wire: by routes of their own, and by one route for all the rest.
SPECIAL = ("203.0.113.1", "203.0.113.2", "203.0.113.3")
OTHERS = ("203.0.113.77", "203.0.113.78")
SIZES = (400, 551, 552, 553, 700, 900, 1000, 1001, 1200, 1201, 1399, 1400, 1500)
MTUS = (600, 700, 1000, 1200, 1400, 1500)
SECONDS = 0.4
SENDS = 24
# What the router keeps of an answer: nothing is held back by its rate.
SETTINGS = {"ipv4/icmp_ratelimit": "0", "ipv4/icmp_msgs_per_sec": "1000000", "ipv4/icmp_msgs_burst": "1000000"}
Dice = random.Random
# (what became of it, the MTU that the sender is told or the largest fragment fits)
Answer = tuple[str, t.Optional[int]]


@dataclasses.dataclass(frozen=True)
class Sent:
    """One packet: its destination, bytes and whether it must not be split."""

    dst: str
    size: int
    df: bool


# -- packets -----------------------------------------------------------------------------------------------------
def header(src: str, dst: str, size: int, protocol: int, df: bool, number: int = 1) -> bytes:
    """An IPv4 header."""
    source, destination = socket.inet_aton(src), socket.inet_aton(dst)
    words = (0x45, 0, size, number, 0x4000 if df else 0, 64, protocol, 0, source, destination)
    head = struct.pack("!BBHHHBBH4s4s", *words)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:]


def error(src: str, dst: str, mtu: int) -> bytes:
    """An ICMP error to src, which says that its echo reply to dst was too large."""
    quoted = header(src, dst, 1400, 1, True) + struct.pack("!BBHHH", 0, 0, 0, 1, 1)
    body = struct.pack("!BBHHH", 3, 4, 0, 0, mtu) + quoted
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


class Wires:
    """The far ends of the router's two wires."""

    def __init__(self) -> None:
        self.ends = {
            name: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) for name in ("fa", "fb")
        }
        for name, end in self.ends.items():
            end.bind((name, 0x0800))

    def send(self, sent: Sent, number: int) -> None:
        """By the first wire."""
        data = header("192.0.2.10", sent.dst, sent.size, 17, sent.df, number) + bytes(sent.size - 20)
        macs = bytes.fromhex((ROUTER + SENDER).replace(":", ""))
        self.ends["fa"].send(macs + b"\x08\x00" + data)

    def seen(self, number: int) -> Answer:
        """What became of a packet."""
        deadline = time.monotonic() + SECONDS
        while (left := deadline - time.monotonic()) > 0:
            for end in select.select(list(self.ends.values()), [], [], left)[0]:
                data, where = end.recvfrom(65536)
                if where[2] == socket.PACKET_OUTGOING:
                    continue
                answer = _read(data[14:], number)
                if answer is not None:
                    return answer
        return "silent", None


def _read(data: bytes, number: int) -> Answer | None:
    if len(data) < 20 or data[0] != 0x45:
        return None
    total, identifier, flags = struct.unpack("!HHH", data[2:8])
    if data[9] == 17 and identifier == number:
        return ("split", total) if flags & 0x2000 else ("whole", None)
    if data[9] == 1 and data[20] == 3 and data[21] == 4 and struct.unpack("!H", data[32:34])[0] == number:
        return "told", struct.unpack("!H", data[26:28])[0]
    return None


# -- making ------------------------------------------------------------------------------------------------------
def prepare() -> None:
    """The router and its wires."""
    for line in (
        "link set lo up",
        "link add ra type veth peer name fa",
        "link add rb type veth peer name fb",
        f"link set ra address {ROUTER} up",
        "link set fa up",
        "link set rb up",
        "link set fb up",
        "addr add 192.0.2.1/24 dev ra",
        "addr add 198.51.100.1/24 dev rb",
        f"neigh add 192.0.2.10 lladdr {SENDER} dev ra nud permanent",
        "neigh add 198.51.100.2 lladdr 02:00:00:00:00:0b dev rb nud permanent",
    ):
        subprocess.run(["ip", *line.split()], check=True, capture_output=True)
    for name, value in {"ipv4/ip_forward": "1", **SETTINGS}.items():
        with contextlib.suppress(FileNotFoundError), open(f"/proc/sys/net/{name}", "w", encoding="ascii") as stream:
            stream.write(value)


def make(dice: Dice) -> list[str]:
    """Random MTUs, and what the router is taught; the commands for a reader."""
    ip("route", "flush", "cache")
    told = []
    lines = [["link", "set", "rb", "mtu", str(dice.choice(MTUS))]]
    for dst in (*SPECIAL, "203.0.113.0/24"):
        words = ["route", "replace", dst, "via", "198.51.100.2", "dev", "rb"]
        if dice.random() < 0.5:
            words += ["mtu", *(["lock"] if dice.random() < 0.3 else []), str(dice.choice(MTUS))]
        lines.append(words)
    for words in lines:
        told.append("ip " + " ".join(words))
        if ip(*words).returncode != 0:
            told[-1] += " (refused)"
    use = dice.choice("01")
    with open("/proc/sys/net/ipv4/ip_forward_use_pmtu", "w", encoding="ascii") as stream:
        stream.write(use)
    told.append(f"ip_forward_use_pmtu {use}")
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as channel:
        for dst in (*SPECIAL, *OTHERS):
            if dice.random() < 0.6:
                mtu = dice.choice((300, 552, 700, 1000, 1300))
                channel.sendto(error("198.51.100.1", dst, mtu), ("198.51.100.1", 0))
                ip("route", "get", dst)  # one that nobody has met is not told
                told.append(f"taught {mtu} for {dst}")
    return told


def collected() -> Namespace:
    """The namespace as the collection's own collectors read it."""
    return snapshot_of(path_mtus=[each.to_dict() for each in _path_mtus.ask()])


def model(namespace: Namespace, sent: Sent) -> Answer:
    """What the model says."""
    packet = Packet(4, "192.0.2.10", sent.dst, "udp", 1, 1, size=sent.size, df=sent.df)
    (found,) = routing(namespace).look_up(Query(4, sent.dst, "192.0.2.10", iif="ra"))
    size = _mtu.fits(namespace, packet, found, namespace.links["rb"], True)
    if size.fit is _mtu.Fit.TOO_BIG:
        return "told", size.mtu
    # A fragment's data has a length that eight divides.
    return ("split", (size.mtu - 20) // 8 * 8 + 20) if size.fit is _mtu.Fit.FRAGMENTED else ("whole", None)


def main() -> int:
    """The exit status is 1 where anything disagrees."""
    parser = argparse.ArgumentParser(prog="podnet_judge.sizes", description=__doc__)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if os.environ.get(INSIDE) != "1":
        command = ["unshare", "--net", sys.executable, "-m", "podnet_judge.sizes", *sys.argv[1:]]
        return subprocess.run(command, env={**os.environ, INSIDE: "1"}, check=False).returncode
    prepare()
    wires, wrong, count, met = Wires(), 0, 0, 0
    for case in range(options.cases):
        dice = random.Random(f"{options.seed}/{case}")
        told = make(dice)
        namespace = collected()
        for _number in range(SENDS):
            sent = Sent(dice.choice((*SPECIAL, *OTHERS)), dice.choice(SIZES), dice.random() < 0.7)
            count += 1
            wires.send(sent, count)
            says, thinks = wires.seen(count), model(namespace, sent)
            met += says[0] != "whole"
            if says != thinks:
                wrong += 1
                if wrong <= 5:
                    print(f"case {case}: {sent}: {says}, model: {thinks}")
                    print("\n".join(f"  {line}" for line in [*told, *map(str, namespace.path_mtus)]), flush=True)
    print(f"{options.cases} cases, {count} packets, {met} did not fit, {wrong} disagreements")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
