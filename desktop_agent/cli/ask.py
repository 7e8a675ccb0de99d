"""`desktop-agent ask`: streams a reply to the terminal."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from contextlib import aclosing

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.errors import AgentError
from desktop_agent.agentchat.messages import TextMessage
from desktop_agent.agentchat.ui import Console
from desktop_agent.chat.agent_factory import create_agent
from desktop_agent.chat.notices import DEMO, describe
from desktop_agent.cli.terminal import say
from desktop_agent.config.exit_status import BAD_USAGE, FAILURE
from desktop_agent.config.provider import Provider
from desktop_agent.config.workers import ImpatientExecutor


def ask(provider: Provider, text: str, *, as_json: bool = False, with_statistics: bool = True) -> int:
    """Stream one reply to standard output.

    Args:
        provider: Who answers.
        text: The question; what is piped into standard input is added to it.
        as_json: Print each event as one line of JSON, the reply's message last.
        with_statistics: Print the figures below the reply.

    Returns:
        The exit status: 0, 1 after a failure (its sentence is on standard error), 2 without a question.

    Raises:
        KeyboardInterrupt: Ctrl+C; what arrived is printed.
        OSError: Standard output can't be written to.
    """
    if sys.stdout is None:
        say("There is no standard output to write the reply to.")
        return FAILURE
    question = "\n\n".join(part for part in (text.strip(), _piped_text()) if part)
    if not question:
        say('There is no question. Write it after "ask", or pipe it in.')
        return BAD_USAGE
    if provider.is_demo:
        say(str(DEMO))
    try:
        with asyncio.Runner() as runner:
            runner.get_loop().set_default_executor(ImpatientExecutor())
            runner.run(_stream(provider, question, as_json=as_json, with_statistics=with_statistics))
    except AgentError as error:
        say(str(describe(error, provider)))
        return FAILURE
    except BrokenPipeError:
        # Whoever read has left; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILURE
    return 0


async def _stream(provider: Provider, question: str, *, as_json: bool, with_statistics: bool) -> None:
    agent = create_agent(provider)
    try:
        message = TextMessage(content=question, source="user")
        if as_json:
            await _print_events(agent, message)
        else:
            stream = agent.on_messages_stream([message], CancellationToken())
            async with aclosing(stream):
                await Console(stream, output_stats=with_statistics)
    finally:
        await agent.close()


async def _print_events(agent: AssistantAgent, message: TextMessage) -> None:
    async with aclosing(agent.on_messages_stream([message], CancellationToken())) as stream:
        async for event in stream:
            shown = event.chat_message if isinstance(event, Response) else event
            sys.stdout.write(json.dumps(shown.dump()) + "\n")
            sys.stdout.flush()


def _piped_text() -> str:
    """What was piped into standard input, or redirected to it; a terminal and /dev/null give nothing."""
    if sys.stdin is None or sys.stdin.closed:
        return ""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return ""
    if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode)):
        return ""
    return sys.stdin.buffer.read().decode("utf-8", "replace").strip()
