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
    json_output: bool = True
    structured_output: bool = True
    multiple_system_messages: bool = True


# The first prefix that fits counts: the longer ones come first. Source: what AutoGen's `model_info` says.
_MODELS: Final = (
    _Model("gpt-5", ModelFamily.GPT_5, 400_000),
    _Model("gpt-4.1", ModelFamily.GPT_41, 1_047_576),
    _Model("gpt-4.5", ModelFamily.GPT_45, 128_000),
    _Model("gpt-4o", ModelFamily.GPT_4O, 128_000),
    _Model("chatgpt-4o", ModelFamily.GPT_4O, 128_000),
    _Model("gpt-4-turbo", ModelFamily.GPT_4, 128_000, structured_output=False),
    _Model("gpt-4-32k", ModelFamily.GPT_4, 32_768, vision=False, structured_output=False),
    _Model("gpt-4", ModelFamily.GPT_4, 8_192, vision=False, structured_output=False),
    _Model("gpt-3.5", ModelFamily.GPT_35, 16_385, vision=False, structured_output=False),
    _Model("o1-mini", ModelFamily.O1, 128_000, False, False, False, False),
    _Model("o1-preview", ModelFamily.O1, 128_000, False, False, False, False),
    _Model("o1", ModelFamily.O1, 200_000, vision=False, json_output=False),
    _Model("o3-mini", ModelFamily.O3, 200_000, vision=False),
    _Model("o3", ModelFamily.O3, 200_000),
    _Model("o4", ModelFamily.O4, 200_000),
    _Model("gemini-1.5-flash", ModelFamily.GEMINI_1_5_FLASH, 1_048_576, multiple_system_messages=False),
    _Model("gemini-1.5-pro", ModelFamily.GEMINI_1_5_PRO, 2_097_152, multiple_system_messages=False),
    _Model("gemini-2.0-flash", ModelFamily.GEMINI_2_0_FLASH, 1_048_576, multiple_system_messages=False),
    _Model("gemini-2.5-pro", ModelFamily.GEMINI_2_5_PRO, 1_048_576, multiple_system_messages=False),
    _Model("gemini-2.5-flash", ModelFamily.GEMINI_2_5_FLASH, 1_048_576, multiple_system_messages=False),
    *(
        _Model(prefix, family, 200_000, json_output=False, structured_output=False)
        for prefix, family in (
            ("claude-3-haiku", ModelFamily.CLAUDE_3_HAIKU),
            ("claude-3-sonnet", ModelFamily.CLAUDE_3_SONNET),
            ("claude-3-opus", ModelFamily.CLAUDE_3_OPUS),
            ("claude-3-5-haiku", ModelFamily.CLAUDE_3_5_HAIKU),
            ("claude-3-5-sonnet", ModelFamily.CLAUDE_3_5_SONNET),
            ("claude-3-7-sonnet", ModelFamily.CLAUDE_3_7_SONNET),
            ("claude-sonnet-4", ModelFamily.CLAUDE_4_SONNET),
            ("claude-opus-4", ModelFamily.CLAUDE_4_OPUS),
        )
    ),
    _Model("Llama-3.3-8B", ModelFamily.LLAMA_3_3_8B, 128_000, vision=False, structured_output=False),
    _Model("Llama-3.3-70B", ModelFamily.LLAMA_3_3_70B, 128_000, vision=False, structured_output=False),
    _Model("Llama-4-Scout", ModelFamily.LLAMA_4_SCOUT, 128_000),
    _Model("Llama-4-Maverick", ModelFamily.LLAMA_4_MAVERICK, 128_000),
)


class Provider(NamedTuple):
    """Who serves the models of one maker: the address, and the environment variable with the key."""

    base_url: str
    key_variable: str


_PROVIDERS: Final = (
    ("gemini-", Provider("https://generativelanguage.googleapis.com/v1beta/openai/", "GEMINI_API_KEY")),
    ("claude-", Provider("https://api.anthropic.com/v1/", "ANTHROPIC_API_KEY")),
    ("Llama-", Provider("https://api.llama.com/compat/v1/", "LLAMA_API_KEY")),
)


def provider_of(model: str) -> Provider | None:
    """Whom AutoGen asks for a model of this name when it is given no address; None: OpenAI."""
    return next((provider for prefix, provider in _PROVIDERS if model.startswith(prefix)), None)


def known_info(model: str) -> ModelInfo | None:
    """The abilities of a model; None for a name that is not known."""
    found = _find(model)
    if found is None:
        return None
    return ModelInfo(
        vision=found.vision,
        function_calling=found.function_calling,
        json_output=found.json_output,
        family=found.family,
        structured_output=found.structured_output,
        multiple_system_messages=found.multiple_system_messages,
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
    for known in _MODELS:
        rest = model.removeprefix(known.prefix)
        if model.startswith(known.prefix) and (not rest or rest[0] in "-."):
            return known
    return None
