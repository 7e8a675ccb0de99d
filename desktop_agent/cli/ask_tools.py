"""`desktop-agent ask` with tools: the person is asked in the terminal, and where there is none, it is no."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.messages import BaseAgentEvent, BaseChatMessage
from desktop_agent.agentchat.tools.threads import run_in_thread
from desktop_agent.chat.answerer import Answerer
from desktop_agent.chat.approvals import Answer, ApprovalRequest, Decision
from desktop_agent.chat.session import ChatSession
from desktop_agent.chat.tool_events import ToolProgressEvent
from desktop_agent.chat.tool_services import ToolServices
from desktop_agent.chat.tools_in_use import ToolChoices
from desktop_agent.cli.terminal import in_plain_sight, say
from desktop_agent.config.provider import Provider
from desktop_agent.config.settings_store import SettingsError, SettingsStore

Events = AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]

_QUESTION: Final = 'Allow it? "yes" for once, "always" for exactly this, or "no" and why: '
_NOBODY: Final = "nobody could be asked"


@dataclass(frozen=True)
class AskedTools:
    """What the options let the agent use.

    Attributes:
        web_search: Whether it may search the web and read pages.
        folder: The folder whose files it may read, as a whole path; None for none.
    """

    web_search: bool = False
    folder: Path | None = None

    @property
    def is_folder_there(self) -> bool:
        """Whether there is such a folder, or none is named."""
        return self.folder is None or self.folder.is_dir()


def asked_tools(options: argparse.Namespace) -> AskedTools | None:
    """What the options of `ask` say; None if they let the agent use nothing."""
    if not (options.tools or options.web_search or options.folder is not None):
        return None
    folder = None if options.folder is None else Path(options.folder).expanduser().absolute()
    return AskedTools(options.web_search, folder)


async def replying_with(provider: Provider, question: str, tools: AskedTools) -> Events:
    """What an agent with tools does; its questions are asked in the terminal."""
    store = SettingsStore()
    store.load()

    def change(page: str, **values: Any) -> None:
        store.change(page, **values)
        try:
            store.save()
        except SettingsError as error:
            say(str(error))

    services = ToolServices.of(lambda: store.settings, change)
    session = ChatSession(Answerer(provider, tool_services=services))
    files = None if tools.folder is None else str(tools.folder)
    session.use_tools(ToolChoices(tools.web_search, files, basics=True))
    refusal = await session.why_no_tools()
    if refusal:
        say(refusal)
    try:
        async with aclosing(session.send(question, CancellationToken())) as stream:
            async for event in stream:
                yield event
                if isinstance(event, ToolProgressEvent) and event.request is not None:
                    answer = await _answer_to(event.request)
                    session.approvals.answer(event.request.id, answer.decision, answer.note)
    finally:
        await session.close()


async def _answer_to(request: ApprovalRequest) -> Answer:
    shown = "\n".join(
        in_plain_sight(each) for each in (request.sentence, "", request.body, "", request.access)
    )
    return await run_in_thread(lambda: _ask(shown), "question")


def _ask(shown: str) -> Answer:
    """Show a question and read its answer from the terminal; without one it is no."""
    try:
        reading, writing = _terminal()
    except OSError:
        say(f"{shown}\n\nThere is no terminal to ask you in, so it was not done.")
        return Answer(Decision.DENY, _NOBODY)
    with reading, writing:
        writing.write(f"\n{shown}\n\n")
        _forget_typed(reading)  # nothing that was typed before the question answers it
        writing.write(_QUESTION)
        writing.flush()
        return answer_of(reading.readline())


def answer_of(line: str) -> Answer:
    """What a line says; whatever is not clearly yes is no."""
    words = line.strip()
    if words.lower() in ("y", "yes"):
        return Answer(Decision.ONCE)
    if words.lower() == "always":
        return Answer(Decision.ALWAYS)
    first, _, rest = words.partition(" ")
    return Answer(Decision.DENY, rest.strip() if first.lower().rstrip(",:.") in ("n", "no") else words)


def _terminal() -> tuple[TextIO, TextIO]:
    """The terminal itself, whatever standard input and output are; raises OSError without one."""
    names = ("CONIN$", "CONOUT$") if sys.platform == "win32" else ("/dev/tty", "/dev/tty")
    reading = Path(names[0]).open(encoding="utf-8", errors="replace")  # noqa: SIM115 - the caller closes it
    try:
        return reading, Path(names[1]).open("w", encoding="utf-8", errors="replace")
    except OSError:
        reading.close()
        raise


def _forget_typed(terminal: TextIO) -> None:
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
    elif os.isatty(terminal.fileno()):
        import termios

        termios.tcflush(terminal.fileno(), termios.TCIFLUSH)
