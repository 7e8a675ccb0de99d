"""The tools of one conversation: its switches, its open questions, the calls of the run under way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.chat.agent_factory import AgentTools
from desktop_agent.chat.answerer import Answerer
from desktop_agent.chat.approvals import Approvals
from desktop_agent.chat.history import Said
from desktop_agent.chat.tool_services import ToolServices
from desktop_agent.chat.tools_in_use import ToolChoices, choices_of

if TYPE_CHECKING:  # imported when a tool is switched on
    from desktop_agent.chat.guarded_tools import GuardedTools


class SessionTools:
    """What a conversation knows of its tools. They are imported and made when a switch is on.

    Attributes:
        approvals: What the person is asked.
        chosen: What the person chose for this conversation; None as long as its agent decides.
    """

    def __init__(self) -> None:
        self.approvals = Approvals()
        self.chosen: ToolChoices | None = None
        self._tools: GuardedTools | None = None

    def choices(self, answerer: Answerer) -> ToolChoices:
        """Which tools this one may use here."""
        return choices_of(answerer.profile) if self.chosen is None else self.chosen

    async def for_agent(self, answerer: Answerer) -> AgentTools | None:
        """The tools for an agent; None if no switch is on or the model can't call any."""
        if not self.choices(answerer).is_any or await answerer.why_no_tools():
            return None
        services = answerer.tool_services
        if self._tools is None or self._tools.source != answerer.name or self._tools.services is not services:
            self._tools = await asyncio.to_thread(_make_tools, answerer.name, services, self.approvals)
        return AgentTools(self._tools, services.settings().max_tool_turns)

    async def begin_run(self, answerer: Answerer, history: Iterable[Said]) -> None:
        """A run begins, with the question at the end of `history`."""
        if self._tools is not None:
            await self._tools.begin_run(self.choices(answerer), history)

    def expect(self, calls: Sequence[FunctionCall]) -> None:
        """Take in the very texts of the calls to come, which the person is shown."""
        if self._tools is not None:
            self._tools.expect(calls)

    def cancel_call(self, call_id: str) -> None:
        """End one call of a tool."""
        if self._tools is not None:
            self._tools.cancel_call(call_id)

    @property
    def details(self) -> dict[str, Any]:
        """What the store keeps of the calls of a run, as JSON values; empty without any."""
        states = {} if self._tools is None else self._tools.states
        return {"tools": states} if states else {}


def _make_tools(source: str, services: ToolServices, approvals: Approvals) -> GuardedTools:
    from desktop_agent.chat.guarded_tools import GuardedTools

    return GuardedTools(source, services, approvals)
