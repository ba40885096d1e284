# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The style sheet of the HTML report: light, dark and print. No font, image or other file is asked for."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f3f5f8; --card: #ffffff; --inset: #f6f8fb; --line: #dbe1ea; --strong-line: #b4bfcd;
  --text: #18202c; --muted: #55617a; --link: #1d5bbf; --code: #eef1f6;
  --red: #b4232f; --red-soft: #fdeeee; --red-line: #e9a9ad; --red-solid: #c62f3b; --on-solid: #ffffff;
  --amber: #855200; --amber-soft: #fff5e0; --amber-line: #e6c483; --amber-solid: #ad6d00;
  --green: #17703d; --green-soft: #e9f7ee; --green-line: #a3d6b5; --green-solid: #1f8a4c;
  --grey: #55617a; --grey-soft: #eef1f5; --grey-line: #b4bfcd; --grey-solid: #64718a;
  --forward: #1d5bbf; --reply: #0c7a6e;
  --shadow: 0 1px 2px rgb(20 30 50 / 6%), 0 6px 20px rgb(20 30 50 / 5%);
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial,
    sans-serif;
  --mono: ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e131a; --card: #161d27; --inset: #1b2430; --line: #2a3544; --strong-line: #465468;
    --text: #e7ecf3; --muted: #a0adbf; --link: #86b7ff; --code: #222d3b;
    --red: #ff8f96; --red-soft: #33191d; --red-line: #7c343b; --red-solid: #d9434e; --on-solid: #ffffff;
    --amber: #f3c463; --amber-soft: #30260f; --amber-line: #6d5620; --amber-solid: #a86c05;
    --green: #6fd699; --green-soft: #13291d; --green-line: #2c6343; --green-solid: #238a50;
    --grey: #a0adbf; --grey-soft: #222c39; --grey-line: #465468; --grey-solid: #66748b;
    --forward: #86b7ff; --reply: #5fd0c0;
    --shadow: none;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.55 var(--sans); overflow-wrap: anywhere; }
main, header, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
h1, h2, h3, p, ul, ol, dl, dd, figure, table, pre { margin: 0; }
h1, h2, h3, h4 { text-wrap: pretty; line-height: 1.25; }
h2 { font-size: 20px; letter-spacing: -.01em; }
h3 { font-size: 16px; }
h4 { font-size: 13px; margin: 0; color: var(--muted); font-weight: 600; }
a { color: var(--link); text-underline-offset: 2px; }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--link);
  outline-offset: 2px; }
code, pre, .mono { font-family: var(--mono); font-size: .88em; }
code, td, dd, li, p, h1, h2, h3, span { unicode-bidi: isolate; }
code { background: var(--code); padding: .1em .36em; border-radius: 5px; }
.muted { color: var(--muted); }
.lines { white-space: pre-line; }
.nowrap { white-space: nowrap; overflow-wrap: normal; }

header { padding-top: 28px; padding-bottom: 14px; display: flex; flex-wrap: wrap; gap: 4px 20px;
  align-items: baseline; }
