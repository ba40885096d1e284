# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Network namespaces of pods: find them without the container runtime, enter them, run commands in them.

A namespace is named ``host`` (the one this process runs in) or ``pod:NAMESPACE/NAME``. A pod's processes are
found by its uid in /proc/PID/cgroup, which the kubelet writes there with each of its cgroup drivers:
``/kubepods/burstable/pod<uid>/<container>`` (cgroupfs) or
``/kubepods.slice/…/kubepods-burstable-pod<uid with underscores>.slice/…`` (systemd). Static pods have the annotation
kubernetes.io/config.hash in the place of the uid. Cgroup v1 and v2 differ only in the number of lines.
"""

from __future__ import annotations

import dataclasses
import errno
import os
import re
import signal
import stat
import subprocess
import threading
import typing as t

HOST = "host"
CLONE_NEWNET = 0x40000000
# Directories that a login shell of an unprivileged user often lacks, and in which ip, iptables and tcpdump live.
SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_POD_IN_CGROUP = re.compile(r"[/-]pod([0-9A-Za-z_-]+)")
_NS_LINK = re.compile(r"net:\[(\d+)\]")
_Value = t.TypeVar("_Value")


class NetnsError(Exception):
    """A namespace cannot be found or entered; the text names it and the cause."""


class CommandError(Exception):
    """A command could not be started."""


class CommandMissing(CommandError):
    """There is no such command on this machine."""


class CommandFailed(CommandError):
    """The command is there, and the system refused to start it."""


# The option by which a module is told of pods (documentation fragment pods).
PODS_OPTION: dict[str, t.Any] = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        "namespace": {"type": "str", "required": True},
        "name": {"type": "str", "required": True},
        "uid": {"type": "str", "default": ""},
        "config_hash": {"type": "str", "default": ""},
    },
}


@dataclasses.dataclass(frozen=True)
class PodRef:
    """What is known about a pod from the API. config_hash: of a static pod, else empty."""

    namespace: str
    name: str
    uid: str
    config_hash: str = ""

    @property
    def key(self) -> str:
        """The name of this pod's network namespace."""
        return f"pod:{self.namespace}/{self.name}"

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> PodRef:
        """Build one from a module option; missing fields become empty and the pod is then not found."""
        return cls(*(str(data.get(field) or "") for field in ("namespace", "name", "uid", "config_hash")))


@dataclasses.dataclass(frozen=True)
class PodProcess:
    """A process through which a pod's network namespace can be entered.

    pid and netns_inode are None, and error says why, when there is none. host_network: the pod shares the
    namespace of this process, ``host``; it has pid and inode all the same. pids: every process of the pod in that
    namespace, oldest first; their root file systems may differ.
    """

    pid: int | None
    netns_inode: int | None
    error: str | None = None
    host_network: bool = False
    pids: tuple[int, ...] = dataclasses.field(default=(), compare=False)


@dataclasses.dataclass(frozen=True)
class Completed:
    """How a command ended. rc is the negative signal number for one that was killed, as after a time-out."""

    rc: int
    stdout: str
    stderr: str
    timed_out: bool


def host_root() -> str:
    """Where the node's root file system is: ``/``, or the mount point that an agent pod has in PODNET_HOST_ROOT."""
    return os.environ.get("PODNET_HOST_ROOT") or "/"


def netns_inode(pid: int | str = "self", proc: str = "/proc") -> int:
    """The inode number that identifies the network namespace of a process; OSError when it cannot be read."""
    link = os.readlink(f"{proc}/{pid}/ns/net")
    match = _NS_LINK.fullmatch(link)
    if match is None:
        raise OSError(f"{proc}/{pid}/ns/net is not a network namespace: {link}")
    return int(match.group(1))


# -- finding pods ------------------------------------------------------------------------------------------------
def find_pods(pods: t.Sequence[PodRef], proc: str = "/proc") -> dict[str, PodProcess]:
    """A process for each pod, by the pod's key; every pod that was asked for is in the answer.

    The oldest process in a namespace of its own is taken (the pause container): a younger one may belong to a
    container that runs containers, and one in the node's namespace is the runtime's monitor, unless all are there.
    """
    wanted = _by_uid(pods)
    candidates: dict[str, list[int]] = {pod.key: [] for pod in pods}
    for pid in _pids(proc) if wanted else []:
        key = _pod_of(pid, wanted, proc)
        if key is not None:
            candidates[key].append(pid)
    own = _own_inode(proc)
    return {pod.key: _choose(pod, candidates[pod.key], own, proc) for pod in pods}


