"""How what was said is shown: the view of a message as the history has it."""

from __future__ import annotations

from collections.abc import Mapping

from desktop_agent.agentchat.messages import ThoughtEvent
from desktop_agent.chat.endings import ending_of
from desktop_agent.chat.history import Said
from desktop_agent.chat.run_figures import RunFigures
from desktop_agent.chat.sources import MetPages
from desktop_agent.chat.tool_calls import CallBook
from desktop_agent.config.provider import Provider
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.figures import figures_text
from desktop_agent.gui.transcript.agent_message import AgentMessage, Ending
from desktop_agent.gui.transcript.message_view import MessageView
from desktop_agent.gui.transcript.user_message import UserMessage


def view_of(said: Said, provider: Provider, appearance: Appearance, pages: MetPages) -> MessageView:
    """A message that is over, as the transcript shows it.

    Args:
        said: The message.
        provider: Who answers in the conversation; an ending that is explained may name it.
        appearance: Theme and zoom.
        pages: Those that tools met in the messages before; takes in those of this one.
    """
    created = said.created_at.astimezone()
    if said.is_question:
        question = UserMessage(said.message.to_text(), appearance, created)
        question.versions = (said.version, said.version_count)
        return question
    reply = AgentMessage(said.message.source, appearance, created=created)
    _restore(reply, said)
    reply.pages = pages.after(said.events)
    reply.versions = (said.version, said.version_count)
    reply.finish(footer_text(reply, said), ending_in_view(said, provider))
    return reply


def _restore(reply: AgentMessage, said: Said) -> None:
    """Fill the view of a reply with what led to its message, and with the message."""
    tools, seconds = said.details.get("tools"), said.details.get("thought_seconds")
    book = CallBook(tools if isinstance(tools, Mapping) else {})
    rest = float(seconds) if isinstance(seconds, int | float) else 0.0
    for event in said.events:
        if said.is_said(event):
            reply.append(event.to_text())
        elif isinstance(event, ThoughtEvent):
            reply.restore_thought(event.content, rest)
            rest = 0.0  # only the sum of all thoughts is known
        for call in book.observe(event):
            reply.show_call(call)
    for call in book.stop():
        reply.show_call(call)
    if text := said.message.to_text():
        reply.append(text)


def ending_in_view(said: Said, provider: Provider) -> Ending | None:
    """What the view of a reply says of its end; None if that needs no word."""
    what = ending_of(said, provider)
    return None if what is None else Ending(what)


def footer_text(reply: AgentMessage, said: Said) -> str:
    """The line below a reply: its figures and its time."""
    return figures_text(RunFigures.from_json(said.details.get("figures")), reply.time_text)