header .brand { font-weight: 700; letter-spacing: -.01em; }
header .when { color: var(--muted); font-size: 13.5px; margin-left: auto; }
nav { width: 100%; font-size: 13.5px; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 18px; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
section { margin-top: 34px; }
main > section:first-child { margin-top: 8px; }
section > h2 { margin-bottom: 12px; }
section > h2 .muted { font-weight: 400; font-size: 14px; margin-left: 8px; letter-spacing: 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; box-shadow: var(--shadow); }
footer { color: var(--muted); font-size: 13px; padding-top: 32px; padding-bottom: 40px; }

/* the verdict */
.verdict { --tone: var(--grey); --soft: var(--grey-soft); --edge: var(--grey-line); --solid: var(--grey-solid);
  overflow: hidden; }
.verdict.fault { --tone: var(--red); --soft: var(--red-soft); --edge: var(--red-line); --solid: var(--red-solid); }
.verdict.healthy { --tone: var(--green); --soft: var(--green-soft); --edge: var(--green-line);
  --solid: var(--green-solid); }
.verdict.inconclusive { --tone: var(--amber); --soft: var(--amber-soft); --edge: var(--amber-line);
--solid: var(--amber-solid); }
.verdict .answer { background: var(--soft); border-bottom: 1px solid var(--edge); padding: 22px 26px 24px;
  display: flex; gap: 20px; }
.verdict .sign { flex: none; width: 52px; height: 52px; border-radius: 50%; background: var(--solid); margin-top: 3px; }
.verdict .sign svg { display: block; width: 52px; height: 52px; }
.verdict .sign path { fill: none; stroke: var(--on-solid); stroke-width: 2.4; stroke-linecap: round;
  stroke-linejoin: round; }
.verdict .sign text { fill: var(--on-solid); font: 700 15px var(--sans); text-anchor: middle; }
.verdict .word { color: var(--tone); font-weight: 700; font-size: 14px; }
.verdict h1 { font-size: 24px; letter-spacing: -.015em; line-height: 1.3; margin: 2px 0 8px; }
.verdict .question { color: var(--muted); }
.verdict .body { padding: 22px 26px 24px; display: grid; gap: 22px; }
.verdict .body > * + .cause { border-top: 1px solid var(--line); padding-top: 22px; }
.cause { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); gap: 20px 34px; }
.cause.single { grid-template-columns: minmax(0, 1fr); }
.facts { display: grid; gap: 14px; align-content: start; }
.facts dt { color: var(--muted); font-size: 13px; }
.facts dd { font-weight: 500; }
.facts .id { font-family: var(--mono); font-weight: 700; font-size: 15px; color: var(--tone, var(--text)); }
.meter { display: inline-flex; gap: 3px; margin-right: 8px; vertical-align: 1px; }
.meter i { width: 18px; height: 7px; border-radius: 4px; border: 1px solid var(--strong-line); }
.meter i.on { background: var(--solid, var(--grey-solid)); border-color: transparent; }
.change { background: var(--inset); border: 1px solid var(--line); border-radius: 10px; padding: 15px 18px 17px;
  align-self: start; }
.change h3 { margin-bottom: 6px; font-size: 15px; }
.prose > * + * { margin-top: 8px; }
.prose ol, .prose ul { padding-left: 22px; }
.prose li + li { margin-top: 4px; }
pre.command, pre.numbers { white-space: pre-wrap; border-radius: 8px; padding: 9px 12px; line-height: 1.5;
  overflow-wrap: anywhere; }
pre.command { background: var(--card); border: 1px solid var(--strong-line); border-left: 3px solid var(--link);
user-select: all; -webkit-user-select: all; }
pre.numbers { background: var(--inset); border: 1px solid var(--line); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 12px 26px; }
.tiles dt { color: var(--muted); font-size: 13px; }
.tiles dd { font-size: 16px; font-weight: 600; letter-spacing: -.01em; font-variant-numeric: tabular-nums; }
.tiles small { display: block; font-size: 13px; font-weight: 400; color: var(--muted); letter-spacing: 0; }
.tiles .pass { color: var(--green); }
.tiles .fail { color: var(--red); }
.gaps { border-top: 1px solid var(--line); padding: 12px 26px; font-size: 14px; background: var(--inset); }

/* the path */
.drawing { padding: 20px 20px 16px; }
.drawing + .drawing { margin-top: 14px; }
.drawing figcaption { font-weight: 600; margin-bottom: 12px; }
.scroll { overflow-x: auto; }
.ladder-scroll { overflow-x: auto; padding: 4px 0 10px; }
svg.ladder { display: block; font-family: var(--sans); }
svg.ladder .host { fill: var(--inset); stroke: var(--strong-line); }
svg.ladder .host-name, svg.ladder .device { font: 600 12.5px var(--sans); fill: var(--text); text-anchor: middle; }
svg.ladder .device { font-family: var(--mono); font-weight: 400; }
svg.ladder .small { font: 11px var(--sans); fill: var(--muted); text-anchor: middle; }
svg.ladder .start { text-anchor: start; }
svg.ladder .label { font: 600 12.5px var(--sans); fill: var(--text); }
svg.ladder .time { font: 11px var(--mono); fill: var(--muted); text-anchor: end; }
svg.ladder .lane { stroke: var(--line); }
svg.ladder .way { stroke-width: 1.8; }
svg.ladder line.forward { stroke: var(--forward); }
svg.ladder line.reply { stroke: var(--reply); stroke-dasharray: 5 3; }
svg.ladder circle.forward { fill: var(--forward); }
svg.ladder circle.reply { fill: var(--card); stroke: var(--reply); stroke-width: 2; }
svg.ladder .lost { stroke: var(--red); stroke-width: 2.4; fill: none; }
svg.ladder .lost-text { fill: var(--red); }
svg.path { display: block; width: 100%; height: auto; margin: 0 auto; font-family: var(--sans); }
svg.path .box { fill: var(--inset); stroke: var(--strong-line); stroke-width: 1.2; }
svg.path .outside .box { stroke-dasharray: 5 4; }
svg.path .box-line { stroke: var(--line); fill: none; }
svg.path .box-title { font: 700 15px var(--sans); fill: var(--text); }
svg.path .box-kind { font: 12.5px var(--sans); fill: var(--muted); text-anchor: end; }
svg.path .box-symbol { fill: none; stroke: var(--muted); stroke-width: 1.6; stroke-linejoin: round;
  stroke-linecap: round; }
