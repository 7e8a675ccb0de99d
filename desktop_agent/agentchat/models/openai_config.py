"""The arguments of `OpenAIChatCompletionClient`, and which of them are right."""

from collections.abc import Mapping
from typing import Any, Final, TypedDict

from desktop_agent.agentchat.models.types import ModelInfo

DISALLOWED_ARGS: Final = frozenset({"n", "stream", "messages", "functions", "function_call"})
CREATE_ARGS: Final = (
    "temperature",
    "top_p",
    "max_tokens",
    "stop",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "response_format",
    "stream_options",
    "parallel_tool_calls",
    "reasoning_effort",
    "user",
)


class OpenAIClientConfig(TypedDict, total=False):
    """The arguments of `OpenAIChatCompletionClient`; all but `model` may be left out."""

    model: str
    api_key: str | None
    base_url: str | None
    organization: str | None
    timeout: float | None
    default_headers: Mapping[str, str] | None
    model_info: ModelInfo | None
    add_name_prefixes: bool
    include_name_in_message: bool
    temperature: float | None
    top_p: float | None
    max_tokens: int | None
    stop: str | list[str] | None
    seed: int | None
    presence_penalty: float | None
    frequency_penalty: float | None
    logit_bias: Mapping[str, int] | None
    response_format: Mapping[str, Any] | None
    stream_options: Mapping[str, Any] | None
    parallel_tool_calls: bool | None
    reasoning_effort: str | None
    user: str | None


def check_names(config: Mapping[str, Any]) -> None:
    """Raise on arguments that are not known, belong to a request alone, or are missing.

    Raises:
        TypeError: Unknown arguments; it names them all.
        ValueError: Arguments that belong to a request alone; no model.
    """
    disallowed = sorted(config.keys() & DISALLOWED_ARGS)
    if disallowed:
        raise ValueError(f"Disallowed create args: {', '.join(disallowed)}")
    unknown = sorted(config.keys() - OpenAIClientConfig.__annotations__.keys())
    if unknown:
        raise TypeError(f"OpenAIChatCompletionClient() got unknown arguments: {', '.join(unknown)}")
    if not config.get("model"):
        raise ValueError("model is required for OpenAIChatCompletionClient")


def checked_timeout(seconds: float | None) -> float | None:
    """The same value, or ValueError if it is no time to wait."""
    if seconds is not None and not seconds > 0:
        raise ValueError(f"timeout must be more than 0 seconds, got {seconds}")
    return seconds


def is_secret(header: str) -> bool:
    """Whether a header of this name carries a key."""
    return header.lower() in {"authorization", "api-key", "x-api-key"}
