"""The arguments of the OpenAI clients, and which of them are right."""

import warnings
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypedDict

from pydantic import BaseModel

from desktop_agent.agentchat.models.failures import Endpoint
from desktop_agent.agentchat.models.known_models import known_info
from desktop_agent.agentchat.models.limits import Limits
from desktop_agent.agentchat.models.types import ModelInfo, validate_model_info

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
    "extra_body",
    "logprobs",
    "max_completion_tokens",
    "metadata",
    "prediction",
    "prompt_cache_key",
    "safety_identifier",
    "service_tier",
    "store",
    "top_logprobs",
    "verbosity",
    "web_search_options",
)
MAX_RETRIES: Final = 2
"""Unless `max_retries` says otherwise. Source: the OpenAI SDK, and so AutoGen."""

_SECONDS: Final[Mapping[str, str]] = {
    "first_token_timeout": "first",
    "idle_timeout": "idle",
    "connect_timeout": "connect",
}
_BYTES: Final[Mapping[str, str]] = {"max_event_bytes": "max_event", "max_reply_bytes": "max_reply"}


class OpenAIClientConfig(TypedDict, total=False):
    """The arguments of `OpenAIChatCompletionClient`; all but `model` may be left out."""

    model: str
    api_key: str | None
    base_url: str | None
    organization: str | None
    timeout: float | None
    max_retries: int
    first_token_timeout: float | None
    idle_timeout: float | None
    connect_timeout: float | None
    max_event_bytes: int | None
    max_reply_bytes: int | None
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
    response_format: Mapping[str, Any] | type[BaseModel] | None
    stream_options: Mapping[str, Any] | None
    parallel_tool_calls: bool | None
    reasoning_effort: str | None
    user: str | None
    extra_body: Mapping[str, Any] | None
    logprobs: bool | None
    max_completion_tokens: int | None
    metadata: Mapping[str, str] | None
    prediction: Mapping[str, Any] | None
    prompt_cache_key: str | None
    safety_identifier: str | None
    service_tier: str | None
    store: bool | None
    top_logprobs: int | None
    verbosity: str | None
    web_search_options: Mapping[str, Any] | None


class AzureOpenAIClientConfig(OpenAIClientConfig, total=False):
    """The arguments of `AzureOpenAIChatCompletionClient`; `azure_endpoint` and `api_version` are required."""

    azure_endpoint: str | None
    azure_deployment: str | None
    api_version: str | None
    azure_ad_token: str | None
    azure_ad_token_provider: Callable[[], str | Awaitable[str]] | None


@dataclass(frozen=True)
class Settings:
    """What a client does with a request, from its arguments.

    Args:
        model: The name of the model.
        info: What it can do.
        endpoint: Who is asked.
        limits: What the server may take.
        max_retries: How often a request that failed is sent again.
        create_args: What goes into each request.
        add_name_prefixes: See `wire.to_wire`.
        include_name: See `wire.to_wire`.
    """

    model: str
    info: ModelInfo
    endpoint: Endpoint
    limits: Limits
    max_retries: int
    create_args: Mapping[str, Any]
    add_name_prefixes: bool
    include_name: bool


def settings_of(config: Mapping[str, Any], *, host: str, key: str, known: type[Any]) -> Settings:
    """Check the arguments of a client and take them apart.

    Args:
        config: The arguments.
        host: The `host[:port]` that requests go to.
        key: The key that must never be shown.
        known: The `TypedDict` of the arguments that there are.

    Raises:
        TypeError: Unknown arguments; it names them all.
        ValueError: Arguments that belong to a request alone, or of a wrong value; no model; an unknown model
            without `model_info`; an incomplete `model_info`.
    """
    check_names(config, known)
    model = config["model"]
    info = config.get("model_info")
    if info is not None:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            validate_model_info(info)
        for each in told:
            warnings.warn(str(each.message), each.category, stacklevel=4)
    else:
        info = known_info(model)
        if info is None:
            raise ValueError("model_info is required when model name is not a valid OpenAI model")
    headers = config.get("default_headers") or {}
    secrets = {key, *(text for name, text in headers.items() if is_secret(name))} - {""}
    max_retries = config.get("max_retries")
    if max_retries is None:
        max_retries = MAX_RETRIES
    if max_retries < 0:
        raise ValueError(f"max_retries must be 0 or more, got {max_retries}")
    return Settings(
        model=model,
        info=info,
        # The longest secret first: "Bearer KEY" before "KEY".
        endpoint=Endpoint(host, model, tuple(sorted(secrets, key=len, reverse=True))),
        limits=_limits(config),
        max_retries=max_retries,
        create_args={name: config[name] for name in CREATE_ARGS if config.get(name) is not None},
        add_name_prefixes=config.get("add_name_prefixes", False),
        include_name=config.get("include_name_in_message", True),
    )


def check_names(config: Mapping[str, Any], known: type[Any]) -> None:
    """Raise on arguments that are not known, belong to a request alone, or are missing; see `settings_of`."""
    disallowed = sorted(config.keys() & DISALLOWED_ARGS)
    if disallowed:
        raise ValueError(f"Disallowed create args: {', '.join(disallowed)}")
    names = {name for each in known.__mro__ for name in getattr(each, "__annotations__", {})}
    client = known.__name__.replace("ClientConfig", "ChatCompletionClient")
    unknown = sorted(config.keys() - names)
    if unknown:
        raise TypeError(f"{client}() got unknown arguments: {', '.join(unknown)}")
    if not config.get("model"):
        raise ValueError(f"model is required for {client}")


def checked_timeout(seconds: float | None, name: str = "timeout") -> float | None:
    """The same value, or ValueError if it is no time to wait."""
    if seconds is not None and not seconds > 0:
        raise ValueError(f"{name} must be more than 0 seconds, got {seconds}")
    return seconds


def is_secret(header: str) -> bool:
    """Whether a header of this name carries a key."""
    return header.lower() in {"authorization", "api-key", "x-api-key"}


def _limits(config: Mapping[str, Any]) -> Limits:
    bounds: dict[str, Any] = {}
    timeout = checked_timeout(config.get("timeout"))
    if timeout is not None:
        bounds = {"first": timeout, "idle": timeout, "whole": timeout}
    for name, field in _SECONDS.items():
        if (seconds := checked_timeout(config.get(name), name)) is not None:
            bounds[field] = seconds
    for name, field in _BYTES.items():
        size = config.get(name)
        if size is not None:
            if size < 1:
                raise ValueError(f"{name} must be more than 0, got {size}")
            bounds[field] = size
    return Limits(**bounds)
