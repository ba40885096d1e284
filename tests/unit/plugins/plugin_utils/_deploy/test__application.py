# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program in one file: the same bytes each time, complete, and it runs."""

from __future__ import annotations

import hashlib
import os
import pathlib
import subprocess
import sys
import zipfile

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._application import (
    ApplicationError,
    application,
    build_application,
)

PACKAGE = "ansible_collections.podnet.diagnostics.plugins.module_utils"


def tree(folder: pathlib.Path, **files: str) -> pathlib.Path:
    """A small module_utils; the names of files have two underscores for a slash."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for path in [folder, *(item for item in folder.rglob("*") if item.is_dir())]:
        (path / "__init__.py").touch()
    return folder


def test_it_has_what_the_program_imports_and_nothing_else(tmp_path: pathlib.Path) -> None:
    utils = tree(
        tmp_path,
        _agent___main=(
            f"from {PACKAGE}._agent import _b\nfrom {PACKAGE}._other._c import x\ndef main(a): return _b.y(a) + x\n"
        ),
        _agent___b="import json\ndef y(a): return len(json.dumps(a))\n",
        _agent___unused="",
        _other___c="x = 1\n",
        _other___d="",
    )
    archive = tmp_path / "agent.pyz"
    archive.write_bytes(build_application(utils).data)
    root = PACKAGE.replace(".", "/")
    with zipfile.ZipFile(archive) as found:
        names = found.namelist()
        modules = {name for name in names if not name.endswith(("/", "__init__.py", "__main__.py"))}
        assert modules == {f"{root}/_agent/_main.py", f"{root}/_agent/_b.py", f"{root}/_other/_c.py"}
        assert {info.date_time for info in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.compress_type for info in found.infolist()} == {zipfile.ZIP_STORED}
    for name in modules:
        folder = name.rpartition("/")[0]
        assert names.index(f"{folder}/") < names.index(f"{folder}/__init__.py") < names.index(name)
    assert subprocess.run([sys.executable, str(archive), "a"], cwd="/", check=False).returncode == 6


def test_the_same_sources_give_the_same_bytes(tmp_path: pathlib.Path) -> None:
    first = build_application(tree(tmp_path / "a", _agent___main="def main(a): return 0\n"))
    second_tree = tree(tmp_path / "b", _agent___main="def main(a): return 0\n")
    os.utime(second_tree / "_agent" / "_main.py", (1, 1))
    (second_tree / "_agent" / "_main.py").chmod(0o600)
    assert build_application(second_tree).data == first.data
    assert first.digest == hashlib.sha256(first.data).hexdigest()
    changed = tree(tmp_path / "c", _agent___main="def main(a): return 1\n")
    assert build_application(changed).digest != first.digest


@pytest.mark.parametrize(
    "wanted", ["import yaml", "from kubernetes import client", f"def f():\n    import {PACKAGE}x", "from . import _b"]
)
def test_what_a_stock_python_has_not_is_refused(tmp_path: pathlib.Path, wanted: str) -> None:
    with pytest.raises(ApplicationError, match="stock Python"):
        build_application(tree(tmp_path, _agent___main=f"{wanted}\n"))


def test_what_is_not_there_is_said(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ApplicationError, match=r"_gone\.py"):
        build_application(tree(tmp_path, _agent___main=f"from {PACKAGE}._agent._gone import x\n"))


def test_too_much_for_a_config_map_is_said(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ApplicationError, match="1048576 are allowed"):
        build_application(tree(tmp_path, _agent___main=f"x = '{'x' * (1 << 20)}'\n"))


def test_the_real_program_starts(tmp_path: pathlib.Path) -> None:
    archive = tmp_path / "agent.pyz"
    archive.write_bytes(application().data)
    done = subprocess.run(
        [sys.executable, str(archive), "version"], cwd="/", env={}, text=True, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert application().digest[:12] in done.stdout
    assert len(application().data) < 1 << 20
