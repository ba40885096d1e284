# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""A chunk of a Kubernetes list, decoded one object at a time: the objects of a page as Python dictionaries at once
would be the largest thing in the program's memory.
"""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import ApiError

JsonObject = dict[str, t.Any]
_SPACE = re.compile(r"[ \t\r\n]*")
_decode = json.JSONDecoder().raw_decode


class Page:
    """Iterate over objects(), or not; then finish()."""

    def __init__(self, path: str, text: str) -> None:
        self._path, self._text = path, text
        self._metadata: JsonObject = {}
        self._objects = self._walk()

    def objects(self) -> t.Iterator[JsonObject]:
        """Each object once. Raises ApiError of kind garbled."""
        try:
            yield from self._objects
        except (ValueError, IndexError, RecursionError):
            raise ApiError(
                "garbled", f"Cannot list {self._path.partition('?')[0]}: the answer is not a JSON list"
            ) from None

    def finish(self) -> str:
        """The token of the next page; empty after the last."""
        for _unused_object in self.objects():
            pass
        self._text = ""
        return str(self._metadata.get("continue") or "")

    @property
    def version(self) -> str:
        """The resourceVersion of the list; known after finish()."""
        return str(self._metadata.get("resourceVersion") or "")

    def _walk(self) -> t.Iterator[JsonObject]:
        """The members of the list object, whatever their order is."""
        text = self._text
        place = self._expect(0, "{")
        while text[place] != "}":
            key, place = _decode(text, place)
            place = self._expect(place, ":")
            if key == "items" and text[place] == "[":
                place = self._expect(place, "[")
                while text[place] != "]":
                    value, place = _decode(text, place)
                    if isinstance(value, dict):
                        yield value
                    del value
                    place = self._comma(place, "]")
                place = self._skip(place + 1)
            else:
                value, place = _decode(text, place)
                if key == "metadata" and isinstance(value, dict):
                    self._metadata = value
                place = self._skip(place)
            place = self._comma(place, "}")

    def _expect(self, place: int, character: str) -> int:
        place = self._skip(place)
        if self._text[place] != character:
            raise ValueError(f"no {character} at {place}")
        return self._skip(place + 1)

    def _comma(self, place: int, end: str) -> int:
        """To the next member, or to the end."""
        place = self._skip(place)
        return place if self._text[place] == end else self._expect(place, ",")

    def _skip(self, place: int) -> int:
        found = _SPACE.match(self._text, place)
        return found.end() if found else place


def read_page(path: str, data: bytes) -> Page:
    """The answer to a list request."""
    return Page(path, data.decode("utf-8", "replace"))
