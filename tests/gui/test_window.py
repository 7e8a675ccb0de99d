"""From socket to pixel: the real window, the real client, a real server."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from canary import CANARY
from desktop_agent.config.provider import Provider, make_provider
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.theme import LIGHT
from desktop_agent.gui.widgets.notice import NoticeBox, RemarkRow
from desktop_agent.gui.widgets.status_bar import State
from loopback import LoopbackServer, Reply, make_certificate
from window_steps import first_batch, last_reply, outcome_of, type_and_send

Run = Callable[..., int]


def count_pixels(image: QImage, color: object) -> int:
    wanted = color.rgb()  # type: ignore[attr-defined]
    return sum(
        image.pixel(x, y) == wanted for y in range(0, image.height(), 2) for x in range(0, image.width(), 2)
    )


def test_from_socket_to_pixel(drive: Run, server: LoopbackServer, local: Provider) -> None:
    server.enqueue(Reply(text="# Answer\n\nSome **bold** words and `code`.", usage=(1284, 214)))

    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "What is it?")
        assert parts.window.composer.text == ""
        assert parts.window.status_bar.state is State.STREAMING
        assert await ended == "finished"
        assert [message.plain_text() for message in parts.transcript.messages] == [
            "What is it?",
            "Answer\n\nSome bold words and code.",
        ]
        bar = parts.window.status_bar
        assert bar.prompt_item.text == "1,284 prompt"
        assert bar.completion_item.text == "214 completion"
        assert bar.messages_item.text == "2 messages"
        assert bar.state is State.READY
        image = parts.transcript.grab().toImage()
        assert count_pixels(image, LIGHT.text) > 100
        assert count_pixels(image, LIGHT.bubble) > 500
        assert server.host in parts.window.header.pickers.model_button.toolTip()

    assert drive(local, steps) == 0
    request = server.wait_request()
    assert request.body["messages"][-1]["content"] == "What is it?"
    assert request.body["stream"] is True
    assert request.headers["authorization"] == f"Bearer {CANARY}"


def test_2000_chunks_show_progressively_and_edit_at_most_once_a_frame(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    chunks = [f"word{number} " + ("\n\n" if number % 50 == 49 else "") for number in range(2000)]
    server.enqueue(Reply(chunks=chunks, rate=4000, usage=(5, 2000)))

    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        lengths: list[int] = []
        ticks: list[int] = []
        parts.runner.batch_received.connect(lambda _: lengths.append(len(last_reply(parts).source())))
        parts.runner.batch_received.connect(lambda batch: ticks.append(len(batch)))
        type_and_send(parts, "Count")
        assert await ended == "finished"
        reply = last_reply(parts)
        assert reply.source() == "".join(chunks)
        assert sum(ticks) == 2001  # each chunk once, and the response
        assert parts.transcript.frames <= len(ticks)
        assert 5 < parts.transcript.frames < 1000
        assert lengths == sorted(lengths)
        assert len(set(lengths)) >= parts.transcript.frames - 1
        # A frame edits the block that is open, and makes those that begin: 40 paragraphs in all.
        assert reply.body is not None
        assert reply.body.edits <= parts.transcript.frames + 2 * 40

    assert drive(local, steps) == 0


@pytest.mark.parametrize("moment", ["before the first token", "in the middle", "during a stall"])
def test_stop_closes_the_socket_and_keeps_the_text(
    drive: Run, server: LoopbackServer, local: Provider, moment: str
) -> None:
    replies = {
        "before the first token": Reply(text="never", fault="silence"),
        "in the middle": Reply(chunks=["word "] * 5_000, rate=200),
        "during a stall": Reply(text="One two three.", fault="stall", fault_after=3),
    }
    server.enqueue(replies[moment])
    pressed = 0.0

    async def steps(parts: RunningWindow) -> None:
        nonlocal pressed
        ended = outcome_of(parts)
        type_and_send(parts, "Go")
        if moment == "before the first token":
            await asyncio.to_thread(server.wait_request)
        else:
            await first_batch(parts)
        pressed = time.monotonic()
        QTest.keyClick(parts.window, Qt.Key.Key_Escape)
        assert await ended == "stopped"
        reply = last_reply(parts)
        assert isinstance(reply.ending_widget, RemarkRow)
        if moment == "before the first token":
            assert reply.ending_widget.plain_text() == "You stopped before the first word."
        else:
            assert reply.ending_widget.plain_text() == "You stopped this reply."
            assert reply.source()
            assert parts.session.messages[-1].to_text() == reply.source()
            assert parts.session.messages[-1].metadata == {"interrupted": "true"}
        assert parts.window.status_bar.state is State.STOPPED

    assert drive(local, steps) == 0
    assert server.wait_disconnected() - pressed < 5  # how soon is measured: bench cancel


def test_the_button_stops_too_and_the_next_message_goes(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(chunks=["word "] * 5_000, rate=200), Reply(text="Second answer."))

    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "Go")
        await first_batch(parts)
        assert parts.window.composer.send_button.accessibleName() == "Stop reply"
        QTest.mouseClick(parts.window.composer.send_button, Qt.MouseButton.LeftButton)
        assert await ended == "stopped"
        assert parts.window.composer.send_button.accessibleName() == "Send message"
        ended = outcome_of(parts)
        type_and_send(parts, "And now?")
        assert await ended == "finished"
        assert last_reply(parts).source() == "Second answer."

    assert drive(local, steps) == 0
    roles = [message["role"] for message in server.requests[-1].body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]


def test_closing_in_the_middle_of_a_reply_ends_with_0_in_time(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(chunks=["word "] * 5_000, rate=200))
    left = 0.0

    async def steps(parts: RunningWindow) -> None:
        nonlocal left
        type_and_send(parts, "Go")
        await first_batch(parts)
        left = time.monotonic()
        parts.window.close()
        await asyncio.Event().wait()  # the window's end ends this too

    assert drive(local, steps) == 0
    assert time.monotonic() - left < 10
    assert server.wait_disconnected() - left < 10


def test_closing_does_not_wait_for_a_name_that_is_looked_up(
    drive: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()

    def look_up(*_arguments: object, **_options: object) -> list[object]:
        answered.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    left = 0.0

    async def steps(parts: RunningWindow) -> None:
        nonlocal left
        await parts.session.prepare()
        type_and_send(parts, "Go")
        await asyncio.sleep(0)
        left = time.monotonic()
        parts.window.close()
        await asyncio.Event().wait()

    try:
        assert drive(make_provider("https://api.example.invalid/v1", "m", "sk-canary-0123456789"), steps) == 0
        assert time.monotonic() - left < 10
    finally:
        answered.set()


FAILURES: list[tuple[str, Reply, str, str]] = [
    (
        "401",
        Reply(status=401),
        "The server on this computer refused the API key.",
        "Check it in Settings. Your message is kept.",
    ),
    (
        "403",
        Reply(status=403),
        "The server on this computer does not allow this key to use test-model.",
        "Check its permissions",
    ),
    ("404", Reply(status=404), "{host} does not know the model test-model.", "Choose another model"),
    (
        "429",
        Reply(status=429, headers={"Retry-After": "20"}),
        "The server on this computer refused the request: rate limit reached.",
        "Try again in 20 s.",
    ),
    (
        "500",
        Reply(status=500),
        "The server on this computer had an error (500).",
        "The text received so far is kept.",
    ),
    (
        "web page",
        Reply(fault="web_page"),
        "{host} answered with a web page, not a model.",
        "Check the address",
    ),
    (
        "cut",
        Reply(text="One two three four", fault="cut", fault_after=3),
        "The connection closed before the reply was complete.",
        "The text received so far is kept.",
    ),
    ("silence", Reply(fault="silence"), "{host} sent nothing for 1 s.", "The text received so far is kept."),
    (
        "stall",
        Reply(text="One two three four", fault="stall", fault_after=3),
        "{host} sent nothing for 1 s.",
        "The text received so far is kept.",
    ),
]


@pytest.mark.parametrize(
    ("reply", "title", "body"), [each[1:] for each in FAILURES], ids=[each[0] for each in FAILURES]
)
def test_each_failure_shows_its_sentence_and_retry_asks_again(
    drive: Run, server: LoopbackServer, local: Provider, reply: Reply, title: str, body: str
) -> None:
    server.enqueue(reply, Reply(text="It worked."))

    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "My question")
        assert await ended == "failed"
        failed = last_reply(parts)
        assert isinstance(failed.ending_widget, NoticeBox)
        assert title.format(host=server.host) in failed.ending_widget.plain_text()
        assert body in failed.ending_widget.plain_text()
        assert parts.transcript.messages[0].plain_text() == "My question"
        if reply.fault_after:
            assert failed.source().startswith("One two three")
        ended = outcome_of(parts)
        retry = [button for button in failed.ending_widget.buttons.values() if button.text() == "Retry"]
        QTest.mouseClick(retry[0], Qt.MouseButton.LeftButton)
        assert await ended == "finished"
        assert last_reply(parts).source() == "It worked."
        assert len(parts.transcript.messages) == 2  # the new reply took the place of the old one

    assert drive(replace(local, timeout=1.0), steps) == 0
    for request in server.requests[-1:]:
        contents = [message["content"] for message in request.body["messages"] if message["role"] != "system"]
        assert contents == ["My question"]


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("https://api.example.invalid/v1", "The address api.example.invalid was not found."),
        ("http://127.0.0.1:9/v1", "The server on this computer does not answer at 127.0.0.1:9."),
    ],
)
def test_no_connection_is_said(drive: Run, address: str, title: str) -> None:
    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "My question")
        assert await ended == "failed"
        notice = last_reply(parts).ending_widget
        assert isinstance(notice, NoticeBox)
        assert title in notice.plain_text()
        assert parts.window.status_bar.state is State.OFFLINE

    assert drive(make_provider(address, "m", "sk-canary-0123456789"), steps) == 0


def test_a_certificate_that_nobody_vouches_for(drive: Run, tmp_path: object) -> None:
    from pathlib import Path

    certificate = make_certificate(Path(str(tmp_path)))
    if certificate is None:
        pytest.skip("neither the cryptography package nor openssl is here")
    with LoopbackServer(certificate=certificate) as server:

        async def steps(parts: RunningWindow) -> None:
            ended = outcome_of(parts)
            type_and_send(parts, "My question")
            assert await ended == "failed"
            notice = last_reply(parts).ending_widget
            assert isinstance(notice, NoticeBox)
            assert "The secure connection to localhost" in notice.plain_text()

        assert drive(make_provider(server.base_url, "m", "sk-canary-0123456789"), steps) == 0


def test_without_a_key_nothing_is_sent(drive: Run) -> None:
    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "My question")
        assert await ended == "failed"
        notice = last_reply(parts).ending_widget
        assert isinstance(notice, NoticeBox)
        assert notice.plain_text() == "No API key for OpenAI yet. Add one to send this message."

    assert drive(make_provider("https://api.openai.com/v1", "gpt-4o-mini", ""), steps) == 0


def test_a_whole_completion_is_one_message(drive: Run, server: LoopbackServer, local: Provider) -> None:
    server.enqueue(Reply(text="All at once.", fault="json_completion", usage=(3, 4)))

    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "Go")
        assert await ended == "finished"
        assert last_reply(parts).source() == "All at once."
        assert parts.window.status_bar.completion_item.text == "4 completion"

    assert drive(local, steps) == 0


def test_estimates_are_marked(drive: Run, server: LoopbackServer, local: Provider) -> None:
    server.enqueue(Reply(text="Four letters or so.", usage=None))

    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "Go")
        assert await ended == "finished"
        assert parts.window.status_bar.prompt_item.text.startswith("~")
        assert parts.window.status_bar.completion_item.text == "~5 completion"

    assert drive(local, steps) == 0


def test_a_length_limit_is_said(drive: Run, server: LoopbackServer, local: Provider) -> None:
    server.enqueue(Reply(text="Too long", finish_reason="length"))

    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "Go")
        assert await ended == "finished"
        ending = last_reply(parts).ending_widget
        assert isinstance(ending, RemarkRow)
        assert ending.plain_text() == "The reply reached its length limit."

    assert drive(local, steps) == 0


def test_thoughts_stand_apart_and_fold_when_the_answer_begins(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(thought="Let me think.", text="The answer."))

    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "Go")
        assert await ended == "finished"
        reply = last_reply(parts)
        assert reply.source() == "The answer."
        assert reply.thought_source == "Let me think."
        button = reply.thought_button
        assert button is not None
        assert button.text().startswith("Thought for ")
        assert not button.isChecked()
        height = reply.height
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(20, 18))
        assert button.isChecked()
        assert reply.height > height

    assert drive(local, steps) == 0


def test_typing_goes_on_while_a_reply_streams(drive: Run, server: LoopbackServer, local: Provider) -> None:
    server.enqueue(Reply(chunks=["word "] * 5_000, rate=200))

    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "Go")
        await first_batch(parts)
        QTest.keyClicks(parts.window.composer.editor, "my next thought")
        assert parts.window.composer.text == "my next thought"
        assert parts.runner.is_running
        QTest.keyClick(parts.window, Qt.Key.Key_Escape)
        assert await ended == "stopped"
        assert parts.window.composer.text == "my next thought"

    assert drive(local, steps) == 0


def test_a_thought_that_is_stopped_is_kept(drive: Run, server: LoopbackServer, local: Provider) -> None:
    server.enqueue(Reply(thought="Let me think about it.", text="never", fault="stall", fault_after=3))

    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "Go")
        await first_batch(parts)
        QTest.keyClick(parts.window, Qt.Key.Key_Escape)
        assert await ended == "stopped"
        reply = last_reply(parts)
        assert reply.ending_widget is not None
        assert reply.ending_widget.plain_text() == "You stopped this reply."
        kept = parts.session.messages[-1]
        assert (kept.type, kept.to_text()) == ("ThoughtEvent", reply.thought_source)  # type: ignore[union-attr]
        assert kept.metadata == {"interrupted": "true"}

    assert drive(local, steps) == 0


def test_only_the_last_reply_offers_to_be_asked_again(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    server.enqueue(Reply(status=500), Reply(text="Second."))

    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "First question")
        assert await ended == "failed"
        notice = last_reply(parts).ending_widget
        assert isinstance(notice, NoticeBox)
        ended = outcome_of(parts)
        type_and_send(parts, "Second question")
        assert await ended == "finished"
        assert all(button.isHidden() for button in notice.buttons.values())

    assert drive(local, steps) == 0


def test_a_long_first_message_gives_a_short_title(
    drive: Run, server: LoopbackServer, local: Provider
) -> None:
    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        parts.desk.send("many words " * 10_000)
        assert await ended == "finished"
        assert (
            parts.window.header.title.text == "many words many words many words many words many words many…"
        )

    assert drive(local, steps) == 0


def test_an_empty_reply_says_so(drive: Run, server: LoopbackServer, local: Provider) -> None:
    import warnings

    server.enqueue(Reply(text=""))

    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library's, as in AutoGen
            type_and_send(parts, "Go")
            assert await ended == "finished"
        ending = last_reply(parts).ending_widget
        assert ending is not None
        assert ending.plain_text() == "The reply was empty."

    assert drive(local, steps) == 0


def test_a_long_model_name_leaves_the_figures_alone(drive: Run) -> None:
    name = "an-organisation/a-very-long-model-name-with-many-parts-2026-11-22-preview-instruct"

    async def steps(parts: RunningWindow) -> None:
        parts.window.resize(480, 420)
        bar = parts.window.status_bar
        shown = [item for item in bar.findChildren(type(bar.model_item)) if item.isVisible()]
        rects = sorted((item.geometry() for item in shown), key=lambda rect: rect.left())
        assert all(first.right() < second.left() for first, second in pairwise(rects))
        assert bar.model_item.toolTip() == name

    assert drive(make_provider("https://api.example.invalid/v1", name, "sk-canary-0123456789"), steps) == 0
