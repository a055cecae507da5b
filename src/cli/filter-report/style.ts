/** The style of report.html, which stands alone: paper and ink, light and dark, screen and print. */
export const style = `
:root{color-scheme:light dark;--paper:#fcfbf8;--deep:#f3f1ea;--ink:#14181d;--soft:#515861;--line:#d4d1c7;--accent:#1f3f8f;--dropped:#98201f;--review:#7d4a00;--licensed:#14603f;--kept:#8b929b;--bad:#6b4a86;--disputed:#a85b00}
@media screen and (prefers-color-scheme:dark){:root{--paper:#14161a;--deep:#1d2026;--ink:#eceae4;--soft:#a9afb8;--line:#353a42;--accent:#a9bffb;--dropped:#f29a92;--review:#e6b566;--licensed:#7fcfa2;--kept:#6d747e;--bad:#c9a5e6;--disputed:#f0a44b}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:400 1.0625rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:64rem;margin-inline:auto;padding:2rem clamp(1rem,4vw,1.5rem) 4rem}
h1{font-size:clamp(1.6rem,1.3rem + 1.6vw,2.25rem);line-height:1.2;letter-spacing:-.015em;margin:0 0 1rem;overflow-wrap:anywhere;text-wrap:balance}
h2{font-size:1.375rem;line-height:1.2;margin:2.75rem 0 .75rem;text-wrap:balance}
p,ul,dl{margin:0 0 1rem;max-width:42rem}
li{margin-block-end:.5rem}
code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.88em;overflow-wrap:anywhere}
.signals{border-inline-start:.4rem solid var(--licensed);background:var(--deep);padding:.9rem 1.1rem;margin:0 0 1.5rem;max-width:none}
.signals strong{display:block;font-size:1.25rem;line-height:1.3}
.signals.none{border-color:var(--dropped)}
.signals.none strong{color:var(--dropped)}
.soft{color:var(--soft);font-size:.9375rem}
.command{display:block;background:var(--deep);padding:.75rem 1rem;margin-block-end:1rem;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin-block-end:1rem}
.scroll code{white-space:nowrap}
table{border-collapse:collapse;width:100%}
caption{text-align:start;color:var(--soft);font-size:.9375rem;padding-block-end:.25rem}
th,td{text-align:start;vertical-align:top;font-weight:400;padding:.45rem .9rem .45rem 0;border-block-end:1px solid var(--line)}
th[scope=row]{overflow-wrap:anywhere;min-width:9rem}
thead th{color:var(--soft);font-size:.875rem;white-space:nowrap}
.n{text-align:end;font-variant-numeric:tabular-nums;white-space:nowrap}
td:last-child,th:last-child{padding-inline-end:0}
.plot{width:34%}
.bar{display:block;width:100%;height:.8rem;margin-block-start:.35rem;fill:var(--dropped)}
.bars-all .bar{fill:var(--accent)}
.stack{display:block;width:100%;height:1.75rem;margin-block:.25rem 1rem}
.swatch{display:inline-block;width:.8rem;height:.8rem;margin-inline-end:.5rem;border:1px solid var(--ink)}
.kept{fill:var(--kept);background:var(--kept)}.dropped{fill:var(--dropped);background:var(--dropped)}.review{fill:var(--review);background:var(--review)}.licensed{fill:var(--licensed);background:var(--licensed)}.disputed{fill:var(--disputed);background:var(--disputed)}.nothing{fill:var(--line);background:var(--line)}.bad{fill:var(--bad);background:var(--bad)}
.ranks{margin:0 0 1.5rem}
.ranks svg{display:block;width:100%;max-width:46rem;height:auto}
.ranks text{font:12px system-ui,sans-serif;fill:var(--soft)}
.ranks figcaption{color:var(--soft);font-size:.9375rem}
.g{stroke:var(--line);fill:none}
.line{fill:none;stroke-width:2.5;stroke-linejoin:round;stroke-linecap:round}
.line.all{stroke:var(--accent)}.line.dropped{stroke:var(--dropped);stroke-dasharray:7 5}
.key{white-space:nowrap;background:none}
.key::before{content:"";display:inline-block;width:1.6rem;border-block-start:3px solid var(--accent);margin-inline:.25rem .4rem;vertical-align:.25em}
.key.dropped::before{border-color:var(--dropped);border-block-start-style:dashed}
summary{cursor:pointer;font-weight:600;margin-block-end:.5rem}
:focus-visible{outline:3px solid var(--review);outline-offset:2px}
dl{max-width:none;margin:0}
dl>div{border-block-end:1px solid var(--line);padding-block:.5rem}
dt{color:var(--soft);font-size:.9375rem}
dd{margin:0;overflow-wrap:anywhere}
dd p{margin:0;max-width:none}
@media (min-width:44rem){dl>div{display:grid;grid-template-columns:12rem 1fr;gap:1rem}}
@media (max-width:36rem){table{font-size:.875rem}.plot{width:16%}th,td{padding-inline-end:.4rem}thead th{white-space:normal;font-size:.8rem}th[scope=row]{min-width:6.5rem}.ranks text{font-size:20px}}
@media (forced-colors:active){.bar,.stack path,.line{forced-color-adjust:none}}
@media print{body{font-size:10pt}main{max-width:none;padding:0}h2{break-after:avoid}tr,figure{break-inside:avoid}.signals{border:1px solid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
