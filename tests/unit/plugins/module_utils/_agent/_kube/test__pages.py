# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page of a list: every object, whatever the order of its members, and nothing but objects."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import ApiError
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._pages import read_page


def read(text: str) -> tuple[list[t.Any], str, str]:
    page = read_page("/x", text.encode())
    objects = list(page.objects())
    return objects, page.finish(), page.version


@pytest.mark.parametrize(
    "text",
    [
        '{"kind":"PodList","metadata":{"resourceVersion":"7","continue":"next"},"items":[{"a":[1]},{"b":"]}"}]}',
        '{"items":[{"a":[1]},{"b":"]}"}],"kind":"PodList","metadata":{"continue":"next","resourceVersion":"7"}}',
        ' { "items" : [ {"a":[1]} , {"b":"]}"} ] ,\n "metadata" : {"continue":"next","resourceVersion":"7"} } ',
    ],
)
def test_members_in_any_order(text: str) -> None:
    assert read(text) == ([{"a": [1]}, {"b": "]}"}], "next", "7")


def test_empty_ones() -> None:
    assert read('{"items":null,"metadata":{}}') == ([], "", "")
    assert read('{"items":[]}') == ([], "", "")
    assert read("{}") == ([], "", "")


def test_what_is_no_object_is_passed_over() -> None:
    assert read('{"items":[1,null,{"a":1}],"metadata":null}') == ([{"a": 1}], "", "")


@pytest.mark.parametrize(
    "text", ["", "[]", "nonsense", '{"items":[', '{"items":[{}', '{"items":[{} {}]}', '{"a" 1}', '{"items":[{}],']
)
def test_what_is_no_list_is_told(text: str) -> None:
    with pytest.raises(ApiError, match="not a JSON list") as caught:
        read(text)
    assert caught.value.kind == "garbled"


def test_finish_reads_what_nobody_took() -> None:
    page = read_page("/x", json.dumps({"items": [{}] * 10, "metadata": {"continue": "c"}}).encode())
    assert page.finish() == "c"
