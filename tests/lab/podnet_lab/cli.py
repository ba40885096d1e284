# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from . import boot, build, cgroups, cleanup, faults, hosts, logs, operator, preflight, state, status
from .cache import say
from .config import CNI_MODES, MAX_NODES, PROXY_MODES, Lab, Options, lab_from_environment
from .errors import LabError


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status is 2 for what was refused before anything changed."""
    arguments = _parser().parse_args(argv)
    try:
        preflight.check_platform()
        result: int = arguments.action(lab_from_environment(), arguments)
        return result
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print("lab: interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="boot the lab")
    up.add_argument("--nodes", type=_node_count, default=2)
    up.add_argument("--proxy-mode", choices=PROXY_MODES, default=PROXY_MODES[0])
    up.add_argument("--cni", choices=CNI_MODES, default=CNI_MODES[0])
    up.set_defaults(action=_up)

    commands.add_parser("down", help="take the lab down").set_defaults(action=_down)
    commands.add_parser("build", help="build what is not built yet").set_defaults(action=_build)

    stat = commands.add_parser("status", help="tell what the lab is")
    stat.add_argument("--json", action="store_true")
    stat.set_defaults(action=_status)

    log = commands.add_parser("logs", help="show the last lines of every log")
    log.add_argument("--lines", type=int, default=3)
    log.set_defaults(action=_logs)

    inside = commands.add_parser("exec", help="run a command as root inside a host")
    inside.add_argument("host", metavar="NODE|controller|outside")
    inside.add_argument("command", nargs=argparse.REMAINDER, metavar="-- CMD")
    inside.set_defaults(action=_exec)

    run = commands.add_parser("run", help="run a command on the operator's side")
    run.add_argument("command", nargs=argparse.REMAINDER, metavar="-- CMD")
    run.set_defaults(action=_run)

    _fault_parser(commands.add_parser("fault", help="break something, and mend it"))
    return parser


def _fault_parser(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="all faults and their ground truth")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(action=_fault_list)
    show = commands.add_parser("show", help="one fault as JSON, with the running lab's names while it is injected")
    show.add_argument("name")
    show.set_defaults(action=_fault_show)
    inject = commands.add_parser("inject", help="break it and verify that it bites")
    inject.add_argument("name")
    inject.set_defaults(action=_fault_inject)
    heal = commands.add_parser("heal", help="mend it and verify that it is mended")
    heal.add_argument("name", nargs="?")
    heal.add_argument("--all", action="store_true")
    heal.set_defaults(action=_fault_heal)


def _node_count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MAX_NODES:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MAX_NODES}")
    return int(text)


def _up(lab: Lab, arguments: argparse.Namespace) -> int:
    options = Options(arguments.nodes, arguments.proxy_mode, arguments.cni)
    if state.is_up(lab):
        return _already_up(lab, options)
    preflight.check(lab, options.nodes)
    with state.locked(lab):
        if state.is_up(lab):
            return _already_up(lab, options)
        build.ensure()
        boot.boot(lab, options)
        try:
            operator.provide_ansible(lab)
        except LabError as error:  # the cluster is there; `lab run -- ansible-playbook` says it again
            say(str(error))
    return 0


def _already_up(lab: Lab, options: Options) -> int:
    running = state.load(lab)
    if running is not None and running.options != options:
        raise LabError(f"The lab {lab.name} is up with other options ({running.options}): run `lab down` first.", 2)
    say(f"the lab {lab.name} is up already")
    return 0


def _down(lab: Lab, arguments: argparse.Namespace) -> int:
    begin = time.monotonic()
    with state.locked(lab):
        ended = cleanup.clean(lab)
    say(f"{time.monotonic() - begin:5.1f} s  the lab {lab.name} is down ({ended} processes ended)")
    return 0


def _build(lab: Lab, arguments: argparse.Namespace) -> int:
    preflight.check_build()
    build.ensure()
    say("everything is built")
    return 0


def _status(lab: Lab, arguments: argparse.Namespace) -> int:
    found = status.status(lab)
    if arguments.json:
        print(json.dumps(found, indent=1))
        return 0
    print(f"lab {lab.name}: {'up' if found['up'] else 'down'}")
    if not found["up"]:
        for line in status.remains(lab):
            print(f"  {line}")
    for node in found["nodes"]:
        word = "Ready" if node["ready"] else "NotReady"
        print(f"  {node['name']}  {node['address']}  pods {node['pod_cidr']}  {word}")
    for name in faults.injected(lab):
        print(f"  fault injected: {name}")
    return 0


def _logs(lab: Lab, arguments: argparse.Namespace) -> int:
    for name, lines in logs.last_lines(lab, arguments.lines):
        print(f"{name}:")
        for line in lines:
            print(f"    {line}")
    return 0


def _command(arguments: argparse.Namespace) -> list[str]:
    words: list[str] = list(arguments.command)
    if words and words[0] == "--":
        words = words[1:]
    if not words:
        raise LabError("Say which command to run, after `--`.", 2)
    return words


def _replace_self(argv: list[str], environment: dict[str, str]) -> int:
    """Become the command: its input, output, signals and exit status are ours then."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execvpe(argv[0], argv, environment)


def _exec(lab: Lab, arguments: argparse.Namespace) -> int:
    argv = hosts.enter_argv(lab, arguments.host, _command(arguments))
    cgroups.join(hosts.host_groups(lab, arguments.host))
    return _replace_self(argv, hosts.host_environment())


def _run(lab: Lab, arguments: argparse.Namespace) -> int:
    words = _command(arguments)
    argv = operator.argv_inside(lab, words)
    if Path(words[0]).name.startswith("ansible"):
        operator.provide_ansible(lab)
    environment = operator.environment(lab)
    cgroups.join(operator.groups(lab))
    return _replace_self(argv, environment)


def _fault_list(lab: Lab, arguments: argparse.Namespace) -> int:
    listed = faults.listing(lab)
    if arguments.json:
        print(json.dumps(listed, indent=1))
        return 0
    for fault in listed:
        mark = "*" if fault["injected"] else " "
        print(f"{mark} {fault['name']:32} {fault['about']}")
    return 0


def _fault_show(lab: Lab, arguments: argparse.Namespace) -> int:
    print(json.dumps(faults.show(lab, arguments.name), indent=1))
    return 0


def _fault_inject(lab: Lab, arguments: argparse.Namespace) -> int:
    begin = time.monotonic()
    faults.inject(lab, arguments.name)
    say(f"{time.monotonic() - begin:5.1f} s  {arguments.name} is injected and bites")
    return 0


def _fault_heal(lab: Lab, arguments: argparse.Namespace) -> int:
    begin = time.monotonic()
    if arguments.all == bool(arguments.name):
        raise LabError("Name one fault, or say --all.", 2)
    if arguments.all:
        healed = faults.heal_all(lab)
    else:
        faults.heal(lab, arguments.name)
        healed = [arguments.name]
    say(f"{time.monotonic() - begin:5.1f} s  healed: {', '.join(healed) or 'nothing was injected'}")
    return 0
