"""Tools for agents, usable from a script, too: plain functions and `FileTools`.

    agent = AssistantAgent("assistant", client, tools=[web_search, fetch_page, calculate, current_time])

Nothing here asks anybody: what the person must see before it happens is `chat`'s to ask. The libraries that
search and read pages are imported when they are needed, in a worker thread.
"""

from desktop_agent.toolbox.calculator import calculate
from desktop_agent.toolbox.clock import current_time
from desktop_agent.toolbox.files import FileTools
from desktop_agent.toolbox.pages import fetch_page
from desktop_agent.toolbox.search import web_search
from desktop_agent.toolbox.workspace import Workspace

__all__ = ["FileTools", "Workspace", "calculate", "current_time", "fetch_page", "web_search"]
