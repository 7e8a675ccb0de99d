"""A whole chat completion as JSON: its text in, one result out; no network."""

import json
import warnings
from typing import Any, Final

from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.models.failures import Endpoint, from_error_object
from desktop_agent.agentchat.models.shapes import (
    answer_of,
    finish_reason,
    logprobs_of,
    thought_of,
    usage_of,
    without_surrogates,
)
from desktop_agent.agentchat.models.think_tags import ThinkTagParser
from desktop_agent.agentchat.models.tool_calls import ToolCallReader
from desktop_agent.agentchat.models.types import (
    ChatCompletionTokenLogprob,
    CreateResult,
    FinishReasons,
    RequestUsage,
)

MAX_NAME: Final = 200
"""Characters of a model's name."""


def completion_of(body: str, endpoint: Endpoint) -> CreateResult:
    """The result in a whole JSON completion.

    Raises:
        AgentError: An error object, or anything that is no completion.

    Warns:
        UserWarning: Calls with another finish reason, or with arguments that are no text. Source: AutoGen.
    """
    data = _values_of(body, endpoint)
    choices = data.get("choices") if isinstance(data, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise endpoint.unexpected("JSON that is no reply", content_type="application/json", detail=body[:200])
    calls = ToolCallReader()
    calls.feed(message)
    reason = choice.get("finish_reason")
    if calls:
        _check_calls(reason, calls)
    tags = ThinkTagParser()
    if thought := thought_of(message):
        tags.think(thought)
    tags.feed(answer_of(message))
    tags.finish()
    return result_of(
        calls.calls(),
        tags,
        reason=reason if isinstance(reason, str) else None,
        usage=usage_of(data.get("usage")),
        logprobs=logprobs_of(choice),
    )


def model_names_of(body: str, endpoint: Endpoint) -> list[str]:
    """The names in a list of models, sorted.

    Raises:
        AgentError: An error object, or anything that is no such list.
    """
    data = _values_of(body, endpoint)
    models = data.get("data") if isinstance(data, dict) else None
    if not isinstance(models, list):
        raise endpoint.unexpected("JSON that is no list of models", detail=body[:200])
    names = (each.get("id") for each in models if isinstance(each, dict))
    return sorted({endpoint.clean(name, MAX_NAME) for name in names if isinstance(name, str)})


def _values_of(body: str, endpoint: Endpoint) -> Any:
    try:
        data = without_surrogates(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise endpoint.unexpected("data that is no JSON", detail=body[:200]) from error
    if isinstance(data, dict) and data.get("error"):
        raise from_error_object(data["error"], endpoint)
    return data


def result_of(
    calls: list[FunctionCall],
    tags: ThinkTagParser,
    *,
    reason: str | None,
    usage: RequestUsage | None,
    logprobs: list[ChatCompletionTokenLogprob],
) -> CreateResult:
    """The result of a reply.

    With calls, the text beside them becomes the thought, as in AutoGen, after the reasoning, which AutoGen
    drops; and the finish reason is "function_calls" unless the reply was cut.
    """
    text, thought = "".join(tags.answer), "".join(tags.thought)
    finish: FinishReasons = finish_reason(reason)
    if calls:
        thought = "\n\n".join(part for part in (thought, text) if part)
        if finish in {"stop", "unknown"}:
            finish = "function_calls"
    return CreateResult(
        finish_reason=finish,
        content=calls or text,
        usage=usage or RequestUsage(prompt_tokens=0, completion_tokens=0),
        cached=False,
        logprobs=logprobs or None,
        thought=thought or None,
    )


def _check_calls(reason: object, calls: ToolCallReader) -> None:
    if reason != "tool_calls":
        warnings.warn(
            f"Finish reason mismatch: {reason} != tool_calls when tool_calls are present.",
            UserWarning,
            stacklevel=4,
        )
    if calls.converted:
        warnings.warn(
            "Tool call function arguments field is not a string: it was turned into one.",
            UserWarning,
            stacklevel=4,
        )
