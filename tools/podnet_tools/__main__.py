# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands behind the Makefile."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable

from . import architecture, checks, demo, environment, fresh, machine, matrix, molecule, preflight, publication, pytests
from .beside import Beside
from .errors import ToolError
from .process import Terminated, say, stream
from .sanity import sanity
from .tally import Tally, failed

# What needs no lab, in this order: the quick ones first.
CHECKS: dict[str, Callable[[], Tally]] = {
    "unit": pytests.unit,
    "recorded": pytests.recorded,
    "types": checks.types,
    "lint": checks.lint,
    "docs": checks.docs,
    "sanity": sanity,
}
# What `test` runs on the lab, beside them where there are processors enough.
ON_LAB: dict[str, Callable[[], Tally]] = {
    "integration": pytests.integration,
    "molecule": molecule.some,
    "fresh": fresh.fresh_demo,
}
ALONE: dict[str, Callable[[], Tally]] = {
    **CHECKS,
    **ON_LAB,
    "accuracy": pytests.accuracy,
    "record": pytests.record,
    "bench": pytests.bench,
    "judge": pytests.judge,
    "events": pytests.events,
    "weather": pytests.weather,
    "matrix": matrix.matrix,
    "molecule": molecule.molecule,
    "fresh": fresh.fresh,
}
# Seconds that the checks may take after the tests on the lab have ended.
_LONGEST = 3600.0
NEEDS_LAB = ("integration", "accuracy", "record", "bench", "weather", "judge", "events", "molecule")


def main() -> int:
    """Run one command; status 2 means that it was refused before anything was changed."""
    parser = argparse.ArgumentParser(prog="tools/run", description=__doc__)
    parser.add_argument(
        "command",
        choices=[
            "test",
            "check",
            "demo",
            "lab",
            "clean",
            "bootstrap",
            "awx",
            "pictures",
            "changelog",
            "architecture",
            *ALONE,
        ],
    )
    command = parser.parse_args().command
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGHUP, _terminate)
    try:
        return _command(command)
    except ToolError as error:
        sys.stdout.flush()
        sys.stderr.write(f"podnet: {error}\n")
        return error.status
    except KeyboardInterrupt:
        sys.stderr.write("podnet: interrupted\n")
        return 130


def _terminate(number: int, unused_frame: object) -> None:
    raise Terminated(signal.Signals(number).name)


def _command(command: str) -> int:
    if command == "clean":
        return _clean()
    if command == "bootstrap":
        say(str(environment.python_environment()))
        return 0
    if command == "awx":
        return publication.write_awx()
    if command == "architecture":
        return architecture.main()
    if command == "pictures":
        return publication.draw_pictures()
    if command == "changelog":
        return publication.write_changelog()
    if command in ("test", "demo", "lab", *NEEDS_LAB):
        preflight.check_for_lab()
    if command == "lab":
        return _lab()
    if command == "demo":
        return demo.demo()
    if command == "test":
        return _test()
    return _count(CHECKS if command == "check" else {command: ALONE[command]})


def _test() -> int:
    """Everything: one after the other on one processor, else what needs no lab beside the tests on it."""
    if (os.cpu_count() or 1) < 2:
        return _count({**CHECKS, **ON_LAB})
    environment.python_environment()
    # Once and before both rows: apt-get does not run twice at a time.
    machine.install("lab", "integration", "fresh")
    machine.install_if_possible("unit")
    with Beside([sys.executable, "-P", "-m", "podnet_tools", "check"]) as other:
        return _count(ON_LAB, other)


def _count(parts: dict[str, Callable[[], Tally]], other: Beside | None = None) -> int:
    """Run the parts, also after one that failed, and say in the last lines what failed, what failed once and then
    passed alone, and how many tests passed; with those of another row.
    """
    # An environment that cannot be made is one sentence, not a failure of every part.
    environment.python_environment()
    total = Tally()
    for name, part in parts.items():
        say(f"== {name}")
        begin = time.monotonic()
        try:
            tally = part()
        except (ToolError, OSError) as error:
            say(f"  FAILED  {error}")
            tally = failed(f"{name}: {error}")
        say(f"== {name}: {tally} ({time.monotonic() - begin:.0f} s)")
        say()
        total += tally
        if other:
            other.show()
    if other:
        total += other.finish(_LONGEST)
        say()
    for name in total.unsteady:
        say(f"UNSTEADY: {name}")
    for name in total.names:
        say(f"FAILED: {name}")
    say(str(total))
    return 0 if total.good else 1


def _lab() -> int:
    env = environment.surroundings(environment.python_environment(), environment.collections_tree())
    status = stream([environment.LAB, "up"], env=env).status
    if status == 0:
        for line in lab_lines():
            say(line)
    return status


def lab_lines() -> list[str]:
    """What to do with a lab that is up, each line to be pasted into a shell: ask, break and ask, take it down."""
    lab = environment.lab_command()
    ask = f"{lab} run -- ansible-playbook podnet.diagnostics.diagnose -e diagnose_source=pod:default/client-1"
    return [
        f"{ask} -e diagnose_destination=service:default/web -e diagnose_port=80",
        f"{lab} fault inject route-missing && "
        f"{ask} -e diagnose_destination=pod:default/client-2 -e diagnose_protocol=icmp; {lab} fault heal --all",
        f"{lab} down",
    ]


def _clean() -> int:
    """Take the lab down and remove what was made from this checkout; environments and built binaries stay in
    the cache.
    """
    if os.geteuid() == 0:
        stream([environment.LAB, "down"])
    for kind in ("collections", "copy", "molecule"):
        shutil.rmtree(environment.cache() / f"{kind}-{environment.digest(str(environment.ROOT))}", ignore_errors=True)
    shutil.rmtree(environment.cache() / "mypy", ignore_errors=True)
    for path in list(environment.ROOT.rglob("__pycache__")):
        shutil.rmtree(path, ignore_errors=True)
    say(f"Environments and the lab's binaries stay in {environment.cache()}; remove it to build them anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
