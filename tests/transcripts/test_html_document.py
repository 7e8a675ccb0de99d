"""A conversation as HTML: it is well formed, runs nothing, fetches nothing, and has the window's colours."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from desktop_agent.agentchat.messages import TextMessage
from desktop_agent.gui import theme
from desktop_agent.markdown import page_html, plain_code_html, text_html
from desktop_agent.transcripts import Entry, ExportOptions, Rendering, Transcript, to_html
from desktop_agent.transcripts.html_style import DARK, LIGHT, style_sheet
from everything import DIRECTIONS, LONG_CODE, MARKDOWN, ODD, TITLE, UNCLOSED, parts

ALL = ExportOptions(thoughts=True, figures=True, other_versions=True)
VOID = frozenset({"meta", "img", "input", "br", "hr"})
TAGS = VOID | set(
    re.findall(
        r"\S+",
        """html head title style body main header article h1 h2 h3 h4 h5 h6 p div span details summary dl dt
        dd pre code figure figcaption a em strong del ul ol li blockquote table thead tbody tr th td""",
    )
)
ATTRIBUTES = set(
    re.findall(
        r"\S+", "charset http-equiv content name class dir href rel src alt checked disabled type start open"
    )
)
NOT_IN_A_PAGE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


class Page(HTMLParser):
    """Refuses what a page of ours never holds, and elements that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.words: list[str] = []
        self.policy = self.style = ""
        assert not NOT_IN_A_PAGE.search(html)
        self.feed(html)
        self.close()
        assert self.open == []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        assert tag in TAGS
        assert len(values) == len(attrs)
        assert values.keys() <= ATTRIBUTES
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"] or ""
        if tag == "a":
            assert urlsplit(values["href"] or "").scheme.lower() in ("http", "https", "mailto")
            assert values["rel"] == "noopener noreferrer"
            assert "a" not in self.open
        if "src" in values:
            assert re.match("data:image/(png|jpeg|gif|webp);base64,", values["src"] or "")
        if tag == "p":
            assert "p" not in self.open
        if tag not in VOID:
            self.open.append(tag)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.style += data
        else:
            self.words.append(data)

    @override
    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)

    @override
    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    @override
    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def written(*entries: Entry, title: str = TITLE, options: ExportOptions = ALL) -> str:
    rendering = Rendering(page_html, text_html, plain_code_html)
    return "".join(to_html([Transcript(title, entries)], options, rendering))


def test_everything_is_in_a_page_that_forbids_everything_foreign() -> None:
    entries = [Entry(part.message, part.events, thought_seconds=75) for part in parts()]
    page = Page(written(*entries))
    text = " ".join("".join(page.words).split())
    for words in (
        TITLE,
        "Share information",
        "web_search",
        "Then answer.",
        "Hm.",
        "Thought for 1 min 15 s",
        '<script>alert("not run")</script>',
        "[image: tracker.example.org, a picture elsewhere]",
        "هذه فقرة باللغة العربية",
        "人工智能正在改变世界",
        "👩‍💻",
        "line 119",
        "U+202E",
        '=HYPERLINK("http://example.org")',
    ):
        assert words in text
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert page.policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in page.style
    assert "@import" not in page.style


MARKUP = (
    "<b>",
    "</div>",
    "<!--",
    "]]>",
    "&lt;",
    "<?x",
    "</main>",
    '"',
    "'",
    "\0",
    "\ud800",
    "\ufffe",
    "\x9b",
)
LINKS = ("[a](http://x.org)", "[b](javascript:x)", "![c](data:image/png;base64,AAAA)", "![d](http://y.org/z)")
MORE = ("[![e](http://y.org)](http://z.org)", "http://a.b/'\"<>", "<http://a.b>", "[f](vbscript:x 'y')")
BLOCKS = ("`", "```html\n", "\n\n", "* ", "> ", "|a|\n|-|\n|b|\n", "~~", "- [x] ", "1. ", "word ", "\t")
FRAGMENTS = st.sampled_from([*MARKUP, *LINKS, *MORE, *BLOCKS, "\u202e", "\x9b"])


@settings(max_examples=150, deadline=None)
@given(st.lists(FRAGMENTS | st.text(max_size=8), max_size=30).map("".join))
def test_no_text_leaves_its_place(text: str) -> None:
    reply = TextMessage(content=text, source="assistant")
    Page(written(Entry(reply), Entry(TextMessage(content=text, source="user")), title=text))


@pytest.mark.parametrize("text", [MARKDOWN, DIRECTIONS, LONG_CODE, UNCLOSED, ODD])
def test_code_keeps_its_text(text: str) -> None:
    page = Page("<div>" + page_html(text) + "</div>")
    for line in re.findall(r"^(?:value_\d+ =|def |print).*$", text, re.MULTILINE):
        assert line in "".join(page.words)


def test_the_colours_are_those_of_the_window() -> None:
    for colors, tokens in ((LIGHT, theme.LIGHT), (DARK, theme.DARK)):
        for name, color in colors.items():
            assert getattr(tokens, name.replace("-", "_")).name().upper() == color


def test_a_page_may_have_one_theme_alone() -> None:
    assert "prefers-color-scheme" in style_sheet("both")
    for choice, colors in (("light", LIGHT), ("dark", DARK)):
        sheet = style_sheet("light" if choice == "light" else "dark")
        assert "prefers-color-scheme" not in sheet
        assert sheet.startswith(f":root{{color-scheme:{choice};--surface:{colors['surface']}")
