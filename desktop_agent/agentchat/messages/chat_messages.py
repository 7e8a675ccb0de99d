"""What agents say to one another. Source: `autogen_agentchat.messages`."""

from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, Field, computed_field
from typing_extensions import override

from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.image import Image
from desktop_agent.agentchat.messages.base import BaseChatMessage, BaseTextChatMessage
from desktop_agent.agentchat.models.types import FunctionExecutionResult, LLMMessage, UserMessage

ContentT = TypeVar("ContentT", bound=BaseModel, covariant=True)


class TextMessage(BaseTextChatMessage):
    """A text."""

    type: Literal["TextMessage"] = "TextMessage"


class StopMessage(BaseTextChatMessage):
    """A text that asks to stop."""

    type: Literal["StopMessage"] = "StopMessage"


class HandoffMessage(BaseTextChatMessage):
    """A text that asks `target` to go on; `context` is what its model is to be told before."""

    target: str
    context: list[LLMMessage] = Field(default_factory=list)
    type: Literal["HandoffMessage"] = "HandoffMessage"


class ToolCallSummaryMessage(BaseTextChatMessage):
    """The results of tools as the answer; `tool_calls` and `results` are what it was made of."""

    tool_calls: list[FunctionCall]
    results: list[FunctionExecutionResult]
    type: Literal["ToolCallSummaryMessage"] = "ToolCallSummaryMessage"


class MultiModalMessage(BaseChatMessage):
    """Texts and pictures."""

    content: list[str | Image]
    type: Literal["MultiModalMessage"] = "MultiModalMessage"

    @override
    def to_text(self, iterm: bool = False) -> str:
        """The parts, a line each.

        Args:
            iterm: Pictures as iTerm2's escape sequence; else as "<image>".
        """
        parts = []
        for part in self.content:
            if isinstance(part, str):
                parts.append(part)
            else:
                parts.append(f"\x1b]1337;File=inline=1:{part.to_base64()}\a\n" if iterm else "<image>")
        return "\n".join(parts)

    @override
    def to_model_text(self, image_placeholder: str | None = "[image]") -> str:
        """The parts in one text, a space before each picture.

        Args:
            image_placeholder: What stands for a picture; None: its base64 text.
        """
        text = ""
        for part in self.content:
            if isinstance(part, str):
                text += part
            else:
                text += f" {part.to_base64() if image_placeholder is None else image_placeholder}"
        return text

    @override
    def to_model_message(self) -> UserMessage:
        return UserMessage(content=list(self.content), source=self.source)


class StructuredMessage(BaseChatMessage, Generic[ContentT]):
    """A value of a class of the caller's: `StructuredMessage[MyModel]`.

    `format_string`, with the fields of the content as keys, is how it reads as text; by default as JSON. A
    model is always told the JSON.
    """

    content: ContentT
    format_string: str | None = None

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def type(self) -> str:
        """The class name, e.g. "StructuredMessage[MyModel]"."""
        return type(self).__name__

    @override
    def to_text(self) -> str:
        if self.format_string is not None:
            return self.format_string.format(**self.content.model_dump())
        return self.content.model_dump_json()

    @override
    def to_model_text(self) -> str:
        return self.to_text()

    @override
    def to_model_message(self) -> UserMessage:
        return UserMessage(content=self.content.model_dump_json(), source=self.source)
