"""Asking a person, and `Console` beside it."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from typing import Any

import pytest

from agent_runs import collect, names
from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.agents import UserProxyAgent
from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.messages import HandoffMessage, TextMessage, UserInputRequestedEvent
from desktop_agent.agentchat.ui import Console, UserInputManager

HANDOFF = HandoffMessage(content="Your turn.", target="user", source="assistant")


def ask_sync(prompt: str) -> str:
    return f"{prompt}|{UserProxyAgent.InputRequestContext.request_id()}"


async def ask_async(prompt: str, cancellation_token: CancellationToken | None) -> str:
    assert cancellation_token is not None
    return ask_sync(prompt)


@pytest.mark.parametrize("ask", [ask_sync, ask_async])
def test_person_is_asked(ask: Any) -> None:
    agent = UserProxyAgent("user", input_func=ask)
    assert agent.description == "A human user"
    assert agent.produced_message_types == [TextMessage, HandoffMessage]
    items = asyncio.run(collect(agent.run_stream(task="Hi")))
    assert names(items) == ["TextMessage", "UserInputRequestedEvent", "TextMessage", "TaskResult"]
    _, event, answer, result = items
    assert isinstance(event, UserInputRequestedEvent)
    assert (event.source, answer.source) == ("user", "user")
    assert answer.content == f"Enter your response: |{event.request_id}"
    assert result.messages == items[:-1]


def test_handoff_goes_back_to_the_sender() -> None:
    agent = UserProxyAgent("user", input_func=lambda prompt: prompt)
    items = asyncio.run(collect(agent.on_messages_stream([HANDOFF], CancellationToken())))
    assert isinstance(items[-1], Response)
    answer = items[-1].chat_message
    assert isinstance(answer, HandoffMessage)
    assert (answer.target, answer.source) == ("assistant", "user")
    assert answer.content == "Handoff received from assistant. Enter your response: "


def test_handoff_to_somebody_else_is_refused() -> None:
    with pytest.raises(RuntimeError, match="does not match agent name"):
        asyncio.run(UserProxyAgent("somebody").on_messages([HANDOFF], CancellationToken()))


@pytest.mark.parametrize("error", [ValueError("no tty"), EOFError("no tty")])
def test_failures_are_named(error: Exception) -> None:
    def fail(prompt: str) -> str:
        raise error

    with pytest.raises(RuntimeError, match="Failed to get user input: no tty") as caught:
        asyncio.run(UserProxyAgent("user", input_func=fail).run(task="Hi"))
    assert caught.value.__cause__ is error


def test_default_is_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: f"typed after {prompt}")
    result = asyncio.run(UserProxyAgent("user").run(task="Hi"))
    assert result.messages[-1].to_text() == "typed after Enter your response: "


@pytest.mark.parametrize("is_async", [True, False])
def test_cancel_ends_the_question(is_async: bool) -> None:
    release = threading.Event()

    async def main() -> float:
        began, token, loop = asyncio.Event(), CancellationToken(), asyncio.get_running_loop()

        def wait(prompt: str) -> str:
            loop.call_soon_threadsafe(began.set)
            release.wait(60)
            return ""

        async def wait_async(prompt: str, cancellation_token: CancellationToken | None) -> str:
            began.set()
            await asyncio.Event().wait()
            return ""

        agent = UserProxyAgent("user", input_func=wait_async if is_async else wait)
        run = asyncio.create_task(agent.run(task="Hi", cancellation_token=token))
        await began.wait()
        begun = time.monotonic()
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        return time.monotonic() - begun

    try:
        assert asyncio.run(main()) < 30.0  # of the 60 that the function may take
    finally:
        release.set()


def test_nobody_is_asked_outside_of_a_question() -> None:
    with pytest.raises(RuntimeError, match="must be called within"):
        UserProxyAgent.InputRequestContext.request_id()


@pytest.mark.parametrize("is_async", [True, False])
def test_console_prints_before_the_question_is_asked(
    capsys: pytest.CaptureFixture[str], is_async: bool
) -> None:
    def ask(prompt: str) -> str:
        sys.stdout.write("<asked>\n")
        return "Fine."

    async def ask_later(prompt: str, cancellation_token: CancellationToken | None) -> str:
        return ask(prompt)

    manager = UserInputManager(ask_later if is_async else ask)
    agent = UserProxyAgent("user", input_func=manager.get_wrapped_callback())
    asyncio.run(Console(agent.run_stream(task="Hi"), user_input_manager=manager))
    assert capsys.readouterr().out == (
        "---------- TextMessage (user) ----------\nHi\n<asked>\n"
        "---------- TextMessage (user) ----------\nFine.\n"
    )


def test_question_that_was_seen_first_is_asked() -> None:
    # AutoGen waits for ever here.
    async def main() -> str:
        manager = UserInputManager(lambda prompt: "Fine.")
        manager.notify_event_received("1")
        with UserProxyAgent.InputRequestContext.populate_context("1"):
            return await manager.get_wrapped_callback()("?", None)

    assert asyncio.run(main()) == "Fine."