svg.path .hop { --tone: var(--text); --edge: var(--strong-line); --soft: var(--card); --solid: var(--green-solid); }
svg.path .broken { --tone: var(--red); --edge: var(--red-solid); --soft: var(--red-soft); --solid: var(--red-solid); }
svg.path .suspect { --tone: var(--amber); --edge: var(--amber-solid); --soft: var(--amber-soft);
  --solid: var(--amber-solid); }
svg.path .unknown { --tone: var(--muted); --edge: var(--grey-solid); --soft: var(--card); --solid: var(--grey-solid); }
svg.path .frame { fill: var(--soft); stroke: var(--edge); stroke-width: 1.4; }
svg.path .broken .frame { stroke-width: 2.2; }
svg.path .unknown .frame, svg.path .unknown .tile { stroke-dasharray: 4 3; }
svg.path .tile { fill: var(--card); stroke: var(--edge); stroke-width: 1.4; }
svg.path .broken .tile { fill: var(--solid); stroke: none; }
svg.path .symbol { fill: none; stroke: var(--tone); stroke-width: 1.3; stroke-linejoin: round; stroke-linecap: round; }
svg.path .sign { fill: none; stroke: var(--on-solid); stroke-width: 2.6; stroke-linecap: round; }
svg.path .badge { fill: var(--solid); stroke: var(--card); stroke-width: 1.6; }
svg.path .badge-sign { fill: none; stroke: var(--on-solid); stroke-width: 3; stroke-linecap: round;
  stroke-linejoin: round; }
svg.path .badge-text { font: 700 11px var(--sans); fill: var(--on-solid); text-anchor: middle; }
svg.path .name { font: 600 14px var(--mono); fill: var(--tone); }
svg.path .fact { font: 12px var(--mono); fill: var(--muted); }
svg.path .note { font: 12.5px var(--sans); fill: var(--tone); }
svg.path .pill { fill: var(--card); stroke: var(--edge); }
svg.path .pill-text { font: 600 12px var(--mono); fill: var(--tone); }
svg.path a { text-decoration: none; }
svg.path a:hover .pill { stroke-width: 2; }
svg.path .count { font: 12.5px var(--sans); fill: var(--muted); text-anchor: end; font-variant-numeric: tabular-nums; }
svg.path .number { font-weight: 700; }
svg.path .forward .some-count { fill: var(--forward); }
svg.path .reply .some-count { fill: var(--reply); }
svg.path .lost-count { fill: var(--red); }
svg.path .wire { fill: none; stroke-width: 2.2; }
svg.path .lane-forward { --lane: var(--forward); }
svg.path .lane-reply { --lane: var(--reply); }
svg.path .flow .wire { stroke: var(--lane); }
svg.path .flow .arrow { fill: var(--lane); }
svg.path .assumed .wire { stroke: var(--grey-solid); stroke-width: 1.5; }
svg.path .assumed .arrow { fill: var(--grey-solid); }
svg.path .idle .wire { stroke: var(--grey-line); stroke-dasharray: 3 4; stroke-width: 1.6; }
svg.path .lost .wire { stroke: var(--red-solid); stroke-dasharray: 5 4; }
svg.path .lost-sign { stroke: var(--red-solid); stroke-width: 3; stroke-linecap: round; fill: none; }
.legend { list-style: none; padding: 12px 0 0; display: flex; flex-wrap: wrap; gap: 4px 20px; font-size: 13px;
  color: var(--muted); }
