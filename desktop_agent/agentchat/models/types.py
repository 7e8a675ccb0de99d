"""What goes to a model and what comes back."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Required, Self, TypeAlias

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from desktop_agent.agentchat.errors import AgentError
from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.image import Image

FinishReasons = Literal["stop", "length", "function_calls", "content_filter", "unknown"]
"""Why a model stopped; what a server calls otherwise becomes "unknown"."""


@dataclass
class RequestUsage:
    """Tokens of one request, as the server counted them; 0 and 0 if it did not say."""

    prompt_tokens: int
    completion_tokens: int


class SystemMessage(BaseModel):
    """Instructions to the model."""

    content: str
    type: Literal["SystemMessage"] = "SystemMessage"


class UserMessage(BaseModel):
    """What a person, or another agent, said or showed to the model."""

    content: str | list[str | Image]
    source: str
    type: Literal["UserMessage"] = "UserMessage"


class AssistantMessage(BaseModel):
    """What the model said, or the functions that it asked to call.

    `thought` is its reasoning, if it showed any, or what it said beside the calls. `metadata` is not in
    AutoGen, and is left out of dumps while it is empty: "interrupted" = "true" on a text that was cut short.
    """

    content: str | list[FunctionCall]
    thought: str | None = None
    source: str
    metadata: dict[str, str] = Field(default_factory=dict, exclude_if=lambda metadata: not metadata)
    type: Literal["AssistantMessage"] = "AssistantMessage"


class FunctionExecutionResult(BaseModel):
    """What came of one `FunctionCall`; `content` is the text for the model, `call_id` the id of the call."""

    content: str
    name: str
    call_id: str
    is_error: bool | None = None


class FunctionExecutionResultMessage(BaseModel):
    """The results of the calls in the `AssistantMessage` before, in their order."""

    content: list[FunctionExecutionResult]
    type: Literal["FunctionExecutionResultMessage"] = "FunctionExecutionResultMessage"


LLMMessage: TypeAlias = Annotated[
    SystemMessage | UserMessage | AssistantMessage | FunctionExecutionResultMessage,
    Field(discriminator="type"),
]


@dataclass
class TopLogprob:
    """How likely another token was; `bytes` are its UTF-8."""

    logprob: float
    bytes: list[int] | None = None


class ChatCompletionTokenLogprob(BaseModel):
    """How likely a token of the answer was, and others in its place. Source: AutoGen."""

    token: str
    logprob: float
    top_logprobs: list[TopLogprob] | None = None
    bytes: list[int] | None = None


class CreateResult(BaseModel):
    """One complete answer of a model; the last item of every `create_stream`."""

    finish_reason: FinishReasons
    content: str | list[FunctionCall]
    usage: RequestUsage
    cached: bool
    logprobs: list[ChatCompletionTokenLogprob] | None = None
    thought: str | None = None


class ThoughtText(str):
    """A piece of reasoning in `create_stream`, told apart from a piece of the answer by its type.

    AutoGen puts literal `<think>` tags into the text instead.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of a function call that a model is still writing; only `create_events` yields it.

    Args:
        index: Which of the calls, from 0.
        call_id: The id of the call; "" while it is not known.
        name: The name of the function, as far as it is known.
        arguments_piece: What was added to the JSON text of the arguments; may be "".
    """

    index: int
    call_id: str
    name: str
    arguments_piece: str


@dataclass(frozen=True, slots=True)
class RetryNotice:
    """A request failed and will be sent again; only `create_events` yields it.

    Args:
        attempt: The number of the attempt to come; the first retry is 1.
        max_retries: How many retries there may be.
        delay: Seconds until then.
        error: Why the last attempt failed.
    """

    attempt: int
    max_retries: int
    delay: float
    error: AgentError


class ModelInfo(TypedDict, total=False):
    """What a model can do; the first five are required, as in AutoGen."""

    vision: Required[bool]
    function_calling: Required[bool]
    json_output: Required[bool]
    family: Required[str]
    structured_output: Required[bool]
    multiple_system_messages: bool


class ModelCapabilities(TypedDict):
    """The old name of what `ModelInfo` holds. Source: AutoGen, where it is deprecated."""

    vision: bool
    function_calling: bool
    json_output: bool


class ModelFamily:
    """Names of model families, with tests for the makers; never instantiated (TypeError), as in AutoGen."""

    GPT_5: ClassVar = "gpt-5"
    GPT_41: ClassVar = "gpt-41"
    GPT_45: ClassVar = "gpt-45"
    GPT_4O: ClassVar = "gpt-4o"
    O1: ClassVar = "o1"
    O3: ClassVar = "o3"
    O4: ClassVar = "o4"
    GPT_4: ClassVar = "gpt-4"
    GPT_35: ClassVar = "gpt-35"
    R1: ClassVar = "r1"
    GEMINI_1_5_FLASH: ClassVar = "gemini-1.5-flash"
    GEMINI_1_5_PRO: ClassVar = "gemini-1.5-pro"
    GEMINI_2_0_FLASH: ClassVar = "gemini-2.0-flash"
    GEMINI_2_5_PRO: ClassVar = "gemini-2.5-pro"
    GEMINI_2_5_FLASH: ClassVar = "gemini-2.5-flash"
    CLAUDE_3_HAIKU: ClassVar = "claude-3-haiku"
    CLAUDE_3_SONNET: ClassVar = "claude-3-sonnet"
    CLAUDE_3_OPUS: ClassVar = "claude-3-opus"
    CLAUDE_3_5_HAIKU: ClassVar = "claude-3-5-haiku"
    CLAUDE_3_5_SONNET: ClassVar = "claude-3-5-sonnet"
    CLAUDE_3_7_SONNET: ClassVar = "claude-3-7-sonnet"
    CLAUDE_4_OPUS: ClassVar = "claude-4-opus"
    CLAUDE_4_SONNET: ClassVar = "claude-4-sonnet"
    LLAMA_3_3_8B: ClassVar = "llama-3.3-8b"
    LLAMA_3_3_70B: ClassVar = "llama-3.3-70b"
    LLAMA_4_SCOUT: ClassVar = "llama-4-scout"
    LLAMA_4_MAVERICK: ClassVar = "llama-4-maverick"
    CODESRAL: ClassVar = "codestral"  # AutoGen's spelling
    OPEN_CODESRAL_MAMBA: ClassVar = "open-codestral-mamba"
    MISTRAL: ClassVar = "mistral"
    MINISTRAL: ClassVar = "ministral"
    PIXTRAL: ClassVar = "pixtral"
    UNKNOWN: ClassVar = "unknown"

    ANY: TypeAlias = Literal[
        "gpt-5",
        "gpt-41",
        "gpt-45",
        "gpt-4o",
        "o1",
        "o3",
        "o4",
        "gpt-4",
        "gpt-35",
        "r1",
        "gemini-1.5-flash",
        "gemini-1.5-pro",
        "gemini-2.0-flash",
        "gemini-2.5-pro",
        "gemini-2.5-flash",
        "claude-3-haiku",
        "claude-3-sonnet",
        "claude-3-opus",
        "claude-3-5-haiku",
        "claude-3-5-sonnet",
        "claude-3-7-sonnet",
        "claude-4-opus",
        "claude-4-sonnet",
        "llama-3.3-8b",
        "llama-3.3-70b",
        "llama-4-scout",
        "llama-4-maverick",
        "codestral",
        "open-codestral-mamba",
        "mistral",
        "ministral",
        "pixtral",
        "unknown",
    ]
    """The type of these names, for annotations."""

    def __new__(cls) -> Self:
        """Refuse."""
        raise TypeError(f"{cls.__name__} is a namespace class and cannot be instantiated.")

    @staticmethod
    def is_openai(family: str) -> bool:
        """Whether OpenAI makes this family."""
        return family in {"gpt-5", "gpt-41", "gpt-45", "gpt-4o", "o1", "o3", "o4", "gpt-4", "gpt-35"}

    @staticmethod
    def is_claude(family: str) -> bool:
        """Whether Anthropic makes this family."""
        return family.startswith("claude-")

    @staticmethod
    def is_gemini(family: str) -> bool:
        """Whether this is one of Google's Gemini families."""
        return family.startswith("gemini-")

    @staticmethod
    def is_llama(family: str) -> bool:
        """Whether this is one of Meta's Llama families."""
        return family.startswith("llama-")

    @staticmethod
    def is_mistral(family: str) -> bool:
        """Whether Mistral makes this family."""
        return family in {"codestral", "open-codestral-mamba", "mistral", "ministral", "pixtral"}


def validate_model_info(model_info: Mapping[str, Any]) -> None:
    """See that a `ModelInfo` says what is needed. Source: `autogen_core.models`.

    Raises:
        ValueError: `vision`, `function_calling`, `json_output` or `family` is missing.

    Warns:
        UserWarning: `structured_output` is missing; it counts as False.
    """
    for name in ("vision", "function_calling", "json_output", "family"):
        if name not in model_info:
            raise ValueError(f"Missing required field '{name}' in ModelInfo.")
    if "structured_output" not in model_info:
        warnings.warn("Missing required field 'structured_output' in ModelInfo.", UserWarning, stacklevel=2)
