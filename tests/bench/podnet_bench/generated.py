# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API server that makes up its objects when they are asked for: what reading for one question costs in a cluster of
any size, without a lab. python3 -m podnet_bench.generated SERVER reads from it: a process of its own, whose memory is
told. Then the whole playbook asks in check mode, with all nodes as its inventory: everything but the nodes' own part.
"""

from __future__ import annotations

import http.server
import ipaddress
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
import typing as t
import urllib.parse
from pathlib import Path

from . import fill

BENCH = Path(__file__).resolve().parents[1]
SERVICE_NETWORK = "10.96.0.0/16"
ASKED = {"source": "pod:bench-00000/bench-000000", "destination": "service:bench-00000/bench-00000", "port": "80"}
Json = dict[str, t.Any]
_PATH = re.compile(
    r"/(?:api|apis/[^/]+)/v1(?:/namespaces/(?P<namespace>[^/]+))?/(?P<resource>[a-z]+)(?:/(?P<name>.+))?"
)
_COLUMNS = ("Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age")


class Cluster:
    """Answers for nodes, pods, Services and their slices; there is nothing else."""

    def __init__(self, nodes: int, pods: int, services: int) -> None:
        self.sizes = {"nodes": nodes, "pods": pods, "services": services, "endpointslices": services}

    def make(self, resource_name: str, number: int) -> Json:
        """One object."""
        nodes, pods = self.sizes["nodes"], self.sizes["pods"]
        if resource_name == "nodes":
            return fill.node(number)
        if resource_name == "pods":
            return fill.pod(number, nodes)
        if resource_name == "services":
            return fill.service(number, SERVICE_NETWORK)
        return fill.endpoints(number, pods, nodes)

    def numbers(self, resource_name: str, namespace: str, query: t.Mapping[str, str]) -> t.Sequence[int]:
        """Of the objects that are meant."""
        size = self.sizes.get(resource_name, 0)
        field, _sign, value = query.get("fieldSelector", "").partition("=")
        if field == "spec.nodeName":
            match = re.fullmatch(r"bench-(\d+)", value)
            return range(int(match[1]), size, self.sizes["nodes"]) if match else ()
        if field == "status.podIP":
            return [number for number in self._with_address(value) if number < size]
        if field == "metadata.name":
            match = re.fullmatch(r"bench-(\d+)", value)
            return [int(match[1])] if match and int(match[1]) < size else ()
        found: t.Sequence[int] = range(size)
        if namespace:
            match = re.fullmatch(r"bench-(\d+)", namespace)
            start = int(match[1]) * fill.PODS_OF_NAMESPACE if match else size
            found = range(start, min(size, start + fill.PODS_OF_NAMESPACE))
        labels = dict(one.split("=") for one in query.get("labelSelector", "").split(",") if one)
        if not labels:
            return found
        # Without a namespace nobody asks for labels that there are.
        return [
            number
            for number in (found if namespace else ())
            if labels.items() <= (self.make(resource_name, number)["metadata"].get("labels") or {}).items()
        ]

    def _with_address(self, address: str) -> t.Iterator[int]:
        place, inside = divmod(int(ipaddress.ip_address(address)) - int(fill.POD_NETWORK.network_address), 256)
        if 0 <= place < self.sizes["nodes"] and inside >= 2:
            yield (inside - 2) * self.sizes["nodes"] + place

    def answer(self, path: str, query: t.Mapping[str, str]) -> tuple[int, Json]:
        """Status and body."""
        if path == "/version":
            return 200, {"gitVersion": "v1.34.4"}
        match = _PATH.fullmatch(path)
        if match is None:
            return 404, {"kind": "Status", "message": "not found"}
        resource_name, namespace, name = match["resource"], match["namespace"] or "", match["name"] or ""
        if name:
            number = re.fullmatch(r"bench-(\d+)", name)
            there = number is not None and int(number[1]) < self.sizes.get(resource_name, 0)
            found = self.make(resource_name, int(number[1])) if there and number else None
            if found is None or found["metadata"].get("namespace", "") != namespace:
                return 404, {"kind": "Status", "message": "not found"}
            return 200, found
        numbers = self.numbers(resource_name, namespace, query)
        if query.get("includeObject") == "None":
            return 200, self._table(numbers)
        start, limit = int(query.get("continue") or 0), int(query.get("limit") or 0) or len(numbers)
        page = [self.make(resource_name, number) for number in numbers[start : start + limit]]
        more = str(start + limit) if start + limit < len(numbers) else ""
        return 200, {"kind": "List", "apiVersion": "v1", "metadata": {"continue": more}, "items": page}

    def _table(self, numbers: t.Sequence[int]) -> Json:
        rows = []
        for number in numbers:
            found = self.make("services", number)
            cells = [found["metadata"]["name"], "ClusterIP", found["spec"]["clusterIP"], "<none>", "80/TCP", "1d"]
            rows.append({"cells": cells})
        return {"kind": "Table", "columnDefinitions": [{"name": name} for name in _COLUMNS], "rows": rows}


def served(cluster: Cluster) -> http.server.ThreadingHTTPServer:
    """The server, on a port of its own of the loopback address; shutdown() ends it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            address = urllib.parse.urlsplit(self.path)
            status, body = cluster.answer(address.path, dict(urllib.parse.parse_qsl(address.query)))
            data = json.dumps(body, separators=(",", ":")).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: t.Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def measure(sizes: t.Mapping[str, tuple[int, int, int]]) -> list[Json]:
    """What reading costs, by size; the objects are made by this process, and read by another one."""
    found = []
    for name, size in sizes.items():
        server = served(Cluster(*size))
        address = f"http://127.0.0.1:{server.server_port}"
        try:
            done = subprocess.run(
                [sys.executable, "-B", "-m", "podnet_bench.generated", address],
                cwd=BENCH,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                timeout=600,
                check=True,
            )
            run = _run(address)
        finally:
            server.shutdown()
            server.server_close()
        found.append({"size": name, "cluster": size, **json.loads(done.stdout), "run": run})
    return found


