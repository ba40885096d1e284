# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are kept, and the surroundings in which commands run.

Everything is in one cache directory and named by what it was made from; nothing but the caches of other tools
is written outside of it, and nothing into the checkout.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import machine, process
from .errors import ToolError
from .process import say

ROOT = Path(__file__).resolve().parents[2]
NAMESPACE, NAME = "podnet", "diagnostics"
REQUIREMENTS = ROOT / "tests" / "requirements.txt"
LAB = ROOT / "tests" / "lab" / "lab"
# Where ansible-test works in a working copy; another command may want the copy meanwhile.
SPARED = "tests/output"
PYTHON_VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


def lab_command() -> str:
    """The lab's command line as it is typed in the checkout, for the lab that this environment chooses."""
    name = os.environ.get("PODNET_LAB_NAME")
    return f"PODNET_LAB_NAME={name} tests/lab/lab" if name else "tests/lab/lab"


def cache() -> Path:
    """The cache directory of this project; may be removed at any time while nothing runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "podnet-diagnostics"


def digest(*parts: str) -> str:
    """A short name for what something was made from."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Only one at a time, also between two runs."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f"{name}.lock").open("w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def python_environment() -> Path:
    """The virtual environment with everything in tests/requirements.txt, made if it is not there."""
    return virtual_environment(Path(sys.executable), PYTHON_VERSION, REQUIREMENTS.read_text(encoding="utf-8"), "venv")


def virtual_environment(python: Path, version: str, requirements: str, name: str) -> Path:
    """A virtual environment named by its interpreter and its requirements, made if it is not there."""
    interpreter = f"{version} {os.path.realpath(python)}"
    path = cache() / f"{name}-{digest(interpreter, requirements)}"
    ready = path / "ready"
    if ready.exists() and _runs(path):
        return path
    with locked(name):
        if ready.exists() and _runs(path):
            return path
        shutil.rmtree(path, ignore_errors=True)
        say(f"podnet: making {path} (Python {version}) ...")
        try:
            _fill(python, path, requirements)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        ready.touch()
    return path


def _runs(path: Path) -> bool:
    """Whether the interpreter that an environment was made from is still there."""
    return process.capture([path / "bin" / "python", "-I", "-c", "import pip"], timeout=30).status == 0


def _fill(python: Path, path: Path, requirements: str) -> None:
    made = process.capture([python, "-m", "venv", path], env=_clean(), timeout=120)
    if made.status:
        raise ToolError(f"Cannot make a virtual environment in {path}: {_end(made.output)}", 2)
    listed = path / "requirements.txt"
    listed.write_text(requirements, encoding="utf-8")
    pip: list[str | Path] = [
        path / "bin" / "python",
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
    ]
    installed = process.capture([*pip, "install", "--requirement", listed], env=_clean(), timeout=1800)
    if installed.status:
        raise ToolError(
            "Cannot install the Python packages of tests/requirements.txt: "
            f"no package registry that has them answers pip: {_end(installed.output)}",
            2,
        )


def _clean() -> dict[str, str]:
    """This process' environment without what would change another Python's imports, and with the declared programs."""
    dropped = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PATH": machine.path()}


def _end(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if line.startswith("ERROR")), lines[-1] if lines else "no output")


def collections_tree() -> Path:
    """A directory for ANSIBLE_COLLECTIONS_PATH and PYTHONPATH in which the collection is this checkout."""
    tree = cache() / f"collections-{digest(str(ROOT))}"
    link = tree / "ansible_collections" / NAMESPACE / NAME
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or os.readlink(link) != str(ROOT):
        with locked("collections"):
            link.unlink(missing_ok=True)
            link.symlink_to(ROOT)
    return tree


def checkout_in(tree: Path) -> Path:
    """Where the collection is in a collections tree."""
    return tree / "ansible_collections" / NAMESPACE / NAME


