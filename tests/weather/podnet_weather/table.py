# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table: every case of bad input and bad weather, and what has to come of it."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import time
from collections.abc import Callable
from typing import Any

from . import bundles, calls, cluster
from . import conditions as there
from .case import ANY, Case, During, fair
from .lab import Lab, Run
from .secrets import word

PEER = {"diagnose_destination": "pod:default/client-2", "diagnose_port": ""}
SSH = {"podnet_access": "ssh"}
HEALTHY = ("healthy",)
NO_PROOF = ("healthy", "inconclusive")


# -- input -----------------------------------------------------------------------------------------------------
def _number(name: str, value: Any, allowed: str) -> Case:
    said = rf"{name} is .*it must be .*{allowed}"
    return Case(f"{name} {value}", "input", (said,), bound=10, variables={name: value}, quick=True)


def _choice(name: str, value: str) -> Case:
    said = rf'{name} is "{value}"; it must be one of '
    return Case(f"{name} {value}", "input", (said,), bound=10, variables={name: value}, quick=True)


def _end(text: str, said: str, name: str = "diagnose_destination") -> Case:
    return Case(f"{name} {text!r}", "input", (said,), bound=10, variables={name: text}, quick=True)


INPUT = (
    *(_end(text, "cannot be an end: it is ") for text in ("0.0.0.0", "255.255.255.255", "224.0.0.1", "ff02::1")),
    *(_end(text, "cannot be an end: it is ") for text in ("fe80::1", "::", "::ffff:0.0.0.0", "0.1.2.3")),
    _end("pod:default/$(touch /tmp/podnet-owned)", "is not pod:NAMESPACE/NAME"),
    _end('web\'; id #\n"x"', "is not an endpoint"),
    _end("pod:web", "is not pod:NAMESPACE/NAME"),
    _end("", "diagnose_source", "diagnose_source"),
    Case("port 0", "input", ("diagnose_port '0' is not a port",), variables={"diagnose_port": 0}, quick=True),
    Case("port 70000", "input", ("is not a port",), variables={"diagnose_port": 70000}, quick=True),
    Case("port http", "input", ("is not a port",), variables={"diagnose_port": "http"}, quick=True),
    _number("diagnose_ping_count", 1000000, "from 1 to 100"),
    _number("diagnose_ping_count", -1, "from 1 to 100"),
    _number("diagnose_tcp_count", 0, "from 1 to 100"),
    _number("diagnose_probe_timeout", -1, "from 0.05 to 10"),
    _number("diagnose_probe_timeout", "nan", "from 0.05 to 10"),
    _number("diagnose_probe_timeout", "fast", "from 0.05 to 10"),
    _number("diagnose_max_nodes", 0, "from 1 to 64"),
    _number("diagnose_task_timeout", 1, "from 10 to 3600"),
    _number("diagnose_pause", -5, "from 0 to 3600"),
    _number("node_agent_deadline", 0, "from 1 to 86400"),
    _number("node_agent_lease", 1, "from 15 to 86400"),
    _number("node_agent_wait_timeout", -1, "from 0 to 3600"),
    _choice("diagnose_protocol", "sctp"),
    _choice("diagnose_capture", "sometimes"),
    _choice("diagnose_tcp_data", "perhaps"),
    Case(
        "bundle dir below a file",
        "input",
        ("Cannot create bundle",),
        variables={"diagnose_bundle_dir": "/etc/passwd/x"},
    ),
    Case(
        "unknown pod",
        "input",
        ("Cannot find pod default/client-9 in the cluster; similar: client-",),
        ("inconclusive",),
        variables={"diagnose_source": "pod:default/client-9"},
    ),
    Case(
        "unknown service",
        "input",
        ("Cannot find Service default/wen in the cluster; similar: web",),
        ("inconclusive",),
        variables={"diagnose_destination": "service:default/wen"},
    ),
    Case(
        "unknown node",
        "input",
        ("Cannot find node node-9",),
        ("inconclusive",),
        variables={"diagnose_destination": "node:node-9"},
    ),
    Case(
        "unknown host",
        "input",
        ("Cannot find host nobody",),
        ("inconclusive",),
        variables={"diagnose_destination": "host:nobody"},
    ),
    Case(
        "port that the Service has not",
        "input",
        ("it has 80/TCP",),
        ("fault",),
        ("service-port-missing",),
        variables={"diagnose_port": 9999},
    ),
    Case(
        "name that does not resolve",
        "input",
        ("no-such-name",),
        ("fault",),
        ("dns-name-missing",),
        variables={"diagnose_destination": "no-such-name.default.svc.cluster.local"},
    ),
)

