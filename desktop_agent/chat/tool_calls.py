"""The calls of tools of a reply as they stand: what events say of them, live or stored, put together."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from desktop_agent.agentchat.agents.tool_run import CANCELLED
from desktop_agent.agentchat.messages import (
    BaseAgentEvent,
    ToolCallDeltaEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)
from desktop_agent.chat.approvals import ApprovalRequest
from desktop_agent.chat.tool_events import ToolProgressEvent

CallState = Literal["writing", "waiting", "running", "done", "failed", "denied", "stopped"]
_ENDS = ("done", "failed", "denied", "stopped")


@dataclass(frozen=True)
class ToolCall:
    """One call as it stands.

    Attributes:
        call_id: By which the model knows it.
        name: The tool.
        arguments: Its arguments as JSON text; while the model writes them, as far as they are.
        state: "writing" while the model writes it, "waiting" for the person, "running", or how it ended.
        seconds: How long it took, approval aside; None while that is not known.
        began: When it began to run, as `time.monotonic` has it; None before, and for one of an earlier day.
        result: What it gave, for the model.
        request: What the person is to decide, while it waits.
    """

    call_id: str
    name: str
    arguments: str = ""
    state: CallState = "running"
    seconds: float | None = None
    began: float | None = None
    result: str = ""
    request: ApprovalRequest | None = None

    @property
    def is_open(self) -> bool:
        """Whether more becomes of it."""
        return self.state in ("writing", "waiting", "running")


class CallBook:
    """Follows the calls of one reply.

    Args:
        known: Of a stored reply: `details["tools"]`, the last state and the seconds of each call; None for a
            reply under way.
    """

    def __init__(self, known: Mapping[str, Any] | None = None) -> None:
        self._known = known
        self._calls: dict[str, ToolCall] = {}
        self._ids: dict[tuple[str | None, int], str] = {}

    def observe(self, event: object) -> list[ToolCall]:
        """The calls that `event` says something new of, as they stand now; none for most events."""
        if not isinstance(event, BaseAgentEvent):
            return []
        if isinstance(event, ToolCallDeltaEvent):
            return self._write(event)
        if isinstance(event, ToolCallRequestEvent):
            return [self._request(call.id, call.name, call.arguments) for call in event.content]
        if isinstance(event, ToolProgressEvent):
            return [self._progress(event)]
        if isinstance(event, ToolCallExecutionEvent):
            known = [result for result in event.content if result.call_id in self._calls]
            return [self._end(result.call_id, result.content, bool(result.is_error)) for result in known]
        return []

    def stop(self) -> list[ToolCall]:
        """The run is over: what is open now was stopped."""
        return [self._put(self._close(call, "stopped")) for call in self.open]

    @property
    def open(self) -> list[ToolCall]:
        """The calls that more becomes of."""
        return [call for call in self._calls.values() if call.is_open]

    def find(self, call_id: str) -> ToolCall | None:
        """A call by its id."""
        return self._calls.get(call_id)

    def _put(self, call: ToolCall) -> ToolCall:
        self._calls[call.call_id] = call
        return call

    def _write(self, delta: ToolCallDeltaEvent) -> list[ToolCall]:
        place = (delta.full_message_id, delta.index)
        call_id = self._ids.setdefault(place, delta.call_id) or delta.call_id
        if not call_id:
            return []  # the request will tell all of it
        self._ids[place] = call_id
        before = self._calls.get(call_id) or ToolCall(call_id, delta.name, state="writing")
        arguments = before.arguments + delta.content
        return [self._put(replace(before, name=before.name or delta.name, arguments=arguments))]

    def _request(self, call_id: str, name: str, arguments: str) -> ToolCall:
        return self._put(ToolCall(call_id, name, arguments, began=time.monotonic()))

    def _progress(self, event: ToolProgressEvent) -> ToolCall:
        before = self._calls.get(event.call_id) or ToolCall(event.call_id, event.name)
        began = before.began
        if event.state == "waiting":
            began = None
        elif event.state == "running" and before.state != "running":
            began = time.monotonic()
        return self._put(
            replace(
                before,
                arguments=event.arguments or before.arguments,
                state=event.state,
                seconds=event.seconds,
                began=began,
                result=event.result or before.result,
                request=event.request if event.state == "waiting" else None,
            )
        )

    def _end(self, call_id: str, result: str, is_error: bool) -> ToolCall:
        call = self._calls[call_id]
        if call.is_open:
            state: CallState = "stopped" if result == CANCELLED else "failed" if is_error else "done"
            call = self._close(call, state)
        return self._put(replace(call, result=call.result or result))

    def _close(self, call: ToolCall, state: CallState) -> ToolCall:
        """The end of an open call; of a stored one as it was kept."""
        known = self._known.get(call.call_id) if self._known is not None else None
        if isinstance(known, Mapping):
            seconds = known.get("seconds")
            call = replace(call, seconds=seconds if isinstance(seconds, int | float) else None)
            state = known["state"] if known.get("state") in _ENDS else state
        if self._known is None:
            call = replace(call, seconds=_since(call))
        return replace(call, state=state, request=None)


def _since(call: ToolCall) -> float | None:
    if call.seconds is not None or call.began is None:
        return call.seconds
    return time.monotonic() - call.began
