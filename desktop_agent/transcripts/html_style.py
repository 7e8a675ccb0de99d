"""The look of a transcript as HTML: the colours, sizes and shapes of the window, as a style sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from desktop_agent.transcripts.options import PageTheme

LIGHT: Final[Mapping[str, str]] = {
    "surface": "#FFFFFF",
    "sunken": "#F8F7F5",
    "bubble": "#F1F0ED",
    "border": "#E6E4E0",
    "border-input": "#8B8882",
    "text": "#1F1E1C",
    "text2": "#5D5B57",
    "text3": "#66645F",
    "accent": "#2A5CD3",
    "warn": "#8F5500",
    "err": "#B93128",
    "syntax-keyword": "#7B4BB0",
    "syntax-string": "#1A7444",
    "syntax-number": "#8F5500",
    "syntax-function": "#2A5CD3",
    "syntax-comment": "#66645F",
}
"""The tokens of the window's light theme that a page needs."""

DARK: Final[Mapping[str, str]] = {
    "surface": "#201F1E",
    "sunken": "#1A1918",
    "bubble": "#2D2C2A",
    "border": "#363432",
    "border-input": "#7F7C77",
    "text": "#EDEBE8",
    "text2": "#B2AFAA",
    "text3": "#A09D97",
    "accent": "#7FA6FF",
    "warn": "#E0AE5B",
    "err": "#F28B80",
    "syntax-keyword": "#C3A0EC",
    "syntax-string": "#6CC48F",
    "syntax-number": "#E0AE5B",
    "syntax-function": "#7FA6FF",
    "syntax-comment": "#A09D97",
}
"""The same of the dark theme."""

