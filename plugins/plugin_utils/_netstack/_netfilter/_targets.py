# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The table of targets: name → function of a view, the target's arguments, the rule and the way so far.

Sources: net/netfilter/xt_*.c and nft_*.c of Linux, iptables-extensions(8), nft(8).
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _conntrack
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import (
    _ipset,
    _nat,
    _nft_changes,
    _nft_expressions,
    _nft_sets,
    _steps,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._addresses import (
    Masked,
    number,
    text,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._context import HookContext
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._nft_fields import kinds_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule, Target
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._state import (
    MALFORMED,
    End,
    Outcome,
    State,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet, Zones
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Assumption

Args = t.Mapping[str, t.Any]
Function = t.Callable[[View, Args, Rule, State], list[Outcome]]


def apply(view: View, target: Target, rule: Rule, state: State) -> list[Outcome]:
    """What a target does with a packet."""
    function = TARGETS.get(target.name)
    if function is None:
        return unknown(rule, state, view.context, f"target {target.text}")
    try:
        return function(view, target.args, rule, state)
    except MALFORMED:
        return unknown(rule, state, view.context, f"target {target.text}")


def unknown(rule: Rule, state: State, context: HookContext, what: str) -> list[Outcome]:
    """Something that is not understood: the packet may go on, or nobody knows what becomes of it."""
    assumed = Assumption(context.place, f"{what} of {_steps.named(rule)} ends the packet's way", True, rule)
    passed = dataclasses.replace(assumed, taken=False)
    return [
        Outcome(End.UNKNOWN, state._replace(assumptions=(*state.assumptions, assumed)), rule),
        Outcome(End.NEXT, state._replace(assumptions=(*state.assumptions, passed))),
    ]


def _with_step(view: View, rule: Rule, state: State, does: str, fatal: bool = False) -> State:
    step = _steps.by_rule(rule, view.context, does, view.base, fatal)
    return state._replace(steps=(*state.steps, step))


# -- verdicts ----------------------------------------------------------------------------------------------------
def _accept(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    return [Outcome(End.ACCEPT, _with_step(view, rule, state, "accepts it"), rule)]


def _drop(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    return [Outcome(End.DROP, _with_step(view, rule, state, "drops it", True), rule)]


def _reject(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    """A TCP reset answers TCP only; reject_tg() of iptables lets nothing pass either way, nft's reject the same."""
    with_ = args["with"]
    if args.get("any_family"):
        with_ = (_ICMPX6 if state.packet.family == 6 else _ICMPX4)[with_]
    return [Outcome(End.REJECT, _with_step(view, rule, state, f"rejects it with {with_}", True), rule, with_)]


_ICMPX4 = {
    "port-unreachable": "icmp-port-unreachable",
    "admin-prohibited": "icmp-admin-prohibited",
    "no-route": "icmp-net-unreachable",
    "host-unreachable": "icmp-host-unreachable",
}
_ICMPX6 = {
    "port-unreachable": "icmp6-port-unreachable",
    "admin-prohibited": "icmp6-adm-prohibited",
    "no-route": "icmp6-no-route",
    "host-unreachable": "icmp6-addr-unreachable",
}


def _return(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    return [Outcome(End.RETURN, state)]


def _continue(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    return [Outcome(End.NEXT, state)]


def _queue(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    """A program decides."""
    assumed = Assumption(view.context.place, f"the program behind {_steps.named(rule)} drops it", True, rule)
    dropped = state._replace(assumptions=(*state.assumptions, assumed))
    passed = dataclasses.replace(assumed, taken=False)
    return [
        Outcome(End.DROP, _with_step(view, rule, dropped, "hands it to a program", True), rule),
        Outcome(End.ACCEPT, state._replace(assumptions=(*state.assumptions, passed)), rule),
    ]


def _forward(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    device = args["device"]
    if device is None:
        return unknown(rule, state, view.context, "fwd")
    return [Outcome(End.STOLEN, _with_step(view, rule, state, f"sends it out of {device}"), rule, device=device)]


# -- marks -------------------------------------------------------------------------------------------------------
def _marked(view: View, rule: Rule, state: State, mark: int | None) -> list[Outcome]:
    if mark == state.packet.mark:
        return [Outcome(End.NEXT, state)]
    changed = state._replace(packet=dataclasses.replace(state.packet, mark=mark))
    shown = "a mark that is not known" if mark is None else f"mark {mark:#x}"
    return [Outcome(End.NEXT, _with_step(view, rule, changed, f"gives it {shown}"))]


def _mark(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    mark = state.packet.mark
    if args["keep"] == 0:
        return _marked(view, rule, state, args["flip"])
    return _marked(view, rule, state, None if mark is None else (mark & args["keep"]) ^ args["flip"])


def _mark_of_set(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    found, mark = _ipset.mark(view, args["name"], args["sides"]), state.packet.mark
    if found is False:
        return [Outcome(End.NEXT, state)]
    if not isinstance(found, tuple):
        return _marked(view, rule, state, None)
    value, mask = found
    whole = mask == 0xFFFFFFFF
    return _marked(view, rule, state, value if whole else None if mark is None else (mark & ~mask) ^ value)


def _unknown_mark(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    return _marked(view, rule, state, None)


def _connection_marked(view: View, rule: Rule, state: State, mark: int | None) -> list[Outcome]:
    packet, tracking = _conntrack.set_mark(state.packet, state.tracking, mark)
    if packet is state.packet:
        return [Outcome(End.NEXT, state)]
    shown = "a mark that is not known" if mark is None else f"mark {mark:#x}"
    changed = state._replace(packet=packet, tracking=tracking)
    return [Outcome(End.NEXT, _with_step(view, rule, changed, f"gives its connection {shown}"))]


def _connmark(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    ct = state.packet.ct
    if ct is None or not view.tracked:
        return [Outcome(End.NEXT, state)]
    mark = None if ct.mark is None else (ct.mark & args["keep"]) ^ args["flip"]
    return _connection_marked(view, rule, state, args["flip"] if args["keep"] == 0 else mark)


def _save_mark(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    """ctmark = (ctmark & ~ctmask) ^ (mark & nfmask)."""
    ct = state.packet.ct
    if ct is None or not view.tracked:
        return [Outcome(End.NEXT, state)]
    mark, own = state.packet.mark, ct.mark
    kept = 0 if args["ct"] == 0xFFFFFFFF else None if own is None else own & ~args["ct"]
    saved = None if mark is None or kept is None else (kept ^ (mark & args["packet"])) & 0xFFFFFFFF
    return _connection_marked(view, rule, state, saved)


def _restore_mark(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    """mark = (mark & ~nfmask) ^ (ctmark & ctmask)."""
    ct = state.packet.ct
    if ct is None or not view.tracked:
        return [Outcome(End.NEXT, state)]
    mark, own = state.packet.mark, ct.mark
    kept = 0 if args["packet"] == 0xFFFFFFFF else None if mark is None else mark & ~args["packet"]
    restored = None if own is None or kept is None else (kept ^ (own & args["ct"])) & 0xFFFFFFFF
    return _marked(view, rule, state, restored)


# -- connections -------------------------------------------------------------------------------------------------
def _notrack(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    """A packet that conntrack has seen already, or that has a zone, stays as it is."""
    if state.packet.ct is not None or state.zones is not None:
        return [Outcome(End.NEXT, state)]
    changed = state._replace(packet=_conntrack.untracked(state.packet))
    return [Outcome(End.NEXT, _with_step(view, rule, changed, "takes it out of connection tracking"))]


def _ct(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    zones: t.Mapping[str, int | None] = args["zones"]
    if state.packet.ct is not None or state.zones is not None or not zones:
        return [Outcome(End.NEXT, state)]
    values = {side: state.packet.mark if zone is None else zone for side, zone in zones.items()}
    if None in values.values():
        return unknown(rule, state, view.context, "a zone from a mark that is not known")
    wanted = Zones(values.get("original") or 0, values.get("reply") or 0)
    return [
        Outcome(End.NEXT, _with_step(view, rule, state._replace(zones=wanted), f"puts it in zone {wanted.original}"))
    ]


# -- address translation -----------------------------------------------------------------------------------------
def _bound(
    view: View, rule: Rule, state: State, kind: str, found: t.Sequence[_nat.Choice] | None, what: str
) -> list[Outcome]:
    """Each way that a binding can be set up, and the packet changed by it."""
    if found is None:
        return [Outcome(End.UNKNOWN, _with_step(view, rule, state, f"{what}: to which is not known"), rule)]
    outcomes = []
    for choice in found:
        bound = _nat.bind(state.packet, kind, choice, state.tracking)
        packet = _nat.translate(bound, kind)
        changed = state._replace(packet=packet, share=state.share * choice.share)
        end = packet.flow
        address, port = (end.src, end.sport) if kind == _nat.SOURCE else (end.dst, end.dport)
        side = "source" if kind == _nat.SOURCE else "destination"
        to = address if port is None else f"[{address}]:{port}" if packet.family == 6 else f"{address}:{port}"
        outcomes.append(Outcome(End.ACCEPT, _with_step(view, rule, changed, f"changes the {side} to {to}"), rule))
    return outcomes


def _can_bind(view: View) -> bool:
    return view.tracked and view.hook in _nat.MANIPULATES


def _dnat(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    if not _can_bind(view):
        return [Outcome(End.ACCEPT, state, rule)]
    found = _nat.choices(state.packet, _nat.DESTINATION, args["addresses"], args["ports"], args.get("random", False))
    return _bound(view, rule, state, _nat.DESTINATION, found, "changes the destination")


def _snat(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    if not _can_bind(view):
        return [Outcome(End.ACCEPT, state, rule)]
    found = _nat.choices(state.packet, _nat.SOURCE, args["addresses"], args["ports"], args.get("random", False))
    return _bound(view, rule, state, _nat.SOURCE, found, "changes the source")


def _masquerade(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    """The address of the device that it leaves by."""
    context, packet = view.context, state.packet
    if not _can_bind(view):
        return [Outcome(End.ACCEPT, state, rule)]
    address = None
    if context.masquerade is not None and context.oif is not None:
        address = number(context.masquerade(packet, context.oif) or "")
    found = None
    if address is not None:
        found = _nat.choices(packet, _nat.SOURCE, (address, address), args["ports"], args.get("random", False))
    return _bound(view, rule, state, _nat.SOURCE, found, "changes the source to that of its device")


def _redirect(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    """To this host: the loopback address for what is sent here, else the first address of the device it came in by."""
    packet, context = state.packet, view.context
    if not _can_bind(view):
        return [Outcome(End.ACCEPT, state, rule)]
    if view.hook == "output":
        address = number("::1" if packet.family == 6 else "127.0.0.1")
    elif context.device_address is not None and context.iif is not None:
        address = number(context.device_address(context.iif, packet.family) or "")
        if address is None:
            return [Outcome(End.DROP, _with_step(view, rule, state, "drops it: no address to redirect to", True), rule)]
    else:
        address = None
    found = None
    if address is not None:
        found = _nat.choices(packet, _nat.DESTINATION, (address, address), args["ports"], args.get("random", False))
    return _bound(view, rule, state, _nat.DESTINATION, found, "redirects it to this host")


def _netmap(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    """The network part is replaced, the host part kept."""
    kind = _nat.MANIPULATES.get(view.hook)
    if not _can_bind(view) or kind is None:
        return [Outcome(End.ACCEPT, state, rule)]
    packet = state.packet
    prefix: Masked = args["prefix"]
    now = number(packet.src if kind == _nat.SOURCE else packet.dst)
    if now is None:
        return _bound(view, rule, state, kind, None, "maps the network")
    every = (1 << 128) - 1 if packet.family == 6 else 0xFFFFFFFF
    address = prefix.value | now & ~prefix.mask & every
    found = (_nat.Choice(text(address, packet.family), None),)
    return _bound(view, rule, state, kind, found, "maps the network")


def _proxy_listens(view: View, args: Args, packet: Packet) -> bool | None:
    """Whether any socket listens where a proxy ought to (nf_tproxy_laddr4(), nf_tproxy_get_sock_v4())."""
    context, address, port = view.context, args.get("address"), args.get("port")
    if context.socket is None or packet.protocol not in ("tcp", "udp"):
        return None
    if address in (None, "0.0.0.0", "::") and context.device_address is not None and context.iif is not None:
        address = context.device_address(context.iif, packet.family)
    to = dataclasses.replace(packet, dst=address or packet.dst, dport=port or packet.dport)
    return context.socket(to)


def _tproxy(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    """To a transparent socket of this host, by the mark; without such a socket it is dropped, by nft passed. Which of
    the sockets that listen are transparent is not known."""
    if _proxy_listens(view, args, state.packet) is False:
        if args.get("native"):
            return [Outcome(End.BREAK, state)]
        return [Outcome(End.DROP, _with_step(view, rule, state, "finds no socket for it and drops it", True), rule)]
    mark = state.packet.mark
    marked = None if mark is None else (mark & args["keep"]) ^ args["flip"]
    text_ = f"a transparent socket takes what {_steps.named(rule)} hands over"
    assumed = Assumption(view.context.place, text_, True, rule)
    packet = (
        dataclasses.replace(state.packet, mark=marked) if args["flip"] or args["keep"] != 0xFFFFFFFF else state.packet
    )
    taken = state._replace(packet=packet, assumptions=(*state.assumptions, assumed))
    missed = state._replace(assumptions=(*state.assumptions, dataclasses.replace(assumed, taken=False)))
    if args.get("native"):
        return [Outcome(End.NEXT, taken), Outcome(End.NEXT, missed)]
    return [
        Outcome(End.ACCEPT, _with_step(view, rule, taken, "hands it to a socket"), rule),
        Outcome(End.DROP, _with_step(view, rule, missed, "finds no socket for it and drops it", True), rule),
    ]


# -- headers -----------------------------------------------------------------------------------------------------
def _changed(view: View, rule: Rule, state: State, packet: Packet, does: str) -> list[Outcome]:
    if packet == state.packet:
        return [Outcome(End.NEXT, state)]
    return [Outcome(End.NEXT, _with_step(view, rule, state._replace(packet=packet), does))]


def _ttl(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    ttl = args.get("set", state.packet.ttl) + args.get("add", 0) - args.get("subtract", 0)
    ttl = max(0, min(255, ttl))
    return _changed(view, rule, state, dataclasses.replace(state.packet, ttl=ttl), f"sets its TTL to {ttl}")


def _tos(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    tos = (state.packet.tos & args["keep"]) ^ args["flip"]
    return _changed(view, rule, state, dataclasses.replace(state.packet, tos=tos), f"sets its TOS to {tos:#x}")


def _segment_size(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    """What it announces from now on depends on the MTU of a route, or on what it had: not known."""
    return [Outcome(End.NEXT, state._replace(packet=dataclasses.replace(state.packet, mss=None)))]


# -- nft ---------------------------------------------------------------------------------------------------------
def _nft_set(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    change = _nft_changes.change(view, args)
    if change is None:
        return [Outcome(End.BREAK, state)]
    number_ = change.value if isinstance(change.value, int) else None
    if change.what == "mark":
        return _marked(view, rule, state, number_)
    if change.what == "ct mark":
        return _connection_marked(view, rule, state, number_)
    if change.what == "ct zone":
        return _ct(view, {"zones": {"original": number_, "reply": number_}}, rule, state)
    if change.what == "nothing":
        return [Outcome(End.NEXT, state)]
    if change.what == "maxseg":
        return _segment_size(view, args, rule, state)
    packet = _nft_changes.rewritten(state.packet, change.what, change.value)
    if packet is None:
        return unknown(rule, state, view.context, f"a changed {change.what}")
    return _changed(view, rule, state, packet, f"changes {change.what}")


def _nft_nat(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    """To where a map or another expression says."""
    kind = _nat.SOURCE if args["kind"] == "SNAT" else _nat.DESTINATION
    if not _can_bind(view):
        return [Outcome(End.NEXT, state)]
    found = _nft_changes.endpoints(view, args)
    if found is None:
        return [Outcome(End.BREAK, state)]
    if not found or any(each.share is None for each in found) or args["netmap"]:
        return _bound(view, rule, state, kind, None, "translates it")
    outcomes: list[Outcome] = []
    for each in found:
        choices = _nat.choices(state.packet, kind, each.addresses, each.ports, args["random"])
        way = state._replace(share=state.share * (each.share or 0.0))
        if args["kind"] == "REDIRECT":
            outcomes.extend(_redirect(view, {"ports": each.ports, "random": args["random"]}, rule, way))
        else:
            outcomes.extend(_bound(view, rule, way, kind, choices, "translates it"))
    missed = 1 - sum(each.share or 0.0 for each in found)
    if missed > 1e-9:
        outcomes.append(Outcome(End.BREAK, state._replace(share=state.share * missed)))
    return outcomes


def _unknown_target(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    return unknown(rule, state, view.context, f"target {args.get('of', '')}".strip())


def _nft_add(view: View, args: Args, rule: Rule, state: State) -> list[Outcome]:
    """An element of a set, which later rules and packets find. One that is not known is not found; where the set has
    no room for it, the rule ends (nft_dynset_eval())."""
    value = _nft_expressions.evaluate(view, args["key"])
    parts = value if isinstance(value, tuple) else (value,)
    if any(not isinstance(part, (int, str, bool)) for part in parts):
        return [Outcome(End.NEXT, state)]
    tracking = state.tracking.with_element((view.family, view.table, str(args["set"]), parts))
    room = _room(view, args, parts, state)
    added = Outcome(End.NEXT, state._replace(tracking=tracking))
    if room is True:
        return [added]
    full = f"finds no room in set {args['set']}, and goes no further"
    if room is False:
        return [Outcome(End.BREAK, _with_step(view, rule, state, full))]
    assumed = Assumption(view.context.place, f"set {args['set']} of {_steps.named(rule)} has room again", True, rule)
    refused = state._replace(assumptions=(*state.assumptions, dataclasses.replace(assumed, taken=False)))
    return [
        added._replace(state=added.state._replace(assumptions=(*state.assumptions, assumed))),
        Outcome(End.BREAK, _with_step(view, rule, refused, full)),
    ]


def _room(view: View, args: Args, parts: tuple[t.Any, ...], state: State) -> bool | None:
    """Whether an element is in its set already, or finds room there; None where that depends on what has expired."""
    named = view.rules.sets.get((view.backend, view.family, view.table, str(args["set"])))
    here = (view.family, view.table, str(args["set"]))
    more = [each for each in state.tracking.added if each[:3] == here]
    if named is None or (*here, parts) in more:
        return True
    room = _nft_sets.has_room(named, len(more))
    if room is not True and _nft_sets.index_of(named, kinds_of(args["key"])).find(parts) is not None:
        return True
    return room


TARGETS: t.Mapping[str, Function] = {
    "ACCEPT": _accept,
    "DROP": _drop,
    "REJECT": _reject,
    "RETURN": _return,
    "CONTINUE": _continue,
    "QUEUE": _queue,
    "FORWARD": _forward,
    "MARK": _mark,
    "SET_MARK": _mark_of_set,
    "UNKNOWN_MARK": _unknown_mark,
    "CONNMARK": _connmark,
    "SAVE_MARK": _save_mark,
    "RESTORE_MARK": _restore_mark,
    "NOTRACK": _notrack,
    "CT": _ct,
    "DNAT": _dnat,
    "SNAT": _snat,
    "MASQUERADE": _masquerade,
    "REDIRECT": _redirect,
    "NETMAP": _netmap,
    "TPROXY": _tproxy,
    "TTL": _ttl,
    "TOS": _tos,
    "TCPMSS": _segment_size,
    "NFT_SET": _nft_set,
    "NFT_ADD": _nft_add,
    "NFT_NAT": _nft_nat,
    "UNKNOWN": _unknown_target,
}
