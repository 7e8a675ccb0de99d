"""The entry point: `desktop-agent` and `python -m desktop_agent`."""

from __future__ import annotations

import argparse
import gc
import logging
import sys
from collections.abc import Sequence
from typing import NoReturn

from desktop_agent.cli.options import parse
from desktop_agent.config.core_dumps import forbid_core_dumps
from desktop_agent.config.display import has_display
from desktop_agent.config.environment import take_secrets
from desktop_agent.config.exit_status import BAD_USAGE, FAILURE, INTERRUPTED
from desktop_agent.config.logs import hide_in_log, start_logging
from desktop_agent.config.paths import FolderError
from desktop_agent.config.provider import DEMO, Provider, ProviderError, provider_from_environment


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and end the process.

    Its status is 0 when all went well, 1 after a failure, 2 for bad usage, 130 after Ctrl+C.

    Args:
        arguments: Its arguments; by default those of the process.
    """
    forbid_core_dumps()
    take_secrets()
    try:
        status = run(arguments)
    except KeyboardInterrupt:
        status = INTERRUPTED
    except (FolderError, OSError, UnicodeError) as error:
        status = _fail(str(error), error)
    except Exception as error:  # noqa: BLE001 - the last place where a fault can be said in plain words
        status = _fail("Desktop Agent had a fault of its own. The log has the details.", error)
    from desktop_agent.config.workers import leave  # its thread pool is not for the first frame

    leave(status)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the program; the exit status."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    if options.command in (None, "ask"):
        return _talk(options)
    _start_log()
    from desktop_agent.cli import commands

    return commands.run(options)


def _talk(options: argparse.Namespace) -> int:
    """Do what needs a provider: `ask`, or the window."""
    try:
        provider = choose_provider(options)
    except ProviderError as error:
        _say(str(error))
        return BAD_USAGE
    hide_in_log(provider.api_key if provider is not None else "")
    trouble = _start_log()
    if options.command == "ask":
        from desktop_agent.cli.ask import ask
        from desktop_agent.cli.ask_tools import asked_tools

        return ask(
            provider,
            options.text,
            as_json=options.json,
            with_statistics=not options.no_stats,
            tools=asked_tools(options),
        )
    if not has_display():
        _say('There is no display to open a window on. "desktop-agent ask" works without one.')
        return FAILURE
    gc.disable()  # nothing that a start makes can be given back; the window enables it when all is imported
    try:
        from desktop_agent import app
    except ImportError as error:
        _say(f"Qt can't be loaded: {error}")
        return FAILURE
    return app.open_window(provider, [options.file] if options.file else [], trouble)


def choose_provider(options: argparse.Namespace) -> Provider | None:
    """The provider that options and environment describe; None if they name none.

    Raises:
        ProviderError: An address is not usable.
    """
    if getattr(options, "demo", False):
        return DEMO
    found = provider_from_environment()
    model, base_url = getattr(options, "model", None), getattr(options, "base_url", None)
    if found is None and (model or base_url):
        found = provider_from_environment({"OPENAI_BASE_URL": base_url or "", "OPENAI_MODEL": model or ""})
    if found is None:
        return None
    return found.with_choices(model=model, base_url=base_url)


def _start_log() -> str:
    """Start the log; the sentence that says why it can't, or an empty one."""
    try:
        start_logging()
    except FolderError as error:
        _say(str(error))
        return str(error)
    return ""


def _fail(sentence: str, error: BaseException) -> int:
    logging.getLogger(__name__).error("The program ended with a fault.", exc_info=error)
    _say(sentence)
    return FAILURE


def _say(sentence: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(sentence + "\n")


if __name__ == "__main__":
    main()
