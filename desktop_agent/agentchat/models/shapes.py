"""Values in the JSON that servers send, read tolerantly: what has an unknown shape counts as absent."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from pydantic import ValidationError

from desktop_agent.agentchat.models.types import ChatCompletionTokenLogprob, FinishReasons, RequestUsage

_FINISH_REASONS: Final[Mapping[str, FinishReasons]] = {
    "stop": "stop",
    "end_turn": "stop",
    "length": "length",
    "tool_calls": "function_calls",
    "function_call": "function_calls",
    "function_calls": "function_calls",
    "content_filter": "content_filter",
}


def finish_reason(reason: str | None) -> FinishReasons:
    """A server's finish reason in our words; "unknown" for those that we do not know."""
    return _FINISH_REASONS.get((reason or "").lower(), "unknown")


def usage_of(usage: object) -> RequestUsage | None:
    """The token counts in a usage object; None if it has none."""
    if not isinstance(usage, dict):
        return None
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if not isinstance(prompt, int) and not isinstance(completion, int):
        return None
    return RequestUsage(prompt_tokens=_count(prompt), completion_tokens=_count(completion))


def _count(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def thought_of(delta: Mapping[str, Any]) -> str:
    """The reasoning in a delta or message: `reasoning_content` (DeepSeek), `reasoning` (OpenRouter, vLLM)."""
    thought = delta.get("reasoning_content") or delta.get("reasoning")
    return thought if isinstance(thought, str) else ""


def answer_of(delta: Mapping[str, Any]) -> str:
    """The text in a delta or message; a refusal is what the model says, too (AutoGen drops it)."""
    text = text_of(delta.get("content"))
    refusal = delta.get("refusal")
    return text + refusal if isinstance(refusal, str) else text


def text_of(content: object) -> str:
    """The text in a content of whatever shape: a text, a list of parts, one part, nothing."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return text if isinstance(text := content.get("text"), str) else ""
    if isinstance(content, list):
        return "".join(part if isinstance(part, str) else text_of(part) for part in content[:10_000])
    return ""


def logprobs_of(choice: Mapping[str, Any]) -> list[ChatCompletionTokenLogprob]:
    """The log probabilities of the tokens in a choice; none if not asked for."""
    logprobs = choice.get("logprobs")
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    told: list[ChatCompletionTokenLogprob] = []
    for token in content if isinstance(content, list) else []:
        with suppress(ValidationError):
            told.append(ChatCompletionTokenLogprob.model_validate(token))
    return told


def without_surrogates(value: Any) -> Any:
    """The same JSON value, lone surrogates replaced by U+FFFD: a later `.encode()` would raise on them."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_surrogates(item) for item in value]
    return value
