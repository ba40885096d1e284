# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One fault on one lab: make it, ask, judge, mend it. Every command ends after a time of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from podnet_lab import fingerprint
from podnet_lab.config import Lab
from podnet_lab.drawn import KINDS
from podnet_lab.errors import LabError
from podnet_lab.faults import find
from podnet_lab.truth import MODES, Cause

from .judge import Judgement, judge, no_verdict
from .recording import About, save

ROOT = Path(__file__).resolve().parents[3]
LAB = ROOT / "tests" / "lab" / "lab"
BY_LOT = tuple(f"{kind}-" for kind in KINDS)
FAULT_SECONDS, ASK_SECONDS, UP_SECONDS, LEFT_SECONDS = 240, 240, 900, 45


class AccuracyError(Exception):
    """Nothing can be said; the text says why."""


@dataclass(frozen=True)
class Row:
    """What came of one fault in one mode. left: what was still changed after it was healed."""

    fault: str
    mode: str
    causes: tuple[Cause, ...]
    judgement: Judgement
    seconds: float = 0.0
    left: tuple[str, ...] = field(default=())
    size: int = 0


class Laboratory:
    """A lab of one mode, through its command line."""

    def __init__(self, name: str, mode: str, access: str | None = None, quick: bool = False) -> None:
        self.lab, self.mode, self.access, self.quick = Lab(name), mode, access, quick
        self.clean: set[str] | None = None  # the state before a fault, while it is known
        self._environment = {
            **os.environ,
            "PODNET_LAB_NAME": name,
            "ANSIBLE_NOCOLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    @contextlib.contextmanager
    def booted(self) -> t.Iterator[None]:
        """A lab that is up stays up; one that is not is booted and taken down at the end."""
        nodes, proxy, cni = MODES[self.mode]
        was_up = json.loads(self.command("status", "--json", check=False) or "{}").get("up")
        self.command("up", "--nodes", str(nodes), "--proxy-mode", proxy, "--cni", cni, seconds=UP_SECONDS)
        try:
            yield
        finally:
            if not was_up:
                self.command("down", check=False)

    def command(self, *arguments: str, seconds: float = FAULT_SECONDS, check: bool = True) -> str:
        """What a command of the lab prints."""
        status, out, err = bounded([str(LAB), *arguments], self._environment, seconds)
        if check and status:
            raise AccuracyError(f"lab {' '.join(arguments)}: {err.strip()[-400:] or status}")
        return out

    def state(self) -> set[str]:
        """The state of all nodes."""
        return fingerprint.of(self.lab)

    def ask(self, truth: t.Mapping[str, t.Any], bundle: Path) -> float:
        """Run the diagnosis as a user would; how many seconds it took."""
        values = {
            "diagnose_source": truth["source"],
            "diagnose_destination": truth["destination"],
            "diagnose_protocol": truth["protocol"],
            "podnet_access": self.access or truth["access"],
            "diagnose_bundle_dir": str(bundle),
            **truth.get("more", {}),
        }
        if truth["port"]:
            values["diagnose_port"] = truth["port"]
        if truth["also_nodes"]:
            values["diagnose_also_nodes"] = truth["also_nodes"]
        command = ["ansible-playbook", "podnet.diagnostics.diagnose", "-e", json.dumps(values)]
        environment = self._environment
        if self.quick:
            command = [sys.executable, "-m", "podnet_accuracy.quick", json.dumps(values)]
            places = [ROOT / "tests" / "accuracy", ROOT / "tests" / "lab", environment.get("PYTHONPATH", "")]
            environment = {**environment, "PYTHONPATH": os.pathsep.join(str(place) for place in places)}
        begin = time.monotonic()
        status, out, err = bounded([str(LAB), "run", "--", *command], environment, ASK_SECONDS)
        if not (bundle / "findings.json").exists():
            raise AccuracyError(f"ansible-playbook exited {status}: {(out + err)[-1500:]}")
        return time.monotonic() - begin


def bounded(argv: list[str], environment: dict[str, str], seconds: float) -> tuple[int, str, str]:
    """Run a command; after so many seconds it and all that it has started are ended. Status, output, errors."""
    process = subprocess.Popen(
        argv,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=10)
        return 124, "", f"no end after {seconds:.0f} s"
    return process.returncode, out, err


def run(there: Laboratory, name: str, folder: Path, record: bool, diagnose: bool = True) -> Row:
    """Make a fault, diagnose it, judge, and mend it, whatever happens."""
    fault = find(name)
    before = there.clean or there.state()
    bundle = folder / f"{name}@{there.mode}"
    shutil.rmtree(bundle, ignore_errors=True)
    seconds, size = 0.0, 0
    causes: tuple[Cause, ...] = fault.truth.causes
    try:
        there.command("fault", "inject", name)
        shown = json.loads(there.command("fault", "show", name))
        causes = filled_causes(shown["truth"])
        if diagnose:
            seconds = there.ask(shown["truth"], bundle)
            judgement = judge(causes, json.loads((bundle / "findings.json").read_text()), name.startswith(BY_LOT))
        else:
            judgement = no_verdict("not asked")
        if record:
            size = save(bundle, About(name, there.mode, round(seconds, 1), shown["names"])).stat().st_size
    except (AccuracyError, LabError, OSError, ValueError) as error:
        judgement = no_verdict(str(error))
    finally:
        left = _mend(there, name, before, fault.changes_pods)
        there.clean = None if left or fault.changes_pods else before
    return Row(name, there.mode, causes, judgement, seconds, left, size)


def filled_causes(truth: t.Mapping[str, t.Any]) -> tuple[Cause, ...]:
    """The causes of a truth that was printed as JSON."""
    if not truth["id"]:
        return ()
    causes = [Cause(truth["id"], truth["location"], tuple(truth["also"]))]
    if truth["second"]:
        second = truth["second"]
        causes.append(Cause(second["id"], second["location"], tuple(second["also"])))
    return tuple(causes)


def _mend(there: Laboratory, name: str, before: set[str], changes_pods: bool) -> tuple[str, ...]:
    """Heal, and say what is not as it was."""
    try:
        there.command("fault", "heal", name)
    except AccuracyError as error:
        return (f"not healed: {error}",)
    deadline = time.monotonic() + LEFT_SECONDS
    while not changes_pods:
        now = there.state()
        left = tuple(sorted(f"+ {line}" for line in now - before) + sorted(f"- {line}" for line in before - now))
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(1)
    return ()
