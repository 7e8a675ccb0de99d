"""Functions as tools, described to the model in the words of their docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from desktop_agent.agentchat.tools import FunctionTool


def tool_of(function: Callable[..., Any]) -> FunctionTool:
    """The function as a tool; what its docstring says of errors is not told to the model."""
    return FunctionTool(function, (inspect.getdoc(function) or "").partition("\n\nRaises:")[0])
