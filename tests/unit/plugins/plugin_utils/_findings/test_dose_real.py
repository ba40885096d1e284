# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that come and go, and what looks like them, with real packets over two nodes in namespaces (dose_rig.py)."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import shutil
import subprocess
import time
import typing as t

import pytest

from tests.unit.builders import World
from tests.unit.plugins.module_utils._probes.conftest import Namespace, need_namespaces
from tests.unit.plugins.plugin_utils._findings.dose_rig import Json, Rig, build, listener, never_accept

DICE = "-m statistic --mode random --probability"
ESTABLISHED = "net/netfilter/nf_conntrack_tcp_timeout_established"


@pytest.fixture(name="rig", scope="module")
def two_nodes() -> t.Iterator[Rig]:
    need_namespaces()
    if not all(map(shutil.which, ("iptables", "nft", "bridge"))):
        pytest.skip("needs iptables, nft and iproute2")
    with contextlib.ExitStack() as stack:

        def make(role: str) -> Namespace:
            made = Namespace(role)
            stack.callback(made.close)
            return made

        yield build(make)


@dataclasses.dataclass(frozen=True)
class Case:
    """rules: commands by place. root: the id that has to be named; empty for what is harmless."""

    name: str
    rules: t.Mapping[str, tuple[str, ...]]
    root: str = ""
    location: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    proven: bool = True
    destination: str = "pod:default/web-b"
    port: int | None = 8080
    idle: int = 0
    sysctls: t.Mapping[str, tuple[str, str]] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def drop(place: str, words: str, **more: t.Any) -> dict[str, t.Any]:
    location = {"node": place} if place.startswith("node") else {}
    return {"rules": {place: (f"iptables {words}",)}, "root": "netfilter-drop", "location": location, **more}


