# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands over a real WebSocket: status, streams, both protocols, and every way in which it can break."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import threading
import time
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube import _exec
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube, connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._exec import (
    Completed,
    Container,
    exit_status,
    run,
    run_script,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._websocket import (
    BINARY,
    PING,
    TEXT,
    Decoder,
    Frame,
    encode,
)
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._kube.api_server import (
    ApiServer,
    Conversation,
    closed_port,
    refusal,
    server_context,
)

POD = Container("default", "web-0", "web")
PATH = "/api/v1/namespaces/default/pods/web-0/exec"


@pytest.fixture
def kube(api: ApiServer) -> Kube:
    """A client of the server."""
    return connect(KubeOptions(host=api.url, api_key="secret-token"))


def failure(kube: Kube, *argv: str, **more: t.Any) -> KubeError:
    with pytest.raises(KubeError) as caught:
        run(kube, POD, argv or ("true",), **more)
    assert (
        "default/web-0" in str(caught.value)
        and "secret-token" not in str(caught.value)
        and "\n" not in str(caught.value)
    )
    return caught.value


# -- a command -----------------------------------------------------------------------------------------------------
def test_status_and_separate_streams_as_bytes(kube: Kube, api: ApiServer) -> None:
    def command(client: Conversation) -> None:
        client.send(1, b"out \xff")
        client.send(2, b"err \x00")
        client.send(1, b"put")
        client.exit(3)
        client.close()

    api.on_exec(command)
    assert run(kube, POD, ["sh", "-c", "a 'b' $(c)\n; d&e"]) == Completed(3, b"out \xffput", b"err \x00")
    request = api.requests[0]
    assert request.path == PATH and request.query["command"] == ["sh", "-c", "a 'b' $(c)\n; d&e"]
    assert (request.first("container"), request.first("stdin"), request.first("stdout")) == ("web", "false", "true")
    assert request.headers["authorization"] == "Bearer secret-token"


@pytest.mark.parametrize("status", [0, 1, 127, 137, 255])
def test_exit_status(kube: Kube, api: ApiServer, status: int) -> None:
    api.on_exec(lambda client: client.exit(status))
    assert run(kube, POD, ["true"]).status == status


def test_stdin_is_sent_and_closed(kube: Kube, api: ApiServer) -> None:
    data = os.urandom(5_000_000)
    received: list[bytes] = []

    def command(client: Conversation) -> None:
        received.append(client.stdin())
        client.exit(0)

    api.on_exec(command)
    assert run(kube, POD, ["cat"], data).status == 0
    assert received == [data] and api.requests[0].first("stdin") == "true"


def test_a_server_that_cannot_close_stdin_has_it_cut_by_its_length(kube: Kube, api: ApiServer) -> None:
    api.subprotocol = "v4.channel.k8s.io"
    received = bytearray()

    def command(client: Conversation) -> None:
        if client.query["command"][0] != "/bin/sh":
            return
        while len(received) < 200_000:
            opcode, frame = client.receive()
            if opcode == BINARY:
                assert frame[0] == 0
                received.extend(frame[1:])
        client.exit(7)

    api.on_exec(command)
    assert run(kube, POD, ["tee", "a b"], b"x" * 200_000).status == 7
    assert bytes(received) == b"x" * 200_000
    assert api.requests[1].query["command"] == ["/bin/sh", "-c", 'head -c 200000 | "$@"', "sh", "tee", "a b"]


def test_a_command_that_writes_while_it_is_fed_does_not_stall(kube: Kube, api: ApiServer) -> None:
    """It reads nothing before everything it wrote has been taken."""

    def command(client: Conversation) -> None:
        for _unused_turn in range(100):
            client.send(1, b"o" * 100_000)
        assert len(client.stdin()) == 10_000_000
        client.exit(0)

    api.on_exec(command)
    assert len(run(kube, POD, ["cat"], b"i" * 10_000_000, timeout=30).stdout) == 10_000_000


def test_a_command_that_ends_before_it_has_read_all(kube: Kube, api: ApiServer) -> None:
    def command(client: Conversation) -> None:
        client.receive()
        client.send(2, b"enough")
        client.exit(2)
        client.close()

    api.on_exec(command)
    assert run(kube, POD, ["head", "-c1"], b"i" * 3_000_000, timeout=30) == Completed(2, b"", b"enough")


def test_output_that_comes_after_the_status_is_kept(kube: Kube, api: ApiServer) -> None:
    def command(client: Conversation) -> None:
        client.exit(0)
        time.sleep(0.2)
        client.send(1, b"late")
        client.close()

    api.on_exec(command)
    assert run(kube, POD, ["true"]).stdout == b"late"


def test_a_server_that_says_nothing_after_the_status(
    kube: Kube, api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_exec, "_LATE_SECONDS", 0.2)

    def command(client: Conversation) -> None:
        client.exit(5)
        api.ending.wait(10)

    api.on_exec(command)
    started = time.monotonic()
    assert run(kube, POD, ["true"]).status == 5
    assert time.monotonic() - started < 20


def test_output_that_goes_on_long_after_the_status_is_kept(
    kube: Kube, api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_exec, "_LATE_SECONDS", 1.0)

    def command(client: Conversation) -> None:
        client.exit(0)
        for part in (b"a", b"b", b"c"):
            time.sleep(0.5)
            client.send(1, part)
        api.ending.wait(10)

    api.on_exec(command)
    assert run(kube, POD, ["true"]).stdout == b"abc"


# -- scripts ---------------------------------------------------------------------------------------------------------
def cut_by(lost: int) -> t.Callable[[Conversation], None]:
    """Run the command here, and lose the end of its output as an API server does that loses its kubelet."""

    def command(client: Conversation) -> None:
        done = subprocess.run(client.query["command"], capture_output=True, timeout=30, check=False)
        client.send(1, done.stdout[: len(done.stdout) - lost])
        client.exit(done.returncode)
        client.close()

    return command


def test_the_output_of_a_script_is_as_it_wrote_it(kube: Kube, api: ApiServer) -> None:
    api.on_exec(cut_by(0))
    assert run_script(kube, POD, "printf a; exit 3") == Completed(3, b"a", b"")
    assert run_script(kube, POD, "true") == Completed(0, b"", b"")
    large = run_script(kube, POD, "head -c 15999992 /dev/zero; printf 'the end\\n'")
    assert (large.status, len(large.stdout), large.stdout[-8:]) == (0, 16_000_000, b"the end\n")


def test_what_a_script_left_in_the_background_may_write_after_its_end(kube: Kube, api: ApiServer) -> None:
    api.on_exec(cut_by(0))
    assert run_script(kube, POD, "(sleep 0.3; printf late) & printf first").stdout == b"firstlate"


@pytest.mark.parametrize("lost", [1, 32_768, 9_000_000])
def test_a_script_whose_output_was_cut_has_lost_its_stream(kube: Kube, api: ApiServer, lost: int) -> None:
    api.on_exec(cut_by(lost))
    with pytest.raises(KubeError, match="Lost the stream to pod default/web-0: it is said") as caught:
        run_script(kube, POD, "seq 1000000 2999999")
    assert caught.value.kind == "unreachable"


def test_why_the_end_of_an_output_is_missing_is_asked_for(kube: Kube, api: ApiServer) -> None:
    def alive() -> None:
        raise KubeError("unreachable", "its pod was removed")

    api.on_exec(cut_by(5))
    with pytest.raises(KubeError, match="its pod was removed"):
        run_script(kube, POD, "echo a", alive=alive)


def test_messages_in_parts_text_and_control_frames_between(kube: Kube, api: ApiServer) -> None:
    ponged = threading.Event()

    def command(client: Conversation) -> None:
        client.send_raw(0x02, b"\x01first ")
        client.send_raw(0x89, b"are you there?")
        client.send_raw(0x00, b"second ")
        client.send_raw(0x80, b"third")
        client.send(1, b" fourth", opcode=TEXT)
        while client.receive() != (10, b"are you there?"):
            pass
        ponged.set()
        client.send_raw(0x82, bytes([255, 1]))
        client.send_raw(0x82, b"")
        client.exit(0)

    api.on_exec(command)
    assert run(kube, POD, ["true"]).stdout == b"first second third fourth"
    assert ponged.is_set()


def test_a_silent_stream_is_kept_open(kube: Kube, api: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_exec, "PING_SECONDS", 0.1)
    pings: list[int] = []

    def command(client: Conversation) -> None:
        while len(pings) < 3:
            pings.append(client.receive()[0])
        client.exit(0)

    api.on_exec(command)
    assert run(kube, POD, ["sleep", "1"]).status == 0
    assert pings == [PING] * 3


def test_over_tls(certificates: pathlib.Path) -> None:
    data = os.urandom(1_000_000)

    def command(client: Conversation) -> None:
        client.send(1, client.stdin())
        client.exit(0)

    with ApiServer(server_context(certificates)) as api:
        api.on_exec(command)
        kube = connect(KubeOptions(host=api.url, ca_cert=str(certificates / "ca.crt")))
        assert run(kube, POD, ["cat"], data).stdout == data
        error = failure(connect(KubeOptions(host=api.url)))
    assert error.kind == "tls" and "not trusted" in str(error)


# -- the way to it is broken ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "kind"), [(400, "invalid"), (401, "unauthorized"), (403, "forbidden"), (404, "not_found")]
)
def test_a_refusal_is_told_in_the_servers_words(kube: Kube, api: ApiServer, status: int, kind: str) -> None:
    api.on("GET", PATH, refusal(status, "not for you"))
    error = failure(kube)
    assert error.kind == kind and "not for you" in str(error) and f"HTTP {status}" in str(error)
    assert len(api.requests) == 1