def _by_uid(pods: t.Sequence[PodRef]) -> dict[str, str]:
    """Every spelling that a pod has in a cgroup path, with underscores read as dashes, to the pod's key."""
    return {spelling.replace("_", "-"): pod.key for pod in pods for spelling in (pod.uid, pod.config_hash) if spelling}


def _pids(proc: str) -> list[int]:
    return [int(name) for name in os.listdir(proc) if name.isdigit()]


def _pod_of(pid: int, wanted: t.Mapping[str, str], proc: str) -> str | None:
    """The wanted pod in whose cgroup a process is, if any; of nested pods the outermost."""
    text = _read(f"{proc}/{pid}/cgroup")
    for match in _POD_IN_CGROUP.finditer(text or ""):
        key = wanted.get(match.group(1).replace("_", "-"))
        if key is not None:
            return key
    return None


def _choose(pod: PodRef, pids: t.Sequence[int], own: int | None, proc: str) -> PodProcess:
    if not pod.uid and not pod.config_hash:
        return PodProcess(None, None, f"Cannot find pod {pod.namespace}/{pod.name}: its uid is not known")
    found: list[tuple[bool, int, int, int]] = []
    problem = "no process of it runs on this node"
    for pid in pids:
        started = _start_time(pid, proc)
        if started is None:
            continue
        try:
            inode = netns_inode(pid, proc)
        except OSError as exc:
            problem = f"the network namespace of its process {pid} cannot be read: {exc.strerror or exc}"
            continue
        found.append((inode == own, started, pid, inode))
    if not found:
        return PodProcess(None, None, f"Cannot find pod {pod.namespace}/{pod.name} (uid {pod.uid}): {problem}")
    found.sort()
    shared, _started, pid, inode = found[0]
    return PodProcess(pid, inode, None, shared, tuple(entry[2] for entry in found if entry[3] == inode))


def _own_inode(proc: str) -> int | None:
    try:
        return netns_inode("self", proc)
    except OSError:
        return None


def _start_time(pid: int, proc: str) -> int | None:
    """Clock ticks from boot to the start of a process; None when it is gone or a zombie."""
    text = _read(f"{proc}/{pid}/stat")
    if text is None:
        return None
    # The command name is in parentheses and may itself contain any character.
    fields = text.rpartition(")")[2].split()
    if len(fields) < 20 or fields[0] in ("Z", "X"):
        return None
    return int(fields[19])


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return None


# -- entering ----------------------------------------------------------------------------------------------------
def enter(pid: int, inode: int | None = None) -> None:
    """Move the calling thread, and only it, into the network namespace of a process.

    inode: what that namespace was when the process was found; a process number may have been used again since.
    The thread stays there: call this in a thread of your own, or use :func:`call_in`. NetnsError on failure.
    """
    try:
        descriptor = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as exc:
        raise NetnsError(f"Cannot open the network namespace of process {pid}: {exc.strerror}") from exc
    try:
        if inode is not None and os.fstat(descriptor).st_ino != inode:
            raise NetnsError(f"Cannot enter the network namespace of process {pid}: the process is another one now")
        _setns(descriptor)
    except OSError as exc:
        raise NetnsError(f"Cannot enter the network namespace of process {pid}: {exc.strerror}") from exc
    finally:
        os.close(descriptor)


