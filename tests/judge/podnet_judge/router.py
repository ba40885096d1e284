# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulation says that the router does: its hooks, with routes that are as plain as the world's."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import Tracking
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._context import (
    Action,
    FibAnswer,
    FilterResult,
    HookContext,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._hooks import run_hook
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import RuleSet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Assumption, Place, Step

from .world import V4, V6

NETWORKS = {ipaddress.ip_interface(text).network: name for name, text in (*V4.items(), *V6.items())}
OWN = {str(ipaddress.ip_interface(text).ip): name for name, text in (*V4.items(), *V6.items())}
_FACTS: dict[str, str | int] = {"type": "ether", "group": 0, "kind": "veth"}
PLACE = Place("router", "host")


@dataclasses.dataclass(frozen=True)
class Expected:
    """One way that the simulation found. what: out, local, drop, reject or unknown; place: the wire it leaves by."""

    what: str
    place: str | None
    packet: Packet
    tracking: Tracking
    share: float
    assumptions: tuple[Assumption, ...]
    steps: tuple[Step, ...]
    reject_with: str | None = None


def route(address: str) -> str | None:
    """The device that leads to an address, "lo" for the router's own."""
    parsed = ipaddress.ip_address(address)
    if address in OWN or parsed.is_loopback:
        return "lo"
    return next((name for network, name in NETWORKS.items() if parsed in network), None)


def address_type(address: str, device: str | None) -> str:
    """As the local routing table knows it."""
    parsed = ipaddress.ip_address(address)
    if address in OWN:
        return "local" if device in (None, OWN[address]) else "unicast"
    if parsed.is_loopback:
        return "local" if device in (None, "lo") else "unicast"
    if parsed.is_multicast:
        return "multicast"
    if parsed.version == 4 and any(parsed == network.broadcast_address for network in NETWORKS):
        return "broadcast"
    return "broadcast" if address in ("255.255.255.255", "0.0.0.0") else "unicast"


def context(iif: str | None, oif: str | None, tracking: Tracking, **more: t.Any) -> HookContext:
    """What the hooks ask the router."""

    def fib(packet: Packet, flags: frozenset[str]) -> FibAnswer:
        address = packet.src if "saddr" in flags else packet.dst
        device = route(address)
        if device == "lo":
            return FibAnswer("local", None)
        if device is None or ("iif" in flags and device != iif):
            return FibAnswer(address_type(address, None), None)
        return FibAnswer(address_type(address, None), device)

    def address_of(device: str, family: int) -> str | None:
        text = (V6 if family == 6 else V4).get(device)
        return None if text is None else str(ipaddress.ip_interface(text).ip)

    return HookContext(
        PLACE,
        iif=iif,
        oif=oif,
        tracking=tracking,
        fib=fib,
        address_type=address_type,
        masquerade=lambda packet, device: address_of(device, packet.family),
        device_address=address_of,
        interface=lambda device, key: _FACTS.get(key),
        **more,
    )


class Router:
    """The router with its rules."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules

    def through(self, packet: Packet, iif: str, tracking: Tracking) -> list[Expected]:
        """A packet that comes in by a wire."""
        start = [Expected("out", None, packet, tracking, 1.0, (), ())]
        ways = self._hook(start, "ingress", iif, None, layer="netdev")
        ways = self._hook(ways, "prerouting", iif, None)
        ended: list[Expected] = []
        for way in ways:
            if way.what != "out":
                ended.append(way)
                continue
            device = route(way.packet.dst)
            if device == "lo" and not ipaddress.ip_address(way.packet.dst).is_loopback:
                local = self._hook([way], "input", iif, None)
                ended += [dataclasses.replace(each, what="local") if each.what == "out" else each for each in local]
            elif device is None or device == "lo" or way.packet.ttl <= 1 or _is_group(way.packet.dst):
                ended.append(dataclasses.replace(way, what="drop"))
            else:
                ended += self._forwarded(way, iif, device)
        return ended

    def across(self, packet: Packet, port_in: str, port_out: str) -> list[Expected]:
        """A frame from one port of the bridge to another."""
        ways = [Expected("out", None, packet, Tracking(), 1.0, (), ())]
        names = {"bridge_in": "br0", "bridge_out": "br0", "layer": "bridge"}
        for hook, iif, oif in (
            ("prerouting", port_in, None),
            ("forward", port_in, port_out),
            ("postrouting", None, port_out),
        ):
            ways = self._hook(ways, hook, iif, oif, **names)
        return [dataclasses.replace(each, place=port_out) if each.what == "out" else each for each in ways]

    def _forwarded(self, way: Expected, iif: str, oif: str) -> list[Expected]:
        lower = dataclasses.replace(way.packet, ttl=way.packet.ttl - 1)
        ways = [dataclasses.replace(way, packet=lower)]
        ways = self._hook(ways, "forward", iif, oif)
        ways = self._hook(ways, "postrouting", iif, oif)
        ways = self._hook(ways, "egress", None, oif, layer="netdev")
        return [dataclasses.replace(each, place=oif) if each.what == "out" else each for each in ways]

    def _hook(self, ways: list[Expected], hook: str, iif: str | None, oif: str | None, **more: t.Any) -> list[Expected]:
        after: list[Expected] = []
        for way in ways:
            if way.what != "out":
                after.append(way)
                continue
            results = run_hook(self.rules, hook, way.packet, context(iif, oif, way.tracking, **more))
            after += [_next(way, each) for each in results]
        return after


def _is_group(address: str) -> bool:
    return address_type(address, None) in ("broadcast", "multicast")


def _next(way: Expected, result: FilterResult) -> Expected:
    what = {Action.ACCEPT: "out", Action.DROP: "drop", Action.REJECT: "reject"}.get(result.action, "unknown")
    return Expected(
        what,
        None,
        result.packet,
        result.tracking,
        way.share * result.share,
        (*way.assumptions, *result.assumptions),
        (*way.steps, *result.steps),
        result.reject_with,
    )