# -- the API ---------------------------------------------------------------------------------------------------
REFUSED = ("inconclusive",)


def _mark(_lab: Lab, run: Run) -> None:
    """The weather changes now."""
    (run.bundle.parent / "mark").touch()


def _api_killed(lab: Lab, _run: Run) -> None:
    lab.signal("controller", "kube-apiserver", "KILL")  # it is started again after a second


def _api_paused(lab: Lab, _run: Run) -> None:
    with lab.stopped("controller", "kube-apiserver"):
        time.sleep(5)


API = (
    Case(
        "kubeconfig that is not there",
        "api",
        ("kubeconfig|No such file",),
        REFUSED,
        bound=12,
        variables={"podnet_kubeconfig": "/no/such/kubeconfig"},
        quick=True,
    ),
    Case("kubeconfig that is no YAML", "api", ("kubeconfig",), REFUSED, bound=12, around=there.config_text("{[")),
    Case("empty kubeconfig", "api", ("kubeconfig",), REFUSED, bound=12, around=there.config_text("")),
    Case("unknown context", "api", ("nowhere",), REFUSED, bound=12, variables={"podnet_context": "nowhere"}),
    Case(
        "closed port",
        "api",
        ("127.0.0.1:1.*refused",),
        REFUSED,
        bound=15,
        around=there.server_at("https://127.0.0.1:1"),
        quick=True,
    ),
    Case(
        "server whose name does not resolve",
        "api",
        ("no-such-host",),
        REFUSED,
        bound=30,
        around=there.server_at("https://no-such-host.invalid:6443"),
    ),
    Case("silent server", "api", ("no answer",), REFUSED, bound=45, around=there.proxied("silent")),
    Case("server that closes", "api", ("Cannot GET",), REFUSED, bound=20, around=there.proxied("closes")),
    Case("server that is no API", "api", ("not JSON",), REFUSED, bound=15, around=there.proxied("html")),
    Case(
        "certificate of nobody",
        "api",
        ("certificate is not trusted",),
        REFUSED,
        bound=12,
        around=there.foreign_certificate,
        quick=True,
    ),
    Case("unknown token", "api", ("401",), REFUSED, bound=12, around=there.wrong_token, quick=True),
    Case("server that is busy now and then", "api", (), HEALTHY, bound=60, around=there.proxied("busy")),
    Case("slow server", "api", (), HEALTHY, bound=120, around=there.proxied("slow")),
    Case("connections cut in the snapshot", "api", (), HEALTHY, around=there.proxied("cut"), during=_mark),
    Case("connections cut in the probes", "api", (), HEALTHY, around=there.proxied("cut"), during=_mark, at="probe"),
    Case(
        "connections that nothing passes any more",
        "api",
        (),
        NO_PROOF,
        bound=60,
        around=there.proxied("hold"),
        during=_mark,
        at="probe",
    ),
    Case("server killed in the snapshot", "api", (), HEALTHY, during=_api_killed, quick=True),
    Case("server killed in the probes", "api", (), HEALTHY, during=_api_killed, at="probe"),
    Case(
        "server killed while it captures",
        "api",
        (),
        HEALTHY,
        during=_api_killed,
        at="capture_start",
        variables={"diagnose_capture": "always"},
    ),
    Case("server that pauses", "api", (), HEALTHY, bound=45, during=_api_paused),
    Case("server that turns everybody away", "api", ("HTTP 429",), REFUSED, bound=30, around=there.proxied("full")),
    # A level without a seat lets one request in at a time.
    Case("priority and fairness, one at a time", "api", (), HEALTHY, bound=60, around=there.shared_fairly(0)),
    Case(
        "priority and fairness, beside other clients",
        "api",
        (),
        HEALTHY,
        bound=60,
        around=there.shared_fairly(1, clients=4),
    ),
    Case("a clock two hours ahead", "api", (), HEALTHY, around=there.other_clock, environment=there.clock(7200)),
    Case(
        "a clock two hours behind",
        "api",
        ("certificate is not trusted: certificate is not yet valid .this machine's clock says",),
        REFUSED,
        around=there.other_clock,
        environment=there.clock(-7200),
    ),
)

