# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of docs/architecture.md, made from the imports: python3 -m podnet_tools.architecture writes it anew."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- made from the imports by `make architecture` -->", "<!-- end of what was made -->"
OWN = "ansible_collections.podnet.diagnostics.plugins."
# Where each half runs, as it is drawn.
HALVES = {
    "what Ansible calls": ("modules", "action", "connection", "inventory"),
    "controller: plugin_utils": ("plugin_utils",),
    "nodes and pods: module_utils": ("module_utils",),
}
# The files of rooms that have no folder. Every other file beside the folders is too small to be drawn.
_WITHOUT_FOLDER = {
    "_analysis": "_analysis",
    "_bundle": "_bundle",
    "_bundle_files": "_bundle",
    "_bundle_parts": "_bundle",
    "_bundle_shape": "_bundle",
}
Graph = dict[str, set[str]]


def room_of(parts: tuple[str, ...]) -> str | None:
    """The room of a module by the parts of its name below plugins; None for what is not drawn."""
    if not parts or parts[0] not in {place for places in HALVES.values() for place in places}:
        return None
    if parts[0] not in ("plugin_utils", "module_utils"):
        return parts[0]
    if len(parts) < 2:
        return None
    name = parts[1] if (PLUGINS / parts[0] / parts[1]).is_dir() else _WITHOUT_FOLDER.get(parts[1])
    return f"{parts[0]}/{name}" if name else None


def graph() -> Graph:
    """Which room imports from which others."""
    found: Graph = {}
    for path in sorted(PLUGINS.rglob("*.py")):
        room = room_of(path.relative_to(PLUGINS).with_suffix("").parts)
        if room is None or path.name == "__init__.py":
            continue
        targets = {room_of(tuple(name.split("."))) for name in _imports(path)}
        found.setdefault(room, set()).update(target for target in targets if target not in (None, room))
    return found


def inside(room: str) -> Graph:
    """Which rooms in a room import from which others of it; the files beside them are left out."""
    home = PLUGINS / room
    prefix = room.replace("/", ".") + "."
    found: Graph = {}
    for path in sorted(home.glob("*/**/*.py")):
        own = path.relative_to(home).parts[0]
        names = [name.removeprefix(prefix).partition(".")[0] for name in _imports(path) if name.startswith(prefix)]
        found.setdefault(own, set()).update(name for name in names if name != own and (home / name).is_dir())
    return found


def _imports(path: Path) -> list[str]:
    names = []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {inside for node in ast.walk(tree) if _is_for_types(node) for inside in ast.walk(node)}
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(OWN):
            module = node.module.removeprefix(OWN)
            names += [f"{module}.{alias.name}" if "." not in module else module for alias in node.names]
    return names


def _is_for_types(node: ast.AST) -> bool:
    """Whether it is what only a type checker reads."""
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def cycles(rooms: Graph) -> list[tuple[str, str]]:
    """Pairs of rooms that need each other, directly or through others."""
    reach = {room: _reached(rooms, room) for room in rooms}
    return sorted((one, other) for one in rooms for other in reach[one] if one < other and one in reach.get(other, ()))


def _reached(rooms: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    queue = [start]
    while queue:
        for target in rooms.get(queue.pop(), ()):
            if target not in seen:
                seen.add(target)
                queue.append(target)
    return seen


def reduced(rooms: Graph) -> Graph:
    """Without the arrows that follow from others. The rooms must not go in circles."""
    return {
        room: {
            target
            for target in targets
            if not any(target in _reached(rooms, other) for other in targets if other != target)
        }
        for room, targets in rooms.items()
    }


def picture() -> str:
    """The rooms as a Mermaid diagram: an arrow leads to what is used."""
    rooms = graph()
    lines = ["```mermaid", "flowchart TD"]
    for half, places in HALVES.items():
        lines.append(f'  subgraph "{half}"')
        for room in sorted(rooms):
            if room.partition("/")[0] in places:
                lines.append(f'    {_id(room)}["{room.rpartition("/")[2]}"]')
        lines.append("  end")
    for room, targets in sorted(reduced(rooms).items()):
        lines += [f"  {_id(room)} --> {_id(target)}" for target in sorted(targets)]
    return "\n".join([*lines, "```"])


def _id(room: str) -> str:
    return room.replace("/", "").replace("_", "") if "/" in room else room


def page(text: str) -> str:
    """The page with the picture as it is now."""
    head, _begin, rest = text.partition(BEGIN)
    _old, _end, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{picture()}\n{END}{tail}"


def main() -> int:
    """Write the picture."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
