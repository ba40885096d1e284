# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of the machine that the lab and the tools may run: those of machine.toml and no others."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import tomllib

from .cache import digest
from .config import LAB_SOURCE, cache_directory
from .errors import LabError

LAB = "lab"
LIST = LAB_SOURCE / "machine.toml"
# Where distributions install programs; also for those that call whatever their own package depends on.
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Program:
    """A command, and the Debian package that brings it."""

    command: str
    package: str

    def find(self) -> Path | None:
        """Where the machine has it; the system's own comes before what is put before it on the caller's PATH."""
        found = shutil.which(self.command, path=f"{SYSTEM_PATH}:{os.environ.get('PATH', '')}")
        return Path(found) if found else None


@cache
def programs(*groups: str) -> tuple[Program, ...]:
    """The declared programs of some groups (tables of machine.toml), all of them without an argument."""
    tables = tomllib.loads(LIST.read_text(encoding="utf-8"))
    found = {command: package for group in groups or tables for command, package in tables[group].items()}
    return tuple(Program(command, package) for command, package in sorted(found.items()))


def missing(*groups: str) -> list[Program]:
    """The declared programs that this machine lacks."""
    return [program for program in programs(*groups) if program.find() is None]


def sentence(absent: list[Program]) -> str:
    """What is missing, and which packages bring it."""
    names = ", ".join(program.command for program in absent)
    return f"this machine lacks {names} (Debian: {' '.join(sorted({program.package for program in absent}))})"


def directory(*groups: str) -> Path:
    """A directory with a link to each declared program of some groups that this machine has, and nothing else."""
    links = {program.command: str(place) for program in programs(*groups) if (place := program.find())}
    path = cache_directory() / "machine" / digest(*(f"{name}={place}" for name, place in links.items()))
    if not path.is_dir():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for name, target in links.items():
            (fresh / name).symlink_to(target)
        try:
            fresh.rename(path)
        except OSError:  # another process was faster
            shutil.rmtree(fresh)
    return path


def path() -> str:
    """The PATH of a command that the lab starts on the machine."""
    return str(directory(LAB))


def command(name: str) -> str:
    """A declared program, to be run where PATH is another host's; LabError when it is not declared or not there."""
    found = directory(LAB) / name
    if not found.exists():
        raise LabError(no_such_command(name))
    return str(found)


def no_such_command(name: str) -> str:
    """Why a command cannot be run."""
    declared = [program for program in programs(LAB) if program.command == name]
    if declared:
        return f"Cannot run {name}: {sentence(declared)}."
    return f"Cannot run {name}: it is not among the programs of the machine that {LIST.name} lets the lab run."
