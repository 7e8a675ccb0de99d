"""One reply of a conversation, from its beginning to its end, however it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    TextMessage,
    ThoughtEvent,
    ToolCallDeltaEvent,
    ToolCallRequestEvent,
)
from desktop_agent.agentchat.models import LLMMessage
from desktop_agent.chat.answerer import Answerer
from desktop_agent.chat.endings import details_of
from desktop_agent.chat.history import Said, context_of, split_question
from desktop_agent.chat.record import ConversationRecord
from desktop_agent.chat.run_limits import RunLimits, is_insisting, turns_used_up
from desktop_agent.chat.run_statistics import RunStatistics, estimate_tokens
from desktop_agent.chat.session_tools import SessionTools
from desktop_agent.chat.tool_events import ToolProgressEvent
from desktop_agent.config.agent_profiles import AgentProfile

logger = logging.getLogger(__name__)

_CUT = {"interrupted": "true"}


class Asker(Protocol):
    """The conversation whose end is answered.

    Attributes:
        history: What was said, oldest first.
    """

    history: list[Said]

    @property
    def answerer(self) -> Answerer:
        """Who answers the next message."""

    async def agent_for(self, once: Answerer | None) -> tuple[Answerer, AssistantAgent]:
        """Who answers a run that begins now, and the agent for it."""

    async def save(self) -> None:
        """Write what the store could not take before."""


class ReplyRun:
    """Has the end of a conversation answered: receives the reply, measures it and keeps it.

    Args:
        asker: The conversation; its history gets the reply.
        tools: The tools of the conversation.
        record: Writes the reply into the store; None keeps it in memory only.
        version: Which version of the reply it is.
        once: Who answers, this once; None for who answers in the conversation.

    Attributes:
        statistics: The figures of the run.
    """

    def __init__(
        self,
        asker: Asker,
        tools: SessionTools,
        record: ConversationRecord | None,
        version: int = 1,
        once: Answerer | None = None,
    ) -> None:
        self.statistics = RunStatistics()
        self._asker = asker
        self._tools = tools
        self._record = record
        self._once = once
        self._who = once or asker.answerer
        self._reply = Said(TextMessage(content="", source=self._who.name, metadata=_CUT), state="streaming")
        self._reply.version = self._reply.version_count = version
        # The chunks that no whole message has replaced yet, and which thoughts were said as text.
        self._thought: list[str] = []
        self._answer: list[str] = []
        self._said: list[str] = []

    async def stream(
        self, token: CancellationToken, replaced: Sequence[Said] = ()
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        """Yield what the agent does, with its `Response` last; raises as `ChatSession.send`.

        Args:
            token: Stops it.
            replaced: The history that the present one takes the place of.
        """
        before, question = split_question(self._asker.history)
        context = context_of(before)
        fault: BaseException | None = None
        agent: AssistantAgent | None = None
        try:
            if self._record is not None:
                await self._record.save(replaced)  # what the store could not take before
            await self._begin()
            making = self._asker.agent_for(self._once)
            self._who, agent = await token.link_future(asyncio.ensure_future(making))
            limits = await self._prepare(agent, context, question)
            async with aclosing(agent.on_messages_stream(question, token)) as stream:
                async for event in stream:
                    self.statistics.observe(event)
                    self._keep(event)
                    yield event
                    if not isinstance(event, Response):
                        limits.check(event)
        except BaseException as error:
            fault = error
            if is_insisting(error):
                fault = turns_used_up(self._who.tool_services.settings().max_tool_turns)
                raise fault from error
            raise
        finally:
            self.statistics.end()
            self._complete(fault)
            if self._record is not None:
                await self._record.finish(self._reply)
                await self._asker.save()
            if self._once is not None and agent is not None:
                await agent.close()

    async def _begin(self) -> None:
        history = list(self._asker.history)
        self._asker.history.append(self._reply)
        if self._record is not None:
            await self._record.save(history)
            await self._record.begin_reply(self._reply, history)

    async def _prepare(
        self, agent: AssistantAgent, context: Sequence[LLMMessage], question: Sequence[BaseChatMessage]
    ) -> RunLimits:
        """Tell tools, agent and figures what they need to know before the question."""
        who, statistics = self._who, self.statistics
        await self._tools.begin_run(who, self._asker.history)
        await agent.model_context.clear()
        for message in context:
            await agent.model_context.add_message(message)
        statistics.prompt_estimate = estimate_prompt(who.profile, context, question)
        facts = await who.facts()
        if facts is not None:
            statistics.price, statistics.context_limit = facts.price, facts.context_length
        return RunLimits(who.tool_services.settings(), statistics)

    def _keep(self, event: BaseAgentEvent | BaseChatMessage | Response) -> None:
        if isinstance(event, ToolCallDeltaEvent | ToolProgressEvent):
            return  # to be watched; what remains of it stands in the request, the results and the details
        if isinstance(event, ModelClientStreamingChunkEvent):
            is_thought = event.metadata.get("kind") == "thought"
            (self._thought if is_thought else self._answer).append(event.content)
        elif isinstance(event, Response):
            self._answer.clear()
            self._thought.clear()
            self._reply.message, self._reply.state = event.chat_message, "complete"
            return  # the journal gets it when the reply is finished
        else:
            self._reply.events.append(event)
            if isinstance(event, ThoughtEvent):
                if self._answer and event.content == "".join(self._answer):
                    self._said.append(event.id)
                self._thought.clear()
            elif isinstance(event, ToolCallRequestEvent):
                self._answer.clear()  # what was said before a call is its thought
                self._tools.expect(event.content)
        if self._record is not None:
            self._record.put(event)

    def _complete(self, fault: BaseException | None) -> None:
        """Make a reply of what arrived, however it ended."""
        reply, who = self._reply, self._who
        if self._thought:
            thought = "".join(self._thought)
            reply.events.append(ThoughtEvent(content=thought, source=who.name, metadata=_CUT))
        if self._answer:
            answer = "".join(self._answer)
            reply.message = TextMessage(content=answer, source=who.name, metadata=_CUT)
        if reply.state != "complete":
            is_stop = isinstance(fault, asyncio.CancelledError | GeneratorExit)
            reply.state = "interrupted" if is_stop else "failed"
        reply.details = {**details_of(who.provider, self.statistics, fault), **self._tools.details}
        if self._said:
            reply.details = {**reply.details, "said": self._said}
        host = who.provider.host or "demo"
        logger.info("Reply from %s: %s after %.2f s.", host, reply.state, self.statistics.duration)


def estimate_prompt(
    profile: AgentProfile, context: Sequence[LLMMessage], question: Sequence[BaseChatMessage]
) -> int:
    """About how many tokens a prompt takes.

    Args:
        profile: The agent, which has a system message.
        context: What was said before the question.
        question: What is asked.
    """
    texts = [profile.system_message, *(str(message.content) for message in context)]
    texts += [message.to_model_text() for message in question]
    return sum(map(estimate_tokens, texts))
