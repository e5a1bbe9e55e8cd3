// How a page looks. In the page itself, so that it needs no second request and works as a file.

export const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--line:#e1e4e8;--text:#1f2328;--soft:#59636e;--up:#1a7f37;--degraded:#8a5c00;--down:#c21f2b;--maintenance:#0860c4;--unknown:#59636e;--empty:#c9ced4}
@media (prefers-color-scheme:dark){:root{--bg:#0d1117;--card:#151b23;--line:#2a313a;--text:#e6edf3;--soft:#9aa4af;--up:#3fb950;--degraded:#d29922;--down:#ff6b63;--maintenance:#58a6ff;--unknown:#9aa4af;--empty:#3d444d}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;overflow-wrap:anywhere}
main,footer{max-width:48rem;margin:0 auto;padding:0 1rem}
h1{font-size:1.5rem;line-height:1.25;margin:2.5rem 0 .25rem}
h2{font-size:1rem;margin:2rem 0 .5rem}
h3{font-size:1rem;margin:0;font-weight:600}
p{margin:.25rem 0}
a{color:inherit;text-underline-offset:.2em}
a:focus-visible,summary:focus-visible{outline:2px solid var(--maintenance);outline-offset:3px;border-radius:2px}
ul,ol,dl{list-style:none;margin:0;padding:0}
.soft,time,footer{color:var(--soft);font-size:.875rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:0 1rem;overflow:hidden}
.card>li{padding:.875rem 0}
.card>li+li{border-top:1px solid var(--line)}
.now{display:flex;gap:.75rem;align-items:center;margin:1.25rem 0 0;padding:1rem;font-size:1.125rem;font-weight:600;border-left:5px solid var(--kind)}
.now small{margin-left:auto;font-weight:400;text-align:right}
.row{display:flex;gap:.25rem 1rem;justify-content:space-between;align-items:baseline;flex-wrap:wrap}
.state{display:inline-flex;gap:.4rem;align-items:center;color:var(--kind);font-weight:600;font-size:.9375rem;white-space:nowrap}
.icon{width:1.125em;height:1.125em;flex:none;fill:none;stroke:var(--kind);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.now .icon{width:1.5rem;height:1.5rem}
.up{--kind:var(--up)}.degraded{--kind:var(--degraded)}.down{--kind:var(--down)}.maintenance{--kind:var(--maintenance)}.unknown{--kind:var(--unknown)}
.strip{display:block;width:100%;height:28px;margin:.625rem 0 .25rem}
.strip .up{fill:var(--up);opacity:.75}.strip .degraded{fill:var(--degraded)}.strip .down{fill:var(--down)}.strip .maintenance{fill:var(--maintenance)}.strip .unknown{fill:var(--empty)}
.ends{display:flex;justify-content:space-between;gap:.5rem;flex-wrap:wrap}
details{margin-top:.25rem}
summary{cursor:pointer;color:var(--soft);font-size:.875rem;padding:.125rem 0;width:fit-content}
table{border-collapse:collapse;font-size:.875rem;width:100%;margin:.25rem 0}
th,td{text-align:left;padding:.2rem .75rem .2rem 0;font-weight:400;border-top:1px solid var(--line);font-variant-numeric:tabular-nums}
th{color:var(--soft)}
.incident{border-left:5px solid var(--kind)}
.updates{margin-top:.5rem}
.updates li{padding:.375rem 0}
.updates p{white-space:pre-line;margin:0}
.legend svg{fill:var(--kind)}.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:1rem 0 0}
footer{margin-top:2.5rem;padding-bottom:2.5rem}
.skip{position:absolute;left:-99rem}
.stale main{filter:grayscale(1);opacity:.75}
.stale .now small::after{content:" · not up to date: no answer"}
.embedded main{padding:0 .25rem;max-width:none}
.embedded h1{margin-top:.5rem;font-size:1.125rem}
@media (max-width:30rem){.now{flex-wrap:wrap}.now small{margin-left:2.25rem;text-align:left;width:100%}h1{margin-top:1.5rem}.ends span:nth-child(2){order:3;width:100%}}
@media (prefers-reduced-motion:no-preference){a{transition:color .15s}}
@media (forced-colors:active){.now,.incident{border-left-color:CanvasText}.icon{stroke:CanvasText}.strip use{fill:CanvasText;opacity:1}.strip .unknown{fill:GrayText}}
@media print{:root{--bg:#fff;--card:#fff}body{font-size:12px}.card,.incident,li{break-inside:avoid}footer a{display:none}.strip{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`.trim();
