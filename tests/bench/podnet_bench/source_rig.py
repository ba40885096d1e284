# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure one source program with N checks: python3 source_rig.py AGENT CRD RESULT --count N --settle M --minutes M

This runs inside `lab run`: the API server is real, the targets are addresses of this namespace's loopback, each a
target of its own. The program is started as it would be in its pod, by environment variables. Linux only; KiB, seconds.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import typing as t
import urllib.parse

Json = dict[str, t.Any]
GROUP = "/apis/controlplane.operator.openshift.io/v1alpha1"
RESOURCE = "podnetworkconnectivitychecks"
POD = "network-check-source-bench"
PORT, VICTIM_PORT = 7100, 7101
PERIOD = 60.0
REQUESTS = re.compile(r"^apiserver_request_total\{([^}]*)\} (\S+)$", re.MULTILINE)
TICKS = os.sysconf("SC_CLK_TCK")


class Api:
    """The lab's API server, by the kubeconfig of the operator's side."""

    def __init__(self, folder: pathlib.Path) -> None:
        config = json.loads(pathlib.Path(os.environ["KUBECONFIG"]).read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.url = cluster["server"]
        parts = urllib.parse.urlsplit(self.url)
        self.host, self.port = str(parts.hostname), int(parts.port or 443)
        self.files = {}
        for name, source, key in (
            ("ca", cluster, "certificate-authority"),
            ("cert", user, "client-certificate"),
            ("key", user, "client-key"),
        ):
            path = folder / name
            path.write_bytes(
                base64.b64decode(source[f"{key}-data"])
                if f"{key}-data" in source
                else pathlib.Path(source[key]).read_bytes()
            )
            path.chmod(0o600)
            self.files[name] = str(path)
        self._tls = ssl.create_default_context(cafile=self.files["ca"])
        self._tls.load_cert_chain(self.files["cert"], self.files["key"])
        self._mine = threading.local()

    def open(self, timeout: float = 60) -> http.client.HTTPSConnection:
        """A connection of one's own."""
        return http.client.HTTPSConnection(self.host, self.port, context=self._tls, timeout=timeout)

    def request(self, method: str, path: str, body: Json | None = None) -> tuple[int, bytes]:
        """One request on this thread's connection."""
        for attempt in (1, 2):
            connection = getattr(self._mine, "connection", None) or self.open()
            self._mine.connection = connection
            try:
                connection.request(
                    method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"}
                )
                answer = connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                self._mine.connection = None
                if attempt == 2:
                    raise
        raise AssertionError

    def requests(self) -> dict[str, int]:
        """Ended requests about checks and events so far, by verb and resource, by the server's own count."""
        found: dict[str, int] = {}
        for labels, value in REQUESTS.findall(self.request("GET", "/metrics")[1].decode()):
            told = dict(re.findall(r'(\w+)="([^"]*)"', labels))
            if told.get("resource") in (RESOURCE, "events"):
                key = f"{told['verb']} {told['resource']}" + (
                    f"/{told['subresource']}" if told.get("subresource") else ""
                )
                found[key] = found.get(key, 0) + int(float(value))
        return found


class Listener:
    """Accepts and closes; how many it accepted in each second."""

    def __init__(self, port: int) -> None:
        self.seconds: dict[int, int] = {}
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("0.0.0.0", port))
        self._socket.listen(4096)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _address = self._socket.accept()
                second = int(time.monotonic())
                self.seconds[second] = self.seconds.get(second, 0) + 1
                peer.close()

    def close(self) -> None:
        """Connections are refused from now on."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


class Watcher:
    """What the API server shows of every check, by one watch."""

    def __init__(self, api: Api, path: str) -> None:
        self.first: dict[str, float] = {}
        self.changes: dict[str, list[tuple[float, str, str]]] = {}
        self._api, self._path = api, path
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        connection = self._api.open(timeout=3600)
        connection.request("GET", f"{self._path}?watch=true&timeoutSeconds=3000")
        answer = connection.getresponse()
        for line in answer:
            item = json.loads(line)["object"]
            name = item["metadata"]["name"]
            status = item.get("status") or {}
            reachable = next((entry for entry in status.get("conditions") or [] if entry["type"] == "Reachable"), None)
            if reachable is None:
                continue
            self.first.setdefault(name, time.monotonic())
            seen = self.changes.setdefault(name, [])
            if not seen or seen[-1][1] != reachable["status"]:
                newest = max(
                    [entry["time"] for part in ("successes", "failures") for entry in (status.get(part) or [])[:1]],
                    default="",
                )
                seen.append((time.monotonic(), reachable["status"], newest))

    def await_status(self, name: str, status: str, seconds: float) -> tuple[float, str]:
        """When the check's condition was seen to become that, and the time of its newest entry."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for when, what, newest in reversed(self.changes.get(name, [])[-1:]):
                if what == status:
                    return when, newest
            time.sleep(0.02)
        raise SystemExit(f"bench: {name} was not Reachable={status} within {seconds} s")


