# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests that pytest runs: units, units on Python 3.9, and the integration tests on the lab; and the
measurements.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from . import environment, interpreters, jobs, machine
from .errors import ToolError
from .process import Done, capture, say, stream
from .tally import FAILED, PASSED, SKIPPED, Tally, once_more, read_junit, report

# The oldest Python that modules have to run on, and the newest pytest that still runs there.
OLDEST = "3.9"
OLDEST_REQUIREMENTS = "pytest ~= 8.4.0\npytest-xdist ~= 3.6\nPyYAML ~= 6.0\n"
SOME_FAILED, NO_TESTS = 1, 5
# So many tests that failed are tried again: on a machine that others use, too, clocks run out that never do alone.
AGAIN = 8
# Jobs and events have environments of their own: minutes, so most of them are not a part of every run.
EVENTS = "tests/integration/test_events.py"
APART = (EVENTS, *(f"tests/integration/test_{name}.py" for name in ("jobs", "drill", "capture")))
# Configurations that the kernel judges in one go.
JUDGED = "4000"
# Cases of the judge of route look-ups, each with 60 questions.
LOOKED_UP = "100"
# Cases of the judge of packet sizes, each with 24 packets.
SIZED = "100"
# Labs that integration tests may use side by side.
LANES = ("1", "2")
# Bytes. A lab takes 1.5 GB; one lane has two of them while a third node counts.
MEMORY_FOR_TWO = 7_000_000_000


def unit() -> Tally:
    """All unit tests; those of module_utils once more on the oldest Python that modules support."""
    reason = machine.install_if_possible("unit")
    if reason:
        say(f"podnet: {reason} Tests that need it are skipped.")
    venv = environment.python_environment()
    env = environment.surroundings(venv, environment.collections_tree())
    total = run("unit tests", venv, env, ["-q", "-n", "auto", "tests/unit"])
    return total + _oldest(env)


def integration() -> Tally:
    """The tests on the lab; builds and boots it first."""
    lanes = os.environ.get("LANES", "") or _lanes()
    if lanes not in LANES:
        raise ToolError(f"LANES is {lanes!r}: use {' or '.join(LANES)}.", 2)
    machine.install("integration")
    venv = environment.python_environment()
    env = environment.surroundings(venv, environment.collections_tree())
    built = stream([environment.LAB, "build"], env=env)
    if built.status:
        return report("lab build", FAILED, built.seconds, note=f"exit status {built.status}")
    # -v: each of these takes seconds, so the person who waits sees them one by one.
    arguments = ["-v", "--durations=10", "tests/integration", f"--ignore={EVENTS}", "-m", "not apart"]
    env = {**env, **_job_surroundings()}
    if lanes == "1":
        return run("integration tests", venv, env, ["-p", "no:xdist", *arguments])
    return _side_by_side(int(lanes), venv, env, arguments)


def _lanes() -> str:
    """As many labs as this machine has processors and memory for."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return "2" if (os.cpu_count() or 1) >= 2 and memory >= MEMORY_FOR_TWO else "1"


def _side_by_side(lanes: int, venv: Path, env: dict[str, str], arguments: Sequence[str]) -> Tally:
    """Each worker boots a lab of its own, and takes file after file: tests of one file share what they set up.

    In the order of their names, so that long ones do not come last.
    """
    name = os.environ.get("PODNET_TEST_LAB") or f"test-{environment.digest(str(environment.ROOT))[:8]}"
    env = {**env, "PODNET_TEST_LAB": name}
    distributed = ["-n", str(lanes), "--dist", "loadfile", "--no-loadscope-reorder"]
    try:
        return run("integration tests", venv, env, [*distributed, *arguments])
    finally:
        # A worker that is ended has no time to do it itself.
        if os.environ.get("PODNET_TEST_LAB_KEEP") != "1":
            for lab in [f"{name}-gw{lane}{kind}" for lane in range(lanes) for kind in ("", "-wide")]:
                capture([environment.LAB, "down"], env={**env, "PODNET_LAB_NAME": lab}, timeout=120)


def events() -> Tally:
    """Jobs as AWX runs them, drills, captures, an outage that diagnoses itself with ansible-rulebook, on the lab."""
    machine.install("integration")
    venv = environment.python_environment()
    env = environment.surroundings(venv, environment.collections_tree())
    env = {**env, **_job_surroundings(), **_rulebook_surroundings()}
    return run("events", venv, env, ["-v", "-p", "no:xdist", *APART])


def _job_surroundings() -> dict[str, str]:
    """What jobs run in: the oldest ansible-core that is supported and that this machine can run."""
    # Imported here: the matrix runs these tests, too.
    from . import matrix

    found = matrix.oldest()
    return jobs.surroundings(*found) if found is not None else {}


def _rulebook_surroundings() -> dict[str, str]:
    from . import publication

    return {"PODNET_PUBLISH_VENV": str(publication.publishing_environment())}


def bench() -> Tally:
    """Measurements on the lab, printed; only a wrong verdict fails, never a time."""
    venv = environment.python_environment()
    env = environment.surroundings(venv, environment.collections_tree())
    done = stream([venv / "bin" / "python", environment.ROOT / "tests" / "bench" / "bench.py"], env=env, timeout=7200)
    return report("measurements", FAILED if done.status else PASSED, done.seconds)


def judge() -> Tally:
    """Thousands of random configurations, really tried in throw-away namespaces and compared with the simulation."""
    venv = environment.python_environment()
    env = environment.surroundings(venv, environment.collections_tree())
    env = {**env, "PYTHONPATH": f"{env['PYTHONPATH']}:{environment.ROOT / 'tests' / 'judge'}"}
    seed = os.environ.get("PODNET_JUDGE_SEED", "1")
    python = venv / "bin" / "python"
    argv: list[str | Path] = [python, "-m", "podnet_judge", "--cases", JUDGED, "--seed", seed]
    packets = stream(argv, env=env, timeout=7200)
    lookups: list[str | Path] = [python, "-m", "podnet_judge.lookups", "--cases", LOOKED_UP, "--seed", seed]
    sizes: list[str | Path] = [python, "-m", "podnet_judge.sizes", "--cases", SIZED, "--seed", seed]
    done = [packets, *(stream(command, env=env, timeout=7200) for command in (lookups, sizes))]
    status = FAILED if any(one.status for one in done) else PASSED
    return report("the kernel as judge", status, sum(one.seconds for one in done))


def recorded() -> Tally:
    """The recorded bundles of the lab's faults, analysed again; no lab and no root."""
    venv = environment.python_environment()
    env = environment.surroundings(venv, environment.collections_tree())
    return run("recorded faults", venv, env, ["-q", "-n", "auto", "tests/accuracy"])


