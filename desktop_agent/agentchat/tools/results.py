"""What comes of a tool: `ToolResult`, and values as the text that a model is told."""

import json
from typing import Any, Literal

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from desktop_agent.agentchat.image import Image


class TextResultContent(BaseModel):
    """A text."""

    type: Literal["TextResultContent"] = "TextResultContent"
    content: str


class ImageResultContent(BaseModel):
    """A picture."""

    type: Literal["ImageResultContent"] = "ImageResultContent"
    content: Image


ResultContent = TextResultContent | ImageResultContent


class ToolResult(BaseModel):
    """What came of one call. Source: `autogen_core.tools`."""

    type: Literal["ToolResult"] = "ToolResult"
    name: str
    result: list[ResultContent]
    is_error: bool = False

    def to_text(self, replace_image: str | None = None) -> str:
        """The parts, a line each.

        Args:
            replace_image: What stands for a picture; None: its base64 text, which no model can read. The
                agent puts "[image]" here and shows the picture to the model.
        """
        parts = []
        for part in self.result:
            if isinstance(part, TextResultContent):
                parts.append(part.content)
            elif replace_image is not None:
                parts.append(replace_image)
            else:
                parts.append(f"[Image: {part.content.to_base64()}]")
        return "\n".join(parts)

    @classmethod
    def error(cls, name: str, text: str) -> "ToolResult":
        """A failure, told to the model. Not in AutoGen."""
        return cls(name=name, result=[TextResultContent(content=text)], is_error=True)


def text_of_value(value: Any) -> str:
    """A value as a model is told it: texts as they are, everything else as JSON.

    AutoGen tells models the Python repr of everything but pydantic models. What JSON does not know (dates,
    sets, data classes, …) is written as pydantic writes it, and the rest as `str`.

    Raises:
        ValueError: The value holds itself.
    """
    if type(value) is str:
        return value
    try:
        plain = to_jsonable_python(value, fallback=str)
    except UnicodeDecodeError:
        plain = to_jsonable_python(value, fallback=str, bytes_mode="base64")
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def text_of_error(error: BaseException) -> str:
    """A failure as a model is told it: its text, or its class if it has none."""
    return str(error) or type(error).__name__


def contents_of_value(value: Any, as_text: Any) -> list[ResultContent]:
    """A tool's return value as the parts of a result: pictures stay pictures.

    Args:
        value: The value; an `Image` or a list with some gives pictures.
        as_text: Turns anything else into text (`Tool.return_value_as_string`).
    """
    if isinstance(value, Image):
        return [ImageResultContent(content=value)]
    if isinstance(value, (list, tuple)) and any(isinstance(item, Image) for item in value):
        return [part for item in value for part in contents_of_value(item, as_text)]
    return [TextResultContent(content=as_text(value))]


def without_surrogates(text: str) -> str:
    """The same text, lone surrogates replaced by U+FFFD: a later `.encode()` would raise on them."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
