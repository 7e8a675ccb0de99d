"""The vocabulary of a stream: what agents say to one another, and what can be watched meanwhile.

Fields, defaults, dump keys and their order are those of `autogen_agentchat.messages`; what is ours goes into
`metadata`:

- "kind" = "thought" on a chunk of reasoning,
- "interrupted" = "true" on a message that was cut short,
- "streamed" = "false" on one that came whole although it was asked for in pieces,
- "finish_reason" = "length" or "content_filter" on one that the model did not end of itself.

Two events are not in AutoGen, and come only if they are asked for: `ToolCallDeltaEvent` and `RetryEvent`.
"""

from typing import Annotated, TypeAlias

from pydantic import Field

from desktop_agent.agentchat.messages.base import (
    BaseAgentEvent,
    BaseChatMessage,
    BaseMessage,
    BaseTextChatMessage,
    new_id,
)
from desktop_agent.agentchat.messages.chat_messages import (
    HandoffMessage,
    MultiModalMessage,
    StopMessage,
    StructuredMessage,
    TextMessage,
    ToolCallSummaryMessage,
)
from desktop_agent.agentchat.messages.chunk import ModelClientStreamingChunkEvent
from desktop_agent.agentchat.messages.events import (
    CodeExecutionEvent,
    CodeGenerationEvent,
    MemoryQueryEvent,
    RetryEvent,
    SelectorEvent,
    SelectSpeakerEvent,
    ThoughtEvent,
    ToolCallDeltaEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
    UserInputRequestedEvent,
)
from desktop_agent.agentchat.messages.factory import MessageFactory, StructuredMessageFactory

ChatMessage: TypeAlias = Annotated[
    TextMessage | MultiModalMessage | StopMessage | ToolCallSummaryMessage | HandoffMessage,
    Field(discriminator="type"),
]
"""The concrete chat messages, told apart by `type`."""

AgentEvent: TypeAlias = Annotated[
    ToolCallRequestEvent
    | ToolCallExecutionEvent
    | ToolCallDeltaEvent
    | MemoryQueryEvent
    | UserInputRequestedEvent
    | ModelClientStreamingChunkEvent
    | ThoughtEvent
    | RetryEvent
    | SelectSpeakerEvent
    | CodeGenerationEvent
    | CodeExecutionEvent,
    Field(discriminator="type"),
]
"""The concrete events, told apart by `type`."""

__all__ = [
    "AgentEvent",
    "BaseAgentEvent",
    "BaseChatMessage",
    "BaseMessage",
    "BaseTextChatMessage",
    "ChatMessage",
    "CodeExecutionEvent",
    "CodeGenerationEvent",
    "HandoffMessage",
    "MemoryQueryEvent",
    "MessageFactory",
    "ModelClientStreamingChunkEvent",
    "MultiModalMessage",
    "RetryEvent",
    "SelectSpeakerEvent",
    "SelectorEvent",
    "StopMessage",
    "StructuredMessage",
    "StructuredMessageFactory",
    "TextMessage",
    "ThoughtEvent",
    "ToolCallDeltaEvent",
    "ToolCallExecutionEvent",
    "ToolCallRequestEvent",
    "ToolCallSummaryMessage",
    "UserInputRequestedEvent",
    "new_id",
]
