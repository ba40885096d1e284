# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Programs and filters that a device runs before or behind the packet filter: XDP, and those of traffic control; and
those that see what the sockets of a control group send and receive.

What a program does with a packet cannot be read. It is a candidate where nothing else explains the loss, and more where
the kernel itself says that it dropped the packets there (SKB_DROP_REASON_XDP, TC_INGRESS, TC_EGRESS).
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import APPLICATION, GROUP, PROBER
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import LIKELY, PROVEN, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Link, Route, TcFilter
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Reason
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._paths import connected_to


def programs(view: View) -> t.Iterator[Cause]:
    """The program or filter that ended the packet, or may have."""
    decided = view.decided
    if isinstance(decided, Link) and decided.xdp:
        name = decided.xdp_program or "a program without a name"
        what = f'the BPF program "{name}" (XDP, {decided.xdp}) of {decided.name}'
        change = f"$ ip link set {decided.name} {_XDP_OFF.get(decided.xdp, 'xdp')} off"
        yield _drop(view, "bpf-program-drop", decided.name, what, change, repair.change_link(decided.name, xdp=None))
    elif isinstance(decided, TcFilter) and decided.attached == GROUP:
        yield _of_group(view, decided)
    elif isinstance(decided, Route) and decided.program:
        what = f'the BPF program of the route "{decided}" ({decided.program})'
        where = f" table {decided.table}" if decided.table != "main" else ""
        change = f"$ ip route del {decided.dst}{where}    # or write it again without encap bpf, where it is needed"
        yield _drop(view, "bpf-program-drop", decided.dev, what, change, repair.change_route(decided, program=None))
    elif isinstance(decided, TcFilter):
        program = decided.decides
        identifier = "bpf-program-drop" if program else "tc-filter-drop"
        kind = "BPF program" if program else "filter of traffic control"
        what = f'the {kind} "{decided.text}" at {decided.hook} of {decided.dev}'
        yield _drop(view, identifier, decided.dev, what, _removal(view, decided), repair.without_filter(decided))


def _of_group(view: View, decided: TcFilter) -> Cause:
    """A program that sees what the sockets of a control group send or receive."""
    place, where = view.place, label_of(view.place)
    verb = _VERBS.get(decided.hook, "connect to")
    attached = _ATTACHED.get(decided.hook, f"cgroup_inet_{decided.hook}")
    whose = f"the programs of {where}" if decided.dev == APPLICATION else f"probes on {place.node}"
    what = f'the BPF program "{decided.text}" ({decided.hook}) sees what {whose} {verb}'
    namespace = view.case.namespace(place)
    met = [one for one in (namespace.tc_filters if namespace else ()) if one.text == decided.text]
    alone = decided.dev == PROBER and place.netns != HOST and not any(one.dev == APPLICATION for one in met)
    also = f"; the programs of {where} are not in that group: ask from inside its container, too" if alone else ""
    cause = finding(
        "bpf-program-drop",
        location_of(place if decided.dev == APPLICATION else Place(place.node, HOST)),
        f"{where} lets {view.what()} pass",
        f"{what}, and may {'refuse it, or send it elsewhere' if decided.hook in _CONNECTS else 'drop it'}{also}",
        "Find out whose program it is (systemd's IPAddressDeny= and firewall agents attach such ones), and mend or"
        f" remove what loaded it:\n$ bpftool cgroup tree    # on {place.node}\n"
        f"$ bpftool cgroup detach GROUP {attached} id {decided.text.rpartition(' ')[2]}",
        [Proof("config", ref_of(place.node), what)],
    )
    return Cause(
        cause, repair.at(place, repair.without_filter(decided)), step=view.trace.last, backwards=view.backwards
    )


_CONNECTS = ("connect4", "connect6")
_VERBS: t.Mapping[str, str] = {"egress": "send", "ingress": "receive"}
# What bpftool calls the places of a control group.
_ATTACHED: t.Mapping[str, str] = {
    "connect4": "cgroup_inet4_connect",
    "connect6": "cgroup_inet6_connect",
    "sendmsg4": "cgroup_udp4_sendmsg",
    "sendmsg6": "cgroup_udp6_sendmsg",
}


def redirected(case: Case, probe: Probe) -> Cause | None:
    """A program that sent a probe's connection to somebody else than it asked for; none where that is a backend of the
    Service that it asked for, which is what programs in kube-proxy's place do."""
    sent_to, place = connected_to(probe), Place(probe.node, str(probe.request.get("netns") or HOST))
    asked, port = str(probe.result.get("address") or probe.request.get("target")), probe.request.get("port")
    if sent_to is None or sent_to in _backends(case):
        return None
    namespace = case.namespace(place)
    met = [one for one in (namespace.tc_filters if namespace else ()) if one.dev == PROBER and one.hook in _CONNECTS]
    named = " or ".join(f'"{one.text}"' for one in met)
    text = f"connect() to {asked}:{port} led to {sent_to[0]}:{sent_to[1]}"
    return Cause(
        finding(
            "bpf-program-redirect",
            location_of(Place(place.node, HOST)),
            f"a connection from {label_of(place)} to {asked}:{port} is sent there",
            f"{text}: "
            + (f"the BPF program {named} of the control group changed it" if met else "a program changed it"),
            "Find out whose program it is: one that does kube-proxy's work may have entries for what is gone."
            f" Restart or mend what loaded it, or take the leftover away:\n$ bpftool cgroup tree    # on {place.node}",
            [Proof("probe", probe.id, text), *(Proof("config", ref_of(place.node), one.text) for one in met)],
            confidence=PROVEN if met else LIKELY,
        ),
        itself=True,
    )


def _backends(case: Case) -> set[tuple[str, int | None]]:
    return {(end.address, end.port) for end in case.evidence.targets if end.address}


# The word by which ip takes a program off, for the way it is attached.
_XDP_OFF: t.Mapping[str, str] = {"generic": "xdpgeneric", "driver": "xdpdrv", "hardware": "xdpoffload"}


def _removal(view: View, decided: TcFilter) -> str:
    if decided.attached:
        # A link that is pinned in a file system of BPF programs outlives who made it, and goes with its file.
        return (
            f"$ bpftool net detach {decided.attached}_{decided.hook} dev {decided.dev}    # or remove its pinned link"
        )
    namespace = view.case.namespace(view.place)
    here = [one for one in (namespace.tc_filters if namespace else ()) if not one.attached]
    same = [one for one in here if (one.dev, one.hook, one.pref) == (decided.dev, decided.hook, decided.pref)]
    pref = f" pref {decided.pref}" if decided.pref is not None and len(same) == 1 else ""
    return f"$ tc filter del dev {decided.dev} {decided.hook}{pref}"


def _drop(view: View, identifier: str, device: str | None, what: str, change: str, mend: repair.Change) -> Cause:
    place, where = view.place, label_of(view.place)
    cause = finding(
        identifier,
        location_of(place, device),
        f"{where} lets {view.what()} pass",
        f"{what} sees them, and drops them"
        if view.reason is Reason.RULE
        else f"{what} decides about them, and may drop them",
        f"Find out whose program it is (bpftool net show{f' dev {device}' if device else ''}; its name often says it),"
        f" and mend or remove what loaded it. Where that is long gone, take the leftover away:\n{change}\non {where}.",
        [Proof("config", ref_of(place.node), f"{what} of {where}")],
    )
    return Cause(cause, repair.at(place, mend), step=view.trace.last, backwards=view.backwards)