# -- rights ----------------------------------------------------------------------------------------------------
RIGHTS = (
    Case(
        "no right at all",
        "rights",
        ("403|forbidden",),
        REFUSED,
        bound=15,
        around=there.allowed(("get", "nodes")),
        quick=True,
    ),
    Case(
        "events and ConfigMaps forbidden",
        "rights",
        (),
        HEALTHY,
        variables=SSH,
        around=there.allowed(("get,list", there.READ.replace("events,", ""))),
    ),
    Case(
        "no right to make Jobs",
        "rights",
        ("forbidden|cannot create",),
        REFUSED,
        around=there.allowed(("get,list", there.READ)),
    ),
    Case(
        "no right to run commands",
        "rights",
        ("forbidden|403",),
        REFUSED,
        around=there.allowed(("get,list", there.READ), *there.AGENT_RIGHTS[:2], ("get", "namespaces")),
    ),
    Case("no right to read leases", "rights", (), HEALTHY, around=there.allowed(*there.ENOUGH)),
)

# -- nodes -----------------------------------------------------------------------------------------------------
# What a node that is dead may cost, beside what a healthy run takes.
DEAD_BOUND = 10.0 + 15.0
DEAD = ("node-2.*(does not answer|NotReady|dead)",)


FROZEN = there.frozen("node-2", "kubelet")


def _kubelet(number: str) -> During:
    def during(lab: Lab, _run: Run) -> None:
        lab.signal("node-2", "kubelet", number)

    return during


def _link_down(lab: Lab, _run: Run) -> None:
    lab.shell(
        "node-2",
        "ip link set eth0 down; (sleep 40; ip link set eth0 up; ip route replace default via 192.0.2.1)"
        " >/dev/null 2>&1 &",
    )


REBOOTED = ("node-not-ready", "pod-not-ready", "container-not-ready", "packet-loss")


def _reboot(lab: Lab, _run: Run) -> None:
    """Its cable is out and every process but the first is ended, sandboxes too; eight seconds later it is back, with an
    empty /tmp."""
    lab.shell(
        "node-2",
        "(ip link set eth0 down; kill -9 -1; rm -rf /tmp/*; sleep 8; ip link set eth0 up;"
        " ip route replace default via 192.0.2.1) >/dev/null 2>&1 &",
        check=False,
    )


