"""What is known of a model: from its server's own list, from the table of prices, from the person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from desktop_agent.agentchat.models import ModelFamily, ModelInfo
from desktop_agent.agentchat.models.known_models import known_info
from desktop_agent.config.providers import ModelFigures

MOST_MODELS = 20_000
_LONGEST_NAME = 300
_LARGEST_CONTEXT = 1_000_000_000
_PER_MILLION = 1_000_000
# Control characters and those that reorder text: a name is one plain line.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_CONTEXT_NAMES = (
    "context_length",  # OpenRouter, Together
    "context_window",  # Groq
    "max_context_length",  # Mistral, LM Studio
    "max_model_len",  # vLLM
    "max_input_tokens",  # Anthropic
    "n_ctx",  # llama.cpp
)
# Parts of the names of models that do something else than talk, in lists that do not say what is what.
_SILENT = re.compile(
    r"(^|[/_-])(embed(ding)?s?|whisper|tts|dall-e|gpt-image|moderation|sora|rerank|transcribe|imagen|veo"
    r"|babbage|davinci|realtime|guard)([/_:.-]|\d|$)",
    re.IGNORECASE,
)

PriceSource = Literal["provider", "table", "user"]


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """US dollars for a million tokens, and who says so; prices for long prompts or caches are not in it."""

    input: float
    output: float
    source: PriceSource

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """What a call costs, in US dollars."""
        return (self.input * prompt_tokens + self.output * completion_tokens) / _PER_MILLION


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model; what is not known is None.

    Attributes:
        id: Its name in requests.
        name: What people call it; "" if that is the id.
        context_length: Tokens.
        vision: Whether it sees pictures.
        tools: Whether it can call tools.
        chats: Whether it can talk at all; models for embeddings, speech or pictures can't.
        price: What it costs.
    """

    id: str
    name: str = ""
    context_length: int | None = None
    vision: bool | None = None
    tools: bool | None = None
    chats: bool | None = None
    price: ModelPrice | None = None

    def completed_by(self, other: ModelFacts) -> ModelFacts:
        """These facts, and the other's where these are not known."""
        changes = {
            name: value
            for name, value in ((name, getattr(other, name)) for name in _FILLED)
            if getattr(self, name) is None and value is not None
        }
        return replace(self, **changes) if changes else self


_FILLED = ("context_length", "vision", "tools", "chats", "price")


def facts_of_figures(model: str, figures: ModelFigures | None) -> ModelFacts:
    """What the person knows of a model."""
    if figures is None:
        return ModelFacts(model)
    prices = (figures.input_price, figures.output_price)
    price = None if None in prices else ModelPrice(prices[0] or 0.0, prices[1] or 0.0, "user")
    return ModelFacts(model, "", figures.context_length, figures.vision, figures.tools, None, price)


def facts_in_list(payload: Any) -> list[ModelFacts] | None:
    """The models in the answer to `GET /models`, in any of the shapes that servers send.

    Whatever is no model is passed over, and so is what a server says of one that makes no sense.

    Returns:
        The models in order, each once; None if it is no list of models.
    """
    items = payload
    if isinstance(payload, Mapping):
        items = payload.get("data", payload.get("models"))
    if not isinstance(items, list):
        return None
    found: dict[str, ModelFacts] = {}
    for item in items[:MOST_MODELS]:
        facts = facts_in_item(item)
        if facts is not None:
            found.setdefault(facts.id, facts)
    return list(found.values()) if found or not items else None


def facts_in_item(item: Any) -> ModelFacts | None:
    """One model of a list; None if it is none, or one that can't be asked."""
    if isinstance(item, str):
        item = {"id": item}
    if not isinstance(item, Mapping) or item.get("active") is False:
        return None
    model = plain_name(item.get("id") or item.get("key") or item.get("model") or item.get("name"))
    if not model:
        return None
    model = model.removeprefix("models/")  # Google
    name = plain_name(item.get("display_name") or item.get("name"))
    meta = item.get("meta")
    return ModelFacts(
        id=model,
        name="" if name == model else name,
        context_length=_context(item) or (_context(meta) if isinstance(meta, Mapping) else None),
        vision=_vision(item),
        tools=_tools(item),
        chats=_chats(item, model),
        price=_price(item.get("pricing")),
    )


def plain_name(value: Any) -> str:
    """A name as one plain line; "" for what can't be one."""
    if not isinstance(value, str) or len(value) > _LONGEST_NAME:
        return ""
    return "" if _UNSAFE.search(value) else value.strip()


