# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands of a snapshot, and the sentences that say why there is no output."""

from __future__ import annotations

import pathlib
import sys
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _reader
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import (
    HOST,
    Namespace,
    Reader,
    ReadError,
)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def failure(reader: Reader, argv: t.Sequence[str], namespace: Namespace = HOST) -> str:
    with pytest.raises(ReadError) as caught:
        reader.text("nic_counters", argv, namespace)
    assert caught.value.problem.what == "nic_counters"
    return caught.value.problem.text


def test_output() -> None:
    assert Reader("w1", 10).text("links", python("print('a')")) == "a\n"


def test_exit_status_and_reason() -> None:
    code = "import sys; sys.stderr.write('line\\n  two '); sys.exit(3)"
    text = failure(Reader("w1", 10), python(code))
    assert text == f"Cannot read nic counters of node w1: {sys.executable} exited 3: line two"


def test_missing_command_in_a_pod() -> None:
    text = failure(Reader("w1", 10), ["no-such-tool"], Namespace("pod:default/web-0"))
    assert text == (
        "Cannot read nic counters of pod default/web-0 on node w1: Cannot run no-such-tool: "
        "there is no such command here"
    )


def test_namespace_that_is_gone() -> None:
    text = failure(Reader("w1", 10), ["true"], Namespace("pod:default/web-0", 2**22 + 1, 7))
    assert "Cannot open the network namespace of process 4194305" in text


def test_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_reader, "COMMAND_TIMEOUT", 0.2)
    assert "did not finish within 0.2 s" in failure(Reader("w1", 10), python("import time; time.sleep(30)"))


def test_deadline_of_the_snapshot(tmp_path: pathlib.Path) -> None:
    now = [100.0]
    reader = Reader("w1", 5.0, clock=lambda: now[0])
    now[0] = 105.5
    mark = tmp_path / "ran"
    assert "the 5 s of the snapshot were over before touch ran" in failure(reader, ["touch", str(mark)])
    assert not mark.exists()


def test_output_that_is_not_utf8() -> None:
    code = 'import os; os.write(1, b\'[{"ifname": "\\xff\\x01x"}]\')'
    assert Reader("w1", 10).records("links", python(code)) == [{"ifname": "\ufffd\x01x"}]


@pytest.mark.parametrize(
    "value, number, flag",
    [
        (5, 5, True),
        ("0x4000", 0x4000, None),
        ("12", 12, None),
        ("x", None, None),
        (None, None, None),
        (True, None, True),
        ("on", None, True),
        ("off", None, False),
        (0, 0, False),
    ],
)
def test_fields(value: t.Any, number: int | None, flag: bool | None) -> None:
    assert _reader.number_of({"key": value}, "key") == number
    assert _reader.flag_of({"key": value}, "key") == flag
