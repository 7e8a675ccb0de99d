"""The function calls of a model: from the pieces in which servers send them."""

import json
import re
import uuid
from typing import Any, Final

from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.models.types import ToolCallDelta

MAX_CALLS: Final = 1_000
"""How many calls one reply may hold; what is more is passed over."""

_NOT_IN_NAMES: Final = re.compile(r"[^a-zA-Z0-9_-]")


class ToolCallReader:
    """Puts calls together from what a server sends.

    Servers differ; understood are:

    - id and name once, then pieces of the arguments by `index` (OpenAI), also of several calls by turns;
    - id and name in every piece (AutoGen joins them: "call_acall_a");
    - no `index`, or the same one for several calls (told apart by their ids);
    - whole calls in one piece, their arguments as text or as an object; no id; the older `function_call`.

    Values of any other shape are passed over.
    """

    def __init__(self) -> None:
        self.converted = False
        """Whether the arguments of a call came as an object and were turned into text."""
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}

    def __bool__(self) -> bool:
        return bool(self._calls)

    def feed(self, delta: dict[str, Any]) -> list[ToolCallDelta]:
        """Take the `tool_calls` or the `function_call` of a delta or a message; return what they add."""
        pieces = delta.get("tool_calls")
        if isinstance(pieces, dict):
            pieces = [pieces]
        elif not isinstance(pieces, list):
            function = delta.get("function_call")
            pieces = [{"index": 0, "function": function}] if isinstance(function, dict) else []
        read = (self._read(piece) for piece in pieces[:MAX_CALLS] if isinstance(piece, dict))
        return [each for each in read if each is not None]

    def calls(self) -> list[FunctionCall]:
        """The calls, in the order in which they began. One without a name is none; no two have one id."""
        results: dict[str, FunctionCall] = {}
        for call in self._calls:
            if call.name:
                result = call.result()
                if result.id in results:
                    result.id = new_call_id()
                results[result.id] = result
        return list(results.values())

    def _read(self, piece: dict[str, Any]) -> ToolCallDelta | None:
        function = piece.get("function")
        if not isinstance(function, dict):
            function = {}
        call_id, name = _text(piece.get("id")), _text(function.get("name"))
        arguments = function.get("arguments")
        if isinstance(arguments, dict):
            arguments = json.dumps(arguments, ensure_ascii=False)
            self.converted = True
        elif not isinstance(arguments, str):
            arguments = ""
        if not (call_id or name or arguments):
            return None
        call = self._call_of(piece.get("index"), call_id, name)
        if call is None:
            return None
        call.call_id = call.call_id or call_id
        if name and name != call.name and not call.arguments:
            call.name += name
        call.arguments += [arguments] if arguments else []
        return ToolCallDelta(call.place, call.call_id, call.name, arguments)

    def _call_of(self, index: object, call_id: str, name: str) -> "_Call | None":
        """The call that a piece belongs to, a new one if need be; None if there are too many."""
        if isinstance(index, int):
            call = self._by_index.get(index)
        else:
            same_id = (each for each in reversed(self._calls) if call_id and each.call_id == call_id)
            call = next(same_id, self._calls[-1] if self._calls else None)
            if call is not None and name and not call_id and call.arguments:
                call = None  # neither index nor id, but a name again: the next call
        other_id = call is not None and call_id and call.call_id and call.call_id != call_id
        if call is not None and not (other_id and name):  # some give every piece an id of its own
            return call
        if len(self._calls) >= MAX_CALLS:
            return None
        call = _Call(len(self._calls))
        self._calls.append(call)
        if isinstance(index, int):
            self._by_index[index] = call
        return call


class _Call:
    """A call under way."""

    def __init__(self, place: int) -> None:
        self.place = place
        self.call_id = ""
        self.name = ""
        self.arguments: list[str] = []

    def result(self) -> FunctionCall:
        # Results are paired with calls by their ids, so there must be one; a call without arguments is one
        # with none.
        return FunctionCall(
            id=self.call_id or new_call_id(),
            arguments="".join(self.arguments) or "{}",
            name=sanitized_name(self.name),
        )


def new_call_id() -> str:
    """An id for a call to which the server gave none."""
    return f"call_{uuid.uuid4().hex}"


def sanitized_name(name: str) -> str:
    """The name of a tool as the API takes it back: only letters, digits, "_" and "-", at most 64."""
    return _NOT_IN_NAMES.sub("_", name)[:64]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
