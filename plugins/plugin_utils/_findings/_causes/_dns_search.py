# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Look-ups that end at a name outside the cluster which nobody meant: the search list leads there (resolv.conf(5)).

A server that answered any question of a look-up is there. Where it falls silent at a name that it has to ask others
for, those are at fault, or the way from it to them.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns_said import (
    SILENT,
    is_upstream,
    speaks_for_upstream,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns_servers import (
    asked_outside,
    dead_upstream,
    failing_server,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _dns as intent
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe

# What a server says that could not, or would not, ask another one.
_FAILED = ("servfail", "refused")
# Probes of the servers that cluster DNS forwards to: for names of the search list, and for the name that was meant.
_UPSTREAM = ("dns-search", "dns-upstream")
_HELP = " Until then, write the name with a final dot, or lower ndots in the pod's dnsConfig."


@dataclasses.dataclass(frozen=True)
class Astray:
    """A question of the search list that its server did not answer, though it answered others. said: the error that
    it answered with, empty where it kept silent."""

    server: str
    name: str
    said: str

    def __str__(self) -> str:
        said = f"was answered with {self.said.upper()}" if self.said else "was not answered"
        return f"{self.server} answered other questions, and {self.name} {said}"


def astray(case: Case, probes: t.Sequence[Probe]) -> Astray | None:
    """Where look-ups went astray, if all servers that were heard at all say the same."""
    found = [one for probe in probes for one in _by_server(case, probe)]
    return found[0] if found and None not in found else None


def _by_server(case: Case, probe: Probe) -> t.Iterator[Astray | None]:
    """One for each server that was heard: None where it did what it has to, or failed by itself."""
    asked: dict[str, list[JsonObject]] = {}
    for query in probe.data.get("queries") or []:
        asked.setdefault(str(query.get("server")), []).append(query)
    served = intent.Corefile.of(case.index).serves
    typed = str(probe.request.get("name") or "").rstrip(".")
    for server, queries in asked.items():
        heard = [one for one in queries if one.get("rcode")]
        bad = [one for one in queries if one not in heard and one.get("outcome") in SILENT]
        bad += [one for one in heard if one.get("outcome") in _FAILED]
        if not heard:
            continue
        name = str(bad[0].get("name")).rstrip(".") if bad else ""
        if not bad or name == typed or served(name):
            yield None
            continue
        yield Astray(server, name, str(bad[0].get("outcome")) if bad[0] in heard else "")


def went_astray(case: Case) -> Astray | None:
    """Where the look-ups of the source end in vain, or go on late."""
    if not case.evidence.uses_name:
        return None
    failed = case.evidence.failed("dns-pod")
    if not failed:
        return late_search(case)
    one = astray(case, failed)
    # After an error the look-up went on: it ended for another reason.
    return one if one is not None and not one.said else None


def search_causes(case: Case, one: Astray, probes: t.Sequence[Probe]) -> t.Iterator[Cause]:
    """Whose fault it is that the question was not answered."""
    direct = [probe for probe in case.evidence.sent(*_UPSTREAM) if is_upstream(case, probe)]
    if one.said and one.said in {said for probe in direct for said in _said(probe, one.name)}:
        bad = [probe for probe in direct if one.said in _said(probe, one.name)]
    else:
        bad = [probe for probe in direct if _asks_for(case, probe, one.name) and _silent(probe)]
    outside, known = asked_outside(case), intent.Corefile.of(case.index)
    # The name that was meant is asked for at the same servers: it is not the search list that leads there.
    meant = bool(outside) and known.upstreams_for(outside) == known.upstreams_for(one.name)
    name = outside if meant else one.name
    well = [probe for probe in direct if set(_said(probe, one.name)) & {"answer", "nxdomain", "no_data"}]
    if bad and not well:
        causes: t.Iterable[Cause] = dead_upstream(case, probes, bad, name)
    else:
        causes = failing_server(case, probes, name)
    for cause in causes:
        yield cause if meant else _told(cause, one)


def late_search(case: Case) -> Astray | None:
    """A look-up that went on after a server had kept silent at a name of the search list, or had failed where the
    servers of that name do not answer: whoever asks when that is not remembered waits first."""
    one = astray(case, case.evidence.passed("dns-pod"))
    if one is None or not one.said:
        return one
    # The look-up was answered: of servers that cluster DNS may not ask at all, nothing is said.
    there = [probe for probe in case.evidence.sent(*_UPSTREAM) if speaks_for_upstream(case, probe)]
    direct = [probe for probe in there if _asks_for(case, probe, one.name)]
    return one if direct and all(map(_silent, direct)) else None


def _said(probe: Probe, name: str) -> list[str]:
    """What a server said of the name."""
    return [
        str(query.get("outcome"))
        for query in probe.data.get("queries") or []
        if str(query.get("name")).rstrip(".") == name and query.get("rcode")
    ]


def _asks_for(case: Case, probe: Probe, name: str) -> bool:
    """Whether a probe asks a server of that name: for it, or for what shares its servers."""
    known = intent.Corefile.of(case.index)
    names = [str(one).rstrip(".") for one in probe.data.get("names") or [probe.request.get("name")]]
    return name in names or any(known.upstreams_for(one) == known.upstreams_for(name) for one in names)


def _silent(probe: Probe) -> bool:
    queries = probe.data.get("queries") or []
    return bool(queries) and all(one.get("outcome") in SILENT and not one.get("rcode") for one in queries)


def _told(cause: Cause, one: Astray) -> Cause:
    """With what the question was for, and what helps at once."""
    if cause.finding.id != "dns-upstream-failing":
        brings = [_told(each, one) for each in cause.brings]
        return dataclasses.replace(cause, brings=tuple(brings))
    told = dataclasses.replace(
        cause.finding,
        observed=f"{one}; {cause.finding.observed}",
        remediation=f"{cause.finding.remediation}{_HELP}",
        title="The search list leads names to a DNS server that does not answer",
    )
    return dataclasses.replace(cause, finding=told)
