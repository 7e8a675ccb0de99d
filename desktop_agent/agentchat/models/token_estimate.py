"""About how many tokens a conversation takes, without a tokenizer (AutoGen's downloads its vocabularies)."""

import json
from collections.abc import Sequence
from typing import Final

from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.models.types import CreateResult, FunctionExecutionResultMessage, LLMMessage
from desktop_agent.agentchat.tools.schema import Tool, ToolSchema

_REPLY: Final = 3
_MESSAGE: Final = 4
_IMAGE: Final = 1_000  # a picture of 1024 x 1024 is 765 for most of OpenAI's models


def estimated_tokens(messages: Sequence[LLMMessage], tools: Sequence[Tool | ToolSchema] = ()) -> int:
    """Four ASCII letters or one other character a token, four a message, a thousand an image."""
    total = _REPLY
    for message in messages:
        total += _MESSAGE
        if isinstance(message, FunctionExecutionResultMessage):
            total += sum(_of_text(result.content) for result in message.content)
        elif isinstance(message.content, str):
            total += _of_text(message.content)
        else:
            for part in message.content:
                if isinstance(part, str):
                    total += _of_text(part)
                elif isinstance(part, FunctionCall):
                    total += _of_text(part.name) + _of_text(part.arguments)
                else:
                    total += _IMAGE
    for tool in tools:
        total += _of_text(json.dumps(tool.schema if isinstance(tool, Tool) else tool, default=str))
    return total


def tokens_of_reply(result: CreateResult) -> int:
    """About how many tokens a model wrote for an answer, its thought and its calls included."""
    total = _of_text(result.thought or "")
    if isinstance(result.content, str):
        return total + _of_text(result.content)
    return total + sum(_of_text(call.name) + _of_text(call.arguments) for call in result.content)


def _of_text(text: str) -> int:
    ascii_count = len(text) if text.isascii() else len(text.encode("ascii", "ignore"))
    return -(-ascii_count // 4) + (len(text) - ascii_count)