NAME = {"destination": "web.default.svc.cluster.local", "port": 80}
POD_B = {"node": "node-2", "namespace": "default", "pod": "web-b"}
SYN = "-p tcp --syn --dport 8080"
FAULTS = [
    Case("3 % on node-2", **drop("node-2", f"-A FORWARD {DICE} 0.05 -j DROP")),
    Case("5 % of what node-1 sends", **drop("node-1", f"-A FORWARD -d 10.244.2.0/24 {DICE} 0.05 -j DROP")),
    Case("5 % of the way back on node-1", **drop("node-1", f"-A FORWARD -s 10.244.2.0/24 {DICE} 0.05 -j DROP")),
    Case("5 % of the way back on node-2", **drop("node-2", f"-A FORWARD -s 10.244.2.0/24 {DICE} 0.05 -j DROP")),
    Case("6 % of the tunnel into node-2", **drop("node-2", f"-A INPUT -p udp --dport 8472 {DICE} 0.06 -j DROP")),
    Case("6 % of the tunnel out of node-1", **drop("node-1", f"-A OUTPUT -p udp --dport 8472 {DICE} 0.06 -j DROP")),
    Case("10 % in the pod", **{**drop("web-b", f"-A INPUT {DICE} 0.1 -j DROP"), "location": POD_B}),
    Case(
        "some answers rejected in the pod that sends them",
        {
            "web-b": (
                "iptables -A OUTPUT -p tcp --sport 8080 -m statistic --mode nth --every 3 --packet 0"
                " -j REJECT --reject-with tcp-reset",
            )
        },
        "netfilter-reject",
        POD_B,
    ),
    Case(
        "each fiftieth, not by chance",
        **drop("node-2", "-A FORWARD -m statistic --mode nth --every 20 --packet 0 -j DROP"),
    ),
    Case(
        "5 % by nft with a counter",
        {
            "node-2": (
                "nft add table inet lossy",
                "nft add chain inet lossy forward { type filter hook forward priority -5 ; }",
                "nft add rule inet lossy forward numgen random mod 100 < 6 counter drop",
            )
        },
        "netfilter-drop",
        {"node": "node-2"},
    ),
    Case(
        "6 % on the cable",
        {
            "fabric": (
                "nft add table bridge lossy",
                "nft add chain bridge lossy forward { type filter hook forward priority 0 ; }",
                "nft add rule bridge lossy forward udp dport 8472 numgen random mod 100 < 6 drop",
            )
        },
        "packet-loss",
        proven=False,
    ),
    Case(
        "a limit of 4 connections a second on node-2",
        {
            "node-2": (
                f"iptables -A FORWARD {SYN} -m limit --limit 4/s --limit-burst 5 -j ACCEPT",
                f"iptables -A FORWARD {SYN} -j DROP",
            )
        },
        "connection-limit",
        {"node": "node-2"},
    ),
    Case(
        "a limit for each client on node-1",
        {
            "node-1": (
                f"iptables -A FORWARD {SYN} -m hashlimit --hashlimit-above 5/s --hashlimit-burst 6 "
                f"--hashlimit-mode srcip"
                " --hashlimit-name clients -j DROP",
            )
        },
        "connection-limit",
        {"node": "node-1"},
    ),
    Case(
        "a limit in the pod",
        {
            "web-b": (
                "iptables -A INPUT -p tcp --syn -m limit --limit 5/s --limit-burst 6 -j ACCEPT",
                "iptables -A INPUT -p tcp --syn -j DROP",
            )
        },
        "connection-limit",
        POD_B,
    ),
    Case(
        "a limit by nft on node-2",
        {
            "node-2": (
                "nft add table inet guard",
                "nft add chain inet guard forward { type filter hook forward priority -5 ; }",
                "nft add rule inet guard forward tcp dport 8080 tcp flags syn limit rate over 4/second counter drop",
            )
        },
        "connection-limit",
        {"node": "node-2"},
    ),
    Case(
        "a limit that remembers addresses",
        {
            "node-2": (
                f"iptables -A FORWARD {SYN} -m recent --name seen --update --seconds 2 --hitcount 12 -j DROP",
                f"iptables -A FORWARD {SYN} -m recent --name seen --set",
            )
        },
        "connection-limit",
        {"node": "node-2"},
    ),
    Case(
        "the first packet of each connection",
        {
            "node-2": (
                f"iptables -A FORWARD {SYN} -m hashlimit --hashlimit-above 1/minute --hashlimit-burst 1 "
                f"--hashlimit-mode"
                " srcport --hashlimit-name first -j ACCEPT",
                "nft add rule ip filter FORWARD tcp dport 8080 tcp flags syn drop",
            )
        },
        "first-syn-lost",
        proven=False,
    ),
    Case("35 % of the DNS answers", **drop("node-1", f"-A FORWARD -p udp --sport 53 {DICE} 0.35 -j DROP", **NAME)),
    Case("20 % of the DNS questions", **drop("node-2", f"-A FORWARD -p udp --dport 53 {DICE} 0.2 -j DROP", **NAME)),
    Case(
        "a third of the answers in the DNS pod",
        {"coredns-1": (f"iptables -A OUTPUT -p udp --sport 53 {DICE} 0.3 -j DROP",)},
        "netfilter-drop",
        {"node": "node-2", "namespace": "default", "pod": "coredns-1"},
        **NAME,
    ),
    Case(
        "forgotten after 2 s, and what is unknown is dropped",
        {
            "node-2": (
                "iptables -A FORWARD -m conntrack --ctstate INVALID -j DROP",
                "iptables -A FORWARD -p tcp ! --syn -m conntrack --ctstate NEW -j DROP",
            )
        },
        "conntrack-timeout-short",
        {"node": "node-2"},
        idle=5,
        sysctls={"node-2": (ESTABLISHED, "2")},
    ),
    Case(
        "forgotten on the cable",
        {"fabric": ("nft add table bridge idle",)},
        "connection-idle-timeout",
        proven=False,
        idle=4,
    ),
]
HARMLESS = [
    Case("nothing at all", {}),
    Case(
        "a limit far away",
        {"node-2": (f"iptables -A FORWARD {SYN} -m limit --limit 900/s --limit-burst 900 -j ACCEPT",)},
    ),
    Case(
        "a router that limits pings",
        {
            "node-2": (
                "iptables -A FORWARD -p icmp -m limit --limit 60/s --limit-burst 10 -j ACCEPT",
                "iptables -A FORWARD -p icmp -j DROP",
            )
        },
    ),
    Case("pings are dropped by intent", {"node-2": ("iptables -A FORWARD -p icmp -j DROP",)}),
    Case("UDP of others is dropped", {"node-2": (f"iptables -A FORWARD -p udp --dport 9999 {DICE} 0.5 -j DROP",)}),
    Case("a short timeout that harms nothing", {}, sysctls={"node-2": (ESTABLISHED, "60")}),
    Case("a name and its DNS", {}, **NAME),
    Case("an idle connection that is kept", {}, idle=2),
]


