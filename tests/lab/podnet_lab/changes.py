# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes that a fault consists of: each can be made, and taken back completely, any number of times."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .config import node_pod_cidr
from .context import Context
from .errors import LabError

BACK_END = {False: "iptables", True: "iptables-legacy"}


class Change:
    """The base of all of them."""

    def make(self, lab: Context) -> None:
        """Make it."""
        raise NotImplementedError

    def undo(self, lab: Context) -> None:
        """Take it back, also when it was never made."""
        raise NotImplementedError


@dataclass(frozen=True)
class Run(Change):
    """Commands on a host, one a line, and those that take them back; with a pod, in its network namespace there.

    A command is split as a shell does, and run without one. What takes back may fail: it may have been done already.
    """

    host: str
    do: str
    back: str = ""
    pod: str = ""

    def make(self, lab: Context) -> None:
        """Run the commands; the first that fails ends it."""
        for line in _lines(self.do):
            lab.exec_in(lab.fill(self.host), _words(lab, line, self.pod))

    def undo(self, lab: Context) -> None:
        """Run those that take back, whatever becomes of one."""
        for line in _lines(self.back):
            lab.exec_in(lab.fill(self.host), _words(lab, line, self.pod), check=False)


def in_pod(pod: str, do: str, back: str = "") -> Run:
    """Commands in the network namespace of a pod."""
    return Run(f"<{pod}.node>", do, back, pod)


@dataclass(frozen=True)
class Rule(Change):
    """An iptables rule, "TABLE CHAIN MATCHES", before all others of its chain or at the end."""

    host: str
    text: str
    pod: str = ""
    legacy: bool = False
    at_end: bool = False
    program: str = ""

    def make(self, lab: Context) -> None:
        """Add it, once."""
        self.undo(lab)
        self._run(lab, ("-A",) if self.at_end else ("-I",), check=True)

    def undo(self, lab: Context) -> None:
        """Delete every copy."""
        for _unused in range(5):
            if not self._run(lab, ("-D",), check=False):
                return

    def _run(self, lab: Context, verb: tuple[str, ...], check: bool) -> bool:
        table, chain, matches = lab.fill(self.text).split(maxsplit=2)
        program = self.program or BACK_END[self.legacy]
        line = f"{program} -w 10 -t {table} {' '.join(verb)} {chain} {matches}"
        done = lab.exec_in(lab.fill(self.host), _words(lab, line, self.pod), check=check)
        return done.returncode == 0


def pod_rule(pod: str, text: str) -> Rule:
    """An iptables rule in the network namespace of a pod."""
    return Rule(f"<{pod}.node>", text, pod)


@dataclass(frozen=True)
class Nft(Change):
    """An nftables table of its own: family, name and what is in it."""

    host: str
    family: str
    body: str
    name: str = "guard"
    pod: str = ""

    def make(self, lab: Context) -> None:
        """Load it, in one transaction."""
        table = f"{self.family} {self.name}"
        text = lab.fill(f"table {table} {{}}\ndelete table {table}\ntable {table} {{\n{self.body}\n}}\n")
        lab.exec_in(lab.fill(self.host), _words(lab, "nft -f -", self.pod), stdin=text)

    def undo(self, lab: Context) -> None:
        """Delete the table."""
        line = f"nft delete table {self.family} {self.name}"
        lab.exec_in(lab.fill(self.host), _words(lab, line, self.pod), check=False)


def nft_chain(host: str, family: str, hook: str, rule: str, priority: str = "0", pod: str = "", sets: str = "") -> Nft:
    """A table with one chain at a hook, which accepts what its rules do not drop."""
    head = f"type filter hook {hook} priority {priority}; policy accept;"
    return Nft(host, family, f"{sets}\nchain first {{\n{head}\n{rule}\n}}", pod=pod)


@dataclass(frozen=True)
class Sysctl(Change):
    """A kernel setting, and what it is normally; with a pod, in its network namespace."""

    host: str
    key: str
    value: str
    normal: str
    pod: str = ""

    def make(self, lab: Context) -> None:
        """Set it."""
        self._set(lab, self.value)

    def undo(self, lab: Context) -> None:
        """Set it back."""
        self._set(lab, self.normal)

    def _set(self, lab: Context, value: str) -> None:
        path = "/proc/sys/" + lab.fill(self.key)
        write = ["python3", "-c", "import sys; open(sys.argv[1], 'w').write(sys.argv[2])", path, value]
        lab.exec_in(lab.fill(self.host), [*_enter(lab, self.pod), *write])


@dataclass(frozen=True)
class Kept(Change):
    """A kernel setting, and what it was before, which is kept with the lab's names; with a pod, in its namespace."""

    host: str
    key: str
    value: str
    pod: str = ""

    def make(self, lab: Context) -> None:
        """Set it, and keep what it was."""
        path = "/proc/sys/" + lab.fill(self.key)
        lab.names.known[f"was {self.key}"] = lab.exec_in(
            lab.fill(self.host), [*_enter(lab, self.pod), "cat", path]
        ).stdout.strip()
        Sysctl(self.host, self.key, self.value, "", self.pod).make(lab)

    def undo(self, lab: Context) -> None:
        """Set it back, where it was set."""
        was = lab.names.known.pop(f"was {self.key}", None)
        if was is not None:
            Sysctl(self.host, self.key, self.value, was, self.pod).undo(lab)


