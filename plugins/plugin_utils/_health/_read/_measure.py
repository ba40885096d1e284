# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""One look at the cluster: who is there, what the agents say, and the suspects asked again."""

from __future__ import annotations

import dataclasses

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import Answer, Matrix, Read
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._agents import (
    Agents,
    HealthError,
    Limits,
    read_cluster,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._matrix import build, merge
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._suspects import (
    everybody,
    requests,
    rows_and_columns,
    suspects,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._wording import names, verb


@dataclasses.dataclass(frozen=True)
class Question:
    """What is asked. probe: probe now instead of taking the last results; confirm: probe the rows and columns of
    suspects;
    only: the nodes that are asked about (none: all); own_view: the node whose own view is wanted."""

    namespace: str
    probe: bool = False
    confirm: bool = True
    only: tuple[str, ...] = ()
    own_view: str = ""
    limits: Limits = dataclasses.field(default_factory=Limits)


def measure(kube: Kube, question: Question) -> Matrix:
    """The matrix. Raises HealthError where nothing at all can be said."""
    nodes, pods = read_cluster(kube, question.namespace)
    wanted = [*question.only, *([question.own_view] if question.own_view else [])]
    absent = sorted({name for name in wanted if name not in nodes})
    if absent:
        raise HealthError(
            f"The cluster has no {verb(len(absent), 'node', 'nodes')} {names(absent)}; it has {names(list(nodes))}"
        )
    agents = Agents(kube, question.namespace, nodes, question.limits)
    if question.probe and question.only:
        first = {name: Answer(name, None, "missing", "there is no target pod on the node") for name in nodes}
        first.update(agents.ask(rows_and_columns(build(nodes, {}), question.only), True))
    else:
        first = agents.ask(everybody(nodes, question.probe), question.probe)
    matrix = build(nodes, first, question.only)
    again = requests(matrix, suspects(matrix)) if question.confirm else []
    if again:
        merged, transient = merge(first, agents.ask(again, True))
        matrix = dataclasses.replace(build(nodes, merged, question.only), transient=transient, confirmed=True)
    read = Read(len(nodes), pods, kube.requests, kube.received, agents.asked, agents.told)
    return dataclasses.replace(matrix, read=read)
