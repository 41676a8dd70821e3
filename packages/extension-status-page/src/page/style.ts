/** The looks of the page, in light and dark, from 320 pixels on. */
export const style: string = String.raw`
:root { --back: #f6f7f9; --card: #ffffff; --line: #d5dae1; --text: #1c2430; --quiet: #566173; --accent: #0b5cad;
  --good: #14713d; --good-back: #e0f3e7; --warn: #8a5300; --warn-back: #fdf0d5; --bad: #b3202c; --bad-back: #fde6e7; --flow: #4f8fd0; }
@media (prefers-color-scheme: dark) {
  :root { --back: #12161c; --card: #1b212a; --line: #36404d; --text: #e6eaf0; --quiet: #a3afbf; --accent: #7db8f2;
    --good: #6fd198; --good-back: #16341f; --warn: #f0bd5f; --warn-back: #3b2d10; --bad: #ff949b; --bad-back: #45191d; --flow: #4d86bf; }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 3.5rem; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 1rem; padding: .8rem 1.2rem .5rem; }
h1 { font-size: 1.25rem; margin: 0; }
h1 span { font-weight: 400; color: var(--quiet); font-size: 1rem; }
h2 { font-size: 1.1rem; margin: 0 0 .4rem; }
h3 { font-size: 1rem; margin: 0; }
p { margin: 0; }
main { padding: 0 1.2rem 3rem; max-width: 1500px; }
section { margin-top: 1.4rem; }
section > .quiet { margin-bottom: .6rem; }
nav { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: .55rem 1.2rem; background: var(--back); border-bottom: 1px solid var(--line); }
a { color: var(--accent); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: .5rem; top: .5rem; z-index: 3; background: var(--card); padding: .4rem .8rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#pause { margin-left: auto; }
button, input, select { font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .25rem .6rem; }
button { cursor: pointer; min-width: 6.2rem; }
.quiet { color: var(--quiet); }
.banner { margin: .5rem 1.2rem; padding: .6rem .9rem; border-radius: 8px; background: var(--bad-back); color: var(--bad); }
[hidden] { display: none !important; }
.badge { display: inline-block; padding: .05rem .6rem; border-radius: 1rem; font-size: .88rem; font-weight: 600; background: var(--card); border: 1px solid currentColor; white-space: nowrap; }
.good { color: var(--good); background: var(--good-back); }
.warn { color: var(--warn); background: var(--warn-back); }
.bad { color: var(--bad); background: var(--bad-back); }
.pipeline { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .8rem 1rem; margin-bottom: 1rem; }
.pipeline > div:first-child { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .8rem; }
#calm { display: none; }
main:has(#trouble:checked) :is(.pipeline:has(> div > .badge.good), #component-rows tr:has(.badge.good)) { display: none; }
main:has(#trouble:checked):not(:has(.pipeline > div > .badge:not(.good), #component-rows .badge:not(.good))) #calm { display: block; }
.scroll { overflow: auto; }
.graph { position: relative; margin: .6rem 0; }
.graph svg { position: absolute; inset: 0; overflow: visible; }
.graph path { fill: none; stroke: var(--line); stroke-width: 2; }
.graph path.flows { stroke: var(--flow); stroke-dasharray: 6 5; animation: flow 1s linear infinite; }
.graph path.fails { stroke: var(--bad); stroke-dasharray: none; animation: none; }
@keyframes flow { to { stroke-dashoffset: -11; } }
@media (prefers-reduced-motion: reduce) { .graph path.flows { animation: none; } }
.node { position: absolute; display: flex; flex-direction: column; justify-content: center; padding: .2rem .65rem; border: 1px solid var(--line); border-left: 5px solid var(--quiet); border-radius: 8px; background: var(--back); color: var(--text); text-decoration: none; overflow: hidden; }
.node.good { border-left-color: var(--good); }
.node.warn { border-left-color: var(--warn); }
.node.bad { border-left-color: var(--bad); }
.node:hover { border-color: var(--accent); }
.node b { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.node small { font-size: .82rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.node .queue { display: flex; align-items: center; gap: .5rem; }
.meter { flex: 1; height: .45rem; border-radius: .3rem; background: var(--line); overflow: hidden; }
.meter span { display: block; height: 100%; background: var(--accent); }
.node.good small, .node.warn small, .node.bad small { background: none; }
.edge { position: absolute; transform: translate(-50%, -50%); padding: 0 .3rem; background: var(--card); border-radius: 4px; font-size: .84rem; line-height: 1.25; text-align: center; white-space: nowrap; font-variant-numeric: tabular-nums; }
.edge i { display: block; font-style: normal; color: var(--bad); }
summary { cursor: pointer; color: var(--accent); width: fit-content; }
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-size: .85rem; color: var(--quiet); font-weight: 600; }
tbody th { font-size: 1rem; color: var(--text); }
tr:last-child > * { border-bottom: 0; }
tr:target > * { background: var(--warn-back); }
#components th:nth-child(n+3):nth-child(-n+5) { white-space: nowrap; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
details table { margin-top: .5rem; border: 0; }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 1.2rem; margin-bottom: .6rem; }
#log .scroll { max-height: 26rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .4rem .7rem; }
#log ol { list-style: none; margin: 0; padding: 0; font: 13px/1.5 ui-monospace, monospace; }
#log li { overflow-wrap: anywhere; padding: .05rem 0; }
#log li span { margin-right: .7ch; }
#log .level { display: inline-block; min-width: 5ch; padding: 0 .2rem; border-radius: 3px; }
#config table { table-layout: fixed; }
#config th:first-child { width: 40%; }
#config th:last-child { width: 22%; }
#config td, #config tbody th { font-family: ui-monospace, monospace; font-size: 13px; font-weight: 400; }
@media (max-width: 640px) {
  header, nav { padding-left: .8rem; padding-right: .8rem; }
  main { padding: 0 .8rem 2rem; }
  .banner { margin: .5rem .8rem; }
  .pipeline { padding: .7rem .6rem; }
  .edge { font-size: .78rem; padding: 0 .1rem; }
  .edge i { white-space: normal; max-width: 4rem; }
  .node { padding: .2rem .4rem; }
  .queue .meter { display: none; }
  table.stack, table.stack tbody, table.stack tr, table.stack th, table.stack td { display: block; }
  #config tbody th:first-child { width: auto; }
  table.stack thead { position: absolute; left: -99rem; }
  table.stack tr { padding: .5rem .7rem; border-bottom: 1px solid var(--line); }
  table.stack tr > * { border: 0; padding: .1rem 0; }
  table.stack td[data-label]:not(:empty)::before { content: attr(data-label) ": "; color: var(--quiet); font-family: system-ui, sans-serif; }
  th, td { padding: .3rem .4rem; }
}
`;
