"""`desktop-agent ask`: streams a reply to the terminal."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from contextlib import aclosing

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.errors import AgentError
from desktop_agent.agentchat.messages import TextMessage
from desktop_agent.agentchat.ui import Console
from desktop_agent.chat.agent_factory import create_agent
from desktop_agent.chat.notices import DEMO, describe
from desktop_agent.chat.tool_events import ToolProgressEvent
from desktop_agent.cli.ask_tools import AskedTools, Events, replying_with
from desktop_agent.cli.terminal import say
from desktop_agent.config.exit_status import BAD_USAGE, FAILURE
from desktop_agent.config.keychain_errors import KeychainError
from desktop_agent.config.logs import hide_in_log
from desktop_agent.config.provider import Provider, ProviderError
from desktop_agent.config.workers import ImpatientExecutor

NOBODY = (
    "No model is chosen yet. Open Desktop Agent and choose one, or name one with OPENAI_API_KEY or "
    '--base-url. "desktop-agent ask --demo" answers without a model.'
)
_KEYCHAIN_SECONDS = 30.0


def chosen_provider() -> Provider | None:
    """The provider and model that are chosen in the settings, with the key; None if none is.

    Raises:
        ProviderError: The provider can't be used as it is set up.
        KeychainError: The keychain does not give its key.
    """
    from desktop_agent.config.provider_keys import provider_with_key_now
    from desktop_agent.config.providers import all_entries
    from desktop_agent.config.settings_store import SettingsStore

    settings = SettingsStore().load()
    choice = settings.agents.current.choice or settings.providers.chosen
    entries = all_entries(settings.providers.entries) if choice is not None else ()
    entry = next((each for each in entries if choice is not None and each.id == choice.provider), None)
    if choice is None or entry is None:
        return None
    return provider_with_key_now(entry, choice.model, timeout=_KEYCHAIN_SECONDS)


def ask(
    provider: Provider | None,
    text: str,
    *,
    as_json: bool = False,
    with_statistics: bool = True,
    tools: AskedTools | None = None,
) -> int:
    """Stream one reply to standard output.

    Args:
        provider: Who answers; None for whom the settings choose.
        text: The question; what is piped into standard input is added to it.
        as_json: Print each event as one line of JSON, the reply's message last.
        with_statistics: Print the figures below the reply.
        tools: What the agent may use; by default nothing.

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
    try:
        provider = provider or chosen_provider()
    except (ProviderError, KeychainError) as error:
        say(str(error))
        return FAILURE
    if provider is None:
        say(NOBODY)
        return FAILURE
    if tools is not None and not tools.is_folder_there:
        say(f"The folder {tools.folder} is not there.")
        return BAD_USAGE
    hide_in_log(provider.api_key)
    if provider.is_demo:
        say(str(DEMO))
    try:
        with asyncio.Runner() as runner:
            runner.get_loop().set_default_executor(ImpatientExecutor())
            replying = replying_with(provider, question, tools) if tools else _replying(provider, question)
            runner.run(_print(replying, as_json=as_json, with_statistics=with_statistics))
    except AgentError as error:
        say(str(describe(error, provider)))
        return FAILURE
    except BrokenPipeError:
        # Whoever read has left; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILURE
    return 0


async def _replying(provider: Provider, question: str) -> Events:
    """What an agent without tools does."""
    agent = create_agent(provider)
    try:
        message = TextMessage(content=question, source="user")
        async with aclosing(agent.on_messages_stream([message], CancellationToken())) as stream:
            async for event in stream:
                yield event
    finally:
        await agent.close()


async def _print(stream: Events, *, as_json: bool, with_statistics: bool) -> None:
    async with aclosing(stream):
        if not as_json:
            await Console(_without_progress(stream), output_stats=with_statistics)
            return
        async for event in stream:
            shown = event.chat_message if isinstance(event, Response) else event
            sys.stdout.write(json.dumps(shown.dump()) + "\n")
            sys.stdout.flush()


async def _without_progress(stream: Events) -> Events:
    """Leave out what a terminal has no place for: the states of a call, whose result comes as well."""
    async for event in stream:
        if not isinstance(event, ToolProgressEvent):
            yield event


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