NODES = (
    # What reaches the pod is measured from its peer: a kubelet alone that hangs takes nothing away from that.
    Case("kubelet frozen", "nodes", DEAD, ANY, ("node-not-ready",), DEAD_BOUND, variables=PEER, around=FROZEN),
    Case(
        "kubelet frozen of the source's node",
        "nodes",
        DEAD,
        ("fault", "inconclusive"),
        ("node-not-ready",),
        variables={**PEER, "diagnose_source": "pod:default/client-2", "diagnose_destination": "pod:default/client-1"},
        bound=DEAD_BOUND,
        around=FROZEN,
    ),
    Case(
        "kubelet frozen until its node is NotReady",
        "nodes",
        DEAD,
        ANY,
        ("node-not-ready",),
        bound=DEAD_BOUND,
        variables=PEER,
        around=there.not_ready("node-2"),
    ),
    Case("node without network", "nodes", DEAD, ("fault", "inconclusive"), bound=DEAD_BOUND, around=there.cut_off),
    Case(
        "node without network, by SSH",
        "nodes",
        ("Cannot reach node-2",),
        ("fault", "inconclusive"),
        bound=DEAD_BOUND,
        variables=SSH,
        around=there.cut_off,
    ),
    Case("kubelet killed in the snapshot", "nodes", (), HEALTHY, bound=45, variables=PEER, during=_kubelet("KILL")),
    Case(
        "kubelet killed in the probes",
        "nodes",
        (),
        HEALTHY,
        bound=45,
        variables=PEER,
        during=_kubelet("KILL"),
        at="probe",
    ),
    Case(
        "node that dies in the middle, by SSH",
        "nodes",
        (),
        ("fault", "inconclusive"),
        bound=38,
        variables={**PEER, **SSH, "diagnose_pause": 3},
        during=_link_down,
    ),
    Case(
        "node that takes no new pods",
        "nodes",
        (),
        HEALTHY,
        around=there.kubectl_around(["cordon", "node-2"], ["uncordon", "node-2"]),
    ),
    Case(
        "node that everything is driven from",
        "nodes",
        (),
        HEALTHY,
        around=there.kubectl_around(
            ["taint", "node", "node-2", "weather=x:NoSchedule"], ["taint", "node", "node-2", "weather:NoSchedule-"]
        ),
    ),
    Case(
        "node that reboots",
        "nodes",
        (),
        ("fault", "inconclusive"),
        REBOOTED,
        bound=60,
        around=there.rebooted_after,
        during=_reboot,
    ),
    Case(
        "node that reboots, by SSH",
        "nodes",
        (),
        ("fault", "inconclusive"),
        REBOOTED,
        bound=60,
        variables=SSH,
        around=there.rebooted_after,
        during=_reboot,
    ),
    Case(
        "node full of pods",
        "nodes",
        ("node-2.*(OutOfpods|Too many pods|number of pods)",),
        NO_PROOF,
        variables=PEER,
        around=there.full_of_pods("node-2"),
    ),
    Case(
        "node under memory pressure",
        "nodes",
        (),
        HEALTHY,
        variables=PEER,
        around=there.kubelet_set(
            "node-2",
            "KubeletHasInsufficientMemory",
            evictionSoft={"memory.available": "99.9%"},
            evictionSoftGracePeriod={"memory.available": "1h"},
            evictionPressureTransitionPeriod="1s",
        ),
    ),
    Case(
        "node under disk pressure",
        "nodes",
        ("node-2.*DiskPressure",),
        NO_PROOF,
        variables=PEER,
        around=there.kubelet_set(
            "node-2",
            "KubeletHasDiskPressure",
            evictionSoft={"nodefs.available": "99.9%"},
            evictionSoftGracePeriod={"nodefs.available": "1h"},
            evictionPressureTransitionPeriod="1s",
        ),
    ),
    Case("node with delay", "nodes", (), HEALTHY, bound=60, variables=PEER, around=there.delayed("node-2", 100)),
    Case(
        "node whose clock is two hours ahead, by SSH",
        "nodes",
        (),
        HEALTHY,
        variables=SSH,
        around=there.node_clock("node-1", 7200),
    ),
    Case("kube-proxy frozen", "nodes", (), HEALTHY, around=there.frozen("node-1", "kube-proxy")),
    Case(
        "containerd frozen",
        "nodes",
        ("node-2.*(container runtime has made no sandbox|container runtime that does not answer)",),
        ANY,
        variables=PEER,
        around=there.frozen("node-2", "containerd"),
    ),
)