.drawing details { margin-top: 10px; font-size: 14px; }
.legend b { font-weight: 700; margin-right: 5px; }
.legend .broken b { color: var(--red); } .legend .suspect b { color: var(--amber);
  } .legend .ok b { color: var(--green); }
.legend .forward b { color: var(--forward); } .legend .reply b { color: var(--reply); }

/* tables and badges */
table { width: 100%; border-collapse: collapse; font-size: 14px; }
caption { text-align: left; color: var(--muted); font-size: 13.5px; padding: 12px 16px 4px; }
th, td { text-align: left; vertical-align: top; padding: 8px 12px; border-top: 1px solid var(--line); }
td, tbody th { min-width: 6em; }
th:first-child, td:first-child { padding-left: 16px; }
thead th { border-top: 0; font-size: 13px; font-weight: 600; color: var(--muted); white-space: nowrap; }
tbody th { font-weight: 500; }
td.number, th.number { min-width: 0; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums;
  overflow-wrap: normal; }
.probes th:first-child, .probes td:nth-child(2), .probes td:nth-child(3) { min-width: 138px; }
.probes td:last-child { min-width: 180px; }
tr:target { outline: 2px solid var(--link); outline-offset: -2px; }
.badge { --tone: var(--grey); --soft: var(--grey-soft); --edge: var(--grey-line); display: inline-block;
  border: 1px solid var(--edge);
  background: var(--soft); color: var(--tone); border-radius: 20px; padding: 0 9px; font-size: 12.5px;
    line-height: 20px;
  font-weight: 600; white-space: nowrap; overflow-wrap: normal; }
.badge.pass, .badge.ok, .badge.healthy { --tone: var(--green); --soft: var(--green-soft); --edge: var(--green-line); }
.badge.fail, .badge.broken, .badge.critical, .badge.major { --tone: var(--red); --soft: var(--red-soft);
  --edge: var(--red-line); }
.badge.error, .badge.suspect, .badge.minor { --tone: var(--amber); --soft: var(--amber-soft);
--edge: var(--amber-line); }
.badge.skipped, .badge.unknown { border-style: dashed; }

/* findings */
.finding { padding: 18px 22px 20px; border-left: 4px solid var(--edge); --edge: var(--red-solid); }
.finding.minor, .finding.info { --edge: var(--amber-solid); }
.finding.info { --edge: var(--grey-solid); }
.finding .docs { margin-top: 12px; }
.finding + .finding, .folded { margin-top: 14px; }
.finding .head { display: flex; flex-wrap: wrap; gap: 6px 10px; align-items: center; font-size: 13.5px; }
.finding .head .id { font-family: var(--mono); font-weight: 700; }
.finding > h3 { margin: 6px 0 2px; }
.compare { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; margin-top: 14px; }
.compare > div { background: var(--inset); border: 1px solid var(--line); border-radius: 10px;
  padding: 10px 14px 12px; }
.compare > div.observed { border-left: 3px solid var(--edge); }
.evidence { margin-top: 14px; }
.evidence table { font-size: 13.5px; margin-top: 4px; }
.evidence th:first-child, .evidence td:first-child { padding-left: 0; }
.evidence td:last-child { width: 62%; }
.evidence .kind { white-space: nowrap; font-weight: 600; }
.finding .change { margin-top: 14px; }
.consequences { margin-top: 18px; padding-left: 18px; border-left: 2px dashed var(--strong-line); }
.consequences > h4 { margin-bottom: 8px; }
.consequences .finding { box-shadow: none; background: var(--card); }
details > summary { cursor: pointer; }
details.card > summary { padding: 12px 18px; font-weight: 600; }
details.card > .inside { padding: 0 18px 18px; }

/* steps */
.steps { list-style: none; padding: 0; }
.steps > li { display: grid; grid-template-columns: 84px minmax(0, 1fr) auto; gap: 2px 14px; padding: 13px 18px;
  border-top: 1px solid var(--line); }
