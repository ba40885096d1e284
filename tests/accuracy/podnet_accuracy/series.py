# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rare loss between two nodes in one place after another, a diagnosis of each by Ansible, and a healthy one after it.

The lab stays up. A node can be made late: its probes begin so many seconds after those of the others.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
import typing as t
from pathlib import Path

from podnet_lab.changes import Change, Rule, nft_chain, pod_rule
from podnet_lab.context import Context
from podnet_lab.errors import LabError
from podnet_lab.truth import Cause

from .judge import judge, no_verdict
from .live import AccuracyError, Laboratory, Row
from .main import OUTPUT
from .table import line, summary

# What a Python is on a node that is late: it waits before the module of the probes, and before no other.
LATE = "/run/podnet-late-python"
WAITS = """\
#!/bin/sh
[ $# -gt 0 ] && exec /usr/bin/python3 "$@"
module=$(mktemp)
cat > "$module"
grep -q 'plugins.modules.probe' "$module" && sleep {seconds}
/usr/bin/python3 - < "$module"
status=$?
rm -f "$module"
exit $status
"""


def places(percent: float) -> dict[str, tuple[Change, Cause]]:
    """Where so many of a hundred packets are dropped, and what is true of it. By name."""
    chance = f"-m statistic --mode random --probability {percent / 100} -j DROP"
    dice = f"numgen random mod 10000 < {round(percent * 100)}"
    every = f"-m statistic --mode nth --every {round(100 / percent)} --packet 0 -j DROP"
    near, far, between = _drop("node-1"), _drop("node-2"), Cause("packet-loss")
    tunnel = "-p udp --dport 8472"
    return {
        "forwarded by node-1": (Rule("node-1", f"filter FORWARD -d <web-2>/32 {chance}"), near),
        "forwarded by node-2": (Rule("node-2", f"filter FORWARD -d <web-2>/32 {chance}"), far),
        "answers forwarded by node-1": (Rule("node-1", f"mangle FORWARD -s <web-2>/32 {chance}"), near),
        "answers into node-2": (Rule("node-2", f"raw PREROUTING -i cni0 -s <web-2>/32 {chance}"), far),
        "all that node-2 forwards": (Rule("node-2", f"filter FORWARD {chance}"), far),
        "every n-th, by node-2": (Rule("node-2", f"filter FORWARD -d <web-2>/32 {every}"), far),
        "tunnel out of node-1": (Rule("node-1", f"filter OUTPUT {tunnel} {chance}"), near),
        "tunnel out of node-2": (Rule("node-2", f"mangle POSTROUTING {tunnel} {chance}"), far),
        "tunnel into node-2": (Rule("node-2", f"filter INPUT {tunnel} {chance}"), far),
        "tunnel into node-1": (Rule("node-1", f"raw PREROUTING {tunnel} {chance}"), near),
        "nft with a counter, node-2": (
            nft_chain("node-2", "inet", "forward", f"ip daddr <web-2> {dice} counter drop", "-5"),
            far,
        ),
        "nft without a counter, node-1": (nft_chain("node-1", "inet", "forward", f"{dice} drop", "-5"), near),
        "out of the client": (pod_rule("client-1", f"filter OUTPUT {chance}"), near),
        "into the server": (pod_rule("web-2", f"filter INPUT {chance}"), far),
        "on the cable, both directions": (
            nft_chain("fabric", "bridge", "forward", f"udp dport 8472 {dice} drop"),
            between,
        ),
        "on the cable from node-1": (
            nft_chain("fabric", "bridge", "forward", f"ip saddr <node-1> udp dport 8472 {dice} drop"),
            between,
        ),
        "on the cable from node-2": (
            nft_chain("fabric", "bridge", "forward", f"ip saddr <node-2> udp dport 8472 {dice} drop"),
            between,
        ),
    }


def _drop(node: str) -> Cause:
    return Cause("netfilter-drop", {"node": node})