# -- the cluster -----------------------------------------------------------------------------------------------
QUOTA = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
LIMITS = {
    "apiVersion": "v1",
    "kind": "LimitRange",
    "metadata": {"name": "tiny"},
    "spec": {"limits": [{"type": "Container", "max": {"memory": "4Mi"}, "default": {"memory": "4Mi"}}]},
}
DEFAULTS = {
    **LIMITS,
    "spec": {
        "limits": [
            {
                "type": "Container",
                "default": {"memory": "128Mi", "cpu": "500m"},
                "defaultRequest": {"memory": "64Mi", "cpu": "50m"},
            }
        ]
    },
}
CRASH = ["sh", "-c", "exit 3"]
STOPPED = ("pod-not-ready", "container-not-ready")
NO_IMAGE = "podnet.lab/none:1"


def _deleted(name: str) -> During:
    def during(lab: Lab, _run: Run) -> None:
        lab.kubectl("delete", "pod", name, "-n", "default", "--wait=false")

    return during


CLUSTER = (
    Case(
        "Pod Security that forbids agents",
        "cluster",
        ("violates PodSecurity|forbidden",),
        REFUSED,
        around=there.namespace_with({"pod-security.kubernetes.io/enforce": "restricted"}),
    ),
    Case(
        "quota that leaves no room",
        "cluster",
        ("exceeded quota|quota",),
        REFUSED,
        around=there.namespace_with({"pod-security.kubernetes.io/enforce": "privileged"}, QUOTA),
    ),
    Case(
        "limits that are too small",
        "cluster",
        (),
        ANY,
        bound=60,
        around=there.namespace_with({"pod-security.kubernetes.io/enforce": "privileged"}, LIMITS),
    ),
    Case(
        "limits for who sets none",
        "cluster",
        (),
        HEALTHY,
        around=there.namespace_with({"pod-security.kubernetes.io/enforce": "privileged"}, DEFAULTS),
    ),
    Case("webhook that injects a sidecar", "cluster", (), HEALTHY, around=there.injecting_webhook),
    Case("webhook that nobody serves", "cluster", ("webhook",), REFUSED, around=there.refusing_webhook),
    Case("namespace that is going", "cluster", ("is being deleted|terminated",), REFUSED, around=there.going_namespace),
    Case(
        "image that is not there",
        "cluster",
        ("ErrImageNeverPull|ErrImagePull|ImagePullBackOff",),
        REFUSED,
        variables={"node_agent_image": NO_IMAGE, "node_agent_image_pull_policy": "Never"},
        quick=True,
    ),
    Case(
        "image without tcpdump and nft", "cluster", (), NO_PROOF, variables={"node_agent_image": "podnet.lab/python:3"}
    ),
    Case(
        "image whose Python is elsewhere",
        "cluster",
        ("/no/such/python3",),
        REFUSED,
        variables={"node_agent_python": "/no/such/python3"},
    ),
    Case(
        "source that crashes",
        "cluster",
        ("CrashLoopBackOff|Error",),
        ("fault",),
        STOPPED,
        quick=True,
        around=there.end("source", "weather-crash", "CrashLoopBackOff", command=CRASH),
    ),
    Case(
        "destination whose image cannot be pulled",
        "cluster",
        ("ErrImageNeverPull",),
        ("fault",),
        STOPPED,
        around=there.end("destination", "weather-image", "ErrImageNeverPull", image=NO_IMAGE, imagePullPolicy="Never"),
    ),
    Case(
        "source that has completed",
        "cluster",
        ("completed",),
        ("fault",),
        STOPPED,
        around=there.end("source", "weather-done", "Succeeded", command=["true"], restart="Never"),
    ),
    Case(
        "destination that failed",
        "cluster",
        ("exit status 3|Error",),
        ("fault",),
        STOPPED,
        around=there.end("destination", "weather-failed", '"phase": "Failed"', command=CRASH, restart="Never"),
    ),
    Case(
        "destination that initialises for ever",
        "cluster",
        ("init",),
        ("fault",),
        STOPPED,
        around=there.end(
            "destination",
            "weather-init",
            "PodInitializing",
            init=[{"name": "first", "image": "podnet.lab/python:3", "command": ["sleep", "infinity"]}],
        ),
    ),
    Case(
        "source deleted in the middle",
        "cluster",
        (),
        ANY,
        around=there.end("source", "weather-brief", '"Running"', node="node-1"),
        during=_deleted("weather-brief"),
    ),
    Case(
        "destination deleted in the middle",
        "cluster",
        (),
        ANY,
        around=there.end("destination", "weather-brief", '"Running"'),
        during=_deleted("weather-brief"),
    ),
    Case(
        "a real fault, and the API killed in the probes",
        "cluster",
        (),
        ("fault", "inconclusive"),
        ("forward-policy-drop",),
        bound=60,
        variables=PEER,
        around=there.injected("forward-policy-drop"),
        during=_api_killed,
        at="probe",
    ),
)


