# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the kernels of the nodes said of marked packets: which devices they passed, and why they were dropped.

A drop is told by the kernel for a packet's buffer, not for the packet, and a buffer is used again. So a drop counts
only when it happened to at least two marked packets of one kind in the same way, and no buffer lost an event.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

ENOUGH = 2
MARKER_SUFFIX = "-marker"
NOT_SENT, REFUSED = "not_sent", "EPERM"


@dataclasses.dataclass(frozen=True)
class KernelDrop:
    """Marked packets that a kernel dropped. nodes: whose kernel it is, several where they share one. devices: what the
    packets passed before, in order, each once; received: whether they came in by the last of these, or were queued on
    it to go out.

    reason: of enum skb_drop_reason (include/net/dropreason-core.h), None on kernels before 5.17; location: the function
    that dropped them. dropped of sent packets went this way.
    """

    nodes: tuple[str, ...]
    probe_id: str
    devices: tuple[str, ...]
    received: bool
    reason: str | None
    location: str
    dropped: int
    sent: int

    def __str__(self) -> str:
        whose = f"of {self.nodes[0]}" if len(self.nodes) == 1 else f"that {' and '.join(self.nodes)} share"
        return f"the kernel {whose} dropped {self.counted}"

    @property
    def counted(self) -> str:
        """How many, where and why."""
        reason = f"{self.reason} in {self.location}" if self.reason else self.location
        side = "received from" if self.received else "queued on"
        return f"{self.dropped} of {self.sent} marked packets {side} {self.devices[-1]}: {reason}"


class Record(t.Protocol):
    """A probe of the run, as _model has it."""

    @property
    def id(self) -> str:
        """As in the plan."""

    @property
    def node(self) -> str:
        """Where it was sent from."""

    @property
    def request(self) -> JsonObject:
        """What was asked for."""

    @property
    def result(self) -> JsonObject:
        """How it ended."""


@dataclasses.dataclass(frozen=True)
class Refusal:
    """Marked packets, or questions to DNS, that the sender's own kernel did not let out: a packet filter that drops
    what a process sends answers the process with EPERM (nf_hook_slow(), ip_send_skb()). refused of sent packets."""

    node: str
    probe_id: str
    refused: int
    sent: int
    what: str = "marked packets"

    def __str__(self) -> str:
        return (
            f"the kernel of {self.node} refused to send {self.refused} of {self.sent} {self.what} (EPERM): a packet "
            "filter, or a BPF program of a control group, dropped them on their way out"
        )


def refusals(probes: t.Iterable[Record]) -> list[Refusal]:
    """Probes whose marked packets, or whose questions of all rounds, were refused by the kernel that should have sent
    them."""
    found = []
    asked: dict[tuple[str, str], list[bool]] = {}
    for probe in probes:
        if probe.request.get("kind") == "dns":
            details = [str(one.get("detail")) for one in probe.result.get("attempts") or [] if isinstance(one, dict)]
            asked.setdefault((probe.node, probe.id), []).extend(f"({REFUSED})" in detail for detail in details)
        if probe.request.get("kind") != "marker":
            continue
        attempts = [one for one in probe.result.get("attempts") or [] if isinstance(one, dict)]
        refused = [one for one in attempts if (one.get("outcome"), one.get("detail")) == (NOT_SENT, REFUSED)]
        if len(refused) >= ENOUGH:
            found.append(Refusal(probe.node, probe.id.removesuffix(MARKER_SUFFIX), len(refused), len(attempts)))
    told = ((place, said) for place, said in asked.items() if len(said) >= ENOUGH and all(said))
    return found + [Refusal(*place, len(said), len(said), "questions") for place, said in told]