def accuracy() -> Tally:
    """Every fault and harmless variation on labs of all modes; a table is printed. FAULT and MODE choose."""
    return _accuracy("accuracy on the lab")


def record() -> Tally:
    """The same, keeping each run's bundle in tests/recorded."""
    return _accuracy("recorded on the lab", "--record")


def _accuracy(name: str, *arguments: str) -> Tally:
    machine.install("integration")
    venv = environment.python_environment()
    env = environment.surroundings(venv, environment.collections_tree())
    program = environment.ROOT / "tests" / "accuracy" / "accuracy.py"
    done = stream([venv / "bin" / "python", program, *arguments], env=env, timeout=8 * 3600)
    return report(name, FAILED if done.status else PASSED, done.seconds)


def weather() -> Tally:
    """The whole table of bad input and bad weather, or random weather, on a lab of its own that is taken down again."""
    machine.install("integration")
    venv = environment.python_environment()
    env = environment.surroundings(venv, environment.collections_tree())
    name = f"weather-{environment.digest(str(environment.ROOT))[:8]}"
    env = {**env, "PODNET_LAB_NAME": name}
    booted = stream([environment.LAB, "up", "--nodes", "2"], env=env, timeout=2400)
    try:
        if booted.status:
            return report("lab", FAILED, booted.seconds, note=f"exit status {booted.status}")
        program = environment.ROOT / "tests" / "weather" / "weather.py"
        done = stream([venv / "bin" / "python", program], env=env, timeout=6 * 3600)
    finally:
        stream([environment.LAB, "down"], env=env)
    return report("weather", FAILED if done.status else PASSED, done.seconds)


def _oldest(env: dict[str, str]) -> Tally:
    name = f"unit tests of module_utils on Python {OLDEST}"
    python = interpreters.find(OLDEST)
    if python is None:
        return report(name, SKIPPED, 0.0, note=f"this machine has no Python {OLDEST}")
    venv = environment.virtual_environment(python, OLDEST, OLDEST_REQUIREMENTS, f"venv-{OLDEST}")
    surroundings = environment.surroundings(venv, Path(env["PYTHONPATH"]))
    # Only _kube may use what is not in the standard library; it runs on the controller.
    tests = ["-q", "-n", "auto", "--ignore-glob=*/_kube*", "tests/unit/plugins/module_utils"]
    return run(name, venv, surroundings, tests)


def run(name: str, venv: Path, env: dict[str, str], arguments: Sequence[str]) -> Tally:
    """Run pytest; where few failed they are run once more, one by one, and told as unsteady if they pass then."""
    with tempfile.TemporaryDirectory(prefix="podnet-tests-") as directory:
        cache = ["-o", f"cache_dir={directory}/cache"]
        done, tally = _pytest(venv, env, directory, [*cache, *arguments])
        seconds = done.seconds
        if done.status == SOME_FAILED and 0 < tally.failed <= AGAIN:
            say(f"  {name}: {tally.failed} failed; once more, by themselves")
            alone = ["-n", "0"] if "-n" in arguments else []
            done, second = _pytest(venv, env, directory, [*cache, *arguments, *alone, "--last-failed"])
            if second != Tally():
                tally = once_more(tally, second)
            seconds += done.seconds
    if done.status == NO_TESTS or tally == Tally():
        tally, note = tally + FAILED, "no test ran"
    elif done.status and not tally.failed:
        tally, note = tally + FAILED, f"pytest exited {done.status}"
    else:
        note = str(tally) + (f", {len(tally.unsteady)} of them unsteady" if tally.unsteady else "")
    return report(name, tally, seconds, note=note)


def _pytest(venv: Path, env: dict[str, str], directory: str, arguments: Sequence[str]) -> tuple[Done, Tally]:
    junit = Path(directory, "junit.xml")
    junit.unlink(missing_ok=True)
    color = ["--color=yes"] if os.isatty(1) else []
    argv: list[str | Path] = [venv / "bin" / "python", "-m", "pytest", "-rsfE", f"--junitxml={junit}"]
    done = stream([*argv, *color, *arguments], env=env, cwd=environment.ROOT, timeout=7200)
    return done, read_junit(junit)
