"""The design's screens as far as they are built, of the design's size: for tests, and for eyes as a script.

As a script: `python tests/gui/screens.py FOLDER` writes each screen in both themes.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtGui import QImage

from desktop_agent.agentchat import FunctionCall
from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.messages import (
    ModelClientStreamingChunkEvent,
    TextMessage,
    ThoughtEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)
from desktop_agent.agentchat.models import FunctionExecutionResult, RequestUsage
from desktop_agent.chat.approvals import ApprovalRequest
from desktop_agent.chat.model_facts import ModelFacts
from desktop_agent.chat.notices import DEMO, STOPPED, Action, Notice, Sentence, Severity
from desktop_agent.chat.run_figures import RunFigures
from desktop_agent.chat.stream_log import StreamLog
from desktop_agent.chat.tool_calls import ToolCall
from desktop_agent.config.agent_profiles import BUILT_IN, ModelChoice
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.console.panel import ConsolePanel
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.pickers.choices import ModelGroup
from desktop_agent.gui.theme import DARK, LIGHT, Theme
from desktop_agent.gui.transcript.agent_message import AgentMessage, Ending
from desktop_agent.gui.transcript.tool_card import ToolCard
from desktop_agent.gui.transcript.user_message import UserMessage
from desktop_agent.gui.transcript.view import Transcript
from desktop_agent.gui.widgets.message_footer import SEPARATOR
from desktop_agent.gui.widgets.status_bar import State
from gui.block_pictures import DARK_TEXT, LIGHT_TEXT

SIDEBAR = 260
QUESTION = "Share information about azure ai search."
NARROW_TEXT = LIGHT_TEXT.partition("1. **Indexing.**")[0] + (
    "1. **Indexing.** Indexers pull from Blob Storage, SQL or Cosmos DB, and split, enrich and embed "
    "the text.\n"
    "2. **Querying.** Keyword (BM25) and vector results are merged with"
)
FIGURES = RunFigures(1284, True, 214, True, 61.3, 0.42, 5.9, cost=0.0003, context_limit=128_000)
RATE_LIMIT = Notice(
    Severity.ERROR,
    "alert",
    Sentence("OpenAI refused the request: rate limit reached."),
    Sentence("Try again in 20 s. The text received so far is kept."),
    (Action.DETAILS, Action.RETRY),
    details="rate_limit_exceeded",
)
OFFLINE = Notice(
    Severity.WARNING,
    "plug",
    Sentence("No connection to api.openai.com."),
    Sentence("Your message is kept. It is sent when you press Retry."),
)


RESULTS = "\n".join(
    f"{number}. [{title}](https://learn.microsoft.com/{number})\n   Words."
    for number, title in enumerate(
        ("What is Azure AI Search?", "Hybrid search overview", "Indexers", "Semantic ranker", "Pricing"), 1
    )
)
SEARCH = ToolCall(
    "call_9fQ2mC",
    "web_search",
    '{"query": "azure ai search overview features"}',
    "done",
    seconds=1.2,
    result=RESULTS,
)
FOLDER = "\n".join(f"chapter-{number}.pdf" for number in range(12))
PRICING = replace(SEARCH, arguments='{"query": "azure ai search pricing"}')
COMMAND = "python -m pip install azure-search-documents==11.5.2"
REQUEST = ApprovalRequest(
    "r1",
    "c2",
    "run_command",
    json.dumps({"command": COMMAND}),
    "The agent wants to run this command on your computer:",
    COMMAND,
    "text",
    "~/Projects/manuals",
    "Everything your account can reach. There is no sandbox.",
)


@dataclass
class Screen:
    """A screen that is shown.

    Attributes:
        window: What is photographed.
        transcript: The transcript in it.
        theme: Its theme.
    """

    window: MainWindow | Transcript
    transcript: Transcript
    theme: Theme

    def photograph(self) -> QImage:
        """Its pixels."""
        return self.window.grab().toImage()

    def photograph_beside_sidebar(self) -> QImage:
        """Its pixels from where the sidebar ends."""
        is_wide = isinstance(self.window, MainWindow) and self.window.sidebar_placement.is_open
        return self.photograph().copy(self.window.rect().adjusted(SIDEBAR if is_wide else 0, 0, 0, 0))

    def close(self) -> None:
        """Take it away."""
        self.transcript.clear()
        self.window.close()
        self.window.deleteLater()
        self.transcript.appearance.deleteLater()


def _window(theme: Theme, width: int, height: int, title: str) -> tuple[MainWindow, Transcript]:
    appearance = Appearance(theme)
    window = MainWindow(appearance)
    transcript = Transcript(appearance)
    window.resize(width, height)
    window.header.show_title(title)
    window.header.show_provider("assistant", "gpt-4o-mini", "")
    window.header.pickers.set_agents((BUILT_IN,), BUILT_IN.id)
    window.header.pickers.set_models(
        [ModelGroup("openai", "OpenAI", [ModelFacts("gpt-4o-mini")])],
        ModelChoice(provider="openai", model="gpt-4o-mini"),
    )
    window.status_bar.show_model("gpt-4o-mini")
    window.composer.set_placeholder("Message assistant")
    window.add_transcript(transcript)
    window.set_transcript(transcript)
    window.show()
    return window, transcript


def _stream(window: MainWindow, figures: RunFigures, messages: int) -> None:
    window.show_transcript()
    window.composer.set_streaming(is_streaming=True)
    window.status_bar.show_state(State.STREAMING)
    window.status_bar.show_message_count(messages)
    window.status_bar.show_figures(figures)
    window.status_bar.setFocus()  # the composer is at rest


def main(theme: Theme) -> Screen:
    """main-light: an answer streams, its thought and a search are over."""
    window, transcript = _window(theme, 1280, 820, "Azure AI Search overview")
    _stream(window, FIGURES, 2)
    transcript.add_user_message(QUESTION)
    reply = transcript.begin_reply("assistant")
    transcript.append_to_reply(reply, [(True, "Hm.")])
    reply._interludes.thoughts[0]._since -= 1.2
    transcript.show_call(reply, SEARCH)
    transcript.append_to_reply(reply, [(False, LIGHT_TEXT)])
    return Screen(window, transcript, theme)


def scrolled(theme: Theme) -> Screen:
    """main-dark: scrolled up while an answer streams; the footer shows under the mouse."""
    window, transcript = _window(theme, 1280, 820, "Azure AI Search overview")
    _stream(window, replace(FIGURES, prompt=1918, completion=96, tokens_per_second=58.7, duration=2.0), 4)
    transcript.add_user_message(QUESTION)
    first = transcript.begin_reply("assistant")
    transcript.append_to_reply(first, [(False, "Before.\n\n" * 20 + DARK_TEXT)])
    transcript.end_reply(first, SEPARATOR.join(("1,284 prompt", "412 completion", "7.1 s", "14:32")))
    transcript.add_user_message("Yes, for product manuals in PDF.")
    reply = transcript.begin_reply("assistant")
    transcript.append_to_reply(reply, [(False, "An answer.\n\n" * 30)])
    transcript.hold()
    tiers = first.block_y(20) + transcript.top_of(first)
    transcript.verticalScrollBar().setValue(round(tiers) - (265 - 48))
    first.is_hovered = True
    first.update_furniture()
    return Screen(window, transcript, theme)


def narrow(theme: Theme) -> Screen:
    """narrow: below the compact breakpoint."""
    window, transcript = _window(theme, 720, 640, "Azure AI Search overview")
    _stream(window, FIGURES, 2)
    transcript.add_user_message(QUESTION)
    reply = transcript.begin_reply("assistant")
    transcript.append_to_reply(reply, [(False, NARROW_TEXT)])
    return Screen(window, transcript, theme)


def empty(theme: Theme) -> Screen:
    """empty: a new chat."""
    window, transcript = _window(theme, 1280, 820, "New chat")
    window.empty_page.show_provider("assistant", "gpt-4o-mini")
    window.composer.setFocus()
    return Screen(window, transcript, theme)


def states(theme: Theme) -> Screen:
    """The left half of the states' sheet: a question under the mouse, a stopped reply, notices."""
    appearance = Appearance(theme)
    transcript = Transcript(appearance)
    transcript.resize(700, 1072)
    transcript.show()
    at = datetime(2026, 1, 1, 14, 31, tzinfo=UTC)
    question = UserMessage(QUESTION, appearance, at)
    stopped = AgentMessage("assistant", appearance, "Start on the Basic tier with two replicas, then", at)
    stopped.ending = Ending(STOPPED)
    endings: list[AgentMessage] = []
    for notice in (RATE_LIMIT, OFFLINE, DEMO):
        endings.append(AgentMessage("assistant", appearance, "", at))
        endings[-1].ending = Ending(notice)
    for message in (question, stopped, *endings):
        transcript.add(message)
    question.is_hovered = True
    question.update_furniture()
    return Screen(transcript, transcript, theme)


