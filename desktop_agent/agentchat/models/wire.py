"""Messages and tools as the OpenAI API takes them."""

import re
from collections.abc import Sequence
from typing import Any, Final

from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.image import Image
from desktop_agent.agentchat.models.model_client import ToolChoice
from desktop_agent.agentchat.models.shapes import without_surrogates
from desktop_agent.agentchat.models.types import (
    AssistantMessage,
    FunctionExecutionResultMessage,
    LLMMessage,
    ModelFamily,
    ModelInfo,
    SystemMessage,
    UserMessage,
)
from desktop_agent.agentchat.tools.schema import Tool, ToolSchema

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
_CHOICES: Final = frozenset({"auto", "required", "none"})


def to_wire(
    messages: Sequence[LLMMessage], info: ModelInfo, *, add_name_prefixes: bool, include_name: bool
) -> list[dict[str, Any]]:
    """Translate messages. Source: AutoGen's mapping; lone surrogates, which no encoding takes, become U+FFFD.

    Args:
        messages: The conversation.
        info: Mistral takes no names, Gemini no empty texts, Claude no blank ones (nobody those of an answer
            that was cut short before its first word); system messages are merged unless
            `multiple_system_messages`.
        add_name_prefixes: Put "NAME said:" before what users say.
        include_name: Send the source of user messages as `name`.

    Raises:
        ValueError: A source is no valid name, system messages are scattered and the model takes only one, or
            the model takes no images and there is one.
    """
    if not info.get("multiple_system_messages", False):
        messages = _merge_system_messages(messages)
    family = info["family"]
    include_name = include_name and not ModelFamily.is_mistral(family)
    wire: list[dict[str, Any]] = []
    for message in messages:
        if isinstance(message, FunctionExecutionResultMessage):
            wire += [
                {
                    "role": "tool",
                    "tool_call_id": result.call_id,
                    "content": without_surrogates(result.content),
                }
                for result in message.content
            ]
        elif isinstance(message, SystemMessage):
            wire.append({"role": "system", "content": without_surrogates(message.content)})
        elif _is_blank(message) and (ModelFamily.is_claude(family) or _is_interrupted(message)):
            continue
        elif isinstance(message, AssistantMessage):
            wire.append(_assistant(message))
        else:
            user = _user(message, info, add_name_prefix=add_name_prefixes)
            if include_name:
                user["name"] = _checked_name(message.source)
            wire.append(user)
        if ModelFamily.is_gemini(family) and wire and wire[-1]["content"] == "":
            wire[-1]["content"] = " "
    return wire


def tools_to_wire(tools: Sequence[Tool | ToolSchema]) -> list[dict[str, Any]]:
    """Translate tools. Source: AutoGen's mapping.

    Raises:
        ValueError: A name is not one that the API takes.
    """
    wire = []
    for tool in tools:
        schema = _schema_of(tool)
        function = {
            "name": _checked_name(schema["name"]),
            "description": schema.get("description", ""),
            "parameters": schema.get("parameters", {}),
            "strict": schema.get("strict", False),
        }
        wire.append({"type": "function", "function": without_surrogates(function)})
    return wire


def tool_choice_to_wire(choice: ToolChoice, tools: Sequence[Tool | ToolSchema]) -> str | dict[str, Any]:
    """Translate a choice of tools. Source: AutoGen's mapping.

    Raises:
        ValueError: The choice is a tool that is not among `tools`, or it is no choice.
    """
    if isinstance(choice, str) and choice in _CHOICES:
        return choice
    if not isinstance(choice, Tool):
        raise ValueError(  # noqa: TRY004 - AutoGen's type of error
            f"tool_choice must be a Tool object, 'auto', 'required', or 'none', got {type(choice)}"
        )
    name = choice.schema["name"]
    if not tools:
        raise ValueError("tool_choice specified but no tools provided")
    if name not in {_schema_of(tool)["name"] for tool in tools}:
        raise ValueError(f"tool_choice references '{name}' but it's not in the provided tools")
    return {"type": "function", "function": {"name": name}}


def _schema_of(tool: Tool | ToolSchema) -> ToolSchema:
    return tool.schema if isinstance(tool, Tool) else tool


def _assistant(message: AssistantMessage) -> dict[str, Any]:
    """The thought is not told again, but beside calls, where it may be what the model said."""
    if isinstance(message.content, str):
        return {"role": "assistant", "content": without_surrogates(message.content)}
    thought = None if message.thought is None else without_surrogates(message.thought)
    return {"role": "assistant", "content": thought, "tool_calls": [_call(call) for call in message.content]}


def _call(call: FunctionCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": without_surrogates(call.arguments)}
    return {"id": call.id, "type": "function", "function": function}


def _user(message: UserMessage, info: ModelInfo, *, add_name_prefix: bool) -> dict[str, Any]:
    prefix = f"{message.source} said:\n" if add_name_prefix else ""
    if isinstance(message.content, str):
        return {"role": "user", "content": prefix + without_surrogates(message.content)}
    parts: list[dict[str, Any]] = []
    for part in message.content:
        if isinstance(part, Image):
            if not info["vision"]:
                raise ValueError("Model does not support vision and image was provided")
            parts.append(part.to_openai_format())
        else:
            parts.append({"type": "text", "text": prefix + without_surrogates(part)})
            prefix = ""
    if prefix:
        parts.insert(0, {"type": "text", "text": prefix})
    return {"role": "user", "content": parts}


def _is_blank(message: LLMMessage) -> bool:
    return isinstance(message.content, str) and not message.content.strip()


def _is_interrupted(message: LLMMessage) -> bool:
    """Whether this is what came of an answer that was cut short; if blank, it was still a thought."""
    return isinstance(message, AssistantMessage) and message.metadata.get("interrupted") == "true"


def _checked_name(name: str) -> str:
    if not _NAME.match(name):
        raise ValueError(
            f"Invalid name: {name!r}. Allowed are letters, digits, '_' and '-', at most 64 of them."
        )
    return name


def _merge_system_messages(messages: Sequence[LLMMessage]) -> Sequence[LLMMessage]:
    places = [place for place, message in enumerate(messages) if isinstance(message, SystemMessage)]
    if len(places) < 2:
        return messages
    first, last = places[0], places[-1]
    if last - first + 1 != len(places):
        raise ValueError("Multiple and Not continuous system messages are not supported")
    merged = "\n".join(str(message.content) for message in messages[first : last + 1])
    return [*messages[:first], SystemMessage(content=merged), *messages[last + 1 :]]
