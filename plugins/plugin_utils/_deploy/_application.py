# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The program that runs in the pods, as one file: a zip application of module_utils/_agent and what it imports.

A stock Python image starts it, so nothing has to be built or pushed. It is stored, not deflated, and every file has the
same date, so that the same sources give the same bytes, and its digest names the ConfigMap that carries it.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import hashlib
import io
import pathlib
import sys
import typing as t
import zipfile

_PACKAGE = "ansible_collections.podnet.diagnostics.plugins.module_utils"
_MAIN = f"{_PACKAGE}._agent._main"
_HERE = pathlib.Path(__file__).resolve().parents[2] / "module_utils"
_START = f'''"""Starts the agent of podnet.diagnostics."""

import sys

from {_MAIN} import main

sys.exit(main(sys.argv[1:]))
'''
# The oldest date that a zip file can say.
_DATE = (1980, 1, 1, 0, 0, 0)
# What a ConfigMap may hold (https://kubernetes.io/docs/concepts/configuration/configmap/).
_LARGEST = 1 << 20


class ApplicationError(Exception):
    """The program cannot be made of these sources."""


@dataclasses.dataclass(frozen=True)
class Application:
    """The zip file. digest: the SHA-256 of data, in hexadecimal digits."""

    data: bytes = dataclasses.field(repr=False)

    @property
    def digest(self) -> str:
        """What tells one build from another."""
        return hashlib.sha256(self.data).hexdigest()


def build_application(module_utils: pathlib.Path = _HERE) -> Application:
    """The program as one zip file that `python3 FILE source` runs. Raises ApplicationError."""
    files = {"__main__.py": _START.encode()}
    for name in sorted(_needed(module_utils)):
        path = _file(module_utils, name)
        files[f"{_PACKAGE.replace('.', '/')}/{path.relative_to(module_utils).as_posix()}"] = path.read_bytes()
    for entry in list(files):
        for parent in pathlib.PurePosixPath(entry).parents:
            if parent.name:
                files.setdefault(f"{parent}/", b"")
                files.setdefault(f"{parent}/__init__.py", b"")
    data = _zip(files)
    if len(data) > _LARGEST:
        raise ApplicationError(
            f"Cannot put the program into a ConfigMap: it has {len(data)} bytes, {_LARGEST} are allowed"
        )
    return Application(data)


@functools.lru_cache(maxsize=1)
def application() -> Application:
    """The program of this collection; made once per process."""
    return build_application()


def _needed(module_utils: pathlib.Path) -> set[str]:
    """The modules that the program imports, directly or not, by their dotted names."""
    found: set[str] = set()
    waiting = [_MAIN]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _imports(module_utils, name)
    return found


def _imports(module_utils: pathlib.Path, name: str) -> t.Iterator[str]:
    path = _file(module_utils, name)
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except (OSError, SyntaxError, ValueError) as exc:
        raise ApplicationError(f"Cannot read {path}: {exc}") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            wanted = _imported_from(module_utils, "." * node.level + (node.module or ""), node)
        else:
            continue
        for module in wanted:
            if module.startswith(f"{_PACKAGE}."):
                yield module
            elif module.partition(".")[0] not in sys.stdlib_module_names:
                raise ApplicationError(
                    f"Cannot put {path} into the program: it imports {module}, which a stock Python has not"
                )


def _imported_from(module_utils: pathlib.Path, module: str, node: ast.ImportFrom) -> list[str]:
    """`from package import name` imports the module package.name if there is one, else something in package."""
    if not module.startswith(_PACKAGE):
        return [module]
    return [
        full if _file(module_utils, full).is_file() else module
        for full in (f"{module}.{alias.name}" for alias in node.names)
    ]


def _file(module_utils: pathlib.Path, name: str) -> pathlib.Path:
    """Where the source of a module is."""
    path = module_utils.joinpath(*name[len(_PACKAGE) + 1 :].split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _zip(files: t.Mapping[str, bytes]) -> bytes:
    """Entries in the order of their names, so that a directory comes before what is in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for entry in sorted(files):
            info = zipfile.ZipInfo(entry, _DATE)
            info.create_system = 3
            info.external_attr = (0o40755 << 16 | 0x10) if entry.endswith("/") else 0o100644 << 16
            archive.writestr(info, files[entry])
    return buffer.getvalue()