def _setns(descriptor: int) -> None:
    native = getattr(os, "setns", None)  # Python 3.12 and newer
    if native is not None:
        native(descriptor, CLONE_NEWNET)
        return
    try:
        import ctypes  # not a part of the smallest Python packages

        setns = ctypes.CDLL(None, use_errno=True).setns
    except (ImportError, OSError, AttributeError) as exc:
        raise NetnsError(f"Cannot enter a network namespace: this Python cannot call setns ({exc})") from exc
    if setns(descriptor, CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def call_in(pid: int | None, function: t.Callable[[], _Value], inode: int | None = None) -> _Value:
    """Call a function in the network namespace of a process (None: this one) and return what it returns.

    It runs in a thread of its own, which ends with it; its exceptions are raised here, NetnsError among them.
    """
    if pid is None:
        return function()
    values: list[_Value] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            enter(pid, inode)
            values.append(function())
        except BaseException as exc:  # carried to the caller, whatever it is
            errors.append(exc)

    thread = threading.Thread(target=work, name=f"netns-{pid}", daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return values[0]


# -- files -------------------------------------------------------------------------------------------------------
def read_in_root(root: str, path: str, limit: int = 1 << 20) -> str:
    """The text of a regular file as a process with that root directory sees it; OSError when there is none.

    Symbolic links are followed inside root only: an absolute one in a container must not lead to the node's file.
    limit: bytes that are read at most; what is not UTF-8 is replaced.
    """
    descriptor = os.open(_path_in_root(root, path), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with open(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, f"{path} is not a regular file")
        return stream.read(limit).decode("utf-8", "replace")


def _path_in_root(root: str, path: str) -> str:
    done: list[str] = []
    todo = path.split("/")[::-1]
    for _step in range(200):  # symbolic links may form a circle
        if not todo:
            return os.path.join(root, *done)
        part = todo.pop()
        if part == "..":
            del done[-1:]
        elif part not in ("", "."):
            current = os.path.join(root, *done, part)
            if not os.path.islink(current):
                done.append(part)
                continue
            link = os.readlink(current)
            done = [] if link.startswith("/") else done
            todo += link.split("/")[::-1]
    raise OSError(errno.ELOOP, f"too many levels of symbolic links in {path}")


def pod_file(process: PodProcess, path: str, limit: int = 1 << 20) -> str:
    """The text of a file as the pod sees it: of the first of its processes that has it. OSError when none has."""
    problem = OSError(errno.ENOENT, f"no process of the pod has {path}")
    for pid in process.pids:
        try:
            return read_in_root(f"/proc/{pid}/root", path, limit)
        except OSError as exc:
            problem = exc
    raise problem


# -- commands ----------------------------------------------------------------------------------------------------
def run_in(
    pid: int | None,
    argv: t.Sequence[str],
    timeout: float,
    env: t.Mapping[str, str] | None = None,
    input: str | bytes | None = None,
    inode: int | None = None,
) -> Completed:
    """Run a command in the network namespace of a process (None: this one), never through a shell.

    timeout: seconds, after which the command and everything it started (its process group) is killed. Its output
    is read as UTF-8, other bytes replaced. An exit status other than 0 is an answer, not an error; CommandMissing
    and CommandFailed say that it did not start, NetnsError that the namespace could not be entered.
    """
    return call_in(pid, lambda: _run(list(argv), timeout, env, input), inode)


def _run(argv: list[str], timeout: float, env: t.Mapping[str, str] | None, data: str | bytes | None) -> Completed:
    process = _start(argv, env, with_input=data is not None)
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    timed_out = False
    try:
        stdout, stderr = process.communicate(raw, timeout=timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
        _kill_group(process)
        stdout, stderr = _remaining_output(process)
    except BaseException:
        _kill_group(process)
        process.wait()
        raise
    return Completed(process.returncode, _decode(stdout), _decode(stderr), timed_out)


def _start(argv: list[str], env: t.Mapping[str, str] | None, with_input: bool) -> subprocess.Popen[bytes]:
    try:
        # AnsibleModule.run_command has no time-out and needs a module, which most callers do not have.
        return subprocess.Popen(  # pylint: disable=ansible-bad-function
            argv,
            stdin=subprocess.PIPE if with_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(env),
            start_new_session=True,  # a process group of its own, so that all of it can be killed
        )
    except FileNotFoundError as exc:
        raise CommandMissing(f"Cannot run {argv[0]}: there is no such command here") from exc
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or exc
        raise CommandFailed(f"Cannot run {argv[0]}: {reason}") from exc


def _environment(extra: t.Mapping[str, str] | None) -> dict[str, str]:
    environment = {key: value for key, value in os.environ.items() if key not in ("LANGUAGE", "LANG")}
    path = [part for part in environment.get("PATH", "").split(":") if part]
    environment["PATH"] = ":".join(path + [part for part in SYSTEM_PATH if part not in path])
    environment["LC_ALL"] = "C"
    environment.update(extra or {})
    return environment


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except OSError:
        process.kill()


def _remaining_output(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """What a killed command had written. A child that left the process group may hold the pipes open: do not wait."""
    try:
        return process.communicate(timeout=1)
    except subprocess.TimeoutExpired as exc:
        written = (exc.output or b"", exc.stderr or b"")
    for stream in (process.stdout, process.stderr, process.stdin):
        if stream is not None:
            stream.close()
    process.wait()
    return written


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace")