def main() -> int:
    """Status 0 when everything was measured; the result is a JSON file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("agent")
    parser.add_argument("crd", type=pathlib.Path)
    parser.add_argument("result", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--settle", type=float, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="podnet-bench-") as name:
        options.result.write_text(json.dumps(_measure(options, pathlib.Path(name))))
    return 0


def _measure(options: argparse.Namespace, folder: pathlib.Path) -> Json:
    api = Api(folder)
    namespace = f"podnet-bench-{options.count}"
    api.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", json.loads(options.crd.read_text()))
    checks = f"{GROUP}/namespaces/{namespace}/{RESOURCE}"
    api.request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    names = [f"{POD}-to-target-{number}" for number in range(options.count)]
    try:
        _await_crd(api, checks)
        _create(api, checks, names)
        watcher = Watcher(api, checks)
        listeners = [Listener(PORT), Listener(VICTIM_PORT)]
        process = _start(options.agent, api, namespace, folder)
        try:
            return _observe(options, api, watcher, listeners, process, names)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(40)
    finally:
        api.request("DELETE", checks)
        api.request("DELETE", f"/api/v1/namespaces/{namespace}")


def _await_crd(api: Api, path: str) -> None:
    """The API server knows the kind a moment after it was made."""
    for _attempt in range(100):
        if api.request("GET", path)[0] == 200:
            return
        time.sleep(0.1)
    raise SystemExit("bench: the API server does not know the checks")


def _create(api: Api, path: str, names: t.Sequence[str]) -> None:
    """The checks: each has an address of its own; the last one's port can be closed."""
    wrong: list[str] = []

    def some(part: t.Sequence[tuple[int, str]]) -> None:
        for number, name in part:
            port = VICTIM_PORT if number == len(names) - 1 else PORT
            endpoint = f"127.1.{number // 250}.{number % 250 + 1}:{port}"
            status, text = api.request(
                "POST",
                path,
                {
                    "apiVersion": "controlplane.operator.openshift.io/v1alpha1",
                    "kind": "PodNetworkConnectivityCheck",
                    "metadata": {"name": name},
                    "spec": {"sourcePod": POD, "targetEndpoint": endpoint},
                },
            )
            if status not in (201, 409):
                wrong.append(f"bench: cannot make {name}: {status} {text[:300]!r}")
                return

    pairs = list(enumerate(names))
    threads = [threading.Thread(target=some, args=(pairs[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise SystemExit(wrong[0])


def _start(agent: str, api: Api, namespace: str, folder: pathlib.Path) -> subprocess.Popen[bytes]:
    config = {
        "period": PERIOD,
        "timeout": 10,
        "write_interval": 1200,
        "lease_interval": 30,
        "max_in_flight": 1024,
        "prune_after": 172800,
        "targets": {
            "kubernetes": False,
            "openshift": False,
            "target_service": False,
            "target_endpoints": False,
            "load_balancers": [],
            "extra": [],
        },
        "mesh": {
            "enabled": False,
            "interval": 60,
            "all_pairs_up_to": 30,
            "partners": 10,
            "host_scheme": "https",
            "host_port": 10250,
            "timeout": 5,
        },
    }
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    environment = {
        "PATH": os.environ["PATH"],
        "PODNET_CONFIG": str(path),
        "PODNET_API_URL": api.url,
        "PODNET_API_CA_FILE": api.files["ca"],
        "PODNET_API_CERT_FILE": api.files["cert"],
        "PODNET_API_KEY_FILE": api.files["key"],
        "POD_NAME": POD,
        "POD_NAMESPACE": namespace,
        "POD_UID": "bench",
        "NODE_NAME": "bench",
        "POD_IP": "127.0.0.1",
        "HOST_IP": "127.0.0.1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.Popen([sys.executable, agent, "source"], env=environment, stdin=subprocess.DEVNULL)


def _observe(
    options: argparse.Namespace,
    api: Api,
    watcher: Watcher,
    listeners: list[Listener],
    process: subprocess.Popen[bytes],
    names: t.Sequence[str],
) -> Json:
    started = time.monotonic()
    while len(watcher.first) < len(names):
        if process.poll() is not None:
            raise SystemExit(f"bench: the source exited {process.returncode}")
        if time.monotonic() > started + 3 * PERIOD:
            raise SystemExit(f"bench: {len(names) - len(watcher.first)} checks have no status after {3 * PERIOD:.0f} s")
        time.sleep(0.1)
    first = sorted(when - started for when in watcher.first.values())
    time.sleep(5 + 60 * options.settle)
    begin, cpu, requests = time.monotonic(), _cpu(process.pid), api.requests()
    rss = []
    while time.monotonic() < begin + 60 * options.minutes:
        rss.append(_memory(process.pid, "VmRSS"))
        time.sleep(5)
    minutes = (time.monotonic() - begin) / 60
    spent, after = _cpu(process.pid) - cpu, api.requests()
    counts = {key: after[key] - requests.get(key, 0) for key in after if after[key] != requests.get(key, 0)}
    window = [number for second, number in listeners[0].seconds.items() if begin < second < begin + 60 * minutes]
    victim = names[-1]
    died = time.monotonic()
    listeners[1].close()
    down, entry = watcher.await_status(victim, "False", 2 * PERIOD)
    down_after_probe = time.time() - (time.monotonic() - down) - _epoch(entry)
    returned = time.monotonic()
    listeners[1] = Listener(VICTIM_PORT)
    up, _entry = watcher.await_status(victim, "True", 2 * PERIOD)
    return {
        "count": len(names),
        "settle_minutes": options.settle,
        "minutes": minutes,
        "cpu_seconds_per_minute": spent / minutes,
        "peak_rss_kib": _memory(process.pid, "VmHWM"),
        "rss_kib": [min(rss), max(rss)],
        "requests_per_minute": {key: value / minutes for key, value in counts.items()},
        "first_status_seconds": [first[0], first[-1]],
        "down_seconds": down - died,
        "down_after_probe_seconds": down_after_probe,
        "up_seconds": up - returned,
        "probes_per_second": [min(window, default=0), max(window, default=0)],
        "probes_per_minute": sum(window) / minutes,
    }


def _cpu(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory(pid: int, name: str) -> int:
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith(name)))


def _epoch(text: str) -> float:
    """The seconds of an entry's time, which is cut to whole ones: at most one second early."""
    return float(time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone)


if __name__ == "__main__":
    sys.exit(main())