def positive(value: Any) -> int | None:
    """A number of tokens; None for what can't be one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 < value <= _LARGEST_CONTEXT else None


def model_info_of(facts: ModelFacts) -> ModelInfo | None:
    """The abilities of a model as the agent library takes them; None if nothing is known of them."""
    known = known_info(facts.id.rpartition("/")[2])
    if known is None and facts.vision is None and facts.tools is None:
        return None
    base = known or ModelInfo(
        vision=False,
        function_calling=False,
        json_output=False,
        family=ModelFamily.UNKNOWN,
        structured_output=False,
    )
    vision = base["vision"] if facts.vision is None else facts.vision
    tools = base["function_calling"] if facts.tools is None else facts.tools
    return ModelInfo(**{**base, "vision": vision, "function_calling": tools})


def as_plain(models: Iterable[ModelFacts]) -> list[dict[str, Any]]:
    """Facts as JSON data, to be kept."""
    names = [each.name for each in fields(ModelFacts)]
    result = []
    for facts in models:
        plain = {name: value for name in names if (value := getattr(facts, name)) not in (None, "")}
        if facts.price is not None:
            plain["price"] = asdict(facts.price)
        result.append(plain)
    return result


def from_plain(items: Iterable[Mapping[str, Any]]) -> Iterator[ModelFacts]:
    """What `as_plain` gave.

    Raises:
        TypeError: It did not give that.
        ValueError: The same.
    """
    for item in items:
        facts = ModelFacts(**item)
        price = facts.price
        if not (isinstance(facts.id, str) and facts.id and isinstance(facts.name, str)):
            raise TypeError("no model")
        if not all(value in (None, True, False) for value in (facts.vision, facts.tools, facts.chats)):
            raise TypeError("no ability")
        if facts.context_length is not None and positive(facts.context_length) is None:
            raise ValueError("no context length")
        if isinstance(price, Mapping):
            made = ModelPrice(**price)
            if not all(isinstance(each, float | int) and each >= 0 for each in (made.input, made.output)):
                raise TypeError("no price")
            facts = replace(facts, price=made)
        yield facts


def _context(item: Mapping[str, Any]) -> int | None:
    return next((found for name in _CONTEXT_NAMES if (found := positive(item.get(name)))), None)


def _names(value: Any) -> list[str] | None:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else None


def _flag(capabilities: Any, *names: str) -> bool | None:
    """What a server says of an ability: in an object of flags, or of objects with one, or a list of names."""
    if isinstance(capabilities, Mapping):
        for name in names:
            value = capabilities.get(name)
            if isinstance(value, Mapping):
                value = value.get("supported")
            if isinstance(value, bool):
                return value
    listed = _names(capabilities)
    return None if listed is None else any(name in listed for name in names)


def _vision(item: Mapping[str, Any]) -> bool | None:
    architecture = item.get("architecture")
    if isinstance(architecture, Mapping):
        inputs = _names(architecture.get("input_modalities"))
        if inputs is not None:
            return "image" in inputs
    if item.get("type") in ("vlm", "llm") and not isinstance(item.get("capabilities"), Mapping):
        return item.get("type") == "vlm"  # LM Studio
    if isinstance(item.get("capabilities"), Mapping):
        return _flag(item["capabilities"], "vision", "image_input")
    return None


def _tools(item: Mapping[str, Any]) -> bool | None:
    parameters = _names(item.get("supported_parameters"))
    if parameters is not None:
        return "tools" in parameters
    return _flag(
        item.get("capabilities"),
        "function_calling",
        "trained_for_tool_use",
        "tool_use",
        "tool_calling",
        "tools",
    )


def _chats(item: Mapping[str, Any], model: str) -> bool | None:
    architecture = item.get("architecture")
    if isinstance(architecture, Mapping):
        outputs = _names(architecture.get("output_modalities"))
        if outputs is not None:
            return "text" in outputs
    if item.get("type") in ("embedding", "embeddings", "rerank", "image", "audio", "moderation"):
        return False
    if item.get("type") in ("llm", "vlm", "chat"):
        return True
    capabilities = item.get("capabilities")
    said = _flag(capabilities, "completion_chat") if isinstance(capabilities, Mapping) else None
    return False if said is None and _SILENT.search(model) else said


def _price(pricing: Any) -> ModelPrice | None:
    """OpenRouter's prices: texts with US dollars for one token."""
    if not isinstance(pricing, Mapping):
        return None
    try:
        prompt, completion = (float(pricing[name]) * _PER_MILLION for name in ("prompt", "completion"))
    except (KeyError, TypeError, ValueError):
        return None
    if not (0 <= prompt < _PER_MILLION and 0 <= completion < _PER_MILLION):
        return None  # it depends (-1), or makes no sense
    return ModelPrice(round(prompt, 9), round(completion, 9), "provider")