def test_a_kubelet_that_cannot_be_reached_is_asked_again(kube: Kube, api: ApiServer) -> None:
    api.on("GET", PATH, refusal(500, "error dialing backend: connection refused"))
    error = failure(kube)
    assert error.kind == "server" and "error dialing backend" in str(error) and len(api.requests) > 1


def test_a_kubelet_that_there_is_no_way_to_is_not_asked_again(kube: Kube, api: ApiServer) -> None:
    api.on("GET", PATH, refusal(500, "error dialing backend: dial tcp 192.0.2.12:10250: i/o timeout"))
    assert failure(kube).kind == "server" and len(api.requests) == 1


def test_connection_refused() -> None:
    error = failure(connect(KubeOptions(host=f"http://127.0.0.1:{closed_port()}")))
    assert error.kind == "unreachable" and "Connection refused" in str(error)


def test_a_stream_that_ends_without_a_status_is_no_exit_status(kube: Kube, api: ApiServer) -> None:
    api.on_exec(lambda client: client.send(1, b"half"))
    error = failure(kube)
    assert error.kind == "unreachable" and "before the command ended" in str(error)


def test_a_goodbye_without_a_status_is_no_exit_status(kube: Kube, api: ApiServer) -> None:
    api.on_exec(lambda client: client.close())
    assert failure(kube).kind == "unreachable"


