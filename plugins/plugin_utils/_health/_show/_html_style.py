# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the style sheet of the reports lacks for a matrix."""

from __future__ import annotations

HEAT_STYLE = """
.heat { width: auto; font-size: 13px; border-collapse: separate; border-spacing: 2px; }
.heat th, .heat td { border-top: 0; padding: 3px 6px; min-width: 0; }
.heat tbody th { white-space: nowrap; overflow-wrap: normal; text-align: right; font-family: var(--mono); font-weight:
500; }
.heat thead th { vertical-align: bottom; font-family: var(--mono); }
.heat .corner { font-family: var(--sans); font-weight: 400; }
.heat .column span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; }
.heat.timed .column span { writing-mode: horizontal-tb; transform: none; }
.heat.dense { font-size: 11px; border-spacing: 1px; }
.heat.dense td, .heat.dense th { padding: 0 2px; }
.heat.dense td.c { min-width: 20px; height: 21px; border-radius: 3px; }
.nodes thead th { white-space: normal; vertical-align: bottom; }
.nodes td, .nodes tbody th { min-width: 4.5em; }
.nodes td:nth-child(2), .nodes tbody th { overflow-wrap: normal; white-space: nowrap; }
.c { min-width: 26px; height: 26px; border-radius: 5px; text-align: center; font-weight: 700; border: 1px solid
transparent;
  white-space: nowrap; overflow-wrap: normal; font-variant-numeric: tabular-nums; }
td.c { vertical-align: middle; }
.heat.timed td.c { min-width: 64px; }
.c small { font-weight: 400; font-size: 11.5px; }
.c.ok { background: var(--green-soft); color: var(--green); border-color: var(--green-line); }
.c.down { background: var(--red-solid); color: var(--on-solid); }
.c.http { color: var(--red); border: 2px solid var(--red-solid); background: repeating-linear-gradient(45deg,
var(--red-soft) 0 4px,
  var(--card) 4px 8px); }
.c.icmp { background: var(--amber-soft); color: var(--amber); border-color: var(--amber-line); }
.c.stale { background: var(--grey-soft); color: var(--grey); border: 1px dashed var(--strong-line); }
.c.never { color: var(--grey); border: 1px dotted var(--line); }
.c.silent { color: var(--grey); background: repeating-linear-gradient(90deg, var(--grey-soft) 0 3px, var(--card) 3px
6px); }
.c.own { opacity: .62; }
.heat-legend { list-style: none; padding: 12px 18px 16px; display: flex; flex-wrap: wrap; gap: 8px 22px; font-size:
13px; color: var(--muted); }
.heat-legend .c { display: inline-block; min-width: 24px; height: 24px; line-height: 22px; margin-right: 6px; }
.maps { display: grid; gap: 6px 26px; padding: 6px 14px 4px; }
.maps.two { grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); }
.maps figure { min-width: 0; }
.maps figcaption { font-weight: 600; padding: 10px 4px 8px; }
.heat-drawing { display: block; width: 100%; height: auto; background: var(--inset); border: 1px solid
var(--strong-line); }
.heat-drawing .p-ok { fill: var(--green-line); }
.heat-drawing .p-icmp { fill: var(--amber-line); }
.heat-drawing .p-down { fill: var(--red-solid); stroke: var(--red-solid); }
.heat-drawing .p-http { fill: var(--amber-solid); stroke: var(--amber-solid); }
.heat-drawing .p-stale { fill: var(--grey-line); }
.heat-drawing .p-silent { fill: var(--grey-soft); }
.heat-drawing .border { stroke: var(--text); fill: none; }
.note { padding: 4px 18px 14px; color: var(--muted); font-size: 14px; }
.finding .observed { margin-top: 2px; color: var(--muted); }
@media print {
  .c { height: auto; }
  .c.ok { color: var(--green); }
}
"""
