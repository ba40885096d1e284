# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The records of a snapshot, read back from JSON into the very classes that wrote them.

A snapshot may come from an older or newer version, be cut off or be hostile: what is missing or of another type than
the record says becomes None, empty or nothing, never an exception.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _types
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import Record

_Record = t.TypeVar("_Record", bound=Record)
_Convert = t.Callable[[t.Any], t.Any]
# Fields that hold records.
_PARTS: t.Mapping[tuple[type[Record], str], type[Record]] = {
    (_types.Link, "addresses"): _types.Address,
    (_types.Link, "vxlan"): _types.Vxlan,
    (_types.Link, "tunnel"): _types.Tunnel,
    (_types.Link, "wireguard"): _types.WireGuard,
    (_types.WireGuard, "peers"): _types.WireGuardPeer,
    (_types.Link, "bridge"): _types.Bridge,
    (_types.Link, "bridge_port"): _types.BridgePort,
    (_types.Route, "nexthops"): _types.NextHop,
    (_types.PodEntry, "users"): _types.ProcessUser,
    (_types.CniConfig, "files"): _types.CniFile,
}
_SCALARS: t.Mapping[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "bool": (bool,), "float": (float, int)}


def records(cls: type[_Record], items: t.Any) -> tuple[_Record, ...]:
    """A list of records; what is no object in it is left out."""
    if not isinstance(items, (list, tuple)):
        return ()
    return tuple(record(cls, item) for item in items if isinstance(item, dict))


def record(cls: type[_Record], data: t.Mapping[str, t.Any]) -> _Record:
    """A record from its JSON object."""
    return cls(**{name: convert(data.get(key)) for name, key, convert in _plan(t.cast(t.Any, cls))})


@functools.cache
def _plan(cls: t.Hashable) -> tuple[tuple[str, str, _Convert], ...]:
    """Name of each field, its key in the JSON object, and how its value is read."""
    fields = dataclasses.fields(t.cast(t.Any, cls))
    return tuple((field.name, field.name.rstrip("_"), _converter(t.cast(t.Any, cls), field)) for field in fields)


def _converter(cls: type[Record], field: dataclasses.Field[t.Any]) -> _Convert:
    annotation = str(field.type)
    optional = annotation.endswith("| None")
    base = annotation.removesuffix("| None").strip()
    part = _PARTS.get((cls, field.name))
    if part is not None:
        return functools.partial(records if _is_list(base) else _one, part)
    if _is_list(base):
        return _optional_list if optional else _list
    if base.startswith(("dict[", "t.Mapping[")):
        return _mapping
    types = _SCALARS.get(base, (object,))
    return functools.partial(_scalar, types, None if optional else types[0]())


def _is_list(annotation: str) -> bool:
    return annotation.startswith(("list[", "t.Sequence["))


def _one(cls: type[_Record], value: t.Any) -> _Record | None:
    return record(cls, value) if isinstance(value, dict) else None


def _scalar(types: tuple[type, ...], otherwise: t.Any, value: t.Any) -> t.Any:
    # A truth value is a number to Python, but not to anybody who reads a snapshot.
    if isinstance(value, bool) and bool not in types:
        return otherwise
    return value if isinstance(value, types) else otherwise


def _tuple(value: t.Any) -> t.Any:
    return tuple(map(_tuple, value)) if isinstance(value, (list, tuple)) else value


def _list(value: t.Any) -> t.Any:
    return _tuple(value) if isinstance(value, (list, tuple)) else ()


def _optional_list(value: t.Any) -> t.Any:
    return _tuple(value) if isinstance(value, (list, tuple)) else None


def _mapping(value: t.Any) -> t.Any:
    return value if isinstance(value, dict) else {}
