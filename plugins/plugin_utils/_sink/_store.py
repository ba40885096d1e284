# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Send the evidence of a run to every place; one that fails leaves the others as they are."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink import _configmap, _directory, _http
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._archive import pack, unpack
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._places import Place, SinkError, parse_place

Connect = t.Callable[[], Kube]
_PLACES = ("configmap:", "http://", "https://", "directory:")


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What is stored: the bundle's folder, the run's id, and the report in Markdown."""

    root: pathlib.Path
    run_id: str
    report: str

    def files(self) -> dict[str, bytes]:
        """The archive first, and the report beside it."""
        name = f"podnet-diagnostics-{self.run_id}"
        return {f"{name}.tar.gz": pack(self.root), f"{name}.md": self.report.encode("utf-8", "replace")}


@dataclasses.dataclass(frozen=True)
class Stored:
    """Where the evidence is now, and one sentence for each place where something went wrong."""

    addresses: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def store(places: t.Sequence[Place], evidence: Evidence, connect: Connect, web: _http.Web, keep: int) -> Stored:
    """Send everything to each place."""
    if not places:
        return Stored()
    addresses, problems = [], []
    try:
        files = evidence.files()
    except SinkError as exc:
        return Stored(problems=(str(exc),))
    for place in places:
        try:
            addresses.append(_store_one(place, evidence, files, connect, web, keep))
        except (SinkError, KubeError) as exc:
            problems.append(str(exc))
    return Stored(tuple(addresses), tuple(problems))


def _store_one(
    place: Place, evidence: Evidence, files: dict[str, bytes], connect: Connect, web: _http.Web, keep: int
) -> str:
    if place.kind == "directory":
        return _directory.store(place, files)
    if place.kind == "http":
        return _http.store(place, files, web)
    archive = next(iter(files.values()))
    return _configmap.store(connect(), place, evidence.run_id, archive, evidence.report, keep)


def local_bundle(where: str, connect: Connect, web: _http.Web) -> pathlib.Path:
    """The folder of a bundle: the one that is named, or a new one with what is read from a place or an archive.

    Raises SinkError.
    """
    if where.startswith(_PLACES):
        place = parse_place(where)
        if place.kind == "http":
            return unpack(_http.fetch(place, web), str(place))
        if place.kind == "configmap":
            if not place.name:
                raise SinkError(f"Cannot read evidence from {place}: name the ConfigMap, configmap:NAMESPACE/NAME")
            try:
                return unpack(_configmap.fetch(connect(), place), str(place))
            except KubeError as exc:
                raise SinkError(str(exc)) from exc
        where = place.where
    path = pathlib.Path(where).expanduser()
    return unpack(_directory.fetch(path), str(path)) if path.is_file() else path
