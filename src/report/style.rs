//! How does the page look, on a phone, on a desk and on paper?
//!
//! Dark on white, one column on a phone; fonts are those of the reader's device. Nothing is fetched.

/// The page's style sheet.
pub(super) const SHEET: &str = r"
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:#fff;color:#1b2733;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.25rem 1rem 3rem}
header{border-bottom:3px solid #1f6f8b;padding-bottom:.75rem;margin-bottom:1.25rem}
h1{font-size:1.75rem;line-height:1.2;margin:0}
h2{font-size:1.2rem;margin:2.25rem 0 .5rem;border-bottom:1px solid #d5dce3;padding-bottom:.25rem}
p{margin:.4rem 0}
.site{font-weight:600;color:#1f6f8b;overflow-wrap:anywhere}
.quiet{color:#4c5b69;font-size:.9rem}
.notice{border-left:4px solid #b45309;background:#fef7ec;padding:.5rem .75rem;margin:1rem 0}
.tiles{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:.6rem;margin:0;padding:0;list-style:none}
.tiles li{border:1px solid #d5dce3;border-radius:.5rem;padding:.6rem .75rem;min-width:0}
.tiles .what{display:block;font-size:.85rem;color:#4c5b69}
.tiles .much{display:block;font-size:1.2rem;font-weight:650;line-height:1.3;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.tiles .more{display:block;font-size:.8rem;color:#4c5b69}
table{border-collapse:collapse;width:100%;font-size:.92rem;margin:.5rem 0}
caption{text-align:left;font-size:.85rem;color:#4c5b69;padding-bottom:.25rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .5rem .35rem 0;border-bottom:1px solid #e6ebf0;overflow-wrap:break-word}
th{font-weight:600}
thead th{border-bottom:2px solid #b9c4ce;font-size:.82rem;color:#4c5b69;overflow-wrap:normal}
tfoot th,tfoot td{border-top:2px solid #b9c4ce;border-bottom:0;font-weight:600}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;overflow-wrap:normal}
th:last-child,td:last-child{padding-right:0}
.sub{display:block;font-size:.82rem;font-weight:400;color:#4c5b69}
.long{overflow-wrap:anywhere}
.slim{max-width:30rem}
figure{margin:.75rem 0}
figcaption{font-size:.85rem;color:#4c5b69;margin-bottom:.25rem}
svg{display:block;width:100%;height:auto}
.wide{display:none}
.key{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 .1em;vertical-align:-.05em}
.keys>span{display:inline-block;white-space:nowrap;margin-right:.8em}
details{margin:.5rem 0}
summary{cursor:pointer;color:#1f6f8b;font-size:.9rem;padding:.25rem 0}
footer{margin-top:2.5rem;border-top:1px solid #d5dce3;padding-top:.5rem}
@media (min-width:45rem){
.tiles{grid-template-columns:repeat(4,minmax(0,1fr))}
.wide{display:block}
.narrow{display:none}
}
@media (max-width:44.99rem){
.desk{display:none}
}
@page{size:A4;margin:14mm}
@media print{
body{font-size:10.5pt}
main{max-width:none;padding:0}
.tiles{grid-template-columns:repeat(4,minmax(0,1fr))}
.wide{display:block}
.narrow{display:none}
.desk{display:table-cell}
h2{break-after:avoid}
figure,.tiles li,tr{break-inside:avoid}
thead{display:table-header-group}
table{font-size:9.5pt}
th,td{padding-top:.12rem;padding-bottom:.12rem}
.slim{max-width:11cm}
details::details-content{content-visibility:visible;block-size:auto}
summary{display:none}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
";
