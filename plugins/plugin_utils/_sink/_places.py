# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Where evidence is kept when the run has ended: a folder, a web address, or ConfigMaps of the cluster."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import typing as t
import urllib.parse

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\Z")
_FORMS = "directory:PATH, configmap:NAMESPACE, or an address that starts with https:// or http://"


class SinkError(Exception):
    """Evidence cannot be stored or read; the text names the place and the cause, and holds no secret."""


@dataclasses.dataclass(frozen=True)
class Place:
    """kind is directory, configmap or http. name: that of a ConfigMap, where one is meant."""

    kind: str
    where: str
    name: str = ""

    def __str__(self) -> str:
        """As people may read it: a web address without its query, which can hold a secret."""
        if self.kind == "http":
            return shown_address(self.where)
        return f"{self.kind}:{self.where}" + (f"/{self.name}" if self.name else "")


def parse_place(text: str) -> Place:
    """One place as it was given. Raises SinkError."""
    word, _colon, rest = text.partition(":")
    folder = rest if word == "directory" else text if text.startswith("/") else ""
    if folder:
        return Place("directory", str(pathlib.Path(folder).expanduser().absolute()))
    if word == "configmap":
        namespace, slash, name = rest.partition("/")
        if _LABEL.match(namespace) and (not slash or _NAME.match(name)):
            return Place("configmap", namespace, name)
    if word in ("http", "https") and shown_address(text):
        return Place("http", text)
    raise SinkError(f"{_quoted(text)} is no place for evidence; use {_FORMS}")


def parse_places(texts: t.Iterable[str]) -> list[Place]:
    """All places, each once. Raises SinkError for the first that is none."""
    return list(dict.fromkeys(parse_place(text.strip()) for text in texts if text.strip()))


def shown_address(url: str) -> str:
    """A web address without user, password, query and fragment; empty if it is none."""
    try:
        parts = urllib.parse.urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.path.isprintable():
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _quoted(text: str) -> str:
    # What looks like an address may hold a secret.
    word, colon, _rest = text.partition(":")
    shown = repr(f"{word[:20]}:…" if colon else text)
    return shown if len(shown) <= 60 else shown[:56] + "…'"
