# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian root file systems in layers: python, agent on top of it, node on top of that.

A layer is what an overlay caught while apt-get installed packages, so hosts and
images share the same directories.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from . import machine
from .cache import Item, digest, remove_tree
from .config import DEBIAN_MIRROR, DEBIAN_SUITE, LAB_SOURCE
from .proc import run

INSTALL_SCRIPT = LAB_SOURCE / "scripts" / "install-layer.sh"
PYTHON_PACKAGES = ("python3", "procps", "iputils-ping")
AGENT_PACKAGES = ("iproute2", "iptables", "nftables", "tcpdump", "conntrack", "ethtool", "ipset")
NODE_PACKAGES = ("containerd", "runc", "containernetworking-plugins", "openssh-server", "etcd-server", "kmod")
UNWANTED = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "usr/share/info",
    "var/cache/apt",
    "var/lib/apt/lists",
    "var/cache/debconf",
    "var/log",
)


@dataclass(frozen=True)
class Layer:
    """Packages on top of other layers."""

    item: Item
    below: tuple[Layer, ...] = ()

    def stack(self) -> list[Path]:
        """The directories of this layer and those below, the top one first."""
        return [self.item.path, *(layer.item.path for layer in self.below)]


def _bootstrap(directory: Path) -> None:
    # In namespaces of their own, so that what it mounts is gone even when it is killed.
    run(
        [
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "debootstrap",
            "--variant=minbase",
            f"--include={','.join(PYTHON_PACKAGES)}",
            DEBIAN_SUITE,
            str(directory),
            DEBIAN_MIRROR,
        ],
        timeout=1200,
        env={"PATH": machine.SYSTEM_PATH},
    )
    _slim(directory)


def _slim(directory: Path) -> None:
    """Take away what neither a pod nor a node of the lab reads."""
    for name in UNWANTED:
        path = directory / name
        if path.is_dir():
            remove_tree(path)
            path.mkdir()


def _installer(packages: tuple[str, ...], below: tuple[Layer, ...], seconds: float) -> Item:
    names = tuple(layer.item.key for layer in below)
    key = digest(INSTALL_SCRIPT, *packages, *names)

    def build(directory: Path) -> None:
        lower = ":".join(str(layer.item.path) for layer in below)
        scratch = directory.with_name(f"{directory.name}.scratch")
        remove_tree(scratch)
        scratch.mkdir()
        run(
            [
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "/bin/sh",
                str(INSTALL_SCRIPT),
                lower,
                str(directory),
                str(scratch),
                *packages,
            ],
            timeout=1200,
        )
        shutil.rmtree(scratch)
        _slim(directory)

    return Item("layer", key, f"Debian packages {' '.join(packages)}", build, seconds)


PYTHON = Layer(
    Item(
        "layer",
        digest(DEBIAN_MIRROR, DEBIAN_SUITE, *PYTHON_PACKAGES, *UNWANTED),
        f"Debian {DEBIAN_SUITE} with Python",
        _bootstrap,
        35,
    )
)
AGENT = Layer(_installer(AGENT_PACKAGES, (PYTHON,), 6), (PYTHON,))
NODE = Layer(_installer(NODE_PACKAGES, (AGENT, PYTHON), 12), (AGENT, PYTHON))
