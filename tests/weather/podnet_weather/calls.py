# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the playbook is called: the environment, Ansible's settings and options, kubeconfigs that do something, terminals
that go away."""

from __future__ import annotations

import base64
import contextlib
import json
import pathlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

from . import conditions as there
from .case import ANY, ANY_OR_NONE, Case, During
from .lab import Json, Lab, Run

SSH = {"podnet_access": "ssh"}
HEALTHY, REFUSED = ("healthy",), ("inconclusive",)
NO_PROOF = ("healthy", "inconclusive")
OWNED = pathlib.Path("/tmp/podnet-owned")


def _call(name: str, verdicts: tuple[str, ...] = HEALTHY, says: tuple[str, ...] = (), **more: Any) -> Case:
    return Case(name, "calls", says, verdicts, **more)


def _environment(**environment: str | None) -> dict[str, Any]:
    return {"environment": environment}


def _shell(script: str) -> dict[str, Any]:
    """The playbook is called by a script, which has it as its arguments."""
    return {"wrapper": ("sh", "-c", script, "sh")}


# -- kubeconfigs -----------------------------------------------------------------------------------------------
def configured(change: Callable[[Json], object]) -> Any:
    """Runs are told a kubeconfig that something was changed in."""

    @contextlib.contextmanager
    def around(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        config = json.loads(lab.kubeconfig.read_text())
        change(config)
        (folder / "kubeconfig").write_text(json.dumps(config))
        yield {"podnet_kubeconfig": str(folder / "kubeconfig")}

    return around


def _plugin(script: str) -> Any:
    """A credential plugin (https://kubernetes.io/docs/reference/access-authn-authz/authentication/) is a script."""
    version = "client.authentication.k8s.io/v1"
    command = {"command": "sh", "args": ["-c", script], "interactiveMode": "IfAvailable"}
    return configured(lambda config: config["users"][0].update(user={"exec": {"apiVersion": version, **command}}))


def _cluster(**settings: Any) -> Any:
    return configured(lambda config: config["clusters"][0]["cluster"].update(settings))


def _insecure(config: Json) -> None:
    cluster = config["clusters"][0]["cluster"]
    cluster.pop("certificate-authority-data")
    cluster["insecure-skip-tls-verify"] = True


def _second_context(config: Json) -> None:
    config["clusters"].append({"name": "away", "cluster": {"server": "https://127.0.0.1:1"}})
    config["contexts"].append({"name": "away", "context": {"cluster": "away", "user": config["users"][0]["name"]}})
    config["contexts"][0]["name"] = "here"
    config["current-context"] = "away"


@contextlib.contextmanager
def _expired(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
    """A client certificate of the cluster's own authority whose time is over."""
    made = f"openssl ecparam -name prime256v1 -genkey -noout -out {folder}/key && "
    made += f"openssl req -new -key {folder}/key -subj /O=system:masters/CN=weather -out {folder}/csr"
    subprocess.run(made, shell=True, check=True, capture_output=True)
    pki = lab.kubeconfig.parent / "pki"
    sign = ["openssl", "x509", "-req", "-in", f"{folder}/csr", "-CA", f"{pki}/ca.crt", "-CAkey", f"{pki}/ca.key"]
    sign += ["-CAcreateserial", "-CAserial", f"{folder}/serial", "-days", "-1", "-out", f"{folder}/crt"]
    subprocess.run(sign, check=True, capture_output=True)
    files = {
        f"client-{kind}-data": base64.b64encode((folder / name).read_bytes()).decode()
        for kind, name in (("certificate", "crt"), ("key", "key"))
    }
    yield {"podnet_kubeconfig": there.kubeconfig(lab, folder / "kubeconfig", **files)}


KUBECONFIGS = (
    _call(
        "credential plugin that hangs",
        REFUSED,
        ("credential plugin.*did not end|no answer",),
        around=_plugin("sleep 600"),
    ),
    _call(
        "credential plugin that asks",
        REFUSED,
        ("kubeconfig",),
        around=_plugin("printf 'Password: ' >&2; read -r x; exit 1"),
    ),
    _call("credential plugin that fails", REFUSED, ("kubeconfig",), around=_plugin("echo 'login first' >&2; exit 3")),
    _call("credential plugin that says nothing of use", REFUSED, ("kubeconfig",), around=_plugin("echo hello")),
    _call(
        "another context than the current one", around=configured(_second_context), variables={"podnet_context": "here"}
    ),
    _call("client certificate whose time is over", REFUSED, ("401|expired",), around=_expired),
    _call("certificates that are not checked", around=configured(_insecure)),
    _call("server at an IPv6 address", REFUSED, (r"\[::1\]:1",), around=_cluster(server="https://[::1]:1")),
    _call("server without a scheme", REFUSED, (), around=_cluster(server="192.0.2.9:6443")),
    _call("server by another scheme", REFUSED, ("ftp",), around=_cluster(server="ftp://192.0.2.9:6443")),
    _call(
        "proxy that is not there",
        REFUSED,
        ("proxy",),
        **_environment(HTTPS_PROXY="http://weather:planted-proxy-7f3a9c51@127.0.0.1:1"),
    ),
    _call(
        "proxy that is not there, and is not to be used",
        **_environment(HTTPS_PROXY="http://127.0.0.1:1", NO_PROXY="192.0.2.0/24,.svc"),
    ),
)

FULL_LOG = """\
disk=$(mktemp -d); mount -t tmpfs -o size=8k tmpfs "$disk"
"$@" > "$disk/log"; status=$?
umount "$disk"; rmdir "$disk"; exit $status
"""

# -- the environment -------------------------------------------------------------------------------------------
ENVIRONMENT = (
    _call("no HOME", variables={}, **_environment(HOME=None)),
    _call("HOME that is not there", **_environment(HOME="/no/such/home")),
    _call("TMPDIR that is not there", **_environment(TMPDIR="/no/such/tmp")),
    _call("locale C", (), ("UTF-8",), bound=10, **_environment(LC_ALL="C", LANG="C")),
    _call(
        "locale of another encoding",
        (),
        ("UTF-8",),
        bound=10,
        **_environment(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"),
    ),
    _call("64 open files", ANY_OR_NONE, **_shell('ulimit -n 64; exec "$@"')),
    _call("files of at most 8 kB", ANY_OR_NONE, **_shell('trap "" XFSZ; ulimit -f 8; exec "$@"')),
    _call("umask 0777", **_shell('umask 0777; exec "$@"')),
    _call("no standard input", ANY_OR_NONE, **_shell('exec "$@" <&-')),
    _call("output that nobody reads any more", ANY, **_shell('"$@" | head -n 3')),
    _call("a log on a full disk", ANY, **_shell(FULL_LOG)),
)

# -- Ansible's settings and options ----------------------------------------------------------------------------
ODD = {
    "ANSIBLE_PIPELINING": "False",
    "ANSIBLE_BECOME": "True",
    "ANSIBLE_GATHERING": "smart",
    "ANSIBLE_GATHER_SUBSET": "all",
    "ANSIBLE_ANY_ERRORS_FATAL": "True",
    "ANSIBLE_KEEP_REMOTE_FILES": "False",
    "ANSIBLE_HASH_BEHAVIOUR": "merge",
    "ANSIBLE_JINJA2_NATIVE": "True",
    "ANSIBLE_INJECT_FACT_VARS": "False",
    "ANSIBLE_STRATEGY": "ansible.builtin.free",
    "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "False",
    "ANSIBLE_NO_LOG": "True",
    "ANSIBLE_ERROR_ON_MISSING_HANDLER": "False",
    "ANSIBLE_TIMEOUT": "3",
}


def _one_machine(lab: Lab, _folder: pathlib.Path) -> Any:
    """An inventory that leads to one machine by every name."""
    return contextlib.nullcontext({"ansible_host": lab.addresses["node-1"]})


COLLIDING = {
    name: f"planted-{name}"
    for name in ("node", "bundle", "phase", "run_id", "nodes", "state", "port", "source", "item")
}

SETTINGS = (
    *(
        _call(f"stdout callback {name}", HEALTHY, **_environment(ANSIBLE_STDOUT_CALLBACK=name))
        for name in ("ansible.builtin.minimal", "ansible.builtin.oneline")
    ),
    _call("one fork", bound=45, arguments=("--forks", "1")),
    _call("one fork, by SSH", arguments=("--forks", "1"), variables=SSH),
    *(
        _call(f"strategy {name}", **_environment(ANSIBLE_STRATEGY=f"ansible.builtin.{name}"))
        for name in ("free", "host_pinned")
    ),
    _call("odd settings", **_environment(**ODD)),
    _call("odd settings, by SSH", variables=SSH, **_environment(**ODD)),
    _call("check mode", REFUSED, ("check mode",), arguments=("--check",)),
    _call("check mode, by SSH", NO_PROOF, arguments=("--check",), variables=SSH),
    _call("a limit", NO_PROOF, ("outside limit",), arguments=("--limit", "node-1")),
    _call(
        "a limit that nothing is within",
        REFUSED,
        ("outside the limit|outside limit",),
        arguments=("--limit", "outside"),
    ),
    _call("one tag", NO_PROOF, arguments=("--tags", "ping")),
    _call("a tag that there is not", ANY_OR_NONE, arguments=("--tags", "nothing")),
    _call(
        "the last step alone",
        (),
        ("__diagnose|prepare|undefined",),
        arguments=("--start-at-task", "Step 10: name the cause and write the report"),
    ),
    _call("other people's variables", bound=35, variables=COLLIDING),
    _call(
        "another connection for all hosts",
        ("inconclusive",),
        ("leads to another machine",),
        variables={**SSH, "ansible_connection": "ansible.builtin.local"},
    ),
    _call(
        "one machine by every name, by SSH", NO_PROOF, ("leads to another machine",), variables=SSH, around=_one_machine
    ),
    _call("a timeout for every task", ANY_OR_NONE, **_environment(ANSIBLE_TASK_TIMEOUT="4")),
)


# -- terminals and signals -------------------------------------------------------------------------------------
def _twice(number: int) -> During:
    def during(_lab: Lab, run: Run) -> None:
        run.kill(number)
        time.sleep(1)
        run.kill(number)

    return during


def _stopped(seconds: float) -> During:
    def during(_lab: Lab, run: Run) -> None:
        run.kill(signal.SIGSTOP)
        time.sleep(seconds)
        run.kill(signal.SIGCONT)

    return during


def _ended(name: str, at: str, during: During, **variables: Any) -> Case:
    values = {"diagnose_capture": "always", **variables}
    return _call(name, ANY, at=at, during=during, ended=False, variables=values)


TERMINALS = (
    _ended("terminal closed in snapshot", "snapshot", lambda _lab, run: run.kill(signal.SIGHUP)),
    _ended(
        "terminal closed in capture_start, by SSH", "capture_start", lambda _lab, run: run.kill(signal.SIGHUP), **SSH
    ),
    _ended("Ctrl-C twice in probe", "probe", _twice(signal.SIGINT)),
    _ended("Ctrl-\\ in probe", "probe", lambda _lab, run: run.kill(signal.SIGQUIT)),
    _call("Ctrl-Z for 20 s in snapshot", NO_PROOF, at="snapshot", during=_stopped(20), bound=60),
    _call("Ctrl-Z for 70 s in probe", ANY, at="probe", during=_stopped(70), bound=120),
)

CASES = (*KUBECONFIGS, *ENVIRONMENT, *SETTINGS, *TERMINALS)
