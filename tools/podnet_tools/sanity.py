# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`ansible-test sanity` without containers and without the internet: a package registry is enough."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree

from . import environment, interpreters, machine
from .process import capture, say
from .tally import FAILED, PASSED, Tally, read_junit, report

# What the newest and the oldest ansible-core we support know.
TARGET_VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")

# ansible-test downloads get-pip.py from a site of its own (https://github.com/ansible/ansible/issues/77304) unless the
# file
# is in its cache. This does the same with the pip that comes with Python and the registry that pip is set up for.
GET_PIP = """\
import ensurepip
import os
import subprocess
import sys

ensurepip.bootstrap()
environment = dict(os.environ)
for bundle in ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"):
    if os.path.exists(bundle):
        environment.setdefault("PIP_CERT", bundle)
wanted = [word for word in sys.argv[1:] if word.startswith("pip==")]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "--quiet"] + wanted, env=environment))
"""


def sanity() -> Tally:
    """Every sanity test, each counted as one; a Python that is not on this machine is a skipped one."""
    return sanity_with(environment.python_environment())


def sanity_with(venv: Path, label: str = "") -> Tally:
    """The same with the ansible-core of another environment; label: which one, for the person who waits."""
    tree = environment.working_copy()
    here = environment.checkout_in(tree)
    total = _no_ignores(here)
    output = here / "tests" / "output"
    with environment.locked("sanity"):
        shutil.rmtree(output, ignore_errors=True)
        done = capture(
            [
                venv / "bin" / "ansible-test",
                "sanity",
                "--venv",
                "--junit",
                "--failure-ok",
                "--color",
                "no",
                "--truncate",
                "0",
            ],
            env=_surroundings(venv, tree),
            cwd=here,
            timeout=1800,
        )
        files = sorted((output / "junit").glob("*.xml"))
        for path in files:
            tally = read_junit(path)
            name = re.sub(r"-python-(\d\.\d+)$", r" on Python \1", path.stem.replace("ansible-test-sanity-", ""))
            report(f"sanity {name}{label}", tally, 0.0, _failures(path), _reason(path) if tally.skipped else "")
            total += tally
        shutil.rmtree(output, ignore_errors=True)
    if done.status or not files:
        total += report(f"sanity{label}", FAILED, done.seconds, done.output, f"ansible-test exited {done.status}")
    say(f"  ({done.seconds:.0f} s in ansible-test)")
    return total


def _no_ignores(here: Path) -> Tally:
    """There is no list of sanity tests to ignore."""
    found = sorted((here / "tests" / "sanity").glob("ignore*"))
    names = "\n".join(str(path.relative_to(here)) for path in found)
    return report("sanity without ignore files", FAILED if found else PASSED, 0.0, names)


def _surroundings(venv: Path, tree: Path) -> dict[str, str]:
    """Environment variables for ansible-test: a home of its own with the stand-in for get-pip.py, and exactly those
    interpreters that really run, under the names it looks for."""
    home = environment.cache() / "sanity-home"
    downloads = home / ".ansible" / "test" / "cache"
    downloads.mkdir(parents=True, exist_ok=True)
    for version in _pip_versions(venv):
        (downloads / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP, encoding="utf-8")
    for name in (".config/pip", ".pip", ".netrc"):
        real, link = Path.home() / name, home / name
        if real.exists() and not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(real)
    found = {version: interpreters.find(version) for version in TARGET_VERSIONS}
    found[environment.PYTHON_VERSION] = Path(os.path.realpath(sys.executable))
    directory = environment.cache() / f"interpreters-{environment.digest(*sorted(map(str, found.values())))}"
    directory.mkdir(parents=True, exist_ok=True)
    for version, python in found.items():
        link = directory / f"python{version}"
        if python and not link.is_symlink():
            link.symlink_to(python)
    result = environment.surroundings(venv, tree)
    del result["PYTHONPATH"], result["VIRTUAL_ENV"]
    result.update(HOME=str(home), PATH=os.pathsep.join([str(directory), str(venv / "bin"), machine.path()]))
    return result


def _pip_versions(venv: Path) -> set[str]:
    """The versions of pip that this ansible-test asks get-pip.py for."""
    versions = {"24.2", "25.2"}
    for path in venv.glob("lib/python*/site-packages/ansible_test/_internal/python_requirements.py"):
        versions.update(re.findall(r"['\"](\d{2}\.\d(?:\.\d)?)['\"]", path.read_text(encoding="utf-8")))
    return versions


def _failures(path: Path) -> str:
    root = ElementTree.parse(path).getroot()
    return "\n".join(
        (item.text or item.get("message") or "").strip() for tag in ("failure", "error") for item in root.iter(tag)
    )


def _reason(path: Path) -> str:
    item = next(ElementTree.parse(path).getroot().iter("skipped"), None)
    return ((item.text or item.get("message") or "") if item is not None else "").strip()
