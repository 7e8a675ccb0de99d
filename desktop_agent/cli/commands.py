"""Runs the commands that need no provider, and turns what goes wrong into a sentence and a status."""

from __future__ import annotations

import argparse
import logging

from desktop_agent.cli.terminal import OutputError, say
from desktop_agent.config.exit_status import FAILURE
from desktop_agent.config.paths import FolderError
from desktop_agent.storage import StorageError
from desktop_agent.transcripts import ExportOptions, Format

logger = logging.getLogger(__name__)


def run(options: argparse.Namespace) -> int:
    """Run the command that `options` name; its exit status."""
    try:
        return _run(options)
    except OutputError as error:
        if str(error):
            say(str(error))
    except StorageError as error:
        logger.warning("The store could not be read: %s", error.reason)
        say(str(error))
    except FolderError as error:
        say(str(error))
    return FAILURE


def _run(options: argparse.Namespace) -> int:
    if options.command == "doctor":
        from desktop_agent.cli.doctor import Extent, examine

        extent = Extent(options.full, options.keychain, options.network)
        return examine(extent, is_mending=options.mend, as_json=options.json)
    if options.command == "export":
        from desktop_agent.cli.export import export

        wanted = None if options.all else options.id
        chosen = ExportOptions(
            tool_calls=not options.no_tools,
            thoughts=options.thoughts,
            times=not options.no_times,
            figures=options.figures,
            other_versions=options.versions,
            theme=options.theme,
        )
        form = Format(options.format)
        return export(wanted, form, chosen, options.output, may_replace=options.force)
    if options.command == "import":
        from desktop_agent.cli.importing import import_file

        return import_file(options.source, is_dry_run=options.dry_run)
    from desktop_agent.cli.conversations import list_conversations, search

    if options.command == "list":
        return list_conversations(as_json=options.json)
    return search(options.text, options.limit, as_json=options.json)
