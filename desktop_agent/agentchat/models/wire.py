"""Messages as the OpenAI API takes them."""

import re
from collections.abc import Sequence
from typing import Any

from desktop_agent.agentchat.models.chat_stream import without_surrogates
from desktop_agent.agentchat.models.types import (
    AssistantMessage,
    LLMMessage,
    ModelFamily,
    ModelInfo,
    SystemMessage,
    UserMessage,
)

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")


def to_wire(
    messages: Sequence[LLMMessage], info: ModelInfo, *, add_name_prefixes: bool, include_name: bool
) -> list[dict[str, Any]]:
    """Translate messages. Source: AutoGen's mapping; lone surrogates, which no encoding takes, become U+FFFD.

    Args:
        messages: The conversation.
        info: Mistral takes no names; system messages are merged unless `multiple_system_messages`.
        add_name_prefixes: Put "NAME said:" before what users say.
        include_name: Send the source of user messages as `name`.

    Raises:
        ValueError: A source is no valid name, or system messages are scattered and the model takes only one.
    """
    if not info.get("multiple_system_messages", False):
        messages = _merge_system_messages(messages)
    include_name = include_name and not ModelFamily.is_mistral(info["family"])
    wire: list[dict[str, Any]] = []
    for message in messages:
        if isinstance(message, SystemMessage):
            wire.append({"role": "system", "content": without_surrogates(message.content)})
        elif isinstance(message, AssistantMessage):
            wire.append({"role": "assistant", "content": without_surrogates(message.content)})
        else:
            wire.append(_user(message, add_name_prefixes=add_name_prefixes, include_name=include_name))
    return wire


def _user(message: UserMessage, *, add_name_prefixes: bool, include_name: bool) -> dict[str, Any]:
    content = without_surrogates(message.content)
    if add_name_prefixes:
        content = f"{message.source} said:\n{content}"
    if not include_name:
        return {"role": "user", "content": content}
    if not _NAME.match(message.source):
        raise ValueError(
            f"Invalid name: {message.source!r}. Allowed are letters, digits, '_' and '-', at most 64 of them."
        )
    return {"role": "user", "name": message.source, "content": content}


def _merge_system_messages(messages: Sequence[LLMMessage]) -> Sequence[LLMMessage]:
    places = [place for place, message in enumerate(messages) if isinstance(message, SystemMessage)]
    if len(places) < 2:
        return messages
    first, last = places[0], places[-1]
    if last - first + 1 != len(places):
        raise ValueError("Multiple and Not continuous system messages are not supported")
    merged = "\n".join(message.content for message in messages[first : last + 1])
    return [*messages[:first], SystemMessage(content=merged), *messages[last + 1 :]]