.steps > li:first-child { border-top: 0; }
.steps h3 { font-size: 15px; }
.steps .time { color: var(--muted); font-size: 13.5px; font-variant-numeric: tabular-nums; text-align: right; }
.steps .what { grid-column: 2 / -1; }
.steps .what > * + * { margin-top: 6px; }
.steps summary { color: var(--link); font-size: 13.5px; }
.steps details pre { margin-top: 6px; }
.gaps-list { padding: 4px 18px; }
.gaps-list > div { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 4px 20px;
  padding: 9px 0; border-top: 1px solid var(--line); }
.gaps-list > div:first-child { border-top: 0; }
.gaps-list dt { font-weight: 500; }
.pairs { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); }
.pairs > div { padding: 14px 18px; }
.pairs h3 { font-size: 14px; margin-bottom: 6px; }
.pairs dl { display: grid; grid-template-columns: minmax(90px, max-content) minmax(0, 1fr); gap: 3px 16px;
  font-size: 14px; }
.pairs dt { color: var(--muted); }
.empty { padding: 16px 18px; color: var(--muted); }

@media (max-width: 900px) {
  table { font-size: 13px; }
  th, td { padding: 7px 8px; }
  .probes th:first-child, .probes td:nth-child(2), .probes td:nth-child(3) { min-width: 104px; }
  .probes td:last-child { min-width: 120px; }
}
@media (max-width: 720px) {
  main, header, footer { padding-left: 14px; padding-right: 14px; }
  .cause, .compare, .gaps-list > div { grid-template-columns: minmax(0, 1fr); }
  .verdict .answer { padding: 18px; gap: 14px; }
  .verdict .sign, .verdict .sign svg { width: 38px; height: 38px; }
  .verdict h1 { font-size: 20px; }
  .verdict .body { padding: 18px; }
  .steps > li { grid-template-columns: 70px minmax(0, 1fr) auto; padding: 12px 14px; }
  .steps .what { grid-column: 1 / -1; }
}
@media print {
  :root { --page: #ffffff; --card: #ffffff; --inset: #ffffff; --shadow: none; color-scheme: light; }
  @page { margin: 14mm 12mm; }
  body { font-size: 9.5pt; line-height: 1.45; }
  nav, .as-table { display: none; }
  main, header, footer { max-width: none; padding-left: 0; padding-right: 0; }
  header { padding-top: 0; padding-bottom: 8px; }
  section { margin-top: 20px; }
  main > section:first-child { margin-top: 0; }
  .verdict h1 { font-size: 15pt; }
  .verdict .answer, .verdict .body { padding: 14px 18px; }
  .verdict .body, .facts { gap: 12px; }
  .verdict .gaps { padding: 8px 18px; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .verdict, .drawing, .compare, .steps > li, tr, .cause, pre { break-inside: avoid; }
  h2, h3, h4, caption { break-after: avoid; }
  .scroll { overflow: visible; }
  .tiles { grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); }
  .steps > li { padding: 8px 14px; }
  table { font-size: 8pt; }
  th, td { padding: 4px 6px; }
  td, tbody th { min-width: 4em; }
  .probes th:first-child, .probes td:nth-child(2), .probes td:nth-child(3), .probes td:last-child { min-width: 84px; }
  thead th { white-space: normal; }
  svg.path { min-width: 0 !important; }
  details::details-content { content-visibility: visible; block-size: auto; }
  a { color: inherit; }
}
@media print and (prefers-color-scheme: dark) {
  :root {
    --line: #dbe1ea; --strong-line: #b4bfcd; --text: #18202c; --muted: #55617a; --link: #1d5bbf; --code: #eef1f6;
    --red: #b4232f; --red-soft: #fdeeee; --red-line: #e9a9ad; --red-solid: #c62f3b;
    --amber: #855200; --amber-soft: #fff5e0; --amber-line: #e6c483; --amber-solid: #ad6d00;
    --green: #17703d; --green-soft: #e9f7ee; --green-line: #a3d6b5; --green-solid: #1f8a4c;
    --grey: #55617a; --grey-soft: #eef1f5; --grey-line: #b4bfcd; --grey-solid: #64718a;
    --forward: #1d5bbf; --reply: #0c7a6e;
  }
}
"""
