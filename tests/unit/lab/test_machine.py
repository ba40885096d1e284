# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab runs what it declares of the machine and nothing else, and says what is missing before it builds."""

from __future__ import annotations

import os
import pathlib
import shutil

import pytest
from podnet_lab import machine, preflight
from podnet_lab.errors import LabError
from podnet_lab.proc import run

SHELL = shutil.which("sh") or "/bin/sh"
LINK = shutil.which("ln") or "/bin/ln"


@pytest.fixture
def bare(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A machine with every program that the lab declares, none else, and the caller root. Returns where they are."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for program in machine.programs(machine.LAB):
        (programs / program.command).symlink_to(SHELL)
    monkeypatch.setattr(machine, "SYSTEM_PATH", str(programs))
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return programs


def _apt(directory: pathlib.Path, script: str) -> None:
    apt = directory / "apt-get"
    apt.write_text(f"#!{SHELL}\n{script}\n")
    apt.chmod(0o755)


def test_nothing_is_missing_and_nothing_is_installed(bare: pathlib.Path) -> None:
    _apt(bare, f'echo called > "{bare}/called"')
    preflight.install(machine.LAB)
    assert not (bare / "called").exists()


@pytest.mark.parametrize("command", ["nsenter", "openssl", "ssh-keygen"])
def test_a_program_that_is_not_there_is_named_with_its_package(bare: pathlib.Path, command: str) -> None:
    package = next(one.package for one in machine.programs(machine.LAB) if one.command == command)
    (bare / command).unlink()
    with pytest.raises(LabError) as refused:
        preflight.install(machine.LAB)
    assert refused.value.status == 2
    assert str(refused.value) == (
        f"Cannot start: this machine lacks {command} (Debian: {package}), and there is no apt-get here."
    )


def test_a_missing_program_is_installed(bare: pathlib.Path) -> None:
    (bare / "openssl").unlink()
    _apt(bare, f'case "$*" in *"install openssl") exec "{LINK}" -s "{SHELL}" "{bare}/openssl" ;; esac')
    preflight.install(machine.LAB)
    assert machine.missing(machine.LAB) == []


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exit 0", "lacks openssl (Debian: openssl), even after apt-get"),
        ('echo "E: Unable to locate package openssl" >&2; exit 100', "E: Unable to locate package openssl"),
    ],
)
def test_a_program_that_cannot_be_installed_is_named(bare: pathlib.Path, script: str, words: str) -> None:
    (bare / "openssl").unlink()
    _apt(bare, script)
    with pytest.raises(LabError, match="lacks openssl") as refused:
        preflight.install(machine.LAB)
    assert words in str(refused.value)


def test_who_is_not_root_is_told_what_to_install(bare: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bare / "openssl").unlink()
    _apt(bare, "exit 0")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LabError, match=r"lacks openssl \(Debian: openssl\), and only root can install them"):
        preflight.install(machine.LAB)


def test_a_program_that_is_not_declared_fails_though_the_machine_has_it(tmp_path: pathlib.Path) -> None:
    assert shutil.which("git"), "git is what every clone was made with"
    with pytest.raises(
        LabError, match=r"Cannot run git: it is not among the programs of the machine that machine\.toml"
    ):
        run(["git", "--version"])
    done = run(["sh", "-c", "git --version"], check=False)
    assert done.returncode == 127


def test_a_declared_program_that_went_away_is_named_with_its_package(bare: pathlib.Path) -> None:
    (bare / "nsenter").unlink()
    with pytest.raises(LabError, match=r"Cannot run nsenter: this machine lacks nsenter \(Debian: util-linux\)"):
        run(["nsenter", "--version"])
    with pytest.raises(LabError, match=r"Cannot run nsenter: this machine lacks nsenter"):
        machine.command("nsenter")


def test_a_program_that_came_is_found_at_once(bare: pathlib.Path) -> None:
    (bare / "nsenter").unlink()
    assert not (machine.directory(machine.LAB) / "nsenter").exists()
    (bare / "nsenter").symlink_to(SHELL)
    assert machine.command("nsenter").endswith("/nsenter")
