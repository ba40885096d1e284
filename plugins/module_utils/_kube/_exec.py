# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Commands in a container through the API's exec, over a WebSocket.

The exit status of the command is told apart from a failure of the way to it. Protocol v5 can close standard input
(https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets); a
server that speaks v4 only cannot, so there the command's input is cut to its length by head.

A command cannot be killed through this interface: one that was given up runs on until its container ends.
"""

from __future__ import annotations

import dataclasses
import json
import secrets
import time
import typing as t
import urllib.parse

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import CONNECT_SECONDS, Kube, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import STREAM_LOST, KubeError, one_line
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._websocket import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Frame,
    WebSocket,
    open_websocket,
)

_STDIN, _STDOUT, _STDERR, _ERROR, _CLOSE = 0, 1, 2, 3, 255
V5, V4 = "v5.channel.k8s.io", "v4.channel.k8s.io"
_CHUNK = 128 * 1024
# Proxies and load balancers cut a connection on which nothing passes, often after a minute.
PING_SECONDS = 5.0
# What the exit status has overtaken is waited for, until nothing has come for so long.
_LATE_SECONDS = 2.0
# The upgrade is answered when the kubelet has answered.
_OPEN_SECONDS = CONNECT_SECONDS + 5.0


@dataclasses.dataclass(frozen=True)
class Completed:
    """A command that ended. Output is bytes, as the command wrote it."""

    status: int
    stdout: bytes
    stderr: bytes


@dataclasses.dataclass(frozen=True)
class Container:
    """Where to run: container may be empty when the pod has one only."""

    namespace: str
    pod: str
    container: str = ""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.pod}"


def run(
    kube: Kube,
    where: Container,
    argv: t.Sequence[str],
    stdin: bytes = b"",
    timeout: float = 120.0,
    alive: t.Callable[[], None] | None = None,
    most: int = 0,
) -> Completed:
    """Run argv in the container and return what it wrote and its exit status. Without stdin its input is empty.

    A command that ends before it has read all of a large stdin may keep Kubernetes from telling that it has ended, and
    the end of a large output may be missing: see run_script().
    alive is called now and then while the command is silent, and may raise KubeError to give it up.
    Raises KubeError: not_found or forbidden by the API, unreachable when the stream broke, timeout after `timeout`
    seconds, invalid when the container could not start the command at all, or when the command wrote more than `most`
    bytes (0: no limit).
    """
    end = time.monotonic() + timeout
    stream = _open(kube, where, argv, bool(stdin), timeout)
    try:
        if stdin and stream.subprotocol != V5:
            stream.close()
            limited = ["/bin/sh", "-c", f'head -c {len(stdin)} | "$@"', "sh", *argv]
            stream = _open(kube, where, limited, True, timeout)
        return _Exchange(stream, where, timeout, end, alive, most).run(stdin)
    finally:
        stream.close()


def run_script(
    kube: Kube,
    where: Container,
    script: str,
    stdin: bytes = b"",
    timeout: float = 120.0,
    alive: t.Callable[[], None] | None = None,
) -> Completed:
    """Run a script in the container's shell, as run() does, and make sure that all of its output has come.

    Where the API server's connection to the kubelet breaks, it says that the command succeeded, with what has come so
    far (watchErrorStream() in k8s.io/client-go/tools/remotecommand/errorstream.go takes an end without a message for
    success; https://github.com/kubernetes/kubernetes/issues/124571). The script's output therefore ends with a mark,
    which is taken off again. Raises KubeError unreachable where it is missing, or what alive raises then: the
    output of a container that was killed has no mark either.
    """
    mark = secrets.token_hex(16)
    completed = run(kube, where, shell_command(script, bool(stdin), mark), stdin, timeout, alive)
    before, found, after = completed.stdout.rpartition(mark.encode("ascii"))
    if found:
        return dataclasses.replace(completed, stdout=before + after)
    if alive is not None:
        alive()
    raise KubeError(
        "unreachable",
        f"{STREAM_LOST} to pod {where}: it is said to have ended, but the end of the command's output did not come"
        f" ({len(completed.stdout)} bytes did)",
    )


def shell_command(script: str, reads_input: bool, mark: str) -> list[str]:
    """The arguments that run a script in the container's shell, and write a mark behind its output.

    With reads_input, what the script leaves of its input is read to the end: when a command exits while input is on its
    way, the kubelet or the container runtime may wait for ever for somebody to take it (seen with kubectl exec as
    well).
    """
    rest = "cat > /dev/null; " if reads_input else ""
    return ["/bin/sh", "-c", f'/bin/sh -c "$0"; status=$?; printf {mark}; {rest}exit $status', script]


def _open(kube: Kube, where: Container, argv: t.Sequence[str], stdin: bool, timeout: float) -> WebSocket:
    """Before the server has answered nothing has been run, so that it may be asked again."""
    query = [("command", word) for word in argv]
    query += [("stdout", "true"), ("stderr", "true"), ("stdin", "true" if stdin else "false")]
    if where.container:
        query.append(("container", where.container))
    target = (
        f"/api/v1/namespaces/{segment(where.namespace)}/pods/{segment(where.pod)}/exec?{urllib.parse.urlencode(query)}"
    )
    attempt = 1
    end = time.monotonic() + min(timeout, kube.patience)
    while True:
        try:
            return open_websocket(kube.access, target, (V5, V4), min(timeout, _OPEN_SECONDS))
        except KubeError as exc:
            pause = min(1.0, 0.2 * attempt)
            if time.monotonic() + pause > end or not _may_come_back(exc):
                raise KubeError(exc.kind, f"Cannot run a command in pod {where}: {exc}") from None
        time.sleep(pause)
        attempt += 1


def _may_come_back(exc: KubeError) -> bool:
    """Whether the way to the container may be there again in a moment: a server or a kubelet that restarts. One that
    answers nothing, or that there is no way to, has cost its time already."""
    text = str(exc)
    if exc.kind == "server":
        return not any(words in text for words in ("i/o timeout", "no route to host", "deadline exceeded"))
    return exc.kind in ("unreachable", "busy")


class _Exchange:
    """One command's conversation: frames in and out until the error channel has its verdict."""

    def __init__(
        self,
        stream: WebSocket,
        where: Container,
        timeout: float,
        end: float,
        alive: t.Callable[[], None] | None,
        most: int = 0,
    ) -> None:
        self._stream = stream
        self._where = where
        self._timeout = timeout
        self._end = end
        self._alive = alive
        self._most = most
        self._channels: dict[int, bytearray] = {_STDOUT: bytearray(), _STDERR: bytearray(), _ERROR: bytearray()}
        self._open = True
        self._quiet_since = time.monotonic()

    def run(self, stdin: bytes) -> Completed:
        """Talk until there is a verdict."""
        frames = self._stdin_frames(stdin)
        try:
            while self._open:
                if not self._stream.sending and not self._channels[_ERROR]:
                    frame = next(frames, None)
                    if frame is not None:
                        self._stream.send(BINARY, frame)
                self._take(self._stream.exchange(self._wait()))
        except OSError as exc:
            if not self._channels[_ERROR]:
                raise KubeError("unreachable", f"{STREAM_LOST} to pod {self._where}: {exc.strerror or exc}") from None
        return self._completed()

    def _stdin_frames(self, stdin: bytes) -> t.Iterator[bytes]:
        for offset in range(0, len(stdin), _CHUNK):
            yield bytes([_STDIN]) + stdin[offset : offset + _CHUNK]
        if stdin and self._stream.subprotocol == V5:
            yield bytes([_CLOSE, _STDIN])

    def _wait(self) -> float:
        """How long to wait for the next frame; on the way keeps a silent stream open and asks whether it makes
        sense.
        """
        now = time.monotonic()
        if self._channels[_ERROR]:
            late = min(self._end, self._quiet_since + _LATE_SECONDS) - now
            self._open = late > 0  # what has come already is taken all the same
            return max(0.0, late)
        if now >= self._end:
            raise KubeError("timeout", f"No end of the command in pod {self._where} after {self._timeout:g} s")
        if now - self._quiet_since >= PING_SECONDS:
            self._quiet_since = now
            if self._alive is not None:
                self._alive()
            if not self._stream.sending:
                self._stream.send(PING, b"")
        return min(PING_SECONDS, self._end - now)

    def _take(self, frames: t.Iterable[Frame]) -> None:
        for frame in frames:
            if frame.opcode == CLOSE:
                self._open = False
            elif frame.opcode == PING:
                self._stream.send(PONG, frame.data)
            elif frame.opcode in (BINARY, TEXT) and len(frame.data) > 1 and frame.data[0] in self._channels:
                self._quiet_since = time.monotonic()
                self._channels[frame.data[0]] += frame.data[1:]
                if self._most and sum(map(len, self._channels.values())) > self._most:
                    raise KubeError("invalid", f"The command in pod {self._where} wrote more than {self._most} bytes")

    def _completed(self) -> Completed:
        verdict = bytes(self._channels[_ERROR])
        if not verdict:
            raise KubeError("unreachable", f"{STREAM_LOST} to pod {self._where}: it closed before the command ended")
        return Completed(
            exit_status(verdict, self._where), bytes(self._channels[_STDOUT]), bytes(self._channels[_STDERR])
        )


def exit_status(verdict: bytes, where: Container) -> int:
    """The exit status from the error channel (a meta/v1 Status); KubeError where the command never ran or nobody knows
    how it ended."""
    try:
        status = json.loads(verdict)
        succeeded = status.get("status") == "Success"
        causes = (status.get("details") or {}).get("causes") or []
    except (ValueError, AttributeError):
        raise KubeError(
            "invalid", f"Cannot run a command in pod {where}: {one_line(verdict.decode('utf-8', 'replace'))}"
        ) from None
    if succeeded:
        return 0
    for cause in causes:
        if cause.get("reason") == "ExitCode" and str(cause.get("message")).isdigit():
            return int(cause["message"])
    raise KubeError(
        "invalid", f"Cannot run a command in pod {where}: {one_line(str(status.get('message') or 'no reason given'))}"
    )
