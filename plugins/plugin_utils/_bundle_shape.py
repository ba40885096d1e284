# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Whether a value that was read from a file has the shape that the analysis relies on, and where not.

A shape is a type, a dictionary of the fields that must be there, a list with the shape of its elements, a record class,
or one of the classes below.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import functools
import types
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import ConntrackEntry, NodeSnapshot
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._fields import FIELDS
from ansible_collections.podnet.diagnostics.plugins.module_utils._ranges import shown
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import SCOPE, SERVICE_NETWORK

Shape = t.Any
_MOST_PROBLEMS = 5
_NAMES: t.Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}


@dataclasses.dataclass(frozen=True)
class Maybe:
    """A value that may be null or missing."""

    shape: Shape


@dataclasses.dataclass(frozen=True)
class MapOf:
    """An object whose keys are free."""

    shape: Shape


@dataclasses.dataclass(frozen=True)
class Kept:
    """The kept fields of a Kubernetes object: an object where deeper ones are kept, or a list of such."""

    fields: t.Any


_SERVICE = {"namespace": str, "name": str, "port": int}
_END = {
    "text": str,
    "kind": str,
    "namespace": Maybe(str),
    "name": Maybe(str),
    "node": Maybe(str),
    "address": Maybe(str),
    "addresses": Maybe([str]),
    "port": Maybe(int),
    "protocol": str,
    "netns": Maybe(str),
    "ready": Maybe(bool),
    "why": Maybe(str),
    "service": Maybe(_SERVICE),
}
_REQUEST = {"id": str, "role": str, "kind": str, "netns": str, "target": str, "port": Maybe(int)}
_RESULT = {
    "status": str,
    "outcome": Maybe(str),
    "sent": Maybe(int),
    "received": Maybe(int),
    "loss_percent": Maybe(float),
    "rtt_ms": Maybe(MapOf(float)),
    "attempts": Maybe([{"outcome": Maybe(str), "rtt_ms": Maybe(float)}]),
    "address": Maybe(str),
    "error": Maybe(str),
    "seconds": Maybe(float),
    "data": Maybe(dict),
}
_WORK = {
    "kind": str,
    "address": Maybe(str),
    "pods": [{"namespace": str, "name": str}],
    "pod_namespaces": [str],
    "probes": [_REQUEST],
    "tracked_from": Maybe([str]),
    "tracked_to": Maybe([str]),
}
_OBJECT = {"name": str, "namespace": Maybe(str), "labels": Maybe(MapOf(str)), "annotations": Maybe(MapOf(str))}

MANIFEST = {"schema": str, "run_id": Maybe(str), "files": Maybe(MapOf(str))}
PLAN = {
    "run_id": str,
    "options": dict,
    "source": Maybe(_END),
    "destination": Maybe(_END),
    "backends": [_END],
    "nodes": [str],
    "outside_limit": [str],
    "work": MapOf(_WORK),
    "problems": [{"what": str, "text": str}],
    "not_examined": Maybe([str]),
}
CLUSTER = {
    "resources": MapOf(list),
    "errors": Maybe([{"resource": str, "text": str}]),
    "scope": Maybe({kind: Maybe([str]) for kind in (*SCOPE, SERVICE_NETWORK)}),
}
SNAPSHOT: Shape = NodeSnapshot
PROBE = {"phase": str, "node": str, "request": _REQUEST, "result": _RESULT}
EVENT = {"node": str, "phase": str, "status": str, "text": str, "seconds": Maybe(float)}
ENDPOINTS: Shape = {"endpointslices": list, "service": {"namespace": str, "name": str}}
COUNTERS: Shape = {"netns": Maybe(MapOf(dict)), "connections": Maybe([ConntrackEntry])}
CAPTURES = {"captures": [{"node": str, "device": str}], "flows": [{"probe_id": Maybe(str)}]}


def cluster_object(resource: str) -> Shape:
    """The shape of one object of cluster.json."""
    return {"metadata": {**_OBJECT}, **{name: Maybe(Kept(inner)) for name, inner in FIELDS.get(resource, {}).items()}}


def wrong(value: t.Any, shape: Shape, place: str = "") -> list[str]:
    """What is wrong with a value, the first few: each names the field, what it must be and what it is."""
    found: list[str] = []
    _check(value, shape, place, found)
    return found


def _check(value: t.Any, shape: Shape, place: str, found: list[str]) -> None:
    if len(found) >= _MOST_PROBLEMS or shape is t.Any:
        return
    if isinstance(shape, Maybe):
        if value is not None:
            _check(value, shape.shape, place, found)
    elif isinstance(shape, MapOf):
        if _is(value, dict, place, found):
            for key, inner in value.items():
                _check(inner, shape.shape, _under(place, key), found)
    elif isinstance(shape, Kept):
        _check_kept(value, shape.fields, place, found)
    elif isinstance(shape, dict):
        if _is(value, dict, place, found):
            _check_fields(value, shape, place, found)
    elif isinstance(shape, list):
        if _is(value, list, place, found):
            for index, inner in enumerate(value):
                _check(inner, shape[0], f"{place}[{index}]", found)
    elif dataclasses.is_dataclass(shape):
        if _is(value, dict, place, found):
            _check_fields(value, _of_record(t.cast(type, shape)), place, found)
    else:
        _is(value, shape, place, found)


def _check_fields(value: dict[str, t.Any], shape: t.Mapping[str, Shape], place: str, found: list[str]) -> None:
    for name, inner in shape.items():
        if name in value:
            _check(value[name], inner, _under(place, name), found)
        elif not isinstance(inner, Maybe):
            found.append(f"{_under(place, name)} is missing")


def _check_kept(value: t.Any, fields: t.Any, place: str, found: list[str]) -> None:
    if fields is True or value is None:
        return
    if isinstance(value, list):
        for index, inner in enumerate(value):
            _check_kept(inner, fields, f"{place}[{index}]", found)
    elif _is(value, dict, place, found):
        for name, inner in fields.items():
            _check_kept(value.get(name), inner, _under(place, name), found)


def _is(value: t.Any, kind: type, place: str, found: list[str]) -> bool:
    number = kind in (int, float)
    good = isinstance(value, (int, float) if kind is float else kind) and not (number and isinstance(value, bool))
    if not good:
        found.append(f"{place or 'the whole'} must be {_NAMES.get(kind, kind.__name__)}, not {shown(value)}")
    return good


def _under(place: str, name: str) -> str:
    return f"{place}.{name}" if place else str(name)[:80]


@functools.cache
def _of_record(record: type) -> dict[str, Shape]:
    """The shape of a record class by its annotations; a field with a default may be missing."""
    hints = t.get_type_hints(record)
    shapes: dict[str, Shape] = {}
    for field in dataclasses.fields(record):
        optional = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        shape = _of_hint(hints[field.name])
        shapes[field.name.rstrip("_")] = Maybe(shape) if optional and not isinstance(shape, Maybe) else shape
    return shapes


def _of_hint(hint: t.Any) -> Shape:
    origin, arguments = t.get_origin(hint), t.get_args(hint)
    if origin in (t.Union, types.UnionType):
        kinds = [kind for kind in arguments if kind is not types.NoneType]
        shape = _of_hint(kinds[0]) if len(kinds) == 1 else t.Any
        return Maybe(shape) if len(kinds) < len(arguments) else shape
    if origin in (list, tuple, collections.abc.Sequence):
        return [_of_hint(arguments[0])]
    if origin in (dict, collections.abc.Mapping):
        return MapOf(_of_hint(arguments[1]))
    return hint