def surroundings(venv: Path, tree: Path) -> dict[str, str]:
    """Environment variables for a command: the virtual environment first, the collection importable, UTF-8, no colour
    codes in files, and no Ansible configuration of the user's that would change a result.
    """
    environment = {name: value for name, value in _clean().items() if not name.startswith("ANSIBLE_")}
    environment.update(
        PATH=os.pathsep.join([str(venv / "bin"), machine.path()]),
        VIRTUAL_ENV=str(venv),
        PYTHONPATH=str(tree),
        PYTHONDONTWRITEBYTECODE="1",
        ANSIBLE_COLLECTIONS_PATH=str(tree),
        ANSIBLE_CONFIG=str(_empty_configuration()),
        LC_ALL="C.UTF-8",
    )
    return environment


def installation(galaxy: Path, archive: Path, target: Path) -> list[str | Path]:
    """The command that installs a built collection into a directory for ANSIBLE_COLLECTIONS_PATH."""
    return [galaxy, "collection", "install", "--offline", "--collections-path", target, archive]


def without_collections(env: dict[str, str]) -> dict[str, str]:
    """Surroundings in which no collection is importable: ansible-galaxy installs none that it finds anywhere."""
    return {name: value for name, value in env.items() if name not in ("PYTHONPATH", "ANSIBLE_COLLECTIONS_PATH")}


def _empty_configuration() -> Path:
    path = cache() / "ansible.cfg"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return path


def working_copy() -> Path:
    """A collections tree with a copy of what git would commit: the files it tracks and the new ones it does not ignore.

    ansible-test, ansible-lint and antsibull-docs want the real directory names, and must not see what lies about.
    Only what differs is written, so that their own caches stay good. Returns the tree.
    """
    tree = cache() / f"copy-{digest(str(ROOT))}"
    target = checkout_in(tree)
    target.mkdir(parents=True, exist_ok=True)
    wanted = files()
    with locked("copy"):
        try:
            mirror(wanted, target, SPARED)
        except OSError:
            # A directory became a file, or the other way round.
            shutil.rmtree(target)
            mirror(wanted, target, SPARED)
    return tree


def mirror(names: list[str], target: Path, spared: str = "") -> None:
    """Make a directory hold these files of the checkout and no others; what is below `spared` is left alone."""
    for name in names:
        _copy(ROOT / name, target / name)
    kept = {target / name for name in names}
    for path in reversed(list(_below(target, target / spared))):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in kept:
            path.unlink()


def _below(target: Path, spared: Path) -> Iterator[Path]:
    """What is in a directory, each directory before what is in it; of what is spared, nothing."""
    for directory, directories, names in os.walk(target):
        directories[:] = [name for name in directories if Path(directory, name) != spared]
        yield from (Path(directory, name) for name in (*directories, *names))


def _copy(source: Path, target: Path) -> None:
    if source.is_symlink():
        wanted = os.readlink(source)
        if target.is_symlink() and os.readlink(target) == wanted:
            return
        target.unlink(missing_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(wanted)
        return
    there = source.stat()
    if target.is_file() and not target.is_symlink():
        have = target.stat()
        if (have.st_size, have.st_mtime_ns, have.st_mode) == (there.st_size, there.st_mtime_ns, there.st_mode):
            return
    target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)


def files() -> list[str]:
    """What git would commit of the checkout."""
    git: list[str | Path] = ["git", "-c", f"safe.directory={ROOT}", "-C", ROOT]
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = process.capture([*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], timeout=60)
        if listed.status:
            raise ToolError(
                f"Cannot list the files of {ROOT}: git ls-files exited {listed.status}: {_end(listed.output)}", 2
            )
        names = [name for name in listed.output.split("\0") if name]
    else:
        names = list(_walk())
    return [name for name in names if (ROOT / name).is_symlink() or (ROOT / name).is_file()]


def _walk() -> Iterator[str]:
    """All files of a checkout without git: of an unpacked archive, for example."""
    left_out = {".git", "__pycache__", ".ansible", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv", "bundles"}
    for directory, directories, names in os.walk(ROOT):
        directories[:] = [name for name in directories if name not in left_out]
        for name in names:
            yield os.path.relpath(os.path.join(directory, name), ROOT)