def test_nonsense_from_the_server(kube: Kube, api: ApiServer) -> None:
    api.on_exec(lambda client: client.send_raw(0xF2, b"what?"))
    error = failure(kube)
    assert error.kind == "unreachable" and "reserved bits" in str(error)


def test_a_command_that_does_not_end_in_time(kube: Kube, api: ApiServer) -> None:
    api.on_exec(lambda client: t.cast(None, api.ending.wait(10)))
    started = time.monotonic()
    error = failure(kube, timeout=0.4)
    assert error.kind == "timeout" and "0.4 s" in str(error) and time.monotonic() - started < 20


def test_a_server_that_does_not_answer_the_upgrade(kube: Kube, api: ApiServer) -> None:
    api.on("GET", PATH, api.silent)
    error = failure(kube, timeout=0.4)
    assert error.kind == "timeout" and api.url in str(error)


def test_a_command_is_given_up_when_its_pod_is_gone(
    kube: Kube, api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_exec, "PING_SECONDS", 0.1)
    api.on_exec(lambda client: t.cast(None, api.ending.wait(10)))

    def alive() -> None:
        raise KubeError("unreachable", "default/web-0 is gone")

    assert failure(kube, alive=alive).kind == "unreachable"


def test_a_server_that_is_no_websocket_server(kube: Kube, api: ApiServer) -> None:
    def wrong(unused: t.Any) -> t.Any:
        return refusal(101, "")

    api.on("GET", PATH, wrong)
    assert "does not answer as a WebSocket server" in str(failure(kube))