def approval(theme: Theme) -> Screen:
    """tool-approval: a run that waits for the person."""
    window, transcript = _window(theme, 1280, 820, "Set up the search client")
    _stream(window, FIGURES, 3)
    window.status_bar.show_state(State.WAITING)
    transcript.add_user_message("Install the Python client and check that it imports.")
    reply = transcript.begin_reply("assistant")
    words = "I’ll install the package in your project, then import it to confirm that it works."  # noqa: RUF001
    transcript.append_to_reply(reply, [(False, words)])
    listed = '{"path": "~/Projects/manuals"}'
    transcript.show_call(reply, ToolCall("c1", "list_folder", listed, "done", 0.1, result=FOLDER))
    transcript.show_call(reply, ToolCall("c2", "run_command", REQUEST.arguments, "waiting", request=REQUEST))
    return Screen(window, transcript, theme)


def calls(theme: Theme) -> Screen:
    """The calls of the states' sheet, running, done, failed, denied; and one that is open."""
    appearance = Appearance(theme)
    transcript = Transcript(appearance)
    transcript.resize(700, 1072)
    transcript.show()
    reply = transcript.begin_reply("assistant")
    command = '{"command": "rm -r build"}'
    for call in (
        replace(PRICING, call_id="1", state="running", seconds=None, began=time.monotonic() - 0.8, result=""),
        replace(PRICING, call_id="2"),
        ToolCall("3", "web_search", PRICING.arguments, "failed", 10.0),
        ToolCall("4", "run_command", command, "denied"),
        replace(SEARCH, call_id="5"),
    ):
        transcript.show_call(reply, call)
    card = reply.cards[-1]
    assert isinstance(card, ToolCard)
    card.open(is_open=True)
    return Screen(transcript, transcript, theme)


