"""Models: what they are told, what they answer, and the clients that ask them.

Stands for `autogen_core.models`; the clients are in `models.openai` and `models.replay`, which are not
imported here because the OpenAI SDK takes most of a second.
"""

from desktop_agent.agentchat.models.model_client import ChatCompletionClient
from desktop_agent.agentchat.models.types import (
    AssistantMessage,
    ChatCompletionTokenLogprob,
    CreateResult,
    FinishReasons,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    ModelCapabilities,
    ModelFamily,
    ModelInfo,
    RequestUsage,
    RetryNotice,
    SystemMessage,
    ThoughtText,
    ToolCallDelta,
    TopLogprob,
    UserMessage,
    validate_model_info,
)

__all__ = [
    "AssistantMessage",
    "ChatCompletionClient",
    "ChatCompletionTokenLogprob",
    "CreateResult",
    "FinishReasons",
    "FunctionExecutionResult",
    "FunctionExecutionResultMessage",
    "LLMMessage",
    "ModelCapabilities",
    "ModelFamily",
    "ModelInfo",
    "RequestUsage",
    "RetryNotice",
    "SystemMessage",
    "ThoughtText",
    "ToolCallDelta",
    "TopLogprob",
    "UserMessage",
    "validate_model_info",
]
