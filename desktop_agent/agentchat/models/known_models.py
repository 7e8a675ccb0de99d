"""What is known about models by their names."""

from typing import Final, NamedTuple

from desktop_agent.agentchat.models.types import ModelFamily, ModelInfo

DEFAULT_TOKEN_LIMIT: Final = 128_000
"""Assumed for models whose context is not known."""


class _Model(NamedTuple):
    prefix: str
    family: str
    token_limit: int
    vision: bool = True
    function_calling: bool = True
    structured_output: bool = True


# The first prefix that fits counts: the longer ones come first.
_OPENAI_MODELS: Final = (
    _Model("gpt-5", ModelFamily.GPT_5, 400_000),
    _Model("gpt-4.1", ModelFamily.GPT_41, 1_047_576),
    _Model("gpt-4.5", ModelFamily.GPT_45, 128_000),
    _Model("gpt-4o", ModelFamily.GPT_4O, 128_000),
    _Model("chatgpt-4o", ModelFamily.GPT_4O, 128_000),
    _Model("gpt-4-turbo", ModelFamily.GPT_4, 128_000, structured_output=False),
    _Model("gpt-4-32k", ModelFamily.GPT_4, 32_768, vision=False, structured_output=False),
    _Model("gpt-4", ModelFamily.GPT_4, 8_192, vision=False, structured_output=False),
    _Model("gpt-3.5", ModelFamily.GPT_35, 16_385, vision=False, structured_output=False),
    _Model("o1-mini", ModelFamily.O1, 128_000, False, False, False),
    _Model("o1-preview", ModelFamily.O1, 128_000, False, False, False),
    _Model("o1", ModelFamily.O1, 200_000),
    _Model("o3", ModelFamily.O3, 200_000),
    _Model("o4", ModelFamily.O4, 200_000),
)


def known_info(model: str) -> ModelInfo | None:
    """The abilities of one of OpenAI's models; None for a name that is not one of them."""
    found = _find(model)
    if found is None:
        return None
    return ModelInfo(
        vision=found.vision,
        function_calling=found.function_calling,
        json_output=found.function_calling,
        family=found.family,
        structured_output=found.structured_output,
        multiple_system_messages=True,
    )


def assumed_info() -> ModelInfo:
    """What is assumed of a model that is not known: that it can talk, and nothing more."""
    return ModelInfo(
        vision=False,
        function_calling=False,
        json_output=False,
        family=ModelFamily.UNKNOWN,
        structured_output=False,
    )


def token_limit(model: str) -> int:
    """The size of a model's context in tokens; `DEFAULT_TOKEN_LIMIT` if it is not known."""
    found = _find(model)
    return found.token_limit if found else DEFAULT_TOKEN_LIMIT


def _find(model: str) -> _Model | None:
    for known in _OPENAI_MODELS:
        rest = model.removeprefix(known.prefix)
        if model.startswith(known.prefix) and (not rest or rest[0] in "-."):
            return known
    return None
