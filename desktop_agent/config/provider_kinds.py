"""The kinds of providers that there are, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class KindFacts:
    """What is known of a kind of provider.

    Attributes:
        name: What people call it.
        base_url: Where it is; "" if every account has an address of its own.
        needs_key: Whether it refuses to work without an API key.
        prices: Its name in the table of prices, or "".
        default_model: A model to begin with, or "" if the list tells.
        key_path: Where a key can be checked, if the list of models is open to everyone.
    """

    name: str
    base_url: str = ""
    needs_key: bool = True
    prices: str = ""
    default_model: str = ""
    key_path: str = ""


class ProviderKind(Enum):
    """A kind of provider; the value is its name in the settings."""

    OPENAI = "openai"
    AZURE = "azure"
    OPENROUTER = "openrouter"
    ANTHROPIC = "anthropic"
    GOOGLE = "google"
    MISTRAL = "mistral"
    GROQ = "groq"
    DEEPSEEK = "deepseek"
    OLLAMA = "ollama"
    LM_STUDIO = "lm-studio"
    LLAMA_CPP = "llama.cpp"
    CUSTOM = "custom"
    ENVIRONMENT = "environment"
    DEMO = "demo"

    @property
    def facts(self) -> KindFacts:
        """What is known of it."""
        return _FACTS[self]

    @property
    def is_local(self) -> bool:
        """Whether it is a server on this computer."""
        return self in (ProviderKind.OLLAMA, ProviderKind.LM_STUDIO, ProviderKind.LLAMA_CPP)


HOSTED = (
    ProviderKind.OPENAI,
    ProviderKind.AZURE,
    ProviderKind.OPENROUTER,
    ProviderKind.ANTHROPIC,
    ProviderKind.GOOGLE,
    ProviderKind.MISTRAL,
    ProviderKind.GROQ,
    ProviderKind.DEEPSEEK,
    ProviderKind.CUSTOM,
)
"""The kinds that can be added with an address and a key, in the order of a menu."""

_FACTS = {
    ProviderKind.OPENAI: KindFacts(
        "OpenAI", "https://api.openai.com/v1", prices="openai", default_model="gpt-4o-mini"
    ),
    ProviderKind.AZURE: KindFacts("Azure OpenAI", prices="azure"),
    ProviderKind.OPENROUTER: KindFacts(
        "OpenRouter", "https://openrouter.ai/api/v1", prices="openrouter", key_path="/key"
    ),
    ProviderKind.ANTHROPIC: KindFacts("Anthropic", "https://api.anthropic.com/v1", prices="anthropic"),
    ProviderKind.GOOGLE: KindFacts(
        "Google", "https://generativelanguage.googleapis.com/v1beta/openai", prices="google"
    ),
    ProviderKind.MISTRAL: KindFacts("Mistral", "https://api.mistral.ai/v1", prices="mistral"),
    ProviderKind.GROQ: KindFacts("Groq", "https://api.groq.com/openai/v1", prices="groq"),
    ProviderKind.DEEPSEEK: KindFacts("DeepSeek", "https://api.deepseek.com/v1", prices="deepseek"),
    ProviderKind.OLLAMA: KindFacts("Ollama", "http://127.0.0.1:11434/v1", needs_key=False),
    ProviderKind.LM_STUDIO: KindFacts("LM Studio", "http://127.0.0.1:1234/v1", needs_key=False),
    ProviderKind.LLAMA_CPP: KindFacts("llama.cpp", "http://127.0.0.1:8080/v1", needs_key=False),
    ProviderKind.CUSTOM: KindFacts("Other server", needs_key=False),
    ProviderKind.ENVIRONMENT: KindFacts("Environment", needs_key=False),
    ProviderKind.DEMO: KindFacts("Demo", needs_key=False),
}