def test_names_from_outside_stay_in_their_place(kube: Kube, api: ApiServer) -> None:
    with pytest.raises(KubeError):
        run(kube, Container("a/b", "../../nodes", "c&d"), ["true"])
    assert api.requests[0].path == "/api/v1/namespaces/a%2Fb/pods/..%2F..%2Fnodes/exec"
    assert api.requests[0].query["container"] == ["c&d"]


# -- the verdict ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "verdict",
    [
        {
            "status": "Failure",
            "reason": "InternalError",
            "message": 'exec: "nosuch": executable file not found in $PATH',
            "details": {"causes": [{"message": 'exec: "nosuch": executable file not found in $PATH'}]},
        },
        {"status": "Failure", "message": 'exec: "nosuch": executable file not found in $PATH', "details": None},
        {
            "status": "Failure",
            "message": 'exec: "nosuch": executable file not found in $PATH',
            "details": {"causes": [{"reason": "ExitCode", "message": "what?"}]},
        },
    ],
)
def test_a_command_that_never_ran_has_no_exit_status(verdict: dict[str, t.Any]) -> None:
    with pytest.raises(KubeError) as caught:
        exit_status(json.dumps(verdict).encode(), POD)
    assert caught.value.kind == "invalid" and '"nosuch": executable file not found' in str(caught.value)


@pytest.mark.parametrize("verdict", [b"command terminated: \xff\nbad luck", b"[]", b"{"])
def test_a_verdict_in_words(verdict: bytes) -> None:
    with pytest.raises(KubeError) as caught:
        exit_status(verdict, POD)
    assert caught.value.kind == "invalid" and "\n" not in str(caught.value)


# -- frames --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 200_000])
def test_frames_of_every_size_in_pieces(size: int) -> None:
    data = os.urandom(size)
    masked = encode(BINARY, data)
    assert masked[1] & 0x80
    head = 2 + (0 if size < 126 else 2 if size < 65536 else 8)
    mask, body = masked[head : head + 4], masked[head + 4 :]
    assert bytes(byte ^ mask[place % 4] for place, byte in enumerate(body)) == data
    plain = bytes([masked[0], masked[1] & 0x7F]) + masked[2:head] + data
    decoder = Decoder()
    found: list[Frame] = []
    step = max(1, len(plain) // 7)
    for start in range(0, len(plain) + size % 3, step):
        found += decoder.feed(plain[start : start + step])
    assert found == [Frame(BINARY, data)]


@pytest.mark.parametrize("data", [b"\x82\x81\x00\x00\x00\x00\x00", b"\xc2\x00", b"\x82\x7f" + b"\xff" * 8])
def test_frames_that_no_server_sends(data: bytes) -> None:
    with pytest.raises(ValueError, match="frame"):
        list(Decoder().feed(data))


def test_a_command_that_writes_too_much_is_given_up(kube: Kube, api: ApiServer) -> None:
    def command(client: Conversation) -> None:
        for _part in range(100):
            client.send(1, b"x" * 100_000)
        client.exit(0)

    api.on_exec(command)
    error = failure(kube, most=1_000_000)
    assert error.kind == "invalid" and "more than 1000000 bytes" in str(error)
