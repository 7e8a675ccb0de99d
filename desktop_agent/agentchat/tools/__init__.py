"""Tools: what a model may call, and the workbenches that hold it. Stands for `autogen_core.tools`."""

from desktop_agent.agentchat.tools.schema import ParametersSchema, StreamTool, Tool, ToolSchema

__all__ = ["ParametersSchema", "StreamTool", "Tool", "ToolSchema"]
