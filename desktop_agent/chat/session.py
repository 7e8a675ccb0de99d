"""One conversation with one agent: sends, asks again, and keeps what was said, in each of its versions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.agents import AssistantAgent
from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.messages import BaseAgentEvent, BaseChatMessage
from desktop_agent.chat.agent_factory import AgentTools, import_client
from desktop_agent.chat.answerer import Answerer
from desktop_agent.chat.approvals import Approvals
from desktop_agent.chat.history import Said, context_of, messages_of, new_question, split_question
from desktop_agent.chat.record import ConversationRecord
from desktop_agent.chat.reply_run import ReplyRun, estimate_prompt
from desktop_agent.chat.run_figures import RunFigures, TotalFigures, totals_of
from desktop_agent.chat.run_statistics import RunStatistics
from desktop_agent.chat.session_tools import SessionTools
from desktop_agent.chat.titles import suggest_title, title_of
from desktop_agent.chat.tools_in_use import ToolChoices
from desktop_agent.config.provider import Provider
from desktop_agent.storage import Deletion


@dataclass(frozen=True)
class Deleted:
    """A message that was taken out of a conversation: what undoes it."""

    index: int
    said: Said
    deletion: Deletion | None = None


class ChatSession:
    """A conversation. At most one run is under way at a time.

    Args:
        answerer: Who answers.
        record: Writes the conversation into the store; None keeps it in memory only.
        history: What was said before, oldest first.

    Attributes:
        history: What was said, oldest first; the last one is the reply under way, if there is one.
        statistics: The figures of the run under way, or of the last one; None before the first.
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
        self._tools = SessionTools()
        self._made_with: AgentTools | None = None

    @property
    def approvals(self) -> Approvals:
        """What the person is asked before a tool does something."""
        return self._tools.approvals

    @property
    def tools(self) -> ToolChoices:
        """Which tools the agent may use; what its profile says until somebody says otherwise."""
        return self._tools.choices(self.answerer)

    def use_tools(self, choices: ToolChoices | None) -> None:
        """Let the agent use these tools from the next message on; None: those that its profile says.

        `save` keeps the choice with the conversation.
        """
        self._tools.chosen = choices

    async def why_no_tools(self) -> str:
        """The sentence why the model can't call tools; "" if it can, or if nobody knows."""
        return await self.answerer.why_no_tools()

    def cancel_call(self, call_id: str) -> None:
        """End one call of a tool; its result tells the model so, and the run goes on."""
        self._tools.cancel_call(call_id)

    @property
    def provider(self) -> Provider:
        """The provider and the model that answer, without a key."""
        return self.answerer.provider

    @property
    def agent_name(self) -> str:
        """The name of the agent that answers."""
        return self.answerer.name

    @property
    def last_question(self) -> str:
        """What was asked last; empty before the first message."""
        asked = (said.message.to_text() for said in reversed(self.history) if said.is_question)
        return next(asked, "")

    @property
    def answerer(self) -> Answerer:
        """Who answers the next message."""
        return self._next or self._answerer

    @property
    def context_tokens(self) -> int:
        """About how many tokens go before the next message: what the last call took, else an estimate."""
        figures = self.figures
        if figures is not None and figures.context_tokens:
            return figures.context_tokens
        return estimate_prompt(self.answerer.profile, context_of(self.history), ())

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
    def _is_streaming(self) -> bool:
        return bool(self.history) and self.history[-1].state == "streaming"

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
        if self._is_streaming and self.statistics is not None:
            runs.append(self.statistics.figures)
        return totals_of(runs) if runs else None

    async def prepare(self) -> AssistantAgent:
        """Make the agent, if it is not there yet; `send` does so too. Raises as `Answerer.create_agent`."""
        async with self._preparation:
            if self._next is not None:
                self._answerer, self._next = self._next, None
                await self.close()
            tools = await self._tools.for_agent(self._answerer)
            if self._agent is None or tools != self._made_with:
                await self.close()
                self._agent, self._made_with = await self._answerer.create_agent(tools), tools
            return self._agent

    async def agent_for(self, once: Answerer | None) -> tuple[Answerer, AssistantAgent]:
        """Who answers a run that begins now, and the agent for it; raises as `prepare`.

        Args:
            once: Who answers, this once; whoever called closes this agent.
        """
        if once is not None:
            return once, await once.create_agent(await self._tools.for_agent(once))
        agent = await self.prepare()
        return self._answerer, agent

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

    def edit(
        self, index: int, text: str, cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        """Say `text` instead of an earlier message; yields and raises as `send`.

        The store keeps what was said before, with all that followed it, as another version. Not to be called
        during a run.

        Args:
            index: The place of the message in `history`.
            text: What is said now.
            cancellation_token: Stops the run.

        Raises:
            ValueError: The message is not the user's.
        """
        if not self.history[index].is_question:
            raise ValueError("Only what the user said can be edited.")
        replaced, self.history = self.history, self.history[:index]
        question = new_question(text)
        question.version = question.version_count = replaced[index].version_count + 1
        self.history.append(question)
        return self._run(cancellation_token, replaced)

    def can_regenerate(self, index: int) -> bool:
        """Whether `history` has a reply at `index` and a question before it, which may have been deleted."""
        said = self.history[index]
        is_over = not said.is_question and said.state != "streaming"
        return is_over and bool(split_question(self.history[:index])[1])

    def regenerate(
        self, index: int, cancellation_token: CancellationToken, answerer: Answerer | None = None
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        """Let a question be answered once more; yields and raises as `send`.

        The store keeps the reply that was there, with all that followed it, as another version. Not to be
        called during a run.

        Args:
            index: The place of the reply in `history`.
            cancellation_token: Stops the run.
            answerer: Who answers, this once; by default who answers in this conversation.

        Raises:
            ValueError: `can_regenerate` says no.
        """
        if not self.can_regenerate(index):
            raise ValueError("There is no question that this message answers.")
        replaced, self.history = self.history, self.history[:index]
        return self._run(cancellation_token, replaced, replaced[index].version_count + 1, answerer)

    def retry(
        self, cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        """Ask the last question again, whether it got a reply or not; yields and raises as `regenerate`."""
        if self.history[-1].is_question:
            return self._run(cancellation_token)
        return self.regenerate(len(self.history) - 1, cancellation_token)

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

    async def delete(self, index: int) -> Deleted:
        """Take one message out of the conversation and of what the agent knows; what followed it stays.

        If it was the last one and has other versions, the nearest of them takes its place. Not to be called
        for a reply that streams.

        Returns:
            What `undelete` undoes it with.

        Raises:
            StorageError: The store does not do it; all is as before.
        """
        said = self.history[index]
        if self._record is None:
            return Deleted(index, self.history.pop(index))
        await self._record.save(self.history)
        deletion = await self._record.delete(said, self.history[index - 1] if index else None)
        await self._take_up_stored(without=said)
        return Deleted(index, said, deletion)

    async def undelete(self, deleted: Deleted) -> None:
        """Undo `delete`: exactly, if nothing was said or chosen since.

        Raises:
            StorageError: The store does not do it; all is as before.
        """
        if self._record is None or deleted.deletion is None:
            self.history.insert(deleted.index, deleted.said)
            return
        await self._record.restore(deleted.deletion)
        await self._take_up_stored(with_one=deleted)

    async def _take_up_stored(self, *, without: Said | None = None, with_one: Deleted | None = None) -> None:
        """Make `history` what the store shows; a reply that streams meanwhile stays the one that it is."""
        if self._record is not None and not self._is_streaming:
            stored = await self._record.shown()
            if stored is not None and not self._is_streaming:
                self.history = stored
                return
        if without is not None:
            self.history = [said for said in self.history if said is not without]
        elif with_one is not None:
            self.history.insert(with_one.index, with_one.said)

    async def save(self) -> None:
        """Write what the store could not take before."""
        if self._record is not None:
            await self._record.save(self.history)
            if self._tools.chosen is not None:
                await self._record.save_options(self._tools.chosen.to_options())

    async def close(self) -> None:
        """Close the agent and its connections."""
        if self._agent is not None:
            await self._agent.close()
            self._agent = None

    async def _run(
        self,
        token: CancellationToken,
        replaced: Sequence[Said] = (),
        version: int = 1,
        answerer: Answerer | None = None,
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        """Have the end of `history` answered.

        Args:
            token: Stops it.
            replaced: The history that this one takes the place of.
            version: Which version of the reply it is.
            answerer: Who answers, this once.
        """
        run = ReplyRun(self, self._tools, self._record, version, answerer)
        self.statistics = run.statistics
        async with aclosing(run.stream(token, replaced)) as stream:
            async for event in stream:
                yield event
