# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Shares: pairs of nodes between which a part of the packets is lost, where bursts were asked for."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._statistics import is_loss, share
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._evidence import shortened
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._handover import command, variables
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import OK, Matrix
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._types import Cell, Finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._wording import names, plural

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
