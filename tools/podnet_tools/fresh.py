# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two commands as a newcomer runs them: in a Debian that has nothing but git, make and Python.

A machine remembers what was ever installed on it; this root remembers nothing. What the lab has built is linked into
it, so that only what a newcomer could lack is tried, and nothing is built; COLD=1 builds there too.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from podnet_lab import build, cgroups
from podnet_lab.config import DEBIAN_MIRROR, DEBIAN_SUITE, Lab, cache_directory

from . import environment, machine, preflight
from .errors import ToolError
from .process import Done, capture, say, stream
from .tally import FAILED, PASSED, SKIPPED, Tally, report

# Who clones over HTTPS has certificates.
PACKAGES = ("git", "make", "python3", "python3-venv", "ca-certificates")
# How this machine reaches package registries; nothing else of it is seen in there.
CONFIGURATION = (
    "etc/apt/apt.conf",
    "etc/apt/apt.conf.d",
    "etc/apt/auth.conf",
    "etc/apt/auth.conf.d",
    "etc/hosts",
    "etc/pip.conf",
    "etc/resolv.conf",
    "etc/ssl/certs",
)
PASSED_ON = ("PIP_", "SSL_", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "PODNET_LAB_DEBIAN_MIRROR")
PASSED_ON_EXACTLY = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO")
# Declared in machine.toml, of a package that is in every Debian: apt-get cannot bring it back.
TAKEN_AWAY = "unshare"


def fresh() -> Tally:
    """Both commands; without what the lab has built on this machine when COLD is set."""
    return _try(["demo", "unit"], cold=os.environ.get("COLD", "") not in ("", "0"))


def fresh_demo() -> Tally:
    """The part of `make test`: its unit tests have run already."""
    return _try(["demo"], cold=False)


def _try(targets: Sequence[str], cold: bool) -> Tally:
    if os.geteuid() != 0:
        return report("a machine that has nothing", SKIPPED, 0.0, note="making a root needs root")
    preflight.check_for_lab()
    machine.install("fresh")
    if not cold:
        env = environment.surroundings(environment.python_environment(), environment.collections_tree())
        built = stream([environment.LAB, "build"], env=env)
        if built.status:
            return report("lab build", FAILED, built.seconds, note=f"exit status {built.status}")
    root = Root.make(cold)
    try:
        total = _refusal(root)
        for target in targets:
            # A lab that the command leaves up is taken down before its process namespace ends.
            done = root.run(["sh", "-c", f"make --no-print-directory -C podnet {target} && podnet/tests/lab/lab down"])
            note = f"exit status {done.status}" if done.status else ""
            word = f"make {target} on a machine that has nothing"
            total += report(word, FAILED if done.status else PASSED, done.seconds, note=note)
        return total
    finally:
        root.remove()


def _refusal(root: Root) -> Tally:
    """Without a declared program, the demonstration ends before it builds or boots, with a sentence that names it."""
    with root.without(TAKEN_AWAY):
        done = root.run(["make", "--no-print-directory", "-C", "podnet", "demo"], show=False)
    good = done.status != 0 and f"lacks {TAKEN_AWAY} " in done.output and "=== " not in done.output
    return report(f"make demo without {TAKEN_AWAY} names it", PASSED if good else FAILED, done.seconds, done.output)


def _checked(argv: Sequence[str | Path], env: dict[str, str] | None = None) -> None:
    done = capture(argv, env=env, timeout=1200)
    if done.status:
        raise ToolError(f"Cannot make a root: {' '.join(map(str, argv))}: {done.output[-2000:]}")


def _bootstrapped() -> Path:
    """The root before anything of ours is in it, made by debootstrap once."""
    name = environment.digest(DEBIAN_SUITE, DEBIAN_MIRROR, *PACKAGES)
    path = cache_directory() / f"fresh-base-{name}"
    with environment.locked("fresh"):
        if not path.is_dir():
            say("podnet: making a minimal Debian (debootstrap), once ...")
            work = path.with_name(f"{path.name}.partial")
            if work.exists():
                shutil.rmtree(work)
            apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
            make = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", DEBIAN_SUITE]
            # debootstrap calls what its own package depends on.
            _checked([*apart, *make, work, DEBIAN_MIRROR], {**os.environ, "PATH": machine.SYSTEM_PATH})
            work.rename(path)
    return path


@dataclass(frozen=True)
class Root:
    """A minimal Debian in a directory, with a clone of this checkout in /root/podnet."""

    path: Path
    lab: Lab
    pip_cache: Path | None

    @staticmethod
    def make(cold: bool) -> Root:
        """Make it anew; what an earlier run left is removed first."""
        mark = environment.digest(str(environment.ROOT))
        pip = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pip"
        root = Root(
            cache_directory() / f"fresh-{mark}", Lab(f"fresh-{mark}"), pip if pip.is_dir() and not cold else None
        )
        root.remove()
        _checked(["cp", "-a", "--reflink=auto", _bootstrapped(), root.path])
        root._configure()
        root._clone()
        if not cold:
            root._link_built()
        return root

    def _configure(self) -> None:
        for name in CONFIGURATION:
            source = Path("/") / name
            if not source.exists():
                continue
            target = self.path / name
            if source.is_dir():
                # The root's own first: a link in there may lead to the very file that is copied.
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(source, target, ignore_dangling_symlinks=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.unlink(missing_ok=True)
                shutil.copyfile(source, target)
        for name in (".config/pip", ".pip"):
            if (Path.home() / name).is_dir():
                shutil.copytree(Path.home() / name, self.path / "root" / name)

    def _clone(self) -> None:
        """A clone, and over it what is not committed yet."""
        target = self.path / "root" / "podnet"
        git = ["git", "-c", "safe.directory=*", "clone", "--quiet", "--depth", "1"]
        _checked([*git, f"file://{environment.ROOT}", target])
        environment.mirror(environment.files(), target, spared=".git")

    def _link_built(self) -> None:
        """Hard links: nothing in there is ever written to, and links are made within one file system only."""
        for item in build.NEEDED_BY_LABS:
            target = self.path / "root/.cache/podnet-diagnostics" / item.path.relative_to(cache_directory())
            target.parent.mkdir(parents=True, exist_ok=True)
            _checked(["cp", "-a", "--link", item.path, target])

    @contextmanager
    def without(self, command: str) -> Iterator[None]:
        """The root lacks a command of /usr/bin meanwhile."""
        place = self.path / "usr/bin" / command
        place.rename(place.with_suffix(".away"))
        try:
            yield
        finally:
            place.with_suffix(".away").rename(place)

    def run(self, argv: Sequence[str], *, show: bool = True) -> Done:
        """Run a command in there; its process namespace, and what still runs in it, ends with it."""
        apart = ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child"]
        script = environment.ROOT / "tools" / "fresh-root.sh"
        words: list[str | Path] = [*apart, "sh", script, self.path, self.pip_cache or "-", *argv]
        return (stream if show else capture)(words, env=self._environment(), timeout=7200)

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name.startswith(PASSED_ON) or name in PASSED_ON_EXACTLY or name.lower().endswith("_proxy")
        }
        return {**kept, "PATH": machine.path(), "PODNET_LAB_NAME": self.lab.name, "LC_ALL": "C.UTF-8"}

    def remove(self) -> None:
        """Remove it, and what a lab in it that was killed left in the machine's cgroups."""
        cgroups.remove(self.lab)
        if self.path.exists():
            shutil.rmtree(self.path)
