# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The weather of the cases: each a context manager that makes it and mends it."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from .lab import LAB, Json, Lab

AGENTS = "podnet-diagnostics"
_ports = itertools.count(16443)


# -- kubeconfigs -----------------------------------------------------------------------------------------------
def kubeconfig(lab: Lab, path: pathlib.Path, server: str = "", **user: str) -> str:
    """A copy of the lab's kubeconfig with another server or another user."""
    config = json.loads(lab.kubeconfig.read_text())
    if server:
        config["clusters"][0]["cluster"]["server"] = server
        if server.startswith("http:"):
            config["clusters"][0]["cluster"].pop("certificate-authority-data")
    if user:
        config["users"][0]["user"] = user
    path.write_text(json.dumps(config))
    path.chmod(0o600)
    return str(path)


def server_at(url: str) -> Any:
    """Runs are told another server."""

    @contextlib.contextmanager
    def around(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        yield {"podnet_kubeconfig": kubeconfig(lab, folder / "kubeconfig", url)}

    return around


def config_text(text: str) -> Any:
    """Runs are told a file with this in it."""

    @contextlib.contextmanager
    def around(_lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        (folder / "kubeconfig").write_text(text)
        yield {"podnet_kubeconfig": str(folder / "kubeconfig")}

    return around


@contextlib.contextmanager
def wrong_token(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
    """A token that the API does not know."""
    yield {"podnet_kubeconfig": kubeconfig(lab, folder / "kubeconfig", token="planted-token-of-nobody")}


def self_signed(lab: Lab, folder: pathlib.Path, name: str) -> None:
    """The files key and crt, for 127.0.0.1."""
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -addext subjectAltName=IP:127.0.0.1"
    lab.run(
        "openssl", *made.split(), "-subj", f"/CN={name}", "-keyout", str(folder / "key"), "-out", str(folder / "crt")
    )


@contextlib.contextmanager
def foreign_certificate(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
    """An authority that did not sign the server's certificate."""
    config = json.loads(lab.kubeconfig.read_text())
    self_signed(lab, folder, "nobody")
    data = base64.b64encode((folder / "crt").read_bytes()).decode()
    config["clusters"][0]["cluster"]["certificate-authority-data"] = data
    (folder / "kubeconfig").write_text(json.dumps(config))
    yield {"podnet_kubeconfig": str(folder / "kubeconfig")}


@contextlib.contextmanager
def served(lab: Lab, program: str, *arguments: str) -> Iterator[None]:
    """A program of this folder on the operator's side, beside the run, from when it says that it is ready."""
    path = str(pathlib.Path(__file__).resolve().parent / program)
    with subprocess.Popen(
        [str(LAB), "run", "--", sys.executable, path, *arguments],
        env=lab.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def proxied(mode: str) -> Any:
    """A server between the run and the API."""

    @contextlib.contextmanager
    def around(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        port = next(_ports)
        with served(lab, "proxy.py", str(port), mode, str(lab.kubeconfig), str(folder / "mark")):
            yield {"podnet_kubeconfig": kubeconfig(lab, folder / "kubeconfig", f"http://127.0.0.1:{port}")}

    return around


# -- rights ----------------------------------------------------------------------------------------------------
READ = "pods,nodes,services,events,endpointslices.discovery.k8s.io,daemonsets.apps,deployments.apps"

AGENT_RIGHTS = (
    ("get,list,create,delete", "jobs.batch"),
    ("get,list,delete,create", "pods"),
    ("create,get", "pods/exec"),
)
ENOUGH = (("get,list", READ), *AGENT_RIGHTS, ("get", "namespaces"))


def _narrow(folder: pathlib.Path) -> str:
    """The service account of the case that is played in a folder."""
    return f"weather-narrow-{folder.name}"


def allowed(*rules: tuple[str, str]) -> Any:
    """A service account with these verbs on these resources, everywhere."""

    @contextlib.contextmanager
    def around(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        name = _narrow(folder)
        lab.kubectl("create", "serviceaccount", name, "-n", "default", check=False)
        items: list[Json] = []
        for verbs, resources in rules:
            for resource in resources.split(","):
                plural, _dot, group = resource.partition(".")
                items.append({"apiGroups": [group], "resources": [plural], "verbs": verbs.split(",")})
        role = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": name},
            "rules": items,
        }
        binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}],
        }
        with lab.objects(role, binding):
            token = lab.kubectl("create", "token", name, "-n", "default").strip()
            yield {"podnet_kubeconfig": kubeconfig(lab, folder / "kubeconfig", token=token)}

    return around


def shared_fairly(shares: int, clients: int = 0) -> Any:
    """An account of its own priority level, which turns away what is more than its share of the API server
    (https://kubernetes.io/docs/concepts/cluster-administration/flow-control/). clients: others of the same account."""

    @contextlib.contextmanager
    def around(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        group = "flowcontrol.apiserver.k8s.io/v1"
        limited = {"nominalConcurrencyShares": shares, "lendablePercent": 0, "borrowingLimitPercent": 0}
        level = {
            "apiVersion": group,
            "kind": "PriorityLevelConfiguration",
            "metadata": {"name": "weather"},
            "spec": {"type": "Limited", "limited": {**limited, "limitResponse": {"type": "Reject"}}},
        }
        account = {"name": _narrow(folder), "namespace": "default"}
        rules = {
            "subjects": [{"kind": "ServiceAccount", "serviceAccount": account}],
            "resourceRules": [
                {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"], "clusterScope": True}
            ],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
        }
        flow = {
            "apiVersion": group,
            "kind": "FlowSchema",
            "metadata": {"name": "weather"},
            "spec": {"priorityLevelConfiguration": {"name": "weather"}, "matchingPrecedence": 100, "rules": [rules]},
        }
        with allowed(*ENOUGH)(lab, folder) as more, lab.objects(level, flow), contextlib.ExitStack() as others:
            time.sleep(2)
            if clients:
                others.enter_context(served(lab, "crowd.py", str(more["podnet_kubeconfig"]), str(clients)))
            yield more

    return around


# -- pods ------------------------------------------------------------------------------------------------------
def pod(lab: Lab, name: str, node: str = "node-2", **container: Any) -> Json:
    """A pod of the lab's image."""
    spec = {"name": "app", "image": lab.image, "imagePullPolicy": "IfNotPresent", "command": ["sleep", "infinity"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "nodeName": node,
            "terminationGracePeriodSeconds": 0,
            "restartPolicy": container.pop("restart", "Always"),
            "initContainers": container.pop("init", []),
            "containers": [{**spec, **container}],
        },
    }


def end(which: str, name: str, state: str, node: str = "node-2", **container: Any) -> Any:
    """An end of the diagnosis that is in a state. state: what its status has to say before the run starts."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        with lab.objects(pod(lab, name, node, **container)):
            lab.until(
                f"{name} is {state}",
                lambda: state in lab.kubectl("get", "pod", name, "-n", "default", "-o", "json", check=False),
                120,
            )
            time.sleep(1)
            port = {} if which == "source" else {"diagnose_port": 8080}
            yield {f"diagnose_{which}": f"pod:default/{name}", **port}

    return around


# -- cluster ---------------------------------------------------------------------------------------------------
def namespace_with(labels: Json, *manifests: Json) -> Any:
    """The agents go to a namespace of this kind."""

    @contextlib.contextmanager
    def around(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        name = f"weather-agents-{folder.name}"
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        placed = [{**item, "metadata": {**item["metadata"], "namespace": name}} for item in manifests]
        with lab.objects(space, *placed):
            yield {"node_agent_namespace": name}

    return around


@contextlib.contextmanager
def refusing_webhook(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
    """An admission webhook that is asked about every pod and that nobody serves."""
    hook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "weather-refuses"},
        "webhooks": [
            {
                "name": "refuses.weather.example",
                "clientConfig": {"url": "https://127.0.0.1:1/"},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "timeoutSeconds": 1,
            }
        ],
    }
    with lab.objects(hook):
        time.sleep(1)
        yield {}


@contextlib.contextmanager
def injecting_webhook(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
    """An admission webhook that gives a second container to every pod, ours too."""
    self_signed(lab, folder, "weather")
    hook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "weather-injects"},
        "webhooks": [
            {
                "name": "injects.weather.example",
                "clientConfig": {
                    "url": "https://127.0.0.1:16442/",
                    "caBundle": base64.b64encode((folder / "crt").read_bytes()).decode(),
                },
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "timeoutSeconds": 5,
            }
        ],
    }
    arguments = ("16442", str(folder / "crt"), str(folder / "key"), lab.image)
    with served(lab, "webhook.py", *arguments), lab.objects(hook):
        time.sleep(1)
        yield {}


@contextlib.contextmanager
def going_namespace(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
    """A namespace that is being deleted, and that something keeps."""
    name = "weather-going"
    keeper = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "keeper", "namespace": name, "finalizers": ["weather.example/keep"]},
    }
    lab.kubectl("create", "namespace", name)
    try:
        lab.kubectl("apply", "-f", "-", stdin=json.dumps(keeper))
        lab.kubectl("delete", "namespace", name, "--wait=false")
        yield {"node_agent_namespace": name}
    finally:
        patch = '{"metadata":{"finalizers":null}}'
        lab.kubectl("patch", "configmap", "keeper", "-n", name, "--type=merge", "-p", patch, check=False)
        lab.until("it is gone", lambda: name not in lab.kubectl("get", "namespaces"), 60)


# -- nodes -----------------------------------------------------------------------------------------------------
def frozen(host: str, name: str) -> Any:
    """A daemon that does nothing for the whole run."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        with lab.stopped(host, name):
            yield {}
        lab.until(f"{host} is Ready", lambda: host == "controller" or lab.node_ready(host), 90)

    return around


def not_ready(node: str) -> Any:
    """A kubelet that has been silent for so long that Kubernetes calls its node NotReady."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        with lab.stopped(node, "kubelet"):
            lab.until(f"{node} is NotReady", lambda: not lab.node_ready(node), 120)
            yield {}
        lab.until(f"{node} is Ready", lambda: lab.node_ready(node), 90)

    return around


@contextlib.contextmanager
def cut_off(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
    """A node without its network: as dead as can be seen."""
    lab.exec("node-2", "ip", "link", "set", "eth0", "down")
    try:
        yield {"diagnose_destination": "pod:default/client-2", "diagnose_port": ""}
    finally:
        lab.exec("node-2", "ip", "link", "set", "eth0", "up")
        lab.shell("node-2", "ip route replace default via 192.0.2.1 2>/dev/null", check=False)
        lab.until("node-2 is Ready", lambda: lab.node_ready("node-2"), 120)


def prepared(host: str, script: str, mend: str, **variables: Any) -> Any:
    """A host on which a script was run, and after the run another that mends it."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        lab.shell(host, script)
        try:
            yield variables
        finally:
            lab.shell(host, mend, check=False)

    return around


def kubectl_around(before: list[str], after: list[str], **variables: Any) -> Any:
    """Something that kubectl does before the run and undoes after it."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        lab.kubectl(*before)
        try:
            yield variables
        finally:
            lab.kubectl(*after, check=False)

    return around


def injected(fault: str, **variables: Any) -> Any:
    """A fault of the lab."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        lab.lab("fault", "inject", fault)
        try:
            yield variables
        finally:
            lab.lab("fault", "heal", fault)

    return around


KUBELET_CONFIG = "/etc/kubernetes/kubelet-config.yaml"


def kubelet_set(node: str, condition: str, **settings: Any) -> Any:
    """A kubelet with other settings. condition: what its Node has to say before the run starts, as text in its JSON."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        before = lab.shell(node, f"cat {KUBELET_CONFIG}")
        _restart_kubelet(lab, node, json.dumps({**json.loads(before), **settings}))
        try:
            try:
                lab.until(f"{node} has {condition}", lambda: _node_says(lab, node, condition), 30)
            except TimeoutError:
                raise Unplayable(f"the kubelet does not report {condition}: {_eviction(lab, node)}") from None
            yield {}
        finally:
            _restart_kubelet(lab, node, before)
            lab.until(f"{node} has no {condition}", lambda: not _node_says(lab, node, condition), 400)

    return around


def _node_says(lab: Lab, node: str, text: str) -> bool:
    return text in " ".join(lab.kubectl("get", "node", node, "-o", "json", check=False).split())


def _eviction(lab: Lab, node: str) -> str:
    """What keeps the kubelet of a node from noticing that something runs short, in its own words."""
    lines = lab.shell(node, "grep 'failed to synchronize' /var/log/kubelet.log | tail -n 1", check=False)
    return lines.partition('err="')[2].strip().rstrip('"').replace("\\", "") or "it does not say why"


def _restart_kubelet(lab: Lab, node: str, config: str) -> None:
    lab.lab("exec", node, "--", "sh", "-c", f"cat > {KUBELET_CONFIG}", stdin=config)
    lab.signal(node, "kubelet", "KILL")
    time.sleep(3)
    lab.until(f"{node} is Ready", lambda: lab.node_ready(node), 90)


def full_of_pods(node: str) -> Any:
    """A node that has as many pods as its kubelet takes."""

    @contextlib.contextmanager
    def around(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        there = lab.kubectl("get", "pods", "-A", f"--field-selector=spec.nodeName={node}", "-o", "name").split()
        with kubelet_set(node, f'"pods": "{len(there)}"', maxPods=len(there))(lab, folder):
            yield {}

    return around


@contextlib.contextmanager
def rebooted_after(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
    """The run reboots node-2; afterwards all of its pods have to be there again."""
    yield {"diagnose_destination": "pod:default/client-2", "diagnose_port": ""}
    lab.until("node-2 is Ready", lambda: lab.node_ready("node-2"), 120)
    time.sleep(5)
    lab.kubectl("wait", "--for=condition=Ready", "pods", "--all", "-A", "--timeout=120s")


# -- clocks and programs of nodes ------------------------------------------------------------------------------
CLOCK_SOURCE = pathlib.Path(__file__).resolve().parent / "clock.c"
CLOCK = pathlib.Path(tempfile.gettempdir(), f"weather-clock-{os.getpid()}.so")


class Unplayable(Exception):
    """This machine or its kernel does not have what a case needs."""


def clock(seconds: int) -> dict[str, str]:
    """The environment in which the wall clock is so many seconds off."""
    return {"LD_PRELOAD": str(CLOCK), "WEATHER_CLOCK": str(seconds)}


@contextlib.contextmanager
def other_clock(_lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
    """What the environment of clock() needs is there inside the block."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise Unplayable("there is no C compiler")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(CLOCK), str(CLOCK_SOURCE)], check=True)
    try:
        yield {}
    finally:
        CLOCK.unlink(missing_ok=True)


def node_clock(node: str, seconds: int) -> Any:
    """A node on which everything of the run by SSH sees another wall clock."""

    @contextlib.contextmanager
    def around(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        with other_clock(lab, folder):
            library = "/usr/local/lib/weather-clock.so"
            data = base64.b64encode(CLOCK.read_bytes()).decode()
            lab.lab("exec", node, "--", "sh", "-c", f"base64 -d > {library}", stdin=data)
            words = " ".join(f"{key}={value}" for key, value in {**clock(seconds), "LD_PRELOAD": library}.items())
            with program(f'#!/bin/sh\nexec env {words} /usr/bin/python3 "$@"\n', node)(lab, folder) as more:
                there = float(lab.exec(node, PROGRAM, "-c", "import time; print(time.time())"))
                assert abs(there - time.time() - seconds) < 60, "the clock of the node is as before"
                yield more

    return around


PROGRAM = "/usr/local/bin/weather-program"


def program(text: str, *nodes: str, variable: str = "ansible_python_interpreter") -> Any:
    """A program on nodes that the runs use instead of another one; on those that are not named it is Python itself."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        for node in lab.nodes:
            made = text if node in nodes else '#!/bin/sh\nexec /usr/bin/python3 "$@"\n'
            lab.lab("exec", node, "--", "sh", "-c", f"cat > {PROGRAM}; chmod 755 {PROGRAM}", stdin=made)
        try:
            yield {variable: PROGRAM}
        finally:
            for node in lab.nodes:
                lab.exec(node, "rm", "-f", PROGRAM, check=False)

    return around


# Login shells: one that writes before it does what it is told, and one that does not do it (nologin of shadow-utils).
SHELL = "/usr/local/bin/weather-shell"
GREETER = '#!/bin/sh\necho "Welcome to $(hostname)"\nexec /bin/sh "$@"\n'
NOBODY = "#!/bin/sh\necho 'This account is currently not available.'\nexit 1\n"


def login_shell(text: str, node: str) -> Any:
    """A node on which root has another login shell."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        before = lab.shell(node, "getent passwd root | cut -d: -f7").strip()
        lab.lab("exec", node, "--", "sh", "-c", f"cat > {SHELL}; chmod 755 {SHELL}", stdin=text)
        lab.exec(node, "usermod", "--shell", SHELL, "root")
        try:
            yield {}
        finally:
            lab.exec(node, "usermod", "--shell", before, "root")
            lab.exec(node, "rm", SHELL)

    return around


OLD_PYTHON = """\
#!/usr/bin/python3
import sys
sys.version_info = (3, 5, 3, "final", 0)
sys.version = "3.5.3 (default, Jan 19 2017, 14:11:04)"
arguments = sys.argv[1:]
if arguments[:1] == ["-c"]:
    source = arguments[1]
else:
    source = open(arguments[0]).read() if arguments else sys.stdin.read()
sys.argv = arguments or ["-"]
exec(compile(source, sys.argv[0], "exec"), {"__name__": "__main__", "__file__": sys.argv[0]})
"""
# As sudo says it when it may not ask on a terminal (sudo -n), and as it asks otherwise.
SUDO = """\
#!/bin/sh
for word in "$@"; do [ "$word" = -n ] && { echo "sudo: a password is required" >&2; exit 1; }; done
printf '[sudo] password for root: ' >&2; read -r password; echo 'Sorry, try again.' >&2; exit 1
"""


def delayed(host: str, milliseconds: int) -> Any:
    """All that a host sends comes later, where the kernel has netem."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        said = lab.shell(host, f"tc qdisc add dev eth0 root netem delay {milliseconds}ms 2>&1; true")
        if said.strip():
            raise Unplayable(f"no netem here: {said.strip()}")
        try:
            yield {}
        finally:
            lab.shell(host, "tc qdisc del dev eth0 root", check=False)

    return around


# -- disks -----------------------------------------------------------------------------------------------------
def small_disk(size: str, *options: str) -> Any:
    """The bundle on a disk of this size."""

    @contextlib.contextmanager
    def around(_lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        disk = folder / "disk"
        disk.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", ",".join((f"size={size}", *options)), "tmpfs", str(disk)], check=True
        )
        try:
            yield {"diagnose_bundle_dir": str(disk / "bundle")}
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)

    return around
