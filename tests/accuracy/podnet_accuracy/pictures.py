# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures of the documentation: what a terminal and a report show of real runs that were recorded, as SVG.

python -m podnet_accuracy.pictures          write them anew (`make pictures`)
"""

from __future__ import annotations

import dataclasses
import html
import re
import sys
import tempfile
import typing as t
from pathlib import Path
from xml.etree import ElementTree

from podnet_lab.faults import find

from . import health
from .recording import analyse, path_of, unpack

IMAGES = Path(__file__).resolve().parents[3] / "docs" / "images"
COLUMNS = 100
CHARACTER, LINE, MARGIN = 7.8, 18, 16
COLOURS = {"32": "#3fb950", "31": "#ff7b72", "33": "#d29922", "90": "#8b949e", "1": "#f0f6fc", "36": "#79c0ff"}
_CODE = re.compile(r"\x1b\[(\d+)m")
SVG, XHTML = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"
# A picture has one size: what a page does on a narrow screen or on paper is not asked for.
_MEDIA = re.compile(r"^@media [^{]*(?:max-width|print)[^{]*\{\n.*?^\}\n", re.MULTILINE | re.DOTALL)
Part = t.Literal["steps", "verdict", "page"]


@dataclasses.dataclass(frozen=True)
class Picture:
    """A recording, and what of its output is shown. size: of a page's upper part, in pixels."""

    name: str
    fault: str
    part: Part
    mode: str = "iptables"
    size: tuple[int, int] = (0, 0)


PICTURES = (
    # Of the README and of the guide to health.
    Picture("report", "nic-static-and-dhcp", "page", size=(980, 1620)),
    Picture("health", "health", "page", size=(1100, 720)),
    # Of the tutorial.
    Picture("steps", "route-missing", "steps"),
    Picture("verdict", "route-missing", "verdict"),
    # Of the explanation.
    Picture("verdict-large-packets", "path-mtu-blackhole", "verdict"),
)


def draw(picture: Picture) -> str:
    """The SVG of a picture."""
    if picture.part == "page":
        return framed(health.page() if picture.fault == "health" else _report(picture), *picture.size)
    return svg([*_command(picture), "", *_lines(picture)])


def _command(picture: Picture) -> list[str]:
    """What was typed."""
    truth = find(picture.fault).truth
    asked = f"  -e diagnose_source={truth.source} -e diagnose_destination={truth.destination}"
    port = f" -e diagnose_port={truth.port}" if truth.port else ""
    protocol = "" if truth.protocol == "tcp" else f" -e diagnose_protocol={truth.protocol}"
    return ["\x1b[90m$\x1b[0m ansible-playbook podnet.diagnostics.diagnose \\", asked + port + protocol]


def _report(picture: Picture) -> str:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._analysis import report_context
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._html import render_html

    with tempfile.TemporaryDirectory(prefix="podnet-picture-") as folder:
        unpack(path_of(picture.fault, picture.mode), Path(folder))
        return render_html(analyse(Path(folder)), report_context(Bundle.open(Path(folder))))


def framed(page: str, width: int, height: int) -> str:
    """The upper part of a report as a picture: its own elements and its own style, in a frame of this size."""
    root = ElementTree.fromstring(page.partition("\n")[2])
    body = t.cast(ElementTree.Element, root.find("body"))
    style = _MEDIA.sub("", "".join(text for each in root.iter("style") for text in each.itertext()))
    main = t.cast(ElementTree.Element, body.find("main"))
    # The verdict, and the section after it; more would not be seen.
    for section in list(main)[2:]:
        main.remove(section)
    _name(body, XHTML)
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("h", XHTML)
    size = {"width": str(width), "height": str(height)}
    frame = ElementTree.Element(f"{{{SVG}}}svg", {"viewBox": f"0 0 {width} {height}", **size})
    ElementTree.SubElement(frame, f"{{{SVG}}}style").text = f"\n{style.strip()}\nbody {{ height: {height}px }}\n"
    ElementTree.SubElement(frame, f"{{{SVG}}}foreignObject", size).append(body)
    return ElementTree.tostring(frame, encoding="unicode") + "\n"


def _name(element: ElementTree.Element, namespace: str) -> None:
    """Say the namespaces that an HTML parser knows by itself; some drawings name theirs already."""
    tag = element.tag.rpartition("}")[2]
    namespace = SVG if tag == "svg" else namespace
    element.tag = f"{{{namespace}}}{tag}"
    for child in element:
        _name(child, namespace)


def _lines(picture: Picture) -> list[str]:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._analysis import report_context
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._text import (
        coloured_step_lines,
        coloured_verdict_lines,
    )

    with tempfile.TemporaryDirectory(prefix="podnet-picture-") as folder:
        unpack(path_of(picture.fault, picture.mode), Path(folder))
        findings = analyse(Path(folder))
        if picture.part == "steps":
            return [line for step in findings["steps"] for line in coloured_step_lines(step, COLUMNS)]
        return coloured_verdict_lines(findings, report_context(Bundle.open(Path(folder))), COLUMNS)


def svg(lines: t.Sequence[str]) -> str:
    """A terminal with these lines, in the colours that their ANSI codes name."""
    width = 2 * MARGIN + COLUMNS * CHARACTER
    height = 2 * MARGIN + len(lines) * LINE
    rows = [
        f'<text x="{MARGIN}" y="{MARGIN + (number + 1) * LINE - 5}" xml:space="preserve">{_spans(line)}</text>'
        for number, line in enumerate(lines)
        if line
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}"'
        f' width="{width:g}" height="{height}">\n'
        "<style>text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #c9d1d9 }</style>\n"
        '<rect width="100%" height="100%" rx="8" fill="#0d1117"/>\n' + "\n".join(rows) + "\n</svg>\n"
    )


def said(drawn: str) -> list[str]:
    """The lines of a picture of a terminal, without colours."""
    return [html.unescape(re.sub(r"<[^>]*>", "", row)) for row in drawn.splitlines() if row.startswith("<text")]


def shown(drawn: str, *classes: str) -> list[str]:
    """The texts of a picture of a page that have one of these classes, in their order."""
    found = [each for each in ElementTree.fromstring(drawn).iter() if set(classes) & set(each.get("class", "").split())]
    return ["".join(each.itertext()) for each in found]


def _spans(line: str) -> str:
    spans, colour = [], ""
    parts = _CODE.split(line)
    for index, text in enumerate(parts):
        if index % 2:
            colour = COLOURS.get(text, "")
        elif text:
            escaped = html.escape(text, quote=False)
            spans.append(f'<tspan fill="{colour}">{escaped}</tspan>' if colour else escaped)
    return "".join(spans)


def main() -> int:
    """Write all pictures."""
    for picture in PICTURES:
        path = IMAGES / f"{picture.name}.svg"
        path.write_text(draw(picture), encoding="utf-8")
        print(f"written: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
