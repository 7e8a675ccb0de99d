"""What can be watched while agents work; never told to an agent. Source: `autogen_agentchat.messages`."""

from typing import Literal

from typing_extensions import override

from desktop_agent.agentchat.code_executor import CodeBlock, CodeResult
from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.memory import MemoryContent
from desktop_agent.agentchat.messages.base import BaseAgentEvent
from desktop_agent.agentchat.models.types import FunctionExecutionResult


class ToolCallRequestEvent(BaseAgentEvent):
    """A model asks for calls of tools."""

    content: list[FunctionCall]
    type: Literal["ToolCallRequestEvent"] = "ToolCallRequestEvent"

    @override
    def to_text(self) -> str:
        return str(self.content)


class ToolCallExecutionEvent(BaseAgentEvent):
    """What came of the calls, in the order of the calls."""

    content: list[FunctionExecutionResult]
    type: Literal["ToolCallExecutionEvent"] = "ToolCallExecutionEvent"

    @override
    def to_text(self) -> str:
        return str(self.content)


class ToolCallDeltaEvent(BaseAgentEvent):
    """A piece of a call that a model is still writing; `stream_tool_call_deltas` asks for it. Not in AutoGen.

    `content` is the piece of the arguments' JSON text, `index` tells parallel calls apart, `call_id` and
    `name` are "" while they are not known, and `full_message_id` is the id of the `ToolCallRequestEvent` to
    come.
    """

    content: str
    index: int
    call_id: str = ""
    name: str = ""
    full_message_id: str | None = None
    type: Literal["ToolCallDeltaEvent"] = "ToolCallDeltaEvent"

    @override
    def to_text(self) -> str:
        return self.content


class RetryEvent(BaseAgentEvent):
    """A request to the model failed and is sent again; `emit_retry_events` asks for it. Not in AutoGen.

    `content` is a sentence for people, `attempt` the number of the retry to come (of at most `max_retries`),
    `delay` the seconds until then, `error` the name of the class of the failure.
    """

    content: str
    attempt: int
    max_retries: int
    delay: float
    error: str
    type: Literal["RetryEvent"] = "RetryEvent"

    @override
    def to_text(self) -> str:
        return self.content


class ThoughtEvent(BaseAgentEvent):
    """The reasoning of a model, whole; or what it said beside calls of tools."""

    content: str
    type: Literal["ThoughtEvent"] = "ThoughtEvent"

    @override
    def to_text(self) -> str:
        return self.content


class MemoryQueryEvent(BaseAgentEvent):
    """What memories had to say to the question."""

    content: list[MemoryContent]
    type: Literal["MemoryQueryEvent"] = "MemoryQueryEvent"

    @override
    def to_text(self) -> str:
        return str(self.content)


class UserInputRequestedEvent(BaseAgentEvent):
    """A person is asked; `request_id` pairs the question with its answer."""

    request_id: str
    content: Literal[""] = ""
    type: Literal["UserInputRequestedEvent"] = "UserInputRequestedEvent"

    @override
    def to_text(self) -> str:
        return self.content


class SelectSpeakerEvent(BaseAgentEvent):
    """Who speaks next in a team."""

    content: list[str]
    type: Literal["SelectSpeakerEvent"] = "SelectSpeakerEvent"

    @override
    def to_text(self) -> str:
        return str(self.content)


class SelectorEvent(BaseAgentEvent):
    """What a team says while it chooses who speaks next."""

    content: str
    type: Literal["SelectorEvent"] = "SelectorEvent"

    @override
    def to_text(self) -> str:
        return self.content


class CodeGenerationEvent(BaseAgentEvent):
    """Code that is to be run."""

    retry_attempt: int
    content: str
    code_blocks: list[CodeBlock]
    type: Literal["CodeGenerationEvent"] = "CodeGenerationEvent"

    @override
    def to_text(self) -> str:
        return self.content


class CodeExecutionEvent(BaseAgentEvent):
    """What came of running code."""

    retry_attempt: int
    result: CodeResult
    type: Literal["CodeExecutionEvent"] = "CodeExecutionEvent"

    @override
    def to_text(self) -> str:
        return self.result.output
