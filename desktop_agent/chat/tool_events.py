"""What becomes of one call of a tool, as an event of the stream."""

from __future__ import annotations

from typing import Literal

from typing_extensions import override

from desktop_agent.agentchat.messages import BaseAgentEvent
from desktop_agent.chat.approvals import ApprovalRequest

ToolState = Literal["waiting", "running", "done", "failed", "denied", "stopped"]


class ToolProgressEvent(BaseAgentEvent):
    """A call of a tool is in another state.

    These events come live between the `ToolCallRequestEvent` and the `ToolCallExecutionEvent`; they are not
    stored: `Said.details["tools"]` keeps the last state and the seconds of each call. When a run is stopped,
    no event tells it of the calls that were under way; there they are "stopped".

    Attributes:
        call_id: Which call.
        name: The tool.
        arguments: Its arguments, as JSON text.
        state: "waiting" for the person, "running", or how it ended.
        seconds: How long it has run, approval aside; None before it runs.
        result: At the end: what the model is told.
        request: While it waits: what the person is to decide.
    """

    call_id: str
    name: str
    arguments: str
    state: ToolState
    seconds: float | None = None
    result: str = ""
    request: ApprovalRequest | None = None
    type: Literal["ToolProgressEvent"] = "ToolProgressEvent"

    @property
    def is_end(self) -> bool:
        """Whether nothing more comes of this call."""
        return self.state not in ("waiting", "running")

    @override
    def to_text(self) -> str:
        time = "" if self.seconds is None else f" ({self.seconds:.1f} s)"
        return f"{self.name}: {self.state}{time}"
