"""What cards say of a call of a tool, in words: its arguments in short, its state, its icon."""

from __future__ import annotations

import json
import time

from PySide6.QtCore import QCoreApplication, QLocale

from desktop_agent.chat.tool_calls import CallState, ToolCall
from desktop_agent.gui.plain_text import one_line

_ICONS = {
    "web_search": "globe",
    "fetch_page": "globe",
    "read_file": "file",
    "write_file": "file",
    "edit_file": "file",
    "list_folder": "folder",
    "search_files": "folder",
    "calculate": "calculator",
    "current_time": "clock",
}
_TELLING = ("query", "url", "address", "path", "expression", "command", "timezone")
"""The arguments that tell most, of which one stands for all."""


def icon_of(name: str) -> str:
    """The icon of a tool."""
    return _ICONS.get(name, "terminal")


def summary_of(arguments: str) -> str:
    """The arguments on one line, from JSON text that may be cut or wrong."""
    try:
        values = json.loads(arguments) if arguments.strip() else {}
    except (ValueError, RecursionError):
        return one_line(arguments)
    if not isinstance(values, dict):
        return one_line(arguments)
    told = next((values[name] for name in _TELLING if isinstance(values.get(name), str)), None)
    if told is not None:
        return one_line(told)
    if len(values) == 1:
        return one_line(str(next(iter(values.values()))))
    return one_line(", ".join(f"{name}: {value}" for name, value in values.items()))


def elapsed_text(seconds: float) -> str:
    """0.1 s, 10.0 s, 1 min 12 s, in the user's locale."""
    locale = QLocale()
    if seconds < 59.95:
        return QCoreApplication.translate("ToolCard", "{0} s").format(locale.toString(seconds, "f", 1))
    minutes, rest = divmod(round(seconds), 60)
    text = QCoreApplication.translate("ToolCard", "{0} min {1} s")
    return text.format(locale.toString(minutes), locale.toString(rest))


def running_seconds(call: ToolCall) -> float:
    """How long a call runs by now."""
    return 0.0 if call.began is None else time.monotonic() - call.began


def status_of(call: ToolCall, count: str) -> str:
    """The state of a call as its card says it.

    Args:
        call: The call.
        count: How much it gave, as "5 results"; empty for nothing to count.
    """
    translate = QCoreApplication.translate
    took = "" if call.seconds is None else elapsed_text(call.seconds)
    if call.state == "running":
        since = running_seconds(call)
        running = translate("ToolCard", "Running {t}").format(t=elapsed_text(since))
        return running if since >= 0.3 else translate("ToolCard", "Running")
    if call.state == "done":
        both = translate("ToolCard", "{n} in {t}").format(n=count, t=took)
        if count.startswith("+"):  # lines of a change
            both = f"{count}, {took}"
        return both if count and took else count or took or translate("ToolCard", "Done")
    if call.state == "failed" and took:
        return translate("ToolCard", "Failed after {t}").format(t=took)
    return {
        "writing": translate("ToolCard", "Writing"),
        "waiting": translate("ToolCard", "Waiting for you"),
        "failed": translate("ToolCard", "Failed"),
        "denied": translate("ToolCard", "Denied by you"),
        "stopped": translate("ToolCard", "Stopped"),
    }[call.state]


def spoken_state(state: CallState) -> str:
    """The state as a screen reader says it."""
    translate = QCoreApplication.translate
    return {
        "writing": translate("ToolCard", "being written"),
        "waiting": translate("ToolCard", "waiting for you"),
        "running": translate("ToolCard", "running"),
        "done": translate("ToolCard", "done"),
        "failed": translate("ToolCard", "failed"),
        "denied": translate("ToolCard", "denied"),
        "stopped": translate("ToolCard", "stopped"),
    }[state]


def spoken_call(call: ToolCall, count: str, *, is_open: bool) -> str:
    """A card's name: Tool web_search, done, 5 results, 1.2 seconds, collapsed."""
    translate = QCoreApplication.translate
    parts = [translate("ToolCard", "Tool {name}").format(name=one_line(call.name)), spoken_state(call.state)]
    if call.state == "done" and count:
        parts.append(count)
    if call.seconds is not None:
        seconds = QLocale().toString(call.seconds, "f", 1)
        parts.append(translate("ToolCard", "{0} seconds").format(seconds))
    opened, closed = translate("ToolCard", "expanded"), translate("ToolCard", "collapsed")
    return ", ".join([*parts, opened if is_open else closed])
