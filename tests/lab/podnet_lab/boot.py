# SPDX-License-Identifier: GPL-3.0-or-later
"""Booting a lab, in phases that are measured and printed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from . import control_plane, fabric, hosts, kube_node, manifests, operator, outside, pki, ssh
from .cache import say
from .cleanup import clean
from .config import CONTROLLER, FABRIC, OUTSIDE, Lab, Options, node_names
from .errors import LabError
from .hosts import HostPlan
from .images import copy_containerd_root
from .proc import wait_until
from .smoke import await_traffic
from .state import State, save
from .status import nodes, ready_pods

LOOPBACK_NAMES = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"


@contextmanager
def phase(name: str) -> Iterator[None]:
    """Print how many seconds something took."""
    begin = time.monotonic()
    yield
    say(f"{time.monotonic() - begin:5.1f} s  {name}")


def boot(lab: Lab, options: Options) -> None:
    """Boot a lab from nothing; whatever was left of an earlier one is removed first."""
    begin = time.monotonic()
    with phase("looked for remains of an earlier lab"):
        clean(lab)
    try:
        _boot(lab, options)
    except BaseException:
        if not os.environ.get("PODNET_LAB_KEEP_FAILED"):
            clean(lab)
        raise
    say(f"{time.monotonic() - begin:5.1f} s  altogether: the lab {lab.name} is up")


def _boot(lab: Lab, options: Options) -> None:
    names = node_names(options.nodes)
    state = State(options=options)
    save(lab, state)
    with phase("certificates and keys"):
        plans = _plans(lab, names)
    with ThreadPoolExecutor(max_workers=4) as pool:
        with phase("hosts and network"):
            started = dict(zip(plans, pool.map(lambda name: hosts.start(lab, name), plans)))
            state.hosts.update({name: host.process for name, host in started.items()})
            started[FABRIC].go()
            fabric.lay(state.hosts[FABRIC], {name: one for name, one in state.hosts.items() if name != FABRIC})
            save(lab, state)
        with phase("API server"):
            started[CONTROLLER].go()
            started[OUTSIDE].go()
            copies = [pool.submit(copy_containerd_root, lab.host(name) / "data" / "containerd") for name in names]
            _await_api(lab)
        with phase("objects of the cluster"):
            for copy in copies:
                copy.result()
            for name in names:
                started[name].go()
            _apply(lab, manifests.render(options))
    with phase("nodes Ready"):
        wait_until(lambda: _nodes_ready(lab, options.nodes), "all nodes are Ready", 120, 0.3)
    with phase("pods Ready"):
        _apply(lab, manifests.render_clients(options))
        wait_until(lambda: _pods_ready(lab, options), "all pods are Ready", 180, 0.3)
    with phase("traffic"):
        await_traffic(lab, options)
    state.complete = True
    save(lab, state)


def _plans(lab: Lab, names: list[str]) -> dict[str, HostPlan]:
    """Everything that is written before a host starts."""
    pki.create(lab, names)
    pki.write_admin_kubeconfig(lab)
    ssh.create_operator_key(lab)
    addresses = {name: fabric.host_address(name) for name in (CONTROLLER, OUTSIDE, *names)}
    plans = {CONTROLLER: control_plane.plan(lab), OUTSIDE: outside.plan(addresses)}
    plans |= {name: kube_node.plan(lab, name) for name in names}
    for name, plan in plans.items():
        ssh.add_server(lab, plan, addresses[name])
        hosts.prepare(lab, plan, f"{LOOPBACK_NAMES}{addresses[name]} {name}\n")
    # The fabric is a host like the others, so that it too runs the programs of the layers and never the machine's.
    plans[FABRIC] = HostPlan(FABRIC)
    hosts.prepare(lab, plans[FABRIC], LOOPBACK_NAMES)
    operator.write_files(lab)
    return plans


def _await_api(lab: Lab) -> None:
    def answers() -> bool:
        # On a busy machine one question can take longer than that; the next one tells.
        try:
            done = operator.run_captured(lab, ["kubectl", "get", "--raw=/readyz"], 10)
        except LabError:
            return False
        return done.returncode == 0

    wait_until(answers, "the API server is ready (see its log in the controller)", 180, 0.1)


def _apply(lab: Lab, text: str) -> None:
    """Apply the objects; the API server makes its own namespaces a moment after it is ready."""
    deadline = time.monotonic() + 30
    arguments = ("apply", "--server-side", "--force-conflicts", "--validate=false", "-f", "-")
    while True:
        try:
            operator.kubectl(lab, *arguments, stdin=text)
            return
        except LabError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _nodes_ready(lab: Lab, count: int) -> bool:
    found = nodes(lab)
    return len(found) == count and all(node["ready"] for node in found)


def _pods_ready(lab: Lab, options: Options) -> bool:
    ready, waiting = ready_pods(lab)
    return not waiting and ready == manifests.expected_pods(options)
