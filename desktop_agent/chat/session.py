"""One conversation with one agent: sends, retries, keeps what was said and measures each run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    TextMessage,
    ThoughtEvent,
)
from desktop_agent.chat.agent_factory import create_agent
from desktop_agent.chat.agent_profile import AGENT_NAME, SYSTEM_MESSAGE
from desktop_agent.chat.run_statistics import RunStatistics, estimate_tokens
from desktop_agent.chat.titles import title_of
from desktop_agent.config.provider import Provider

logger = logging.getLogger(__name__)


@dataclass
class _Received:
    """What arrived of a reply that is not complete yet."""

    thought: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)

    def as_messages(self, source: str) -> list[BaseChatMessage | BaseAgentEvent]:
        """What is left when the reply was cut short, marked so; nothing after a complete one."""
        cut = {"interrupted": "true"}
        messages: list[BaseChatMessage | BaseAgentEvent] = []
        if self.thought:
            messages.append(ThoughtEvent(content="".join(self.thought), source=source, metadata=cut))
        if self.answer:
            messages.append(TextMessage(content="".join(self.answer), source=source, metadata=cut))
        return messages


class ChatSession:
    """A conversation. At most one run is under way at a time.

    Args:
        provider: Who answers.
        agent_factory: Makes the agent, in a worker thread, because it imports the SDK.

    Attributes:
        messages: What was said, thoughts included, oldest first. A reply that was cut short is a TextMessage
            with `metadata["interrupted"] == "true"`.
        statistics: The figures of the run under way, or of the last one; None before the first.
    """

    def __init__(
        self, provider: Provider, agent_factory: Callable[[Provider], AssistantAgent] = create_agent
    ) -> None:
        self.provider = provider
        self.agent_name = AGENT_NAME
        self.messages: list[BaseChatMessage | BaseAgentEvent] = []
        self.statistics: RunStatistics | None = None
        self._agent_factory = agent_factory
        self._agent: AssistantAgent | None = None
        self._preparation = asyncio.Lock()
        self._question: list[BaseChatMessage] = []
        self._state_before: Mapping[str, Any] | None = None

    @property
    def title(self) -> str:
        """The first words of the conversation; empty before the first message."""
        for message in self.messages:
            return title_of(message.to_text())
        return ""

    @property
    def message_count(self) -> int:
        """How many messages were said, by both sides; thoughts are part of their reply."""
        return sum(isinstance(message, BaseChatMessage) for message in self.messages)

    async def prepare(self) -> AssistantAgent:
        """Make the agent, if it is not there yet; `send` does so too.

        Raises:
            AgentError: The provider needs an API key and has none.
        """
        async with self._preparation:
            if self._agent is None:
                self._agent = await asyncio.to_thread(self._agent_factory, self.provider)
            return self._agent

    def send(
        self, text: str, cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        """Say `text` and yield what the agent does, chunk by chunk, with its `Response` last.

        The message is kept from this call on, whatever becomes of the run.

        Raises:
            AgentError: The reply failed; what was received is kept in `messages`.
            asyncio.CancelledError: The token was cancelled; the same holds.
        """
        message = TextMessage(content=text, source="user")
        self.messages.append(message)
        if self._state_before is None:
            self._question.append(message)  # the last one never reached the agent: both go now
        else:
            self._question = [message]
            self._state_before = None
        return self._run(cancellation_token)

    def retry(
        self, cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        """Ask the last question again, as if the reply to it had not begun; yields and raises as `send`."""
        return self._run(cancellation_token)

    async def close(self) -> None:
        """Close the agent and its connections."""
        if self._agent is not None:
            await self._agent.close()
            self._agent = None

    async def _run(
        self, token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        statistics = self.statistics = RunStatistics()
        received = _Received()
        outcome = "failed"
        try:
            agent = await token.link_future(asyncio.ensure_future(self.prepare()))
            if self._state_before is None:
                self._state_before = await agent.save_state()
            else:
                await agent.load_state(self._state_before)
            statistics.prompt_estimate = await self._estimate_prompt(agent)
            async with aclosing(agent.on_messages_stream(self._question, token)) as stream:
                async for event in stream:
                    statistics.observe(event)
                    self._keep(event, received)
                    yield event
            outcome = "complete"
        except asyncio.CancelledError:
            outcome = "stopped"
            raise
        finally:
            statistics.end()
            self.messages += received.as_messages(self.agent_name)
            host = self.provider.host or "demo"
            logger.info("Reply from %s: %s after %.2f s.", host, outcome, statistics.duration)

    def _keep(self, event: BaseAgentEvent | BaseChatMessage | Response, received: _Received) -> None:
        if isinstance(event, ModelClientStreamingChunkEvent):
            is_thought = event.metadata.get("kind") == "thought"
            (received.thought if is_thought else received.answer).append(event.content)
        elif isinstance(event, Response):
            received.answer.clear()
            received.thought.clear()
            self.messages.append(event.chat_message)
        elif isinstance(event, ThoughtEvent):
            received.thought.clear()
            self.messages.append(event)

    async def _estimate_prompt(self, agent: AssistantAgent) -> int:
        known = await agent.model_context.get_messages()
        texts = [SYSTEM_MESSAGE, *(str(message.content) for message in known)]
        texts += [message.to_model_text() for message in self._question]
        return sum(map(estimate_tokens, texts))
