# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching on the lab, at a terminal of its own: until the first failure, and until somebody has had enough."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import pty
import select
import subprocess
import termios
import time
import typing as t

import pytest
from conftest import LAB, Lab

ROUND = b"(Ctrl-C ends it)"
DROP = "FORWARD -d {address} -m statistic --mode random --probability 0.2 -j DROP"
SECONDS = 240


class Terminal:
    """The playbook with a terminal, which can be pressed a key on."""

    def __init__(self, lab: Lab, bundle: pathlib.Path, destination: str) -> None:
        values = {
            "diagnose_source": "pod:default/client-1",
            "diagnose_destination": destination,
            "diagnose_port": 8080,
            "diagnose_bundle_dir": str(bundle),
            "diagnose_watch": 5,
            "podnet_access": "ssh",
        }
        argv = [str(LAB), "run", "--", "ansible-playbook", "podnet.diagnostics.diagnose", "-e", json.dumps(values)]
        ours, theirs = pty.openpty()
        self._fd = ours
        self._process = subprocess.Popen(
            argv,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=lab.environment,
            start_new_session=True,
            # Ansible asks a terminal only where it is in charge of it.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        self._until = time.monotonic() + SECONDS
        self.output = b""

    def rounds(self, number: int) -> None:
        """Wait until that many rounds have begun."""
        while self.output.count(ROUND) < number and self._read():
            pass
        assert self.output.count(ROUND) >= number, self.output[-3000:].decode(errors="replace")

    def end(self, key: bytes = b"") -> None:
        """Wait for the end of the playbook. key: pressed half a second after a round has begun, since Ansible shows its
        prompt before it takes keys and drops what is pressed between; and again in the next one."""
        seen = -1
        while True:
            rounds = self.output.count(ROUND)
            if key and rounds > seen:
                time.sleep(0.5)
                os.write(self._fd, key)
            seen = rounds
            if not self._read():
                break
        try:
            code = self._process.wait(30)
        except subprocess.TimeoutExpired:
            pytest.fail(f"it does not end; it said:\n{self.output[-3000:].decode(errors='replace')}")
        assert code == 0, self.output[-3000:].decode(errors="replace")

    def _read(self) -> bool:
        """Take what is written; False at the end, or when the time is over."""
        while time.monotonic() < self._until:
            if select.select([self._fd], [], [], 0.5)[0]:
                try:
                    data = os.read(self._fd, 65536)
                except OSError:  # the other side is closed
                    return False
                self.output += data
                return bool(data)
            if self._process.poll() is not None:
                return False
        return False

    def close(self) -> None:
        """Nothing of it is left."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        self._process.wait(30)
        os.close(self._fd)


def web_on(lab: Lab, node: str) -> tuple[str, str]:
    """Name and address of the web pod on a node."""
    found = json.loads(lab.kubectl("get", "pods", "-l", "app=web", "-o", "json"))["items"]
    return next(
        (pod["metadata"]["name"], pod["status"]["podIP"]) for pod in found if pod["spec"]["nodeName"] == node
    )  # fmt: skip


@contextlib.contextmanager
def watching(lab: Lab, bundle: pathlib.Path, destination: str) -> t.Iterator[Terminal]:
    terminal = Terminal(lab, bundle, destination)
    try:
        yield terminal
    finally:
        terminal.close()


def verdict(bundle: pathlib.Path) -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads((bundle / "findings.json").read_text())["verdict"]
    return found


def armed(lab: Lab) -> bool:
    return any("tcpdump" in lab.exec(node, "ps", "-eo", "comm").stdout for node in ("node-1", "node-2"))


def test_the_packets_before_the_first_failure_are_kept_and_its_rule_is_named(lab: Lab, bundle: pathlib.Path) -> None:
    name, address = web_on(lab, "node-2")
    rule = DROP.format(address=address).split()
    with watching(lab, bundle, f"pod:default/{name}") as terminal:
        terminal.rounds(2)
        assert armed(lab)
        lab.exec("node-2", "iptables", "-w", "5", "-I", *rule)
        broken = time.time()
        try:
            terminal.end()
        finally:
            lab.exec("node-2", "iptables", "-w", "5", "-D", *rule)
    assert verdict(bundle)["root_causes"] == ["netfilter-drop"]
    assert (verdict(bundle)["location"], verdict(bundle)["confidence"]) == ({"node": "node-2"}, "proven")
    for node in ("node-1", "node-2"):
        kept = subprocess.run(
            ["tcpdump", "-n", "-tt", "-r", str(bundle / "captures" / f"{node}.watch.pcapng")],
            capture_output=True,
            text=True,
            check=True,
        )
        # The packet within a tunnel's packet has a line of its own, without a time.
        times = [float(line.split()[0]) for line in kept.stdout.splitlines() if line[0].isdigit()]
        assert min(times) < broken < max(times)
    assert not armed(lab)


def test_ctrl_c_ends_the_watch_and_gives_the_verdict_so_far(lab: Lab, bundle: pathlib.Path) -> None:
    name, _address = web_on(lab, "node-2")
    with watching(lab, bundle, f"pod:default/{name}") as terminal:
        terminal.rounds(2)
        # The probes of the round are under way by now.
        terminal.end(b"\x03")
    assert verdict(bundle)["result"] == "healthy"
    assert "watched for" in verdict(bundle)["summary"]
    assert not (bundle / "captures").exists()
    assert not armed(lab)
