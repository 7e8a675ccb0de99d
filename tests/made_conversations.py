"""Conversations made by chance: trees with versions, tools, thoughts, cut and failed replies, odd texts."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from desktop_agent.agentchat import FunctionCall, Image
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    MultiModalMessage,
    TextMessage,
    ThoughtEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
    ToolCallSummaryMessage,
)
from desktop_agent.agentchat.models import FunctionExecutionResult, RequestUsage
from desktop_agent.storage import ConversationValues, MessageValues

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS = (
    "word",
    "the",
    "quick",
    "naïve",
    "\n\n",
    "```py\nx = 1\n```",
    "| a |\n|---|\n| b |",
    "人工智能",
    "العربية",
    "עברית",
    "👩‍💻",
    "e\u0301",
    "\ud800",
    "\udfff",
    "\ud83d",
    "\ude00",
    "\x00",
    "\x1b[31m",
    "\u202e",
    "\u2028",
    "\ufeff",
    "\r\n",
    "<script>",
    "=1+1",
    '"',
    "\\",
    "/",
    "\ufffe",
)
_PICTURE = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
State = Literal["complete", "interrupted", "failed"]
_STATES: tuple[State, ...] = ("complete", "complete", "interrupted", "failed")
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class ConversationMaker:
    """Makes conversations; the same ones for the same `seed`."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def make(self, most_messages: int = 14) -> ConversationValues:
        """One conversation."""
        dice = self._dice
        messages: list[MessageValues] = []
        began = _BEGAN + timedelta(microseconds=dice.randrange(10**13))
        for number in range(dice.randrange(most_messages + 1)):
            parent = dice.choice([None, *messages[-3:], *messages[-1:], *messages[-1:]]) if messages else None
            messages.append(self._message(parent, began + timedelta(seconds=number)))
        head = dice.choice(messages).uid if messages else None
        return ConversationValues(
            self._uid(),
            " ".join(self.text(5).split())[:60],
            dice.choice(("words", "model", "user")),
            began,
            began + timedelta(seconds=dice.randrange(10**6)),
            dice.random() < 0.2,
            datetime.now(UTC).replace(microsecond=0) - timedelta(days=1) if dice.random() < 0.1 else None,
            head,
            messages,
        )

    def text(self, most_words: int = 20) -> str:
        """Some words, with and without spaces between."""
        dice = self._dice
        separator = dice.choice((" ", ""))
        return separator.join(dice.choices(WORDS, k=dice.randrange(most_words + 1)))

    def _uid(self) -> str:
        return f"{self._dice.getrandbits(128):032x}"

    def _message(self, parent: MessageValues | None, time: datetime) -> MessageValues:
        dice = self._dice
        is_question = parent is None or parent.body["source"] != "user"
        states: tuple[Literal["complete", "interrupted", "failed"], ...] = (
            "complete",
            "interrupted",
            "failed",
        )
        state = "complete" if is_question else dice.choice(("complete", *states))
        said = self._question() if is_question else self._reply(state)
        events = [] if is_question else self._events()
        return MessageValues(
            self._uid(),
            None if parent is None else parent.uid,
            time,
            state,
            said.dump(),
            [each.dump() for each in events],
            {} if is_question else self._details(),
            time + timedelta(days=1) if dice.random() < 0.15 else None,
        )

    def _question(self) -> BaseChatMessage:
        if self._dice.random() < 0.1:
            return MultiModalMessage(content=[self.text(), Image.from_uri(_PICTURE)], source="user")
        return TextMessage(content=self.text(), source="user")

    def _reply(self, state: str) -> BaseChatMessage:
        dice = self._dice
        metadata = {"interrupted": "true"} if state != "complete" else {}
        usage = RequestUsage(prompt_tokens=dice.randrange(10**6), completion_tokens=dice.randrange(10**4))
        if dice.random() < 0.1:
            call, result = self._call()
            return ToolCallSummaryMessage(
                content=self.text(),
                source="assistant",
                tool_calls=[call],
                results=[result],
                models_usage=usage,
            )
        return TextMessage(
            content=self.text(40),
            source=dice.choice(("assistant", "researcher")),
            metadata=metadata,
            models_usage=dice.choice((usage, None)),
        )

    def _events(self) -> list[BaseAgentEvent]:
        dice = self._dice
        events: list[BaseAgentEvent] = []
        for _ in range(dice.choice((0, 0, 1, 2))):
            if dice.random() < 0.5:
                events.append(ThoughtEvent(content=self.text(), source="assistant"))
            else:
                call, result = self._call()
                events.append(ToolCallRequestEvent(content=[call], source="assistant"))
                if dice.random() < 0.8:
                    events.append(ToolCallExecutionEvent(content=[result], source="assistant"))
        return events

    def _call(self) -> tuple[FunctionCall, FunctionExecutionResult]:
        dice = self._dice
        call = FunctionCall(id=f"call-{dice.randrange(10**6)}", name="search", arguments=self.text())
        result = FunctionExecutionResult(
            content=self.text(), name="search", call_id=call.id, is_error=dice.random() < 0.3
        )
        return call, result

    def _details(self) -> Mapping[str, Any]:
        dice = self._dice
        figures = {"prompt": dice.randrange(10**6), "duration": dice.random(), "cost": dice.random() / 1e5}
        return {"model": self.text(3), "provider": "OpenAI", "figures": figures, "thought_seconds": 1.5}
