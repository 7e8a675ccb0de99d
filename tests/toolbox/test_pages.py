"""Reading pages: what becomes text, what is refused with a sentence, and that nothing is unbounded."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_agent.agentchat.errors import ToolError
from desktop_agent.toolbox import download as downloads
from desktop_agent.toolbox.download import Network
from desktop_agent.toolbox.pages import MOST_CHARACTERS, read_page
from loopback import make_certificate
from tool_talk import LoopbackWeb, Page, article, loopback_web

ADDRESS = "http://page.example/x"
WORDS = "A sentence that is long enough to be a text. " * 10


@pytest.fixture
def web() -> Iterator[LoopbackWeb]:
    with loopback_web() as web:
        yield web


def read(web: LoopbackWeb, page: Page, start: int = 0) -> str:
    web.pages["page.example/x"] = page
    return asyncio.run(read_page(ADDRESS, start, web.network))


def refused(web: LoopbackWeb, page: Page) -> str:
    with pytest.raises(ToolError) as caught:
        read(web, page)
    return str(caught.value)


def test_a_page_becomes_markdown(web: LoopbackWeb) -> None:
    body = (
        "<html><head><title>Streams &amp;\n rivers</title></head><body><nav><a href='/menu'>Menu</a></nav>"
        f"<article><h1>Streams</h1><p>{WORDS}<b>bold</b> and <a href='/more'>more</a>.</p>"
        "<ul><li>one</li><li>two</li></ul>"
        "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table></article></body></html>"
    )
    result = read(web, Page(body.encode()))
    assert result.startswith(
        "Title: Streams & rivers\nAddress: http://page.example/x\nNote: What follows is the page's own text."
    )
    for part in ("# Streams", "**bold**", "[more](http://page.example/more)", "- one", "| a | b |"):
        assert part in result
    assert "Menu" not in result


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<title>x</title><p>" + "Größe und Maß. " * 20, "text/html; charset=ISO-8859-1"),
        ("<meta charset=windows-1252><title>x</title><p>" + "Größe und Maß. " * 20, "text/html"),
        ("<title>x</title><p>" + "Größe und Maß. " * 20, "text/html; charset=no-such-thing"),
    ],
)
def test_encodings_that_pages_say_or_do_not_say(web: LoopbackWeb, body: str, content_type: str) -> None:
    assert "Größe und Maß." in read(web, Page(body.encode("cp1252"), content_type))


def test_a_text_in_a_wrong_encoding_is_read_as_far_as_it_goes(web: LoopbackWeb) -> None:
    page = Page("Größe, 大きさ. ".encode() * 20 + b"\xff\xfe broken", "text/plain; charset=utf-8")
    assert "Größe, 大きさ." in read(web, page)
    assert "text in two bytes" in read(web, Page("text in two bytes".encode("utf-16"), "text/plain"))


def test_plain_texts_and_json_come_as_they_are(web: LoopbackWeb) -> None:
    assert read(web, Page(b'{"a": 1}', "application/json")).endswith('\n\n{"a": 1}')
    assert read(web, Page(b"plain", "")).endswith("\n\nplain")


REFUSED = (
    (Page(b"%PDF-1.7 ...", "application/pdf"), "PDF document"),
    (Page(b"%PDF-1.7 ...", "text/html"), "PDF document"),
    (Page(b"\x89PNG\r\n", "image/png"), "It is image, not a page"),
    (Page(b"PK\x03\x04", "application/zip"), "an archive"),
    (Page(b"\x00\x01\x02" * 100, "text/html"), "not text"),
    (Page(b"MZ\x90", "application/x-msdownload"), "application/x-msdownload"),
    (Page(b"<html><body><form><input name=password></form></body></html>"), "login"),
    (Page(b"<html><body><div id=root></div><script>x()</script></body></html>"), "a program"),
    (Page(b""), "without readable text"),
    (Page(b"no", status=401), "wants a login"),
    (Page(b"no", status=403), "does not allow it"),
    (Page(b"no", status=404), "does not have it"),
    (Page(b"no", status=429), "fewer requests"),
    (Page(b"no", status=503), "had an error"),
    (Page(b"x" * 5_000_001, "text/plain"), "larger than 5 MB"),
    (Page(gzip.compress(b"\0" * 50_000_000), headers={"Content-Encoding": "gzip"}), "larger than 5 MB"),
    (Page(b"no gzip", headers={"Content-Encoding": "gzip"}), "the connection failed"),
    (Page(b"x", headers={"Content-Encoding": "br"}), "not known"),
    (Page(b"<p " + b"a=1 " * 20_000 + b">x"), "too long to be read"),
)


def test_what_is_no_page_gets_a_sentence(web: LoopbackWeb) -> None:
    for page, sentence in REFUSED:
        assert sentence in refused(web, page)


def test_packed_pages_are_unpacked(web: LoopbackWeb) -> None:
    packed = zlib.compress(article("P", WORDS).body)
    assert WORDS[:40] in read(web, Page(packed, headers={"Content-Encoding": "deflate"}))


def test_a_long_page_is_read_in_pieces(web: LoopbackWeb) -> None:
    text = "".join(f"{number:07}\n" for number in range(12_000))
    first = read(web, Page(text.encode(), "text/plain"))
    assert first.endswith(f"[{len(text) - MOST_CHARACTERS:,} more characters: fetch it with start=40000.]")
    rest = read(web, Page(text.encode(), "text/plain"), 80_000)
    assert rest.split("\n\n", 1)[1].startswith(text[80_000:80_020])
    with pytest.raises(ToolError, match="96,000 characters"):
        read(web, Page(text.encode(), "text/plain"), 1_000_000)


def test_a_server_that_never_ends_is_given_up(web: LoopbackWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "SECONDS", 0.3)
    assert "did not send it within" in refused(web, Page(b"<p>begun", stalls=threading.Event()))


def test_a_cancel_frees_the_connection_at_once(web: LoopbackWeb) -> None:
    page = Page(b"<p>begun", stalls=threading.Event())
    web.pages["page.example/x"] = page

    async def read_and_stop() -> float:
        work = asyncio.ensure_future(read_page(ADDRESS, 0, web.network))
        await asyncio.to_thread(web.asked.wait, 20)
        began = time.perf_counter()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        return time.perf_counter() - began

    assert asyncio.run(read_and_stop()) < 2.0


def test_certificates_are_judged_for_the_name_and_not_for_the_number(tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    if made is None:
        pytest.skip("neither cryptography nor openssl is there")
    trusting = ssl.create_default_context(cafile=str(made.certificate))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(made.certificate, made.key)
    with loopback_web(serving) as web:
        web.pages["localhost/"] = article("Safe", WORDS)
        network = Network(web.network.resolve, web.network.connect, lambda: trusting)
        assert "Title: Safe" in asyncio.run(read_page("https://localhost/", 0, network))
        with pytest.raises(ToolError, match="could not be verified"):
            asyncio.run(read_page("https://other.example/", 0, network))
        distrusting = Network(web.network.resolve, web.network.connect)
        with pytest.raises(ToolError, match="could not be verified"):
            asyncio.run(read_page("https://localhost/", 0, distrusting))


def test_an_encoding_that_keeps_its_decoder_busy_for_hours_is_none(web: LoopbackWeb) -> None:
    words = b"word " * 20 + b"ab" * 500_000
    for name in ("punycode", "Unicode-Escape"):
        assert "word word" in read(web, Page(words, f"text/plain; charset={name}"))


def test_what_comes_after_the_end_of_a_packed_page_is_not_kept(web: LoopbackWeb) -> None:
    tracemalloc.start()
    try:
        body = gzip.compress(b"The whole page.") + bytes(30_000_000)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        page = Page(body, "text/plain", headers={"Content-Encoding": "gzip"})
        assert read(web, page).endswith("The whole page.")
        assert tracemalloc.get_traced_memory()[1] - before < 10_000_000
    finally:
        tracemalloc.stop()
