# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What becomes of the application's own packets where a probe's pass: rules tell them apart by their socket's owner.

Probes are sent as the user that the pod's first program runs as. Other programs of the pod, and whoever shares the
node's namespace, may be other users; and no probe is ever in the application's cgroup. Their packets are simulated.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import APPLICATION, GROUP, PROBER
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, ref_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import (
    lost_ways,
    try_probe,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import LIKELY, Proof, probe_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import ProcessUser, TcFilter
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Doubt

# What an application would send.
_ASKED = ("tcp", "udp", "backend-tcp")


@dataclasses.dataclass(frozen=True)
class Applications:
    """causes: what ends packets of an application whose probes pass. unknown: what may end them, one sentence each."""

    causes: tuple[Cause, ...]
    unknown: tuple[str, ...]


def users_of_source(case: Case) -> tuple[ProcessUser, ...]:
    """Whom the programs of the source pod run as; empty where that was not read."""
    source = case.evidence.source
    node = case.evidence.nodes.get(source.node or "") if source is not None else None
    if source is None or node is None or source.kind != "pod":
        return ()
    key = f"pod:{source.namespace}/{source.name}"
    return next((tuple(pod.users) for pod in node.pods if pod.id == key), ())


def applications(case: Case) -> Applications:
    """The packets of the source's programs, where the probes in their place passed."""
    causes: list[Cause] = []
    unknown: list[str] = []
    for probe in case.evidence.passed(*_ASKED):
        if case.evidence.source is None or probe.request.get("netns") != case.evidence.source.netns:
            continue
        for user in users_of_source(case):
            theirs = _as(probe, user)
            tried = try_probe(case, theirs)
            if tried.trip is None or case.trip(probe) is None:
                continue
            told = (
                f"programs of {case.evidence.source.label} run as {_named(user)}, this probe ran as {_asked_as(probe)}"
            )
            if tried.bad >= 1.0 and tried.causes and not _lost(case, probe):
                causes += [_their(one, told, probe) for one in tried.causes]
            else:
                unknown += _doubts(case, theirs, told)
        unknown += [*_programs_of_group(case, probe), *_contents(case, probe)]
    return Applications(tuple(causes), tuple(dict.fromkeys(unknown)))


def _contents(case: Case, probe: Probe) -> t.Iterator[str]:
    """Rules that have taken packets by what is in them: what a probe sends is not what the application does."""
    trip = case.with_data(probe)
    for way in trip.ways if trip is not None else ():
        broken = way.broken
        rule = broken.last.decided if broken is not None and broken.last is not None else None
        if broken is None or not isinstance(rule, Rule) or not rule.packets:
            continue
        if way.assumptions and all(one.doubt is Doubt.CONTENT for one in way.assumptions):
            yield (
                f'the rule "{rule.text.strip()}" of {broken.place.node} takes packets by what is in them'
                f" ({rule.packets} so far): what an application sends, and is sent, is not what a probe is"
            )


def _programs_of_group(case: Case, probe: Probe) -> t.Iterator[str]:
    """BPF programs that see what the application's sockets send and receive, and not what the probe's did."""
    namespace = case.evidence.namespace(probe.node, str(probe.request.get("netns")))
    found = [one for one in (namespace.tc_filters if namespace is not None else ()) if one.attached == GROUP]
    met = {_program_of(one) for one in found if one.dev == PROBER}
    for one in found:
        if one.dev == APPLICATION and _program_of(one) not in met:
            yield (
                f"the BPF program {one.text} ({one.hook}) of the control group of {probe.request.get('netns')}"
                " may take the application's packets and not the probe's"
            )


def _program_of(one: TcFilter) -> tuple[str, str]:
    """Where it runs and its name: a manager that loads its program for each group (systemd's accounting) has many."""
    return one.hook, one.text.partition(" id ")[0]


def _as(probe: Probe, user: ProcessUser) -> Probe:
    data = {**probe.data, "uid": user.uid, "gid": user.gid, "cgroup": user.cgroup}
    return dataclasses.replace(probe, result={**probe.result, "data": data})


def _named(user: ProcessUser) -> str:
    return f"user {user.uid}, group {user.gid}" + (f", cgroup {user.cgroup}" if user.cgroup else "")


def _asked_as(probe: Probe) -> str:
    return f"user {probe.data.get('uid', 0)}, group {probe.data.get('gid', 0)}"


def _lost(case: Case, probe: Probe) -> bool:
    """Whether the simulation loses the probe's own packet for certain: then it is wrong, and says nothing of others."""
    trip = case.trip(probe)
    return trip is not None and len(lost_ways(case, trip)) == len(trip.ways)


def _their(cause: Cause, told: str, probe: Probe) -> Cause:
    seen = dataclasses.replace(cause.finding, observed=f"{cause.finding.observed}; {told}, and passed")
    said = dataclasses.replace(cause, finding=seen).as_sure_as(LIKELY)
    return said.saying(Proof("config", ref_of(probe.node), told), probe_proof(probe))


def _doubts(case: Case, probe: Probe, told: str) -> t.Iterator[str]:
    """What may lose their packets, as it is not known who their socket belongs to in the eyes of a rule."""
    trip = case.trip(probe)
    for way in lost_ways(case, trip) if trip is not None else ():
        for one in way.assumptions:
            if one.doubt is Doubt.OWNER:
                yield f"{one.text} at {one.place} may take the application's packets and not the probe's ({told})"
