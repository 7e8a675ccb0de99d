"""What a model is told of a conversation. Stands for `autogen_core.model_context`."""

from desktop_agent.agentchat.model_context.context import ChatCompletionContext, ChatCompletionContextState
from desktop_agent.agentchat.model_context.windows import (
    BufferedChatCompletionContext,
    HeadAndTailChatCompletionContext,
    TokenLimitedChatCompletionContext,
    UnboundedChatCompletionContext,
)

__all__ = [
    "BufferedChatCompletionContext",
    "ChatCompletionContext",
    "ChatCompletionContextState",
    "HeadAndTailChatCompletionContext",
    "TokenLimitedChatCompletionContext",
    "UnboundedChatCompletionContext",
]
