"""Markdown as HTML for a page of its own: coloured code, safe links, nothing that is fetched."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from desktop_agent.markdown.blocks import Token, image_label
from desktop_agent.markdown.code_colors import CodeSpan, highlight, language_name
from desktop_agent.markdown.grammar import GfmRenderer, render_options
from desktop_agent.markdown.links import link_target
from desktop_agent.markdown.stream_parser import StreamParser

if TYPE_CHECKING:
    from markdown_it.utils import EnvType, OptionsDict

_DATA_IMAGE: Final = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+")
# HTML may not hold them, not even as references.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# In code, what turns the text around or can't be seen changes what it seems to do.
_UNSEEN: Final = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_DIRECTED: Final = ("bullet_list_open", "ordered_list_open", "blockquote_open", "table_open")


def page_html(text: str) -> str:
    """Markdown as the body of a message: an HTML fragment without scripts, styles and outside references.

    Links lead to http, https and mailto addresses alone; of images, those that the text itself holds are
    shown, and others are named. Code has spans with the classes keyword, string, number, function, comment.
    """
    parser = StreamParser()
    parser.feed(text)
    parser.finish()
    renderer = _renderer()
    options = render_options()
    return allowed("".join(str(renderer.render(block.tokens, options, {})) for block in parser.blocks))


def allowed(html: str) -> str:
    """`html` without the characters that no page may hold."""
    return _FORBIDDEN.sub("\ufffd", html)


def code_html(language: str, code: str) -> str:
    """Code with its colours, and with what can't be seen made visible."""
    lines = code.removesuffix("\n").split("\n")
    colored = highlight(language, lines)
    return "\n".join(_line(line, spans) for line, spans in zip(lines, colored, strict=True))


def text_html(text: str) -> str:
    """Words as HTML, also for attributes."""
    return allowed(escape(text))


def plain_code_html(code: str) -> str:
    """Text that is shown as it is, with what can't be seen made visible."""
    return allowed(_UNSEEN.sub(_visible, escape(code)))


def _line(line: str, spans: Sequence[CodeSpan]) -> str:
    parts: list[str] = []
    at = 0
    for start, length, color in spans:
        parts.append(plain_code_html(line[at:start]))
        at = start + length
        parts.append(f'<span class="{color}">{plain_code_html(line[start:at])}</span>')
    return "".join([*parts, plain_code_html(line[at:])])


def _visible(match: re.Match[str]) -> str:
    return f'<span class="unseen">U+{ord(match[0]):04X}</span>'


class _PageRenderer(GfmRenderer):
    """Writes what a page may hold."""

    @override
    def renderToken(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        if token.type in ("th_open", "td_open"):
            align = str(token.attrs.get("style", "")).removeprefix("text-align:")
            return f'<{token.tag} class="{align}">' if align else f"<{token.tag}>"
        if token.type in _DIRECTED:
            start = token.attrs.get("start")
            number = f' start="{int(start)}"' if start is not None else ""
            opening = f'<{token.tag}{number} dir="auto">\n'
            return f'<div class="table">{opening}' if token.type == "table_open" else opening
        if token.type == "table_close":
            return "</table></div>\n"
        if token.type == "link_open":
            return self._link(token, env)
        if token.type == "link_close":
            return "</a>" if env["links"].pop() else ""
        return str(super().renderToken(tokens, idx, options, env))

    @staticmethod
    def _link(token: Token, env: EnvType) -> str:
        target = link_target(str(token.attrs.get("href", "")))
        env.setdefault("links", []).append(target)
        if target is None:
            return ""
        return f'<a href="{escape(target)}" rel="noopener noreferrer">'

    @override
    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        source, label = str(token.attrs.get("src", "")), image_label(token)
        if _DATA_IMAGE.fullmatch(source):
            return f'<img src="{source}" alt="{escape(label)}">'
        words = f"[image: {escape(label)}]" if label else "[image]"
        target = None if any(env.get("links", ())) else link_target(source)
        if target is None:
            return f'<span class="image">{words}</span>'
        return f'<a class="image" href="{escape(target)}" rel="noopener noreferrer">{words}</a>'

    @override
    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        language = (token.info.split() or [""])[0]
        head = f"<figcaption>{plain_code_html(language_name(language))}</figcaption>" if language else ""
        code = code_html(language, token.content)
        return f'<figure class="code">{head}<pre><code>{code}\n</code></pre></figure>\n'

    @override
    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return self.fence(tokens, idx, options, env)

    @override
    def code_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"<code>{plain_code_html(tokens[idx].content)}</code>"


@functools.cache
def _renderer() -> GfmRenderer:
    return _PageRenderer()
