"""What the library logs: that requests were made, and why they were sent again; never what was said."""

import json
from dataclasses import asdict, dataclass
from typing import Final

from typing_extensions import override

TRACE_LOGGER_NAME: Final = "desktop_agent.agentchat"
"""The logger above all others here; at DEBUG it tells of each request that is sent again."""

EVENT_LOGGER_NAME: Final = "desktop_agent.agentchat.events"
"""The logger whose messages are values of the classes here; it tells them at INFO."""


@dataclass(frozen=True)
class LLMCallEvent:
    """A model has answered. Source: AutoGen's class of the same name, which holds the conversation, too.

    Args:
        model: Which one.
        prompt_tokens: What it was told, as the server counted; 0 if it did not say.
        completion_tokens: What it answered.
    """

    model: str
    prompt_tokens: int
    completion_tokens: int

    @override
    def __str__(self) -> str:
        """The fields as JSON, and `type`."""
        return json.dumps({"type": "LLMCall", **asdict(self)})
