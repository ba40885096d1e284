# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What is odd where the network itself works: HTTP that fails, ICMP that is filtered, results that changed meanwhile,
and packets of which a share is lost.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._statistics import is_loss, share
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._paths import HTTP, ICMP, Links
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._statements import (
    Cell,
    Finding,
    cells,
    command,
    shortened,
    variables,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import OK, Matrix, Pair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._wording import PATH_WORDS, names, plural

HTTP_FAILING, ICMP_FILTERED, TRANSIENT = "http-failing", "icmp-filtered", "transient-failure"
_NEARLY_ALL = 0.9
_MOST_NODES = 10


def service_findings(matrix: Matrix, links: t.Mapping[str, Links], namespace: str) -> t.Iterator[Finding]:
    """HTTP and ICMP that fail alone."""
    yield from _http(matrix, links["endpoint"], "endpoint", namespace)
    yield from _http(matrix, links["host"], "host", namespace)
    for path, found in links.items():
        yield from _icmp(matrix, found, path)
    if matrix.transient:
        yield _transient(matrix)


def _http(matrix: Matrix, links: Links, path: str, namespace: str) -> t.Iterator[Finding]:
    """By destination: a server that fails is one fault, however many see it."""
    failing = sorted(pair for pair, word in links.items() if word == HTTP)
    if path == "host" and len(failing) >= 3 and len(failing) >= _NEARLY_ALL * len(links):
        yield _finding(
            matrix,
            "info",
            "The kubelet's port of no node answers pods, while ICMP passes",
            failing,
            path,
            "If a firewall keeps pods from the kubelets, nothing is wrong; `mesh.host_port` of the agents can be"
            " another port.",
        )
        return
    by_destination: dict[str, list[Pair]] = {}
    for pair in failing:
        by_destination.setdefault(pair[1], []).append(pair)
    worst = sorted(by_destination, key=lambda name: (-len(by_destination[name]), name))
    for name in worst[:_MOST_NODES]:
        pairs = by_destination[name]
        asked = sum(1 for pair in links if pair[1] == name)
        who = names([source for source, _destination in pairs], 3)
        what = (
            f"HTTP to the {PATH_WORDS[path]} on {name}"
            if path == "endpoint"
            else f"HTTP to the kubelet's port of {name}"
        )
        told = command(variables(matrix, namespace, pairs[0], "endpoint")) if path == "endpoint" else ""
        yield _finding(
            matrix,
            "major" if path == "endpoint" else "minor",
            f"{what} fails from {who}, while packets come back",
            pairs,
            path,
            (
                f"Look at the target pod there: kubectl -n {namespace} describe pod{_target(matrix, name)}.\n{told}"
                if path == "endpoint"
                else f"Look at the firewall and the kubelet of {name}.\n{told}"
            ).strip(),
            (name,),
            f"{len(pairs)} of {plural(asked, 'node')} {'sees' if len(pairs) == 1 else 'see'} it",
        )
    rest = worst[_MOST_NODES:]
    if rest:
        pairs = [pair for name in rest for pair in by_destination[name]]
        yield _finding(
            matrix,
            "major" if path == "endpoint" else "minor",
            f"HTTP fails to {plural(len(rest), 'more node')}, while packets come back",
            pairs,
            path,
            "",
            tuple(sorted(rest)),
        )


def _target(matrix: Matrix, name: str) -> str:
    target = matrix.nodes[name].target
    return f" {target.name}" if target else "s"


def _finding(
    matrix: Matrix,
    severity: str,
    title: str,
    pairs: t.Sequence[Pair],
    path: str,
    advice: str,
    nodes: tuple[str, ...] = (),
    observed: str = "",
) -> Finding:
    found = cells(matrix, pairs, (path,), protocols=("http",))
    pair = pairs[0] if path == "endpoint" else None
    return Finding(
        HTTP_FAILING,
        severity,
        title,
        observed or plural(len(pairs), "pair"),
        nodes or tuple(sorted({end for _start, end in pairs})),
        (),
        shortened(found),
        len(found),
        pair,
        path,
        advice,
    )


def _icmp(matrix: Matrix, links: Links, path: str) -> t.Iterator[Finding]:
    filtered = sorted(pair for pair, word in links.items() if word == ICMP)
    if not filtered:
        return
    found = cells(matrix, filtered, (path,), protocols=("icmp",))
    ends = sorted({end for _start, end in filtered})
    yield Finding(
        ICMP_FILTERED,
        "info",
        f"ICMP to {PATH_WORDS[path]}s is filtered, HTTP passes ({len(filtered)} of {plural(len(links), 'pair')})",
        f"to {names(ends)}",
        tuple(ends),
        (),
        shortened(found),
        len(found),
        None,
        path,
        "Nothing is broken. Without ICMP, ping says nothing here and path MTU discovery may suffer.",
    )


def _transient(matrix: Matrix) -> Finding:
    pairs = sorted({(source, destination) for source, destination, _path, _protocol in matrix.transient})
    shown = names(
        [f"{source} to {destination}" if source != destination else source for source, destination in pairs], 4
    )
    return Finding(
        TRANSIENT,
        "info",
        f"{plural(len(matrix.transient), 'probe')} failed and passed when asked again: {shown}",
        "the newer result counts",
        tuple(sorted({name for pair in pairs for name in pair})),
        (),
        (),
        len(matrix.transient),
        None,
        "endpoint",
        "If it comes back, look for packet loss: the condition Flapping of the connectivity checks shows how often.",
    )


LOSS = "packet-loss"
_MOST_PAIRS = 5


def loss_findings(matrix: Matrix, namespace: str, cut_off: t.Collection[str]) -> list[Finding]:
    """One finding for all lossy pairs: a node that is in each of them is named, else the pairs are."""
    lossy = [cell for cell in _bursts(matrix) if is_loss(cell.probe.lost, cell.probe.sent)]
    lossy = [cell for cell in lossy if not {cell.source, cell.destination} & set(cut_off)]
    if not lossy:
        return []
    lossy.sort(key=lambda cell: -cell.probe.lost / cell.probe.sent)
    pairs = list(dict.fromkeys((cell.source, cell.destination) for cell in lossy))
    common = set.intersection(*({source, destination} for source, destination in pairs))
    involved = tuple(sorted(common)) if len(common) == 1 and len(pairs) > 1 else _all(pairs)
    shares = "; ".join(
        f"{cell.source} → {cell.destination}: {share(cell.probe.lost, cell.probe.sent)}" for cell in lossy[:_MOST_PAIRS]
    )
    more = f"; and {len(lossy) - _MOST_PAIRS} more" if len(lossy) > _MOST_PAIRS else ""
    where = (
        f"to and from {names(list(involved))}" if len(pairs) > 1 and len(involved) == 1 else plural(len(pairs), "pair")
    )
    path = lossy[0].path
    return [
        Finding(
            LOSS,
            "major",
            f"Some packets are lost: {where}",
            f"{shares}{more}",
            nodes=involved,
            evidence=shortened(lossy),
            cells=len(lossy),
            pair=pairs[0],
            path=path,
            remediation="The diagnosis of one pair counts more packets and says where they are lost.\n"
            + command(variables(matrix, namespace, pairs[0], path)),
        )
    ]


def _all(pairs: t.Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted({name for pair in pairs for name in pair}))


def _bursts(matrix: Matrix) -> t.Iterator[Cell]:
    for (source, destination), sighting in matrix.seen.items():
        for path, address, protocol, probe in sighting.probes():
            if probe.state == OK and probe.sent:
                yield Cell(source, destination, path, protocol, address.ip, probe)
