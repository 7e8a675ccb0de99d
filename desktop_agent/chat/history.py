"""What was said in a conversation, and what the model gets to know of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from desktop_agent.agentchat.agents.tool_run import cancelled_results
from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    TextMessage,
    ThoughtEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
    ToolCallSummaryMessage,
)
from desktop_agent.agentchat.models.types import (
    AssistantMessage,
    FunctionExecutionResultMessage,
    LLMMessage,
)
from desktop_agent.storage import StoredMessage

USER = "user"

SaidState = Literal["complete", "streaming", "interrupted", "failed"]


@dataclass
class Said:
    """One message of a conversation, with what led to it.

    Attributes:
        message: What was said; of a cut reply, what arrived, with `metadata["interrupted"] == "true"`.
        events: Of a reply: thoughts and tool calls before its message, in order.
        state: Whether it came whole.
        created_at: When it began (UTC).
        details: Of a reply: who answered, the figures and what ended it, as JSON values.
        id: Its number in the store; None while it is not stored.
        version, version_count: Which version of the message it is, from 1 on, and of how many.
    """

    message: BaseChatMessage
    events: list[BaseAgentEvent | BaseChatMessage] = field(default_factory=list)
    state: SaidState = "complete"
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    details: Mapping[str, Any] = field(default_factory=dict)
    id: int | None = None
    version: int = 1
    version_count: int = 1

    @property
    def is_question(self) -> bool:
        """Whether the user said it."""
        return self.message.source == USER

    @property
    def is_empty(self) -> bool:
        """Whether nothing arrived: a reply that was stopped or failed before its first word."""
        return self.state != "complete" and not self.events and not self.message.to_text()

    def is_said(self, event: BaseAgentEvent | BaseChatMessage) -> bool:
        """Whether a thought was text, said beside calls of tools: the agent library calls it a thought."""
        said = self.details.get("said")
        return isinstance(event, ThoughtEvent) and isinstance(said, Sequence) and event.id in said

    @property
    def thought(self) -> str:
        """What was thought on the way, as text."""
        return "\n\n".join(event.content for event in self.events if isinstance(event, ThoughtEvent))


def messages_of(history: Iterable[Said]) -> list[BaseChatMessage | BaseAgentEvent]:
    """Everything that was said, thoughts and tool calls before the message that they led to, oldest first."""
    messages: list[BaseChatMessage | BaseAgentEvent] = []
    for said in history:
        if said.is_empty:
            continue
        messages += said.events
        if said.message.to_text() or said.state == "complete":
            messages.append(said.message)
    return messages


def context_of(history: Iterable[Said]) -> list[LLMMessage]:
    """What the model is to know of a conversation, as if the agent had lived through it.

    Cut replies are part of it, and calls that got no result are answered as cancelled, because servers refuse
    a conversation with open calls.
    """
    messages: list[LLMMessage] = []
    for said in history:
        if said.is_question:
            messages.append(said.message.to_model_message())
        else:
            messages += _reply_messages(said)
    return messages


def _reply_messages(said: Said) -> list[LLMMessage]:
    source = said.message.source
    messages: list[LLMMessage] = []
    thought: str | None = None
    open_calls: Sequence[FunctionCall] = ()
    for event in said.events:
        if isinstance(event, ThoughtEvent):
            thought = event.content
        elif isinstance(event, ToolCallRequestEvent):
            messages.append(AssistantMessage(content=list(event.content), thought=thought, source=source))
            thought, open_calls = None, event.content
        elif isinstance(event, ToolCallExecutionEvent):
            messages.append(FunctionExecutionResultMessage(content=list(event.content)))
            open_calls = ()
    if open_calls:
        messages.append(cancelled_results(open_calls))
    text = said.message.to_text()
    if isinstance(said.message, ToolCallSummaryMessage):
        return messages  # it repeats the results, which the model knows
    if text or thought:
        messages.append(AssistantMessage(content=text, thought=thought, source=source))
    return messages


def split_question(history: Sequence[Said]) -> tuple[Sequence[Said], list[BaseChatMessage]]:
    """What stands before the last question, and the question: every message since the last reply with text.

    A question that got no reply at all goes to the agent together with the next one.
    """
    start = len(history)
    while start and (history[start - 1].is_question or history[start - 1].is_empty):
        start -= 1
    return history[:start], [said.message for said in history[start:] if said.is_question]


def said_of(stored: StoredMessage) -> Said:
    """A message as the store has it."""
    return Said(
        stored.message,
        list(stored.events),
        "interrupted" if stored.state == "streaming" else stored.state,
        stored.created_at,
        stored.details,
        stored.id,
        stored.version,
        stored.version_count,
    )


def new_question(text: str) -> Said:
    """What the user says."""
    return Said(TextMessage(content=text, source=USER))
