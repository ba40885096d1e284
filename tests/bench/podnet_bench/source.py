# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one source of connectivity checks costs, against the lab's API server; the original's figures stand
beside it.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

from .lab import ROOT, BenchError, Lab

HERE = Path(__file__).resolve().parent
BUILD = """
import json, pathlib, sys
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._application import build_application
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._crd import crd_manifest
pathlib.Path(sys.argv[1]).write_bytes(build_application().data)
pathlib.Path(sys.argv[2]).write_text(json.dumps(crd_manifest()))
"""


@dataclasses.dataclass(frozen=True)
class Original:
    """The original program, OpenShift's check-endpoints, measured on the same kind of machine with one check a minute
    each: CPU seconds and status writes per minute, peak memory in MB, the longest time to a first status, the time
    in which all probes of a minute leave.
    """

    cpu: float
    memory: float
    writes: float
    first: str
    burst: str


ORIGINAL: t.Mapping[int, Original] = {
    100: Original(0.039, 69, 14.3, "420 s", "7 ms"),
    1000: Original(0.41, 182, 143, "420 s", "80 ms"),
    5000: Original(2.5, 761, 714, "441 s", "0.7 s"),
}
DETECTION = "27 to 402 s"


def measure(lab: Lab, counts: t.Sequence[int], settle: float, minutes: float) -> list[dict[str, t.Any]]:
    """One result of source_rig.py for each number of checks."""
    results = []
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="podnet-bench-") as name:
            agent, crd, result = Path(name, "agent.pyz"), Path(name, "crd.json"), Path(name, "result.json")
            subprocess.run([sys.executable, "-c", BUILD, str(agent), str(crd)], check=True, cwd=ROOT)
            status = lab.run(
                [
                    sys.executable,
                    str(HERE / "source_rig.py"),
                    str(agent),
                    str(crd),
                    str(result),
                    "--count",
                    str(count),
                    "--settle",
                    f"{settle:g}",
                    "--minutes",
                    f"{minutes:g}",
                ],
                {},
                900 + 60 * (settle + minutes),
            )
            if status or not result.exists():
                raise BenchError(f"Cannot measure {count} checks: source_rig.py exited {status}")
            results.append(json.loads(result.read_text()))
            sys.stdout.write(f"bench: {count} checks: {json.dumps(results[-1])}\n")
            sys.stdout.flush()
    return results


def table(results: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    """Ours and the original's, line by line."""
    rows = [
        (
            "checks each minute",
            "",
            "CPU s/min",
            "memory MB, peak",
            "API requests/min",
            "first status",
            "False after the listener dies",
            "True again",
            "written after the probe",
            "probes in one second",
        )
    ]
    for result in results:
        requests = sum(result["requests_per_minute"].values())
        rows.append(
            (
                str(result["count"]),
                "ours",
                f"{result['cpu_seconds_per_minute']:.3f}",
                f"{result['peak_rss_kib'] / 1000:.0f}",
                f"{requests:.1f}" + ("" if result["settle_minutes"] >= 12 else ", regular writes not due yet"),
                f"{result['first_status_seconds'][1]:.0f} s",
                f"{result['down_seconds']:.1f} s",
                f"{result['up_seconds']:.1f} s",
                f"< {result['down_after_probe_seconds']:.1f} s",
                f"at most {result['probes_per_second'][1]}, {result['count'] / 60:.1f} on average",
            )
        )
        original = ORIGINAL.get(result["count"])
        if original:
            rows.append(
                (
                    "",
                    "the original",
                    f"{original.cpu:g}",
                    f"{original.memory:g}",
                    f"{original.writes:g}",
                    original.first,
                    DETECTION,
                    "",
                    "",
                    f"all within {original.burst}",
                )
            )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "Continuous checks: one source\n" + "\n".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows
    )