def judge(rig: Rig, case: Case, during: t.Callable[[], None] | None = None) -> Json:
    rig.clean()
    for place, commands in case.rules.items():
        rig.run(place, *commands)
    old = {}
    for place, (name, value) in case.sysctls.items():
        old[place] = rig.spaces[place].call(lambda name=name: pathlib.Path(f"/proc/sys/{name}").read_text().strip())
        rig.spaces[place].sysctl(name, value)
    world = World()
    world.dose, world.idle = "gentle", case.idle
    for place, (name, value) in case.sysctls.items():
        world.netns(place)["sysctls"][name.replace("/", ".")] = value
    try:
        return rig.measure(world, case.destination, case.port, during)
    finally:
        for place, (name, _value) in case.sysctls.items():
            rig.spaces[place].sysctl(name, old[place])
        rig.clean()


@pytest.mark.parametrize("case", FAULTS, ids=str)
def test_faults_that_come_and_go_are_named_and_placed(rig: Rig, case: Case) -> None:
    def cut() -> None:
        """The connection is open by then; nothing of it passes any more."""
        time.sleep(2.2)
        rig.run(
            "fabric",
            "nft add chain bridge idle forward { type filter hook forward priority 0 ; }",
            "nft add rule bridge idle forward udp dport 8472 drop",
        )

    found = judge(rig, case, cut if case.root == "connection-idle-timeout" else None)
    verdict = found["verdict"]
    assert verdict["root_causes"] == [case.root], verdict["summary"]
    assert verdict["location"] == dict(case.location)
    assert (verdict["confidence"] == "proven") == case.proven, found["findings"]


@pytest.mark.parametrize("case", HARMLESS, ids=str)
def test_what_is_harmless_is_healthy(rig: Rig, case: Case) -> None:
    found = judge(rig, case)
    assert found["verdict"]["result"] == "healthy", found["verdict"]["summary"]
    assert [finding["id"] for finding in found["findings"] if finding["severity"] != "info"] == []


def test_an_application_that_never_accepts_is_no_fault_of_the_network(rig: Rig) -> None:
    """Its queue is full after two connections; the plain probes are fewer than that."""
    rig.spaces["web-b"].serve(listener(8090, 5), never_accept)
    found = judge(rig, Case("queue", {}, port=8090))
    assert found["verdict"]["result"] in ("healthy", "inconclusive")
    assert not set(found["verdict"]["root_causes"])


def test_rules_that_somebody_flushes_again_and_again(rig: Rig) -> None:
    stop = False

    def rewrite() -> None:
        while not stop:
            for words in ("-I FORWARD -p tcp --dport 8080 -j DROP", "-F FORWARD"):
                argv = ["ip", "netns", "exec", rig.spaces["node-1"].name, "iptables", *words.split()]
                subprocess.run(argv, capture_output=True, check=False)
                time.sleep(0.15)

    try:
        found = judge(rig, Case("flapping", {}), rewrite)
    finally:
        stop = True
        time.sleep(0.4)
        rig.clean()
    assert "rules-flapping" in [finding["id"] for finding in found["findings"]]
    # A dose that falls between the drops loses nothing.
    assert set(found["verdict"]["root_causes"]) <= {"rules-flapping", "netfilter-drop"}
