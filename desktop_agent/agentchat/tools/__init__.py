"""Tools: what a model may call, and the workbenches that hold it.

Stands for `autogen_core.tools` and, with `AgentTool`, for `autogen_agentchat.tools`.
"""

from typing import TYPE_CHECKING, Any

from desktop_agent.agentchat.tools.base_tool import BaseStreamTool, BaseTool, BaseToolWithState
from desktop_agent.agentchat.tools.function_tool import FunctionTool
from desktop_agent.agentchat.tools.results import (
    ImageResultContent,
    ResultContent,
    TextResultContent,
    ToolResult,
)
from desktop_agent.agentchat.tools.schema import ParametersSchema, StreamTool, Tool, ToolSchema
from desktop_agent.agentchat.tools.static_workbench import (
    StaticStreamWorkbench,
    StaticWorkbench,
    StaticWorkbenchState,
    ToolOverride,
)
from desktop_agent.agentchat.tools.workbench import StreamWorkbench, Workbench

if TYPE_CHECKING:
    from desktop_agent.agentchat.tools.agent_tool import AgentTool

__all__ = [
    "AgentTool",
    "BaseStreamTool",
    "BaseTool",
    "BaseToolWithState",
    "FunctionTool",
    "ImageResultContent",
    "ParametersSchema",
    "ResultContent",
    "StaticStreamWorkbench",
    "StaticWorkbench",
    "StaticWorkbenchState",
    "StreamTool",
    "StreamWorkbench",
    "TextResultContent",
    "Tool",
    "ToolOverride",
    "ToolResult",
    "ToolSchema",
    "Workbench",
]


def __getattr__(name: str) -> Any:
    """`AgentTool`, when it is asked for: agents are made of tools, so they can't be imported before them."""
    if name == "AgentTool":
        from desktop_agent.agentchat.tools.agent_tool import AgentTool

        return AgentTool
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
