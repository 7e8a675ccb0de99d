"""Tools: what a model may call, and the workbenches that hold it. Stands for `autogen_core.tools`."""

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

__all__ = [
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
