/** One column, for a screen of any width and for paper. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1c2024; --quiet: #5b6470; --line: #d9dee4; --page: #fff; --card: #f6f8fa;
  --pass: #00694c; --fail: #b03a00; --undecided: #8a5a00; --void: #5b6470; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e9ed; --quiet: #a3adb8; --line: #343b44; --page: #14171a; --card: #1c2126;
    --pass: #4fc79b; --fail: #ff8a4c; --undecided: #f0b429; --void: #a3adb8; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 52rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; margin: 0 0 .5rem; display: flex; flex-wrap: wrap; gap: .6rem; align-items: baseline; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
section { margin-top: 2.5rem; padding-top: 1.5rem; border-top: 1px solid var(--line); }
p { margin: .5rem 0; }
.lead { font-size: 1.15rem; }
.quiet, figcaption, dt { color: var(--quiet); font-size: .875rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 1rem 0; font-size: .9rem; }
dt, dd { margin: 0; overflow-wrap: anywhere; }
.verdict { font-size: .85rem; font-weight: 600; padding: .05rem .55rem; border: 1.5px solid; border-radius: 1rem;
  white-space: nowrap; }
.pass { color: var(--pass); } .fail { color: var(--fail); } .undecided { color: var(--undecided); }
.void { color: var(--void); }
.parts { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; }
.parts a { color: inherit; }
figure { margin: 1.25rem 0; }
figure svg { display: block; max-width: 100%; height: auto; }
.narrow { display: none; }
@media screen and (max-width: 50rem) { .wide { display: none; } .narrow { display: block; } }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; margin: .75rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
thead th { color: var(--quiet); font-weight: 500; }
tbody th { font-weight: 600; padding-top: .9rem; }
.checks, .times { list-style: none; padding: 0; font-size: .9rem; }
.checks li, .times li { display: grid; grid-template-columns: 1.4rem 1fr; margin: .35rem 0; overflow-wrap: anywhere; }
.times li { grid-template-columns: 5.2rem 1fr; }
.times time, .times .at { color: var(--quiet); font-variant-numeric: tabular-nums; }
@media print { body { max-width: none; padding: 0; font-size: .85rem; } figure, tr, li { break-inside: avoid; }
  h2, h3 { break-after: avoid; } }
`;