@dataclass(frozen=True)
class File(Change):
    """A file that a host does not have otherwise."""

    host: str
    path: str
    text: str

    def make(self, lab: Context) -> None:
        """Write it, with its folder."""
        write = (
            "import pathlib, sys; p = pathlib.Path(sys.argv[1]); p.parent.mkdir(parents=True, exist_ok=True); "
            "p.write_text(sys.argv[2])"
        )
        lab.exec_in(self.host, ["python3", "-c", write, self.path, self.text])

    def undo(self, lab: Context) -> None:
        """Remove it."""
        lab.exec_in(self.host, ["rm", "-f", self.path])


@dataclass(frozen=True)
class Frozen(Change):
    """A daemon that a signal has stopped: alive, and doing nothing.

    With replaced the daemon is ended instead of continued, and its successor writes what it wants anew.
    """

    host: str
    daemon: str
    replaced: bool = False

    def make(self, lab: Context) -> None:
        """Stop it."""
        lab.signal_daemon(self.host, self.daemon, "STOP")

    def undo(self, lab: Context) -> None:
        """Let it go on, or let a fresh one begin."""
        if self.replaced and self.daemon == "flanneld":
            other = "node-1" if self.host != "node-1" else "node-2"
            lab.restart_flannel(self.host, node_pod_cidr(other))
            return
        if self.replaced:
            lab.replace_pod(self.host, "k8s-app=kube-proxy", "kube-system")
            return
        lab.signal_daemon(self.host, self.daemon, "CONT")


@dataclass(frozen=True)
class Objects(Change):
    """Objects of the cluster, in namespace default where they do not say another; ready: pods to wait for.

    running: pods that only have to run.
    """

    items: tuple[dict[str, Any], ...]
    ready: tuple[str, ...] = ()
    running: tuple[str, ...] = ()

    def make(self, lab: Context) -> None:
        """Write them, and wait until the pods are Ready."""
        lab.kubectl("apply", "-f", "-", stdin=self._list(lab))
        if self.ready:
            pods = [f"pod/{name}" for name in self.ready]
            lab.kubectl("wait", "--for=condition=Ready", *pods, "--timeout=60s", timeout=70)
        if self.running:
            pods = [f"pod/{name}" for name in self.running]
            lab.kubectl("wait", "--for=jsonpath={.status.phase}=Running", *pods, "--timeout=60s", timeout=70)

    def undo(self, lab: Context) -> None:
        """Delete them, and wait until they are gone."""
        lab.kubectl("delete", "--ignore-not-found", "--wait", "--timeout=60s", "-f", "-", stdin=self._list(lab))

    def _list(self, lab: Context) -> str:
        return lab.fill(json.dumps({"apiVersion": "v1", "kind": "List", "items": self.items}))


@dataclass(frozen=True)
class Patched(Change):
    """A patched object ("KIND NAME [NAMESPACE]"), and the patch that takes it back; rollout waits for its new pods.

    kind: strategic, merge or json, as kubectl says it.
    """

    what: str
    patch: Any
    back: Any
    kind: str = "strategic"
    rollout: bool = False

    def make(self, lab: Context) -> None:
        """Patch it."""
        self._patch(lab, self.patch)

    def undo(self, lab: Context) -> None:
        """Patch it back."""
        self._patch(lab, self.back)

    def _patch(self, lab: Context, patch: Any) -> None:
        kind, name, *rest = self.what.split()
        where = ("-n", rest[0] if rest else "default")
        lab.kubectl("patch", kind, name, *where, f"--type={self.kind}", "-p", lab.fill(json.dumps(patch)))
        if self.rollout:
            lab.kubectl("rollout", "status", f"{kind}/{name}", *where, "--timeout=80s", timeout=90)


@dataclass(frozen=True)
class Running(Change):
    """A Python program that runs on a host, or in a pod, until it is undone."""

    host: str
    program: str
    pod: str = ""
    name: str = "podnet-fault"

    def make(self, lab: Context) -> None:
        """Start it, and wait until it has printed a line."""
        self.undo(lab)
        start = (
            "import os, subprocess, sys\n"
            "p = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, "
            "stderr=subprocess.DEVNULL, start_new_session=True, text=True)\n"
            "open(sys.argv[1], 'w').write(str(p.pid))\n"
            "sys.exit(0 if p.stdout.readline() else 1)\n"
        )
        inner = [*_enter(lab, self.pod), "python3", "-c", lab.fill(self.program)]
        lab.exec_in(lab.fill(self.host), ["python3", "-c", start, f"/run/{self.name}.pid", *inner])

    def undo(self, lab: Context) -> None:
        """End it, by its id."""
        end = (
            "import os, pathlib, signal, sys\n"
            "p = pathlib.Path(sys.argv[1])\n"
            "try:\n    os.killpg(int(p.read_text()), signal.SIGKILL)\nexcept (OSError, ValueError):\n    pass\n"
            "p.unlink(missing_ok=True)\n"
        )
        lab.exec_in(lab.fill(self.host), ["python3", "-c", end, f"/run/{self.name}.pid"], check=False)


def _lines(text: str) -> Sequence[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _words(lab: Context, line: str, pod: str = "") -> list[str]:
    return [*_enter(lab, pod), *shlex.split(lab.fill(line))]


def _enter(lab: Context, pod: str) -> list[str]:
    """The words before a command that is to run in a pod's network namespace, with the node's programs."""
    return ["nsenter", lab.fill(f"--net=/run/netns/<{pod}.netns>"), "--"] if pod else []


def undo_all(lab: Context, changes: Sequence[Change]) -> None:
    """Take changes back, the last one first; every one of them is tried, and the first error told at the end."""
    errors: list[LabError] = []
    for change in reversed(changes):
        try:
            change.undo(lab)
        except LabError as error:
            errors.append(error)
    if errors:
        raise errors[0]
