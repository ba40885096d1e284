# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The packet filter as the rest of the stack calls it: one hook, and what becomes of the packet there."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import RULESET, Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _answers, _source
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._compile import compile_ruleset
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._context import (
    Action,
    FibAnswer,
    FilterResult,
    HookContext,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._hooks import run_hook
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Chain, RuleSet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import LOOPBACK, Query, routing
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._sockets import Listening, look_up
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._state import Exit, Outcome, State, end
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Disposition, Reason, Stage

if t.TYPE_CHECKING:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._namespace import Stack

Passed = tuple[t.Union[State, Outcome], t.Optional[FilterResult]]


def ruleset_of(namespace: Namespace) -> RuleSet:
    """The rules of a namespace, compiled once."""
    return t.cast(RuleSet, namespace.compiled(RULESET, compile_ruleset))


def run(
    stack: Stack,
    state: State,
    hook: str,
    layer: str,
    iif: str | None = None,
    oif: str | None = None,
    physin: str | None = None,
    physout: str | None = None,
    bridge: str | None = None,
) -> t.Iterator[Passed]:
    """All ways through a hook: a state that goes on, or how the packet ended there."""
    ruleset = ruleset_of(stack.namespace)
    if layer != "ip" and not ruleset.base.get((layer, hook)):
        yield state, None
        return
    context = _context(stack, state, layer, iif, oif, physin, physout, bridge)
    for result in run_hook(ruleset, hook, state.packet, context):
        after = state.change(
            packet=result.packet,
            tracking=result.tracking,
            steps=(*state.steps, *result.steps),
            share=state.share * result.share,
            assumptions=(*state.assumptions, *result.assumptions),
        )
        if result.action in (Action.ACCEPT, Action.LOCAL_OUT):
            yield after, result
        else:
            yield _ended(after, result, hook, iif or oif), None


_DISPOSITIONS = {Action.DROP: Disposition.DROPPED, Action.REJECT: Disposition.REJECTED}


def _ended(state: State, result: FilterResult, hook: str, device: str | None) -> Outcome:
    disposition = _DISPOSITIONS.get(result.action, Disposition.UNKNOWN)
    answers = _answers.rejected(state.packet, result.reject_with) if result.action is Action.REJECT else ()
    last = state.steps[-1] if state.steps else None
    if disposition is Disposition.UNKNOWN:
        reason = Reason.BOUND if result.bound else Reason.OPAQUE
    else:
        reason = Reason.POLICY if isinstance(result.rule, Chain) else Reason.RULE
    if last is not None and last.fatal:
        return Outcome(
            Exit.END,
            state,
            device,
            None,
            disposition,
            last.reason if last.reason is not Reason.NONE else reason,
            answers,
        )
    text = str(result.rule) if result.rule is not None else f"What becomes of it at hook {hook} cannot be known."
    return end(state, disposition, reason, Stage.FILTER, f"hook {hook}", result.rule, text, device, answers)


# -- what rules may ask the rest of the stack ------------------------------------------------------------------------
def _context(
    stack: Stack,
    state: State,
    layer: str,
    iif: str | None,
    oif: str | None,
    physin: str | None,
    physout: str | None,
    bridge: str | None,
) -> HookContext:
    namespace = stack.namespace
    return HookContext(
        place=state.place,
        layer=layer,
        iif=iif,
        oif=oif,
        physin=physin,
        physout=physout,
        bridge_in=bridge if iif else None,
        bridge_out=bridge if oif else None,
        tracking=state.tracking,
        fib=functools.partial(_fib, namespace, iif, oif),
        next_hop=functools.partial(_next_hop, namespace, iif, oif),
        address_type=functools.partial(_address_type, namespace),
        masquerade=functools.partial(_masquerade, namespace),
        device_address=lambda device, family: _source.device_address(namespace, device, family),
        socket=functools.partial(_socket, namespace, iif),
        interface=functools.partial(_interface, namespace),
        sysctls=namespace.sysctls,
        ipsec=None if "xfrm" in namespace.unread else bool(namespace.xfrm),
    )


def _address_type(namespace: Namespace, address: str, device: str | None) -> str | None:
    table = routing(namespace)
    return table.address_type(6 if ":" in address else 4, address, device) if table.known else None


def _fib(
    namespace: Namespace, iif: str | None, oif: str | None, packet: Packet, flags: frozenset[str]
) -> FibAnswer | None:
    """The fib expression of nft: nft_fib4_eval() and nft_fib4_eval_type()."""
    table = routing(namespace)
    if not table.known:
        return None
    backwards = "saddr" in flags
    wanted, other = (packet.src, packet.dst) if backwards else (packet.dst, packet.src)
    device = (iif if "iif" in flags else None) or (oif if "oif" in flags else None)
    kind = table.address_type(packet.family, wanted, device)
    mark = packet.mark if "mark" in flags else 0
    found = table.first(Query(packet.family, wanted, other, mark=mark, tos=packet.tos))
    if not found.found or found.route is None:
        return FibAnswer(kind if kind != "unicast" else None, None)
    devices = {hop.dev for hop in found.route.nexthops} or {found.dev}
    if device is not None:
        return FibAnswer(kind, device if device in devices else None)
    return FibAnswer(kind, found.dev)


def _next_hop(namespace: Namespace, iif: str | None, oif: str | None, packet: Packet) -> str | None:
    """The next hop of a packet that was routed (rt_nexthop())."""
    table = routing(namespace)
    if not table.known:
        return None
    found = table.first(
        Query(
            packet.family,
            packet.dst,
            packet.src,
            iif=iif or LOOPBACK,
            oif=oif if iif is None else None,
            mark=packet.mark,
            tos=packet.tos,
            protocol=packet.protocol,
            sport=packet.sport,
            dport=packet.dport,
        )
    )
    # More than one way leads there, and which was taken is not said here.
    several = found.share < 1.0 or (oif is not None and found.dev != oif)
    return None if several or not found.found else found.gateway or packet.dst


def _masquerade(namespace: Namespace, packet: Packet, oif: str) -> str | None:
    found = routing(namespace).first(Query(packet.family, packet.dst, None, oif=oif))
    return _source.device_address(namespace, oif, packet.family, found.gateway or packet.dst)


def _socket(namespace: Namespace, iif: str | None, packet: Packet) -> bool | None:
    found = look_up(namespace, packet, iif).listening
    return None if found is Listening.UNKNOWN else found in (Listening.SOCKET, Listening.FULL)


_TYPES = {"loopback": 772, "ipip": 768, "gre": 778, "sit": 776, "tun": 65534, "wireguard": 65534}


def _interface(namespace: Namespace, device: str, key: str) -> str | int | None:
    link = namespace.links.get(device)
    if link is None:
        return None
    known: dict[str, str | int | None] = {
        "kind": link.kind,
        "mac": link.mac,
        "type": _TYPES.get(link.kind, 1 if link.mac else None),
        "index": link.index,
    }
    return known.get(key)
