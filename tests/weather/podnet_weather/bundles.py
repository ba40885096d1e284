# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bundles that were damaged, and the analysis of them."""

from __future__ import annotations

import contextlib
import gzip
import json
import pathlib
import random
import shutil
from collections.abc import Callable, Iterator
from typing import Any

from .case import ANY, Case
from .lab import ROOT, Json, Lab

FIXTURES = ROOT / "tests" / "unit" / "plugins" / "plugin_utils" / "fixtures"
Damage = Callable[[pathlib.Path], None]


def _damaged(damage: Damage, name: str = "dropped") -> Any:
    @contextlib.contextmanager
    def around(_lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
        bundle = folder / "bundle"
        shutil.copytree(FIXTURES / name, bundle)
        bundle.chmod(0o700)
        damage(bundle)
        yield {}

    return around


def _replace(name: str, change: Callable[[bytes], bytes]) -> Damage:
    def damage(bundle: pathlib.Path) -> None:
        path = bundle / name
        path.write_bytes(change(path.read_bytes()))

    return damage


def _zeros(bundle: pathlib.Path) -> None:
    with gzip.open(bundle / "nodes" / "node-1.json.gz", "wb", 1) as stream:
        for _turn in range(600):
            stream.write(bytes(1 << 20))


def _field(bundle: pathlib.Path) -> None:
    """Another value in the plan of a run that was killed: no sum tells."""
    for name, change in (("plan.json", {"nodes": 7}), ("manifest.json", {"files": None})):
        path = bundle / name
        value = {**json.loads(path.read_text()), **change}
        path.write_text(json.dumps({key: inner for key, inner in value.items() if inner is not None}))


def _case(name: str, says: tuple[str, ...], verdicts: tuple[str, ...], damage: Damage) -> Case:
    return Case(
        name,
        "bundles",
        says,
        verdicts,
        bound=10,
        around=_damaged(damage),
        quick=True,
        playbook="podnet.diagnostics.analyze_bundle",
    )


NODE, PCAP = "nodes/node-1.json.gz", "captures/node-2.pcapng"
CASES = (
    _case("600 MB of zeros", (f"{NODE} is not what was written",), ANY, _zeros),
    _case(
        "200 000 brackets",
        (f"{NODE} is not what was written",),
        ANY,
        _replace(NODE, lambda data: gzip.compress(b"[" * 200000)),
    ),
    _case(
        "a node's part altered",
        (f"{NODE} is not what was written",),
        ANY,
        _replace(NODE, lambda data: gzip.compress(gzip.decompress(data) + b" ")),
    ),
    _case("a node's part cut", (f"{NODE} is not what was written",), ANY, _replace(NODE, lambda data: data[:99])),
    _case("a capture cut", (f"{PCAP} is not what was written",), ANY, _replace(PCAP, lambda data: data[:99])),
    _case(
        "a capture of random bytes",
        (f"{PCAP} is not what was written",),
        ANY,
        _replace(PCAP, lambda data: random.Random(3).randbytes(len(data))),
    ),
    _case(
        "probes altered",
        ("probes.jsonl is not what was written",),
        ("inconclusive", "fault"),
        _replace("probes.jsonl", lambda data: data.replace(b'"fail"', b'"pass"')),
    ),
    _case("no plan", ("plan.json",), (), lambda bundle: (bundle / "plan.json").unlink()),
    _case("a wrong type in the plan", ("plan.json: nodes must be a list, not 7",), (), _field),
    _case(
        "a manifest that is no JSON",
        ("manifest.json: not valid JSON",),
        (),
        _replace("manifest.json", lambda data: b"{"),
    ),
    _case(
        "a schema of the future",
        ("bundle/v9",),
        (),
        _replace("manifest.json", lambda data: data.replace(b"bundle/v1", b"bundle/v9")),
    ),
    _case("no bundle at all", ("manifest.json",), (), shutil.rmtree),
)
