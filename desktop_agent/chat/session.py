"""One conversation with one agent: sends, asks again, keeps what was said and measures each run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
from desktop_agent.chat.agent_factory import AgentTools, import_client
from desktop_agent.chat.answerer import Answerer
from desktop_agent.chat.approvals import Approvals
from desktop_agent.chat.endings import details_of
from desktop_agent.chat.history import Said, context_of, messages_of, new_question, split_question
from desktop_agent.chat.record import ConversationRecord
from desktop_agent.chat.run_figures import RunFigures, TotalFigures, totals_of
from desktop_agent.chat.run_limits import RunLimits
from desktop_agent.chat.run_statistics import RunStatistics, estimate_tokens
from desktop_agent.chat.titles import suggest_title, title_of
from desktop_agent.chat.tool_events import ToolProgressEvent
from desktop_agent.chat.tool_services import ToolServices
from desktop_agent.chat.tools_in_use import ToolChoices, choices_of
from desktop_agent.config.agent_profiles import AgentProfile
from desktop_agent.config.provider import Provider

if TYPE_CHECKING:  # imported when a tool is switched on
    from desktop_agent.chat.guarded_tools import GuardedTools

logger = logging.getLogger(__name__)

_CUT = {"interrupted": "true"}


@dataclass
class _Received:
    """The chunks of a reply that no whole message has replaced yet, and which thoughts were said as text."""

    thought: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


class ChatSession:
    """A conversation. At most one run is under way at a time.

    Args:
        answerer: Who answers.
        record: Writes the conversation into the store; None keeps it in memory only.
        history: What was said before, oldest first.

    Attributes:
        history: What was said, oldest first; the last one is the reply under way, if there is one.
        statistics: The figures of the run under way, or of the last one; None before the first.
        approvals: What the person is asked before a tool does something.
    """

    def __init__(
        self,
        answerer: Answerer,
        *,
        record: ConversationRecord | None = None,
        history: Sequence[Said] = (),
    ) -> None:
        self.history: list[Said] = list(history)
        self.statistics: RunStatistics | None = None
        self._answerer = answerer
        self._next: Answerer | None = None
        self._agent: AssistantAgent | None = None
        self._record = record
        self._preparation = asyncio.Lock()
        self.approvals = Approvals()
        self._choices: ToolChoices | None = None
        self._tools: GuardedTools | None = None
        self._made_with: object = None

    @property
    def tools(self) -> ToolChoices:
        """Which tools the agent may use; what its profile says until somebody says otherwise."""
        return self._choices or choices_of((self._next or self._answerer).profile)

    def use_tools(self, choices: ToolChoices) -> None:
        """Let the agent use these tools from the next message on."""
        self._choices = choices

    async def why_no_tools(self) -> str:
        """The sentence why the model can't call tools; "" if it can, or if nobody knows."""
        return await (self._next or self._answerer).why_no_tools()

    def cancel_call(self, call_id: str) -> None:
        """End one call of a tool; its result tells the model so, and the run goes on."""
        if self._tools is not None:
            self._tools.cancel_call(call_id)

    @property
    def provider(self) -> Provider:
        """The provider and the model that answer, without a key."""
        return (self._next or self._answerer).provider

    @property
    def agent_name(self) -> str:
        """The name of the agent that answers."""
        return (self._next or self._answerer).name

    @property
    def title(self) -> str:
        """The first words of the conversation; empty before the first message."""
        return title_of(self.history[0].message.to_text()) if self.history else ""

    @property
    def messages(self) -> list[BaseChatMessage | BaseAgentEvent]:
        """What was said, thoughts and tool calls included, oldest first.

        A reply that was cut short is a TextMessage with `metadata["interrupted"] == "true"`.
        """
        return messages_of(self.history)

    @property
    def message_count(self) -> int:
        """How many messages were said, by both sides; thoughts are part of their reply."""
        return sum(not said.is_empty or said.state == "streaming" for said in self.history)

    @property
    def figures(self) -> RunFigures | None:
        """The figures of the run under way, or of the last one, also of one before the restart."""
        if self.statistics is not None:
            return self.statistics.figures
        replies = [said for said in self.history if not said.is_question]
        return RunFigures.from_json(replies[-1].details.get("figures")) if replies else None

    @property
    def totals(self) -> TotalFigures | None:
        """What all runs took together; None before the first."""
        runs = [
            figures
            for said in self.history
            if (figures := RunFigures.from_json(said.details.get("figures"))) is not None
        ]
        if self.history and self.history[-1].state == "streaming" and self.statistics is not None:
            runs.append(self.statistics.figures)
        return totals_of(runs) if runs else None

    async def prepare(self) -> AssistantAgent:
        """Make the agent, if it is not there yet; `send` does so too. Raises as `Answerer.create_agent`."""
        async with self._preparation:
            if self._next is not None:
                self._answerer, self._next = self._next, None
                await self.close()
            tools = await self._agent_tools()
            wanted = tools and tools.max_turns
            if self._agent is None or wanted != self._made_with:
                await self.close()
                self._agent, self._made_with = await self._answerer.create_agent(tools), wanted
            return self._agent

    async def _agent_tools(self) -> AgentTools | None:
        """The tools for the agent; None if no switch is on or the model can't call any."""
        if not self.tools.is_any or await self._answerer.why_no_tools():
            return None
        services = self._answerer.tool_services
        if self._tools is None or self._tools.source != self._answerer.name:
            self._tools = await asyncio.to_thread(_make_tools, self._answerer.name, services, self.approvals)
        return AgentTools(self._tools, services.settings().max_tool_turns)

    async def warm_up(self) -> None:
        """Do beforehand what the first message needs, but for asking the keychain; raises as `prepare`."""
        if self._answerer.asks_keychain or self._next is not None:
            await asyncio.to_thread(import_client)
        else:
            await self.prepare()

    def answer_with(self, answerer: Answerer) -> None:
        """Let somebody else answer from the next message on; a reply that is under way goes on."""
        self._next = answerer

    async def suggest_title(self, token: CancellationToken) -> str:
        """A title for the first question and its answer, by the model; empty if it gave none.

        Raises:
            AgentError: The request failed.
        """
        question, answer = (said.message.to_text() for said in self.history[:2])
        client = await self._answerer.create_model_client()
        try:
            return await suggest_title(client, question, answer, token)
        finally:
            await client.close()

    def send(
        self, text: str, cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        """Say `text` and yield what the agent does, chunk by chunk, with its `Response` last.

        The message is kept from this call on, whatever becomes of the run.

        Raises:
            AgentError: The reply failed; what was received is kept in `history`.
            KeychainError, ProviderError: The agent can't be made, as `Answerer.create_agent` says.
            asyncio.CancelledError: The token was cancelled; the same holds.
        """
        self.history.append(new_question(text))
        return self._run(cancellation_token)

    def retry(
        self, cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        """Ask the last question again, as if the reply to it had not begun; yields and raises as `send`.

        The store keeps the reply that is replaced, as another version.
        """
        replaced: Said | None = None
        while self.history and not self.history[-1].is_question:
            replaced = self.history.pop()
        return self._run(cancellation_token, replaced)

    async def show_version(self, index: int, step: int) -> bool:
        """Go on from another version of a message; not to be called during a run.

        Args:
            index: The place of the message in `history`.
            step: -1 for the version before, 1 for the next.

        Returns:
            Whether `history` is another one now.

        Raises:
            StorageError: The store does not do it.
        """
        message_id = self.history[index].id
        if self._record is None or message_id is None:
            return False
        history = await self._record.show_version(message_id, step)
        if history is None:
            return False
        self.history, self.statistics = history, None
        return True

    async def save(self) -> None:
        """Write what the store could not take before."""
        if self._record is not None:
            await self._record.save(self.history)

    async def close(self) -> None:
        """Close the agent and its connections."""
        if self._agent is not None:
            await self._agent.close()
            self._agent = None

    async def _run(
        self, token: CancellationToken, replaced: Said | None = None
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        statistics = self.statistics = RunStatistics()
        before, question = split_question(self.history)
        context = context_of(before)
        reply = Said(TextMessage(content="", source=self.agent_name, metadata=_CUT), state="streaming")
        reply.version = reply.version_count = 1 if replaced is None else replaced.version_count + 1
        received = _Received()
        fault: BaseException | None = None
        try:
            if replaced is not None and self._record is not None:
                await self._record.save([*self.history, replaced])  # what the store could not take before
            await self._begin(reply)
            agent = await token.link_future(asyncio.ensure_future(self.prepare()))
            if self._tools is not None:
                await self._tools.begin_run(self.tools, self.history)
            await agent.model_context.clear()
            for message in context:
                await agent.model_context.add_message(message)
            statistics.prompt_estimate = _estimate_prompt(self._answerer.profile, context, question)
            facts = await self._answerer.facts()
            if facts is not None:
                statistics.price, statistics.context_limit = facts.price, facts.context_length
            limits = RunLimits(self._answerer.tool_services.settings(), statistics)
            async with aclosing(agent.on_messages_stream(question, token)) as stream:
                async for event in stream:
                    statistics.observe(event)
                    self._keep(event, reply, received)
                    yield event
                    if not isinstance(event, Response):
                        limits.check(event)
        except BaseException as error:
            fault = error
            raise
        finally:
            statistics.end()
            self._complete(reply, received, fault)
            if self._record is not None:
                await self._record.finish(reply)
                await self._record.save(self.history)

    async def _begin(self, reply: Said) -> None:
        history = list(self.history)
        self.history.append(reply)
        if self._record is not None:
            await self._record.save(history)
            await self._record.begin_reply(reply, history)

    def _keep(
        self, event: BaseAgentEvent | BaseChatMessage | Response, reply: Said, received: _Received
    ) -> None:
        if isinstance(event, ToolCallDeltaEvent | ToolProgressEvent):
            return  # to be watched; what remains of it stands in the request, the results and the details
        if isinstance(event, ModelClientStreamingChunkEvent):
            is_thought = event.metadata.get("kind") == "thought"
            (received.thought if is_thought else received.answer).append(event.content)
        elif isinstance(event, Response):
            received.answer.clear()
            received.thought.clear()
            reply.message, reply.state = event.chat_message, "complete"
            return  # the journal gets it when the reply is finished
        else:
            reply.events.append(event)
            if isinstance(event, ThoughtEvent):
                if received.answer and event.content == "".join(received.answer):
                    received.said.append(event.id)
                received.thought.clear()
            elif isinstance(event, ToolCallRequestEvent):
                received.answer.clear()  # what was said before a call is its thought
                if self._tools is not None:
                    self._tools.expect(event.content)
        if self._record is not None:
            self._record.put(event)

    def _complete(self, reply: Said, received: _Received, fault: BaseException | None) -> None:
        """Make a reply of what arrived, however it ended."""
        if received.thought:
            thought = "".join(received.thought)
            reply.events.append(ThoughtEvent(content=thought, source=self._answerer.name, metadata=_CUT))
        if received.answer:
            answer = "".join(received.answer)
            reply.message = TextMessage(content=answer, source=self._answerer.name, metadata=_CUT)
        if reply.state != "complete":
            is_stop = isinstance(fault, asyncio.CancelledError | GeneratorExit)
            reply.state = "interrupted" if is_stop else "failed"
        reply.details = details_of(self._answerer.provider, self.statistics, fault)
        if received.said:
            reply.details = {**reply.details, "said": received.said}
        if self._tools is not None and self._tools.states:
            reply.details = {**reply.details, "tools": self._tools.states}
        host = self._answerer.provider.host or "demo"
        seconds = self.statistics.duration if self.statistics else 0.0
        logger.info("Reply from %s: %s after %.2f s.", host, reply.state, seconds)


def _estimate_prompt(
    profile: AgentProfile, context: Sequence[LLMMessage], question: Sequence[BaseChatMessage]
) -> int:
    texts = [profile.system_message, *(str(message.content) for message in context)]
    texts += [message.to_model_text() for message in question]
    return sum(map(estimate_tokens, texts))


def _make_tools(source: str, services: ToolServices, approvals: Approvals) -> GuardedTools:
    from desktop_agent.chat.guarded_tools import GuardedTools

    return GuardedTools(source, services, approvals)