def main(argv: list[str] | None = None) -> int:
    """0 when every loss was found at its place and every healthy pair called so."""
    parser = argparse.ArgumentParser(prog="series.py", description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="so many with loss, and as many without")
    parser.add_argument("--percent", type=float, default=3.0, help="of the packets are lost")
    parser.add_argument("--access", choices=["agent", "ssh"], default="ssh")
    parser.add_argument("--place", action="append", help="only places with this in their names")
    parser.add_argument(
        "--late", action="append", default=[], metavar="NODE:SECONDS", help="for each run in turn, by SSH"
    )
    parser.add_argument("--no-healthy", action="store_true", help="only those with loss")
    parser.add_argument("--list", action="store_true", help="show the places and do nothing")
    arguments = parser.parse_args(argv)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    chosen = [
        one for one in places(arguments.percent).items() if not arguments.place or _named(one[0], arguments.place)
    ]
    if arguments.list:
        print("\n".join(name for name, _unused in chosen))
        return 0
    name = os.environ.get("PODNET_LAB_NAME")
    if not name or not chosen:
        print("series: set PODNET_LAB_NAME to the name of a lab that is up, and name a place", file=sys.stderr)
        return 2
    rows = list(_played(Laboratory(name, "iptables", arguments.access), chosen, arguments))
    print()
    print(summary(rows))
    return 0 if all(row.judgement.right and not row.judgement.false_findings for row in rows) else 1


def _named(name: str, words: t.Sequence[str]) -> bool:
    return any(word in name for word in words)


def _played(
    there: Laboratory, chosen: t.Sequence[tuple[str, tuple[Change, Cause]]], arguments: argparse.Namespace
) -> t.Iterator[Row]:
    here = Context(there.lab)
    for number in range(arguments.runs):
        place, (change, cause) = chosen[number % len(chosen)]
        late = arguments.late[number % len(arguments.late)] if arguments.late else ""
        name = f"{number + 1} {place}" + (f", {late} s late" if late else "")
        with _made(here, change), _late(here, late):
            yield _told(there, here, f"loss {name}", (cause,), late)
        if not arguments.no_healthy:
            with _late(here, late):
                yield _told(there, here, f"healthy {number + 1}", (), late)


@contextlib.contextmanager
def _made(here: Context, change: Change) -> t.Iterator[None]:
    try:
        change.make(here)
        yield
    finally:
        change.undo(here)


@contextlib.contextmanager
def _late(here: Context, late: str) -> t.Iterator[None]:
    node, _colon, seconds = late.partition(":")
    if not node:
        yield
        return
    script = f"cat > {LATE} && chmod 755 {LATE}"
    here.exec_in(node, ["sh", "-c", script], stdin=WAITS.format(seconds=float(seconds)))
    try:
        yield
    finally:
        here.exec_in(node, ["rm", "-f", LATE], check=False)


def _told(there: Laboratory, here: Context, name: str, causes: tuple[Cause, ...], late: str) -> Row:
    """One diagnosis, said at once."""
    folder = OUTPUT / "series" / f"{name.replace(' ', '-').replace(',', '').replace(':', '-')}-{time.time():.0f}"
    truth: dict[str, t.Any] = {
        "source": "pod:default/client-1",
        "destination": here.fill("pod:default/<web-2.name>"),
        "port": 8080,
        "protocol": "tcp",
        "access": "ssh",  # the laboratory has its own
    }
    node = late.partition(":")[0]
    if node:
        python = f"{{{{ '{LATE}' if inventory_hostname == '{node}' else '/usr/bin/python3' }}}}"
        truth["more"] = {"ansible_python_interpreter": python}
    seconds = 0.0
    try:
        seconds = there.ask(truth, folder)
        judgement = judge(causes, json.loads((folder / "findings.json").read_text()))
    except (AccuracyError, LabError, OSError, ValueError) as error:
        judgement = no_verdict(str(error))
    row = Row(name, there.mode, causes, judgement, seconds)
    print(line(row))
    print(f"    {_summary(folder)}")
    return row


def _summary(folder: Path) -> str:
    with contextlib.suppress(OSError, ValueError, KeyError):
        return str(json.loads((folder / "findings.json").read_text())["verdict"]["summary"])
    return "no findings"
