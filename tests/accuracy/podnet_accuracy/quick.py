# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The phases of the runbook without Ansible: the same modules on the same nodes, a quarter of the processor time.

For recording many bundles on a busy machine. It runs on the operator's side of a lab (`lab run`); the modules go to the
nodes in one archive, with a stand-in for AnsibleModule that fills in defaults and prints the result.
"""

from __future__ import annotations

import base64
import io
import json
import os
import sys
import time
import typing as t
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from podnet_lab import hosts, state
from podnet_lab.config import Lab
from podnet_lab.errors import LabError

Json = dict[str, t.Any]
ROOT = Path(__file__).resolve().parents[3]
PACKAGE = "ansible_collections/podnet/diagnostics/plugins"
MODULES = ("node_snapshot", "probe", "capture")
ARCHIVE = "/run/podnet-quick.zip"
STAND_IN = """
import json, sys
def fill(spec, given):
    for name, option in spec.items():
        if given.get(name) is None:
            given[name] = option.get("default")
        for item in given[name] if option.get("options") and isinstance(given[name], list) else ():
            fill(option["options"], item)
    return given
class AnsibleModule:
    def __init__(self, argument_spec, **unused):
        self.params = fill(argument_spec, json.load(sys.stdin))
    def exit_json(self, **result):
        print(json.dumps(result))
        raise SystemExit(0)
    def fail_json(self, **result):
        self.exit_json(failed=True, **result)
