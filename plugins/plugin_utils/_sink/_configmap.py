# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Evidence in ConfigMaps: as many as are needed, labelled by run, and the newest runs kept.

An object may be 1 MiB with its metadata, and base64 makes a third more of the data
(https://kubernetes.io/docs/concepts/configuration/configmap/).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._places import Place, SinkError

PART_BYTES = 700 * 1024
MOST_PARTS = 24
KEY = "bundle.tar.gz"
REPORT = "report.md"
MANAGED_BY = "app.kubernetes.io/managed-by"
LABELS = {MANAGED_BY: "podnet.diagnostics", "podnet.diagnostics/kind": "evidence"}
RUN = "podnet.diagnostics/run"
PART = "podnet.diagnostics/part"
FIRST = "0"
PARTS = "podnet.diagnostics/parts"
SHA256 = "podnet.diagnostics/sha256"
# What a reader in kubectl wants at once; the whole report is in the archive.
_REPORT_CHARACTERS = 32 * 1024


def store(kube: Kube, place: Place, run_id: str, data: bytes, report: str, keep: int) -> str:
    """Create the ConfigMaps of a run, then remove those of the oldest runs beyond keep; returns namespace/name.

    The part that names all others is written last, so that half a bundle never looks whole.
    """
    parts = [data[start : start + PART_BYTES] for start in range(0, len(data), PART_BYTES)]
    if len(parts) > MOST_PARTS:
        most = MOST_PARTS * PART_BYTES >> 20
        raise SinkError(f"Cannot store the evidence in {place}: it has {len(data) >> 20} MiB, ConfigMaps take {most}")
    path = f"/api/v1/namespaces/{segment(place.where)}/configmaps"
    made: list[str] = []
    try:
        for number in reversed(range(len(parts))):
            body = _config_map(run_id, number, parts, data, report)
            kube.create(path, body)
            made.append(body["metadata"]["name"])
    except KubeError as exc:
        _remove(kube, path, made)
        raise SinkError(f"Cannot store the evidence in {place}: {exc}") from exc
    try:
        _prune(kube, path, keep)
    except KubeError as exc:
        raise SinkError(f"The evidence is in {place}/{made[-1]}, but older evidence stays there: {exc}") from exc
    return f"configmap:{place.where}/{made[-1]}"


def fetch(kube: Kube, place: Place) -> bytes:
    """The archive of a run by the name of its first ConfigMap."""
    path = f"/api/v1/namespaces/{segment(place.where)}/configmaps"
    try:
        first = kube.get(f"{path}/{segment(place.name)}")
        run_id = _label(first, RUN)
        if not run_id or _label(first, PART) != FIRST:
            raise SinkError(f"Cannot read the evidence from {place}: it is no evidence of a run")
        count = _annotation(first, PARTS)
        rest = [kube.get(f"{path}/{segment(_name(run_id, number))}") for number in range(1, _count(count, place))]
    except KubeError as exc:
        raise SinkError(f"Cannot read the evidence from {place}: {exc}") from exc
    data = b"".join(_data(item, place) for item in [first, *rest])
    if hashlib.sha256(data).hexdigest() != _annotation(first, SHA256):
        raise SinkError(f"Cannot read the evidence from {place}: a part of it was changed or cut")
    return data


def _config_map(run_id: str, number: int, parts: list[bytes], data: bytes, report: str) -> JsonObject:
    annotations = {PARTS: str(len(parts)), SHA256: hashlib.sha256(data).hexdigest()} if number == 0 else {}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": _name(run_id, number),
            "labels": {**LABELS, RUN: run_id, PART: str(number)},
            "annotations": annotations,
        },
        "immutable": True,
        "data": {REPORT: report[:_REPORT_CHARACTERS]} if number == 0 else {},
        "binaryData": {KEY: base64.b64encode(parts[number]).decode()},
    }


def _name(run_id: str, number: int) -> str:
    return f"podnet-evidence-{run_id}" + (f"-{number}" if number else "")


def _prune(kube: Kube, path: str, keep: int) -> None:
    selector = ",".join(f"{key}={value}" for key, value in LABELS.items())
    runs: dict[str, list[JsonObject]] = {}
    for item in kube.list(path, label_selector=selector):
        runs.setdefault(_label(item, RUN), []).append(item)
    newest_first = sorted(runs.values(), key=lambda items: max(map(_created, items)), reverse=True)
    for items in newest_first[keep:]:
        for item in items:
            kube.delete(f"{path}/{segment(item['metadata']['name'])}")


def _remove(kube: Kube, path: str, names: t.Iterable[str]) -> None:
    """Parts of a bundle that did not become whole; what cannot be removed goes with the oldest runs."""
    for name in names:
        try:
            kube.delete(f"{path}/{segment(name)}")
        except KubeError:
            return


def _created(item: JsonObject) -> str:
    return str(item["metadata"].get("creationTimestamp") or "")


def _label(item: JsonObject, name: str) -> str:
    return str((item["metadata"].get("labels") or {}).get(name) or "")


def _annotation(item: JsonObject, name: str) -> str:
    return str((item["metadata"].get("annotations") or {}).get(name) or "")


def _count(text: str, place: Place) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MOST_PARTS:
        raise SinkError(f"Cannot read the evidence from {place}: it does not say how many parts it has")
    return int(text)


def _data(item: JsonObject, place: Place) -> bytes:
    try:
        return base64.b64decode((item.get("binaryData") or {})[KEY], validate=True)
    except (KeyError, TypeError, binascii.Error) as exc:
        raise SinkError(f"Cannot read the evidence from {place}: {KEY} is not in it") from exc