_RULES: Final = """
*{box-sizing:border-box}
html{background:var(--surface);color:var(--text);-webkit-text-size-adjust:100%}
body{margin:0;font:15px/24px Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
overflow-wrap:break-word}
main{max-width:760px;margin:0 auto;padding:28px 24px 64px}
header{margin:0 0 32px;padding:0 0 16px;border-bottom:1px solid var(--border)}
h1.title{margin:0;font-size:24px;line-height:32px;letter-spacing:-.3px;font-weight:600}
.about,.meta,.ending{font-size:12px;line-height:16px;color:var(--text3);font-variant-numeric:tabular-nums}
.about{margin:6px 0 0}
article{margin:0 0 26px}
.name{margin:0 0 10px;font-size:13px;line-height:20px;font-weight:600}
.meta{margin:8px 0 0}
.question{display:flex;flex-direction:column;align-items:flex-end}
.question .bubble{max-width:560px;padding:10px 16px;border-radius:14px;background:var(--bubble);
white-space:pre-wrap}
.bubble,.body p,.body li,.body h1,.body h2,.body h3,.body h4,.body h5,.body h6,.body td,.body th{
unicode-bidi:plaintext;text-align:start}
.body>*{margin:12px 0}
.body>*:first-child{margin-top:0}
.body>*:last-child{margin-bottom:0}
.body h1{font-size:20px;line-height:28px;font-weight:600}
.body h2{font-size:18px;line-height:26px;font-weight:600}
.body h3,.body h4,.body h5,.body h6{margin-top:18px;font-size:15px;line-height:24px;font-weight:600}
.body h4,.body h5,.body h6{color:var(--text2)}
.body ul,.body ol{padding-inline-start:26px}
.body li{margin:6px 0}
.body li>p{margin:6px 0}
.body li::marker{color:var(--text3);font-variant-numeric:tabular-nums}
.body li:has(>input:first-child),.body li:has(>p:first-child>input:first-child){list-style:none;
margin-inline-start:-20px}
.body input[type=checkbox]{margin:0 6px 0 0;accent-color:var(--accent)}
blockquote{margin:12px 0;padding-inline-start:15px;border-inline-start:2px solid var(--border-input);
color:var(--text2)}
a{color:var(--accent);text-decoration:none}
a:hover,a:focus{text-decoration:underline}
a:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
img{max-width:100%;height:auto;border-radius:8px}
span.image{color:var(--text2)}
hr{border:0;border-top:1px solid var(--border)}
code,pre{font:13px/20px "JetBrains Mono",ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,monospace;
font-variant-ligatures:none}
:not(pre)>code{padding:1px 5px;border-radius:4px;background:var(--bubble)}
figure.code{margin:12px 0 18px;border:1px solid var(--border);border-radius:8px;background:var(--sunken)}
figure.code figcaption{padding:9px 14px 0;font-size:12px;line-height:16px;color:var(--text2)}
figure.code pre{margin:0;padding:10px 14px 14px;overflow-x:auto;direction:ltr;text-align:left}
.table{margin:12px 0 18px;overflow-x:auto}
table{border-collapse:collapse;font-size:14px;line-height:20px;font-variant-numeric:tabular-nums}
th{padding:6px 12px;border-bottom:1px solid var(--border-input);font-size:13px;font-weight:600}
td{padding:6px 12px;border-bottom:1px solid var(--border)}
.body td.right,.body th.right{text-align:right}
.body td.center,.body th.center{text-align:center}
.body td.left,.body th.left{text-align:left}
.keyword{color:var(--syntax-keyword)}
.string{color:var(--syntax-string)}
.number{color:var(--syntax-number)}
.function{color:var(--syntax-function)}
.comment{color:var(--syntax-comment)}
.unseen{padding:0 3px;border-radius:4px;background:var(--bubble);color:var(--warn);font-size:11px}
summary{cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary::before{content:"\\203A";display:inline-block;width:16px;color:var(--text3)}
details[open]>summary::before{content:"\\2304"}
.thought{margin:0 0 12px;font-size:13px;line-height:20px;color:var(--text2)}
.thought .body{margin:6px 0 0;padding-inline-start:13px;border-inline-start:2px solid var(--border)}
.thought .body>*{margin:8px 0}
.tool{margin:0 0 12px;border:1px solid var(--border);border-radius:10px;font-size:13px;line-height:20px}
.tool summary{display:flex;gap:8px;padding:10px 12px}
.tool summary::before{flex:none;width:8px}
.tool .called{flex:none;font-weight:500}
.tool .arguments{flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;
color:var(--text2)}
.tool .state{flex:none;font-size:12px;color:var(--text3)}
.tool .failed{color:var(--err)}
.tool dl{margin:0;padding:10px 12px 12px;border-top:1px solid var(--border);border-radius:0 0 10px 10px;
background:var(--sunken)}
.tool dt{font-size:12px;line-height:16px;color:var(--text3)}
.tool dd{margin:4px 0 10px}
.tool dd:last-child{margin-bottom:0}
.tool pre{margin:0;font-size:12px;line-height:19px;white-space:pre-wrap;direction:ltr;text-align:left}
.ending{margin:12px 0 0;white-space:pre-line}
.version{margin:12px 0 0;padding:10px 14px;border:1px solid var(--border);border-radius:10px}
.version>summary{font-size:12px;line-height:16px;color:var(--text3)}
.version>.bubble,.version>.body{margin-top:10px}
.version>.bubble{white-space:pre-wrap}
@media print{
main{max-width:none;padding:0}
header,.name,h1,h2,h3,h4,figcaption,summary{break-after:avoid}
.bubble,tr,blockquote,.tool{break-inside:avoid}
figure.code pre{white-space:pre-wrap;overflow-wrap:anywhere}
details::details-content{display:block;content-visibility:visible;block-size:auto}
a{text-decoration:underline}
.bubble,figure.code,.tool dl,code{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
@page{margin:18mm 16mm}
"""


def style_sheet(theme: PageTheme) -> str:
    """The style sheet; on paper the colours are always light."""
    light, dark = _tokens(LIGHT), _tokens(DARK)
    colors = f":root{{color-scheme:{'light dark' if theme == 'both' else theme};"
    colors += f"{dark if theme == 'dark' else light}}}\n"
    if theme == "both":
        colors += f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    if theme == "dark":
        colors += f"@media print{{:root{{color-scheme:light;{light}}}}}\n"
    return colors + _RULES.strip() + "\n"


def _tokens(colors: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{color}" for name, color in colors.items())