def kernel_drops(captures: t.Mapping[str, t.Any]) -> list[KernelDrop]:
    """The drops in captures/index.json that can be relied upon."""
    kernel = captures.get("kernel") or {}
    marked = {one["size"]: one for one in kernel.get("marked") or [] if isinstance(one.get("size"), int)}
    found: dict[KernelDrop, list[str]] = {}
    for node, told in sorted((kernel.get("nodes") or {}).items()):
        if told.get("error") or told.get("lost"):
            continue
        for drop in _alike(_drops(told.get("ways") or [], marked)):
            if ENOUGH <= drop.dropped <= max(drop.sent, ENOUGH):
                found.setdefault(drop, []).append(node)
    # A packet is dropped once: who tell of the same drop have the same kernel.
    return [dataclasses.replace(drop, nodes=tuple(nodes)) for drop, nodes in found.items()]


def _drops(ways: t.Iterable[JsonObject], marked: t.Mapping[int, JsonObject]) -> t.Iterator[KernelDrop]:
    for way in ways:
        request = marked.get(way.get("length") or 0)
        if request is not None and way.get("location") and way.get("devices"):
            yield KernelDrop(
                (),
                str(request["id"]),
                passed(way["devices"]),
                str(way["devices"][-1][1]) == "receive",
                way.get("reason"),
                str(way["location"]),
                int(way["packets"]),
                int(request.get("sent") or 0),
            )


def _alike(drops: t.Iterable[KernelDrop]) -> list[KernelDrop]:
    """Drops at one place as one: of some packets the kernel tells more of the way before it than of others."""
    found: list[KernelDrop] = []
    for drop in sorted(drops, key=lambda one: len(one.devices)):
        for number, other in enumerate(found):
            common = len(other.devices)
            if common >= ENOUGH and other == dataclasses.replace(
                drop, devices=drop.devices[-common:], dropped=other.dropped
            ):
                found[number] = dataclasses.replace(other, dropped=other.dropped + drop.dropped)
                break
        else:
            found.append(drop)
    return found


@dataclasses.dataclass(frozen=True)
class RuleEnd:
    """A packet filter rule, or the policy of a chain (rule is empty), that nftables says dropped marked packets."""

    node: str
    probe_id: str
    family: str
    table: str
    chain: str
    rule: str
    dropped: int
    sent: int

    def __str__(self) -> str:
        what = f'"{self.rule}"' if self.rule else "its policy"
        return (
            f"nftables of {self.node} dropped {self.dropped} of {self.sent} marked packets in "
            f"{self.family} {self.table} {self.chain}: {what}"
        )


def rule_ends(captures: t.Mapping[str, t.Any]) -> list[RuleEnd]:
    """The rules at which marked packets ended, where rules were traced (diagnose_trace_rules)."""
    kernel = captures.get("kernel") or {}
    marked = {one["size"]: one for one in kernel.get("marked") or [] if isinstance(one.get("size"), int)}
    found = []
    for node, told in sorted((kernel.get("nodes") or {}).items()):
        for end in (told.get("rules") or {}).get("ends") or []:
            request = marked.get(end.get("length"))
            sent = int(request.get("sent") or 0) if request is not None else 0
            if request is None or not ENOUGH <= int(end.get("packets") or 0) <= sent:
                continue
            family, table, chain, rule = (str(end.get(name) or "") for name in ("family", "table", "chain", "rule"))
            found.append(RuleEnd(node, str(request["id"]), family, table, chain, rule, int(end["packets"]), sent))
    return found


def passed(sightings: t.Iterable[t.Sequence[str]]) -> tuple[str, ...]:
    """Device names in order. A device that a packet is queued on, or received from, twice in a row is passed once."""
    names: list[str] = []
    for device, _event in sightings:
        if not names or names[-1] != device:
            names.append(device)
    return tuple(names)


def at(drop: KernelDrop, devices: t.Sequence[str], received: bool) -> bool:
    """Whether a drop happened behind the last of the devices that a simulated packet passes on the kernel's own node,
    in order; received: whether it comes in by that one.

    A kernel sees only the packet's way on its own node; one that several nodes share (as nodes in containers do) sees
    what was before, too.
    """
    told, way = drop.devices, tuple(devices)
    common = min(len(told), len(way))
    return common > 0 and told[-common:] == way[-common:] and received == drop.received
