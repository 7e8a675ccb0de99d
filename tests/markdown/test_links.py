"""Which addresses may be followed, and what images leave behind."""

from __future__ import annotations

import pytest

from desktop_agent.markdown import StreamParser, host_of, link_target, plain_text


@pytest.mark.parametrize(
    ("href", "host"),
    [
        ("https://example.com/a", "example.com"),
        ("HTTP://Example.com", "example.com"),
        ("https://user:word@evil.example:8080/x", "evil.example"),
        ("https://google.com@evil.example/", "evil.example"),
        ("https://xn--r8jz45g.jp/", "xn--r8jz45g.jp"),
        ("mailto:a@b.example", "a@b.example"),
    ],
)
def test_links_that_may_be_followed(href: str, host: str) -> None:
    assert link_target(href) == href
    assert host_of(href) == host


@pytest.mark.parametrize(
    "href",
    [
        "",
        "#top",
        "/etc/passwd",
        "//evil.example/x",
        "page.html",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "smb://host/share",
        "ftp://x.example",
        "ms-settings:x",
        "https:",
        "https://",
        "https:/x",
        "http:evil.example",
        "https://a b",
        "java\nscript:x",
        "https://[bad",
        "\\\\host\\share",
        "C:\\x",
        "mailto:",
    ],
)
def test_links_that_are_text(href: str) -> None:
    assert link_target(href) is None


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("![a cat](https://evil.example/x.png?leak=1)", "[image: evil.example, a cat]"),
        ("![](https://evil.example/x.png)", "[image: evil.example]"),
        ("![a *b*](/etc/x.png)", "[image: a b]"),
        ("![](file:///x)", "![](file:///x)"),
        ("![x][r]\n\n[r]: https://evil.example/x", "[image: evil.example, x]"),
    ],
)
def test_images_are_words(source: str, text: str) -> None:
    parser = StreamParser()
    parser.feed(source)
    parser.finish()
    assert plain_text(parser.blocks[0]) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("# A *b* `c`", "A b c"),
        ("a\nb  \nc", "a b\nc"),
        ("3. x\n4. y\n   - z\n\n     w", "3. x\n4. y\n  • z\n    w"),
        ("- [x] done\n- [ ] open", "• [x] done\n• [ ] open"),
        ("> a\n>\n> b", "a\nb"),
        ("|a|b|\n|-|-|\n|1||", "a\tb\n1\t"),
        ("```\na\n\nb\n```", "a\n\nb"),
        ("***", ""),
    ],
)
def test_plain_text(source: str, text: str) -> None:
    parser = StreamParser()
    parser.feed(source)
    parser.finish()
    assert plain_text(parser.blocks[0]) == text
