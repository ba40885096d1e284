# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded bundles: what the analysis reads of one run, in one small archive, and the analysis of it again."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import tarfile
import typing as t
from dataclasses import asdict, dataclass
from pathlib import Path

Json = dict[str, t.Any]
DIRECTORY = Path(__file__).resolve().parents[2] / "recorded"
ENDING = ".tar.xz"
# Made from the rest, or never read by the analysis.
LEFT_OUT = ("findings.json", "analysis.json", "report.")
ABOUT = "recording.json"


@dataclass(frozen=True)
class About:
    """What was recorded: the fault, the lab's mode, how long the run took, and the names that its truth speaks of."""

    fault: str
    mode: str
    seconds: float
    names: dict[str, str]


def path_of(fault: str, mode: str) -> Path:
    """Where the recording of a fault in a mode is."""
    return DIRECTORY / f"{fault}@{mode}{ENDING}"


def what_of(recording: Path) -> tuple[str, str]:
    """The fault and the mode of a recording, by its name."""
    fault, _unused, mode = recording.name.removesuffix(ENDING).partition("@")
    return fault, mode


def recordings() -> list[Path]:
    """All there are, by name."""
    return sorted(DIRECTORY.glob(f"*{ENDING}"))


def save(bundle: Path, about: About) -> Path:
    """Pack a bundle. Snapshots are unpacked first: together they are smaller than each for itself."""
    target = path_of(about.fault, about.mode)
    target.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        _add(archive, ABOUT, json.dumps(asdict(about), sort_keys=True).encode())
        for path in sorted(path for path in bundle.rglob("*") if path.is_file()):
            name = str(path.relative_to(bundle))
            if name.startswith(LEFT_OUT) or path.name.startswith("."):
                continue
            data = path.read_bytes()
            if name.endswith(".json.gz"):
                name, data = name.removesuffix(".gz"), gzip.decompress(data)
            if name == "manifest.json":
                data = _without_sums(data)
            _add(archive, name, data)
    target.write_bytes(lzma.compress(buffer.getvalue(), preset=9 | lzma.PRESET_EXTREME))
    return target


def _without_sums(data: bytes) -> bytes:
    """The manifest without the sums of files that are not there any more."""
    manifest = json.loads(data)
    manifest.pop("files", None)
    return json.dumps(manifest, sort_keys=True).encode()


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o600
    archive.addfile(entry, io.BytesIO(data))


def unpack(recording: Path, folder: Path) -> About:
    """Make a bundle of a recording, as the playbook would have left it before the analysis."""
    about: Json = {}
    with tarfile.open(recording, mode="r:xz") as archive:
        for entry in archive:
            stream = archive.extractfile(entry)
            data = stream.read() if stream else b""
            if entry.name == ABOUT:
                about = json.loads(data)
                continue
            target = folder / entry.name
            if entry.name == "cluster.json" or entry.name.startswith("nodes/"):
                target, data = target.with_name(target.name + ".gz"), gzip.compress(data, 1, mtime=0)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    return About(**about)


def analyse(folder: Path) -> Json:
    """findings.json of a bundle, computed again."""
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._analysis import analyse_bundle
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle

    found: Json = analyse_bundle(Bundle.open(folder))
    return found
