# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The agents of a run as a watcher looks after them: their lives are renewed while the playbook lives, and they are
removed when it is gone."""

from __future__ import annotations

import concurrent.futures
import time

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._agent_control import Agents
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._agents import (
    CONTAINER,
    RENEW,
    pod_problem,
    run_selector,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._exec import Container, run
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._watcher import Charge

_THREADS = 8
_EXEC_SECONDS = 10.0
# A run whose agents are gone is over, or has not made them yet: for so long they may be on their way.
_NONE_SECONDS = 60.0


class AgentCharge:
    """Jobs of one run in one namespace."""

    def __init__(self, kube: Kube, namespace: str, run_id: str, lease: int) -> None:
        self._agents = Agents(kube, namespace)
        self._kube = kube
        self._run_id = run_id
        self._pause = max(1.0, lease / 3)
        self._next = time.monotonic() + self._pause
        self._seen = time.monotonic()

    def charge(self) -> Charge:
        """For a watcher."""
        return Charge(self._over, self._remove)

    def _over(self) -> bool:
        """Renew every agent's life three times within it; true when there are no agents any more."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._pause
        try:
            pods = self._agents.list_pods(run_selector(self._run_id))
        except KubeError:
            return False  # it may answer the next time
        if pods:
            self._seen = now
            names = [str(pod["metadata"]["name"]) for pod in pods if pod_problem(pod) == ""]
            with concurrent.futures.ThreadPoolExecutor(max_workers=_THREADS) as pool:
                list(pool.map(self._renew, names))
        return now - self._seen >= _NONE_SECONDS

    def _remove(self) -> None:
        """Remove the run's Jobs, also one that a worker of the playbook makes in its last moment."""
        for _turn in range(2):
            self._agents.absent(self._run_id, wait=30.0)
            time.sleep(1.0)

    def _renew(self, pod: str) -> None:
        try:
            where = Container(self._agents.namespace, pod, CONTAINER)
            run(self._kube, where, ["/bin/sh", "-c", RENEW], timeout=_EXEC_SECONDS)
        except KubeError:
            return  # its node may be gone; the agent's lease says what becomes of it