# -- signals ---------------------------------------------------------------------------------------------------
def _signal(number: int) -> During:
    def during(_lab: Lab, run: Run) -> None:
        time.sleep(0.3)
        run.kill(number)

    return during


def _machine_gone(_lab: Lab, run: Run) -> None:
    """The playbook and what stays beside it: every process that has this bundle among its arguments."""
    for pid in _processes(str(run.bundle)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _processes(word: str) -> list[int]:
    import pathlib

    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = path.read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if word in text and "ansible-playbook" in text:
            found.append(int(path.parent.name))
    return found


def _interrupted(name: str, at: str, during: Callable[[Lab, Run], None], left: float, **variables: Any) -> Case:
    values = {"diagnose_capture": "always", **variables}
    return Case(name, "signals", at=at, during=during, left=left, ended=False, variables=values, verdicts=ANY)


SIGNALS = (
    *(
        _interrupted(f"{name} in {at}", at, _signal(number), 30)
        for name, number in (("Ctrl-C", signal.SIGINT), ("SIGTERM", signal.SIGTERM), ("kill -9", signal.SIGKILL))
        for at in ("resolve", "snapshot", "probe", "capture_start")
    ),
    *(
        _interrupted(f"{name} in {at}, by SSH", at, _signal(number), 30, podnet_access="ssh")
        for name, number in (("Ctrl-C", signal.SIGINT), ("kill -9", signal.SIGKILL))
        for at in ("probe", "capture_start")
    ),
    _interrupted("the controller's machine gone", "probe", _machine_gone, 90),
    _interrupted("the controller's machine gone, by SSH", "capture_start", _machine_gone, 90, podnet_access="ssh"),
)

# -- disks -----------------------------------------------------------------------------------------------------
FULL = "dd if=/dev/zero of=/tmp/weather-fill bs=1M 2>/dev/null; true"
DISKS = (
    *(
        Case(
            f"bundle on a disk of {size}",
            "disks",
            ("No space left on device.*could not be kept",),
            HEALTHY,
            around=there.small_disk(size),
        )
        for size in ("24k", "60k", "100k")
    ),
    Case(
        "bundle on a read-only disk",
        "disks",
        ("Read-only file system.*could not be kept",),
        HEALTHY,
        around=there.small_disk("1m", "ro"),
    ),
    Case(
        "full /tmp on a node, by SSH",
        "disks",
        (),
        ANY,
        variables=SSH,
        around=there.prepared("node-1", "mount -t tmpfs -o size=64k tmpfs /tmp && " + FULL, "umount -l /tmp"),
    ),
    Case(
        "read-only /tmp on a node, by SSH",
        "disks",
        (),
        ANY,
        variables=SSH,
        around=there.prepared("node-1", "mount -t tmpfs -o ro tmpfs /tmp", "umount -l /tmp"),
    ),
    Case(
        "noexec /tmp on a node, by SSH",
        "disks",
        (),
        HEALTHY,
        variables=SSH,
        around=there.prepared("node-1", "mount -t tmpfs -o noexec tmpfs /tmp", "umount -l /tmp"),
    ),
)

# -- SSH -------------------------------------------------------------------------------------------------------
LOSS = "iptables -I INPUT -p tcp --dport 22 -m statistic --mode random --probability 0.05 -j DROP"


def _ssh(name: str, says: tuple[str, ...], verdicts: tuple[str, ...], around: Any = fair, **more: Any) -> Case:
    variables = {**SSH, **more.pop("variables", {})}
    return Case(name, "ssh", says, verdicts, variables=variables, around=around, **more)


SSHD = (
    _ssh(
        "wrong key",
        ("Permission denied|Cannot reach",),
        REFUSED,
        variables={
            "ansible_ssh_private_key_file": "/etc/hostname",
            "ansible_ssh_common_args": "-o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes",
            "ansible_host_key_checking": False,
        },
        quick=True,
    ),
    _ssh("closed port", ("refused|Cannot reach",), REFUSED, variables={"ansible_port": 1}),
    _ssh(
        "changed host key",
        ("Host key verification failed|Cannot reach",),
        REFUSED,
        variables={"ansible_ssh_common_args": "-o StrictHostKeyChecking=yes -o UserKnownHostsFile=/dev/null"},
    ),
    _ssh(
        "Python that is not there",
        ("/no/such/python3",),
        REFUSED,
        variables={"ansible_python_interpreter": "/no/such/python3"},
    ),
    _ssh("sshd frozen", ("Cannot reach node-2",), ANY, there.frozen("node-2", "sshd")),
    _ssh("5 % loss on the way", (), HEALTHY, there.prepared("node-2", LOSS, LOSS.replace("-I", "-D")), bound=60),
    _ssh("a login shell that greets", (), HEALTHY, there.login_shell(there.GREETER, "node-1")),
    _ssh(
        "a login shell that lets nobody in",
        ("Cannot .*node-2.*not available",),
        NO_PROOF,
        there.login_shell(there.NOBODY, "node-2"),
    ),
    _ssh(
        "sudo that asks for a password",
        ("[Mm]issing sudo password|password is required",),
        REFUSED,
        there.program(there.SUDO, "node-1", "node-2", variable="ansible_become_exe"),
        variables={"ansible_become": True},
        environment={"ANSIBLE_BECOME_ALLOW_SAME_USER": "True"},  # else root needs no sudo
    ),
    _ssh("Python that is too old", ("3\\.5",), REFUSED, there.program(there.OLD_PYTHON, "node-1", "node-2")),
)

# -- secrets ---------------------------------------------------------------------------------------------------
# They are searched after every case; here in all that Ansible can be made to print, too.
LOUD = (
    Case("-vvvv", "secrets", (), HEALTHY, bound=60, arguments=("-vvvv",), variables={"diagnose_capture": "always"}),
    Case(
        "-vvvv, by SSH",
        "secrets",
        (),
        HEALTHY,
        bound=60,
        arguments=("-vvvv",),
        variables={**SSH, "ansible_become_password": word("become"), "diagnose_sink_token": word("sink")},
    ),
)

# Nobody else notices anything of these: what is wrong is with the run itself, or with what it alone uses.
PRIVATE = ("input", "rights", "signals", "bundles", "calls", "secrets")
SHARED = (
    *("priority and fairness", "webhook that", "sshd frozen", "5 % loss", "a login shell", "sudo that asks"),
    *("Python that is too old", "a clock two hours"),
)


def _alone(case: Case) -> bool:
    if case in cluster.CASES:
        return True
    if case.group in PRIVATE:
        return False
    return case.group not in ("api", "cluster", "ssh") or case.during is not None or case.name.startswith(SHARED)


TABLE = (
    *INPUT,
    *API,
    *RIGHTS,
    *NODES,
    *CLUSTER,
    *cluster.CASES,
    *SIGNALS,
    *DISKS,
    *bundles.CASES,
    *SSHD,
    *calls.CASES,
    *LOUD,
)
ALL = tuple(dataclasses.replace(case, alone=_alone(case)) for case in TABLE)