"""
RUN = f"""
import importlib, sys
sys.path.insert(0, {ARCHIVE!r})
importlib.import_module("ansible_collections.podnet.diagnostics.plugins.modules." + sys.argv[1]).main()
"""
UNPACK = "import base64, sys; open(sys.argv[1], 'wb').write(base64.b64decode(sys.stdin.read()))"
SECONDS = 100


class PhaseError(Exception):
    """A phase could not be measured on a node; the text says why."""


def archive() -> bytes:
    """The modules and what they import."""
    files = {
        "ansible/__init__.py": "",
        "ansible/module_utils/__init__.py": "",
        "ansible/module_utils/basic.py": STAND_IN,
    }
    folder = ""
    for part in f"{PACKAGE}/modules".split("/"):
        folder += f"{part}/"
        files[f"{folder}__init__.py"] = ""
    for path in (ROOT / "plugins" / "module_utils").rglob("*.py"):
        name = str(path.relative_to(ROOT / "plugins"))
        if "/_kube/" not in f"/{name}":
            files[f"{PACKAGE}/{name}"] = path.read_text(encoding="utf-8")
    files.setdefault(f"{PACKAGE}/module_utils/__init__.py", "")
    for module in MODULES:
        files[f"{PACKAGE}/modules/{module}.py"] = (ROOT / "plugins" / "modules" / f"{module}.py").read_text()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return buffer.getvalue()


class Quick:
    """One diagnosis, up to the findings."""

    def __init__(self, lab: Lab, bundle: t.Any, plan_with: t.Callable[[list[str]], None]) -> None:
        """plan_with: makes the plan anew with these nodes."""
        self.lab, self.bundle, self.plan_with = lab, bundle, plan_with

    def send(self, node: str, packed: str) -> None:
        """Put the archive on a node."""
        hosts.exec_in(self.lab, node, ["python3", "-c", UNPACK, ARCHIVE], 30, packed)

    def module(self, node: str, name: str, arguments: Json) -> Json:
        """Run a module on a node."""
        try:
            done = hosts.exec_in(self.lab, node, ["python3", "-c", RUN, name], SECONDS, json.dumps(arguments))
            result: Json = json.loads(done.stdout.strip().splitlines()[-1])
        except (LabError, ValueError, IndexError) as error:
            raise PhaseError(f"Cannot run {name} on the node: {error}") from error
        if result.get("failed"):
            raise PhaseError(f"Cannot run {name} on the node: {result.get('msg')}")
        return result

    def phase(self, node: str, phase: str) -> None:
        """Run a phase and note how it went."""
        begin, status = time.monotonic(), "done"
        self.bundle.add_event(node, phase, "started")
        try:
            text = getattr(self, f"_{phase}")(node)
            status, text = text if isinstance(text, tuple) else ("done", text)
        except PhaseError as error:
            status, text = "error", str(error)
        self.bundle.add_event(node, phase, status, text, time.monotonic() - begin)

    def _snapshot(self, node: str) -> str:
        from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._dose import tracked

        work = self.bundle.plan()["work"][node]
        wanted = {"node": node, "pods": work["pods"], "pod_namespaces": work["pod_namespaces"], **tracked(work)}
        self.bundle.write_snapshot(node, self.module(node, "node_snapshot", wanted)["snapshot"])
        return "read"

    def _probe(self, node: str) -> str | tuple[str, str]:
        from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._dose import idle_to_try, probing

        requests, counting = probing(
            self.bundle.plan(), idle_to_try(self.bundle.plan(), self.bundle.snapshots().values()), node
        )
        return self._probes(node, "probe", requests, counting)

    def _probes(
        self, node: str, phase: str, requests: list[Json], counting: Json | None = None
    ) -> str | tuple[str, str]:
        if not requests and not counting:
            return "skipped", "no probe starts on this node"
        pods = self.bundle.plan()["work"][node]["pods"]
        answer = self.module(node, "probe", {"pods": pods, "probes": requests, **(counting or {})})
        if answer.get("counters"):
            self.bundle.write_counters(node, answer["counters"])
        if not requests:
            return "skipped", "no probe starts on this node; its counters were read"
        results = answer["results"]
        self.bundle.add_probes(node, phase, requests, results)
        return f"{sum(one['status'] == 'pass' for one in results)} of {len(results)} probes passed"

    def _capture_start(self, node: str) -> str | tuple[str, str]:
        from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._captures import plan_captures

        plan = plan_captures(self.bundle, node)
        if not plan.devices:
            return "skipped", "no device of the path is known on this node"
        result = self.module(node, "capture", {"state": "started", **plan.to_arguments()})
        started = {**plan.to_arguments(), "started": result["devices"]}
        self.bundle.write_json(f"captures/{node}.started.json", started)
        return "capturing"

    def _reprobe(self, node: str) -> str | tuple[str, str]:
        from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._captures import (
            markers,
            reprobes,
            traces,
        )

        beside = [*markers(self.bundle), *traces(self.bundle)] if node == self._source() else []
        return self._probes(node, "capture", [*reprobes(self.bundle, node), *beside])

    def _source(self) -> str | None:
        return t.cast("str | None", (self.bundle.plan()["source"] or {}).get("node"))

    def _capture_stop(self, node: str) -> str | tuple[str, str]:
        from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._captures import store_captures

        if not self.bundle.path(f"captures/{node}.started.json").exists():
            return "skipped", "no capture was started here"
        stop = {"state": "stopped", "run_id": self.bundle.plan()["run_id"]}
        return str(store_captures(self.bundle, node, self.module(node, "capture", stop)))

    def run(self) -> None:
        """Every phase on every node, as the playbook does: a phase begins when the one before has ended everywhere."""
        from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._captures import capture_wanted

        nodes = list(self.bundle.plan()["work"])
        packed = base64.b64encode(archive()).decode()
        with ThreadPoolExecutor(max(1, len(nodes))) as pool:
            list(pool.map(lambda node: self.send(node, packed), nodes))
            for phase in ("snapshot", "probe", "capture_start", "reprobe", "capture_stop"):
                wanted, reason = capture_wanted(self.bundle) if "snapshot" != phase != "probe" else (True, "")
                if not wanted:
                    for node in nodes:
                        self.bundle.add_event(node, phase, "skipped", reason)
                    continue
                list(pool.map(lambda node, phase=phase: self.phase(node, phase), nodes))
                nodes += self._crossed(packed) if phase == "snapshot" else []

    def _crossed(self, packed: str) -> list[str]:
        """The nodes that packets are forwarded by, planned for and looked at by now."""
        from ansible_collections.podnet.diagnostics.plugins.plugin_utils._analysis import analyse_bundle, still_crossed

        analyse_bundle(self.bundle)
        found = still_crossed(self.bundle)
        if found:
            self.plan_with(found)
        for node in found:
            self.send(node, packed)
            self.phase(node, "snapshot")
        return found


def main(question: Json) -> int:
    """Plan, measure and analyse; the bundle's folder is in the question, as the playbook's variables."""
    from ansible.release import __version__ as ansible_version

    from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import connect
    from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import options_from_params
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._analysis import analyse_bundle, still_wanted
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._look_again import look_again
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._options import parse_options
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._work import make_plan
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._reading._question import (
        read_further,
        read_question,
    )
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._version import COLLECTION_VERSION

    lab = Lab(os.environ["PODNET_LAB_NAME"])
    run_id = base64.b16encode(os.urandom(4)).decode().lower()
    manifest = {"run_id": run_id, "collection": COLLECTION_VERSION, "ansible": ansible_version}
    bundle = Bundle.create(question["diagnose_bundle_dir"], manifest)
    asked = {
        "source": question["diagnose_source"],
        "destination": question["diagnose_destination"],
        "port": str(question.get("diagnose_port") or ""),
        "protocol": question["diagnose_protocol"],
        "access": "ssh",
        "capture": "auto",
        "max_nodes": 4,
        "ping_count": 4,
        "tcp_count": 4,
        "tcp_data": "auto",
        "probe_timeout": 1.0,
    }
    kube = connect(options_from_params({"kubeconfig": os.environ["KUBECONFIG"]}))

    def plan_with(also: t.Sequence[str]) -> None:
        options, errors = parse_options({**asked, "also_nodes": [*(question.get("diagnose_also_nodes") or ()), *also]})
        if options is None:
            raise PhaseError("; ".join(errors))
        cluster, _read = read_question(kube, options, _addresses(lab))
        bundle.write_json("cluster.json.gz", cluster)
        plan = make_plan(options, cluster, run_id, _addresses(lab), lambda _node: False, None)
        for name, work in plan["work"].items():
            work["inventory_name"] = name
        bundle.write_json("plan.json", plan)

    plan_with([])
    bundle.add_event("controller", "resolve", "done")
    Quick(lab, bundle, plan_with).run()
    look_again(bundle, lambda: kube)
    findings = analyse_bundle(bundle)
    for _round in range(3):
        if still_wanted(bundle):
            bundle.write_json(
                "cluster.json.gz", read_further(kube, bundle.read_json("cluster.json.gz"), still_wanted(bundle))
            )
            findings = analyse_bundle(bundle)
    bundle.write_json("findings.json", findings)
    return 0


def _addresses(lab: Lab) -> dict[str, str | None]:
    """What an inventory of the lab would say."""
    from podnet_lab.config import OUTSIDE, OUTSIDE_ADDRESS, node_address

    known = state.load(lab)
    nodes = [name for name in (known.hosts if known else {}) if name.startswith("node-")]
    return {**{name: node_address(name) for name in nodes}, OUTSIDE: OUTSIDE_ADDRESS}


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
