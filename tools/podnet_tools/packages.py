# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian packages with commands that tests use."""

from __future__ import annotations

import os
import shutil

from .process import capture, say

# command → package
FOR_UNIT_TESTS = {
    "ip": "iproute2",
    "iptables": "iptables",
    "nft": "nftables",
    "ping": "iputils-ping",
    "sysctl": "procps",
    "tcpdump": "tcpdump",
}
FOR_INTEGRATION_TESTS = {"faketime": "faketime", "java": "openjdk-17-jre-headless"}
SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


def ensure(commands: dict[str, str]) -> None:
    """Install what is missing, where we may; a test whose command is still missing then says so and is skipped."""
    missing = sorted({package for command, package in commands.items() if not shutil.which(command, path=SYSTEM_PATH)})
    if not missing or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    say(f"podnet: installing {', '.join(missing)} ...")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    install = ["apt-get", "-q", "-y", "--no-install-recommends", "install", *missing]
    if capture(install, env=env, timeout=600).status:
        capture(["apt-get", "-q", "update"], env=env, timeout=300)
        done = capture(install, env=env, timeout=600)
        if done.status:
            say(f"podnet: apt-get could not install {', '.join(missing)}; tests that need them are skipped")
