"""A function as a tool: `FunctionTool`."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel
from typing_extensions import override

from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.tools.base_tool import BaseTool
from desktop_agent.agentchat.tools.parameters import TOKEN, args_model, typed_signature
from desktop_agent.agentchat.tools.threads import run_in_thread


class FunctionTool(BaseTool[BaseModel, Any]):
    """Wraps a function, whose type hints and `Annotated` texts become the schema.

    Source: AutoGen's class of the same name. A parameter named `cancellation_token` is given the run's token
    and hidden from the model. Coroutine functions are awaited; others run in a thread of their own, and what
    they return is awaited if it can be.

    Args:
        func: The function, method, partial or callable object.
        description: What it is good for, for the model.
        name: By which the model calls it; default: the function's.
        global_imports: Of no effect: AutoGen needs them to save tools as text, which we do not.
        strict: See `BaseTool`.
        timeout: See `BaseTool`.

    Raises:
        ValueError: A parameter has no annotation or one that makes no schema (AutoGen: KeyError).
    """

    def __init__(
        self,
        func: Callable[..., Any],
        description: str,
        name: str | None = None,
        global_imports: Sequence[Any] = (),
        strict: bool = False,
        *,
        timeout: float | None = None,
    ) -> None:
        plain = func.func if isinstance(func, functools.partial) else func
        name = name or str(getattr(plain, "__name__", type(plain).__name__))
        self._func = func
        self._global_imports = global_imports
        self._signature = typed_signature(func)
        super().__init__(
            args_model(name + "args", self._signature),
            self._signature.return_annotation,
            name,
            description,
            strict,
            timeout=timeout,
        )

    @override
    async def run(self, args: BaseModel, cancellation_token: CancellationToken) -> Any:
        positional: list[Any] = []
        named: dict[str, Any] = {}
        for name, parameter in self._signature.parameters.items():
            value = cancellation_token if name == TOKEN else getattr(args, name)
            if parameter.kind is parameter.POSITIONAL_ONLY:
                positional.append(value)
            else:
                named[name] = value
        call = functools.partial(self._func, *positional, **named)
        if _is_async(self._func):
            return await call()
        result = await run_in_thread(call, f"tool {self.name}")
        return await result if inspect.isawaitable(result) else result


def _is_async(function: Any) -> bool:
    plain = function.func if isinstance(function, functools.partial) else function
    return inspect.iscoroutinefunction(plain) or inspect.iscoroutinefunction(getattr(plain, "__call__", None))  # noqa: B004