def console(theme: Theme) -> Screen:
    """console-panel: a run that is over, beside its events."""
    window, transcript = _window(theme, 1280, 820, "Azure AI Search overview")
    window.show_transcript()
    transcript.add_user_message(QUESTION)
    reply = transcript.begin_reply("assistant")
    thought = "The question is broad. One search should give current facts before I answer."
    transcript.append_to_reply(reply, [(True, thought)])
    reply._interludes.thoughts[0]._since -= 1.2
    transcript.show_call(reply, SEARCH)
    text = LIGHT_TEXT.partition("1. **Indexing.**")[0]
    transcript.append_to_reply(reply, [(False, text)])
    transcript.end_reply(reply, "")
    assert reply.thought_button is not None
    reply.thought_button.click()
    card = reply.cards[0]
    assert isinstance(card, ToolCard)
    card.open(is_open=True)
    panel = ConsolePanel(transcript.appearance)
    window.show_panel(panel)
    panel.show_log(_log())
    panel.show_call(SEARCH.call_id)
    window.status_bar.setFocus()
    return Screen(window, transcript, theme)


def _log() -> StreamLog:
    """The events of the picture, with its times."""
    call = FunctionCall(id=SEARCH.call_id, name=SEARCH.name, arguments=SEARCH.arguments)
    result = FunctionExecutionResult(content="5 items", name=SEARCH.name, call_id=SEARCH.call_id)
    usage = RequestUsage(prompt_tokens=98, completion_tokens=21)
    source = "assistant"
    answer = TextMessage(content="chunk" * 214, source=source, models_usage=RequestUsage(0, 214))
    log = StreamLog(TextMessage(content=QUESTION, source="user"))
    log.add([ThoughtEvent(content="Hm.", source=source)])
    log.add([ToolCallRequestEvent(content=[call], source=source, models_usage=usage)])
    log.add([ToolCallExecutionEvent(content=[result], source=source)])
    log.add([ModelClientStreamingChunkEvent.of("chunk", source, answer.id, {}) for _ in range(214)])
    log.add([Response(chat_message=answer)])
    times = iter((0.0, 0.912, 0.918, 2.131, 2.55, 6.042, 6.043))
    for entry in log.entries:
        if entry.kind != "header":
            entry.seconds = next(times)
    return log


SCREENS: dict[str, Callable[[Theme], Screen]] = {
    "main": main,
    "scrolled": scrolled,
    "narrow": narrow,
    "empty": empty,
    "states": states,
    "approval": approval,
    "calls": calls,
    "console": console,
}


def write(folder: Path) -> None:
    """Write all screens in both themes."""
    from desktop_agent.app import make_application

    application = make_application()
    folder.mkdir(parents=True, exist_ok=True)
    for name, build in SCREENS.items():
        for theme in (LIGHT, DARK):
            screen = build(theme)
            screen.photograph().save(str(folder / f"{name}-{'dark' if theme.is_dark else 'light'}.png"))
            screen.close()
    application.quit()


if __name__ == "__main__":
    write(Path(sys.argv[1]))
