"""Prices and context lengths of models from the package `genai-prices`: data that come with it, no request.

The one door to that package. Its table takes most of a second to import: ask in a worker thread.
"""

from __future__ import annotations

import functools
import importlib.util
import logging
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from desktop_agent.chat.model_facts import ModelFacts, ModelPrice, positive
from desktop_agent.config.provider import origin_of
from desktop_agent.config.providers import ProviderEntry

logger = logging.getLogger(__name__)

_COMPILE_SECONDS = 30.0


def table_facts(entry: ProviderEntry, model: str) -> ModelFacts:
    """What the table says of a provider's model; nothing for a server that it does not know.

    A model is never taken for one of another provider because of its name.
    """
    if entry.kind.is_local or not entry.base_url:
        return ModelFacts(model)
    return _look_up(model, entry.kind.facts.prices, origin_of(entry.base_url))


@functools.lru_cache(maxsize=4096)  # a look-up takes milliseconds
def _look_up(model: str, provider: str, origin: str) -> ModelFacts:
    _compile_table()
    from genai_prices.data_snapshot import get_snapshot

    nothing = ModelFacts(model)
    try:
        _, found = get_snapshot().find_provider_model(
            model, None, provider or None, None if provider else origin
        )
        price = _price(found.get_prices(datetime.now(UTC)))
        return ModelFacts(model, context_length=positive(found.context_window), price=price)
    except LookupError:
        return nothing
    except Exception as error:  # noqa: BLE001 - a price that can't be told is an unknown price
        logger.warning("The table of prices failed: %s.", type(error).__name__)
        return nothing


@functools.cache
def _compile_table() -> None:
    """Compile the table in a process of its own, if its installer did not (uv does not).

    Its source has 1.6 MB, and while Python compiles it no other thread runs: a fifth of a second.
    """
    spec = importlib.util.find_spec("genai_prices.data")
    if spec is None or not spec.has_location or spec.cached is None or spec.origin is None:
        return  # part of a bundle, which is compiled
    if sys.dont_write_bytecode or Path(spec.cached).exists():
        return
    command = [sys.executable, "-I", "-m", "py_compile", spec.origin]
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW
    try:
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_COMPILE_SECONDS,
            creationflags=flags,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        logger.info("The table of prices was not compiled beforehand: %s.", type(error).__name__)


def _price(prices: Any) -> ModelPrice | None:
    values = (_dollars(prices.input_mtok), _dollars(prices.output_mtok))
    if values[0] is None or values[1] is None:
        return None
    return ModelPrice(values[0], values[1], "table")


def _dollars(price: Any) -> float | None:
    """The price of a million tokens; of several for longer and longer prompts, the first."""
    base = getattr(price, "base", price)
    return None if base is None else float(base)
