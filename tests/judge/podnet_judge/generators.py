# SPDX-License-Identifier: GPL-3.0-or-later
"""What is judged: one function for each kind of configuration."""

from __future__ import annotations

import random
import typing as t

from .court import Setup
from .nftrules import Nftables
from .packets import Pool
from .rulesets import Iptables, sets


def _iptables(backend: str, family: int) -> t.Callable[[random.Random], Setup]:
    def generate(dice: random.Random) -> Setup:
        command = f"{'iptables' if family == 4 else 'ip6tables'}-{backend}-restore"
        return Setup(family, (((command,), Iptables(dice, Pool(family), backend == "legacy").text()),))

    return generate


def _both(dice: random.Random) -> Setup:
    """Both back ends side by side."""
    pool = Pool(4)
    nft, legacy = Iptables(dice, pool).text(), Iptables(dice, pool, True).text()
    return Setup(4, ((("iptables-nft-restore",), nft), (("iptables-legacy-restore",), legacy)))


def _nft(family: int) -> t.Callable[[random.Random], Setup]:
    return lambda dice: Setup(family, ((("nft", "-f", "-"), Nftables(dice, Pool(family)).text()),))


def _mixed(dice: random.Random) -> Setup:
    """Rules of iptables and native ones side by side, made in any order."""
    pool = Pool(4)
    parts = [
        (("iptables-nft-restore", "-n"), Iptables(dice, pool).text()),
        (("nft", "-f", "-"), Nftables(dice, pool).text()),
    ]
    dice.shuffle(parts)
    return Setup(4, tuple(parts))


def _bridge(dice: random.Random) -> Setup:
    return Setup(4, ((("nft", "-f", "-"), Nftables(dice, Pool(4)).bridge()),), bridged=True)


def _sets(family: int) -> t.Callable[[random.Random], Setup]:
    def generate(dice: random.Random) -> Setup:
        pool = Pool(family)
        command = f"{'iptables' if family == 4 else 'ip6tables'}-nft-restore"
        rules = Iptables(dice, pool, sets=True).text()
        return Setup(family, ((("ipset", "restore"), sets(dice, pool)), ((command,), rules)))

    return generate


GENERATORS: t.Mapping[str, t.Callable[[random.Random], Setup]] = {
    "iptables": _iptables("nft", 4),
    "ip6tables": _iptables("nft", 6),
    "iptables-legacy": _iptables("legacy", 4),
    "iptables-both": _both,
    "nft": _nft(4),
    "nft6": _nft(6),
    "mixed": _mixed,
    "bridge": _bridge,
    "ipset": _sets(4),
    "ipset6": _sets(6),
}