def _run(server: str) -> Json:
    """The playbook in check mode: seconds, CPU of all its processes, the most memory (PSS) at once."""
    with tempfile.TemporaryDirectory(prefix="podnet-bench-") as name:
        folder = Path(name)
        inventory, result = folder / "bench.cluster.yml", folder / "result.json"
        inventory.write_text(f"plugin: podnet.diagnostics.cluster\nhost: {server}\n")
        asked = {**{f"diagnose_{key}": value for key, value in ASKED.items()}, "diagnose_bundle_dir": str(folder / "b")}
        command = ["ansible-playbook", "-i", str(inventory), "podnet.diagnostics.diagnose", "--check"]
        meter = [
            sys.executable,
            str(BENCH / "podnet_bench" / "meter.py"),
            "--memory",
            str(result),
            str(folder / "output"),
        ]
        subprocess.run(
            [*meter, *command, "-e", json.dumps(asked)],
            env={**os.environ, "K8S_AUTH_HOST": server, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            timeout=600,
            check=True,
        )
        return t.cast(Json, json.loads(result.read_text()))


def read(server: str) -> Json:
    """Read, plan, and look a while at what was read as the analysis does."""
    from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import connect
    from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._cni import PodNetwork
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import ClusterIndex
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._options import parse_options
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._work import make_plan
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._reading._question import read_question

    options, _wrong = parse_options(ASKED)
    assert options is not None
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin, cpu = time.monotonic(), time.process_time()
    cluster, cost = read_question(connect(KubeOptions(host=server)), options, {})
    reading, reading_cpu = time.monotonic() - begin, time.process_time() - cpu
    cpu = time.process_time()
    plan = make_plan(options, cluster, "bench", {}, lambda _name: False)
    overlaps = PodNetwork(ClusterIndex(cluster)).overlaps()
    assert plan["problems"] == [] and overlaps == []
    return {
        "seconds": reading,
        "cpu": reading_cpu,
        "planning": time.process_time() - cpu,
        "base": before / 1024,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "objects": {name: len(items) for name, items in sorted(cluster["resources"].items()) if items},
        "rows": cost.rows,
        "requests": cost.requests,
        "bytes": cost.size,
        "errors": cluster["errors"],
    }


def table(found: t.Sequence[Json]) -> str:
    """For people."""
    lines = ["Reading for one question, from an API that makes up its objects (no lab; the reader is one process)"]
    for one in found:
        nodes, pods, services = one["cluster"]
        objects = ", ".join(f"{number} {name}" for name, number in one["objects"].items())
        lines.append(
            f"{nodes} nodes, {pods} pods, {services} Services:"
            + f" {one['seconds']:.1f} s, of it {one['cpu']:.1f} s CPU here;"
            + f" plan {one['planning']:.2f} s CPU; {one['base']:.0f} MiB before, at most {one['memory']:.0f} MiB;"
            + f" {one['requests']} requests, {one['bytes'] / 1e6:.1f} MB; {objects}; {one['rows']} rows;"
            + f" the whole playbook in check mode {one['run']['end'] - one['run']['begin']:.1f} s,"
            + f" {one['run']['cpu_seconds']:.1f} s CPU, {one['run']['memory']['pss'] / 1024:.0f} MiB"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(read(sys.argv[1])))
