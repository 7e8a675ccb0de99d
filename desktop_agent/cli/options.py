"""The options of the program and of its commands; imports nothing heavy, as the window waits for them."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from desktop_agent import __version__

FORMATS = ("json", "markdown", "html", "pdf", "text")

_Commands = Any  # argparse's type of it is private


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options that `arguments` name; ends the process with a sentence if they can't be understood.

    Returns:
        What argparse found. `file` is the file to open in the window, or "": a first word that is no command,
        as the desktop calls the program with the file that was double-clicked.
    """
    if not set(arguments) - {"--demo"}:  # the usual start: to make the parser of all commands takes 5 ms
        return argparse.Namespace(command=None, file="", demo=bool(arguments))
    parser = make_parser()
    file, rest = _split_file(arguments, commands_of(parser))
    if file and not _is_path(file):
        names = ", ".join(commands_of(parser))
        parser.error(f"there is no command and no file {file!r}; the commands are {names}")
    options = parser.parse_args(rest)
    options.file = file
    return options


def _split_file(arguments: Sequence[str], commands: Collection[str]) -> tuple[str, list[str]]:
    """The file among the arguments, or "", and the others."""
    for place, argument in enumerate(arguments):
        if argument == "--":  # what follows is no option, however it begins
            return "".join(arguments[place + 1 : place + 2]), [*arguments[:place], *arguments[place + 2 :]]
        if not argument.startswith("-"):
            if argument in commands:
                break
            return argument, [*arguments[:place], *arguments[place + 1 :]]
    return "", list(arguments)


def _is_path(text: str) -> bool:
    """Whether somebody means a file: a double-clicked one may be gone, which the window says."""
    return "." in text or Path(text).name != text or Path(text).exists()


def commands_of(parser: argparse.ArgumentParser) -> tuple[str, ...]:
    """The names of the commands."""
    found = (action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return tuple(next(found))


def make_parser() -> argparse.ArgumentParser:
    """The options of the program and of its commands."""
    demo = argparse.ArgumentParser(add_help=False)
    demo.add_argument(
        "--demo",
        action="store_true",
        default=argparse.SUPPRESS,
        help="use scripted replies instead of a model",
    )
    parser = argparse.ArgumentParser(
        prog="desktop-agent",
        description="Talk with LLM agents and watch every token. Without a command, the window opens.",
        usage="%(prog)s [-h] [--demo] [--version] [FILE | COMMAND ...]",
        epilog="FILE is an exported conversation (JSON), to be opened in the window.",
        parents=[demo],
    )
    parser.add_argument("--version", action="version", version=f"Desktop Agent {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", prog=parser.prog)
    _add_ask(commands, demo)
    _add_list(commands)
    _add_search(commands)
    _add_export(commands)
    _add_import(commands)
    _add_doctor(commands)
    return parser


def _add_ask(commands: _Commands, demo: argparse.ArgumentParser) -> None:
    ask = commands.add_parser(
        "ask",
        parents=[demo],
        help="stream a reply to the terminal",
        description="Stream a reply to the terminal. Text that is piped in is added to the question.",
    )
    ask.add_argument("text", nargs="?", default="", metavar="TEXT", help="the question")
    ask.add_argument("--model", metavar="M", help="the model to ask")
    ask.add_argument(
        "--base-url", metavar="URL", help="the address of a server that speaks OpenAI's protocol"
    )
    ask.add_argument("--tools", action="store_true", help="let it calculate and tell the time")
    ask.add_argument("--web-search", action="store_true", help="let it search the web and read pages")
    ask.add_argument(
        "--folder",
        metavar="PATH",
        help="let it read the files in PATH; before it writes one, you are asked in the terminal",
    )
    ask.add_argument("--json", action="store_true", help="print one event a line, as JSON")
    ask.add_argument("--no-stats", action="store_true", help="leave out the statistics")


def _add_list(commands: _Commands) -> None:
    listing = commands.add_parser(
        "list",
        help="list the conversations",
        description="List the conversations, the one that changed last first.",
    )
    listing.add_argument("--json", action="store_true", help="print JSON, for scripts")


def _add_search(commands: _Commands) -> None:
    search = commands.add_parser(
        "search",
        help="search titles and messages",
        description="Search the titles and messages of all conversations; the newest hits come first.",
    )
    search.add_argument("text", metavar="TEXT", help="words that must all occur; the last one may be begun")
    search.add_argument("--limit", type=_count, default=50, metavar="N", help="at most N hits (50)")
    search.add_argument("--json", action="store_true", help="print JSON, for scripts")


def _add_export(commands: _Commands) -> None:
    export = commands.add_parser(
        "export",
        help="write conversations to a file",
        description="Write one conversation, or all of them, to standard output or to a file. "
        "JSON is complete: all versions of all messages, thoughts, tool calls, times. "
        "The other formats are what is read, with what you choose; the options are for these.",
    )
    what = export.add_mutually_exclusive_group(required=True)
    what.add_argument("--all", action="store_true", help="all conversations, without those in the bin")
    what.add_argument("id", nargs="?", metavar="ID", help='the number that "list" shows, or the uid')
    export.add_argument("--format", choices=FORMATS, default="json", help="the format (json)")
    export.add_argument("--thoughts", action="store_true", help="with what was thought before the replies")
    export.add_argument("--no-tools", action="store_true", help="without tool calls and their results")
    export.add_argument("--no-times", action="store_true", help="without times and the names of models")
    export.add_argument("--figures", action="store_true", help="with tokens, durations and costs")
    export.add_argument("--versions", action="store_true", help="with the other versions of messages")
    export.add_argument(
        "--theme", choices=("both", "light", "dark"), default="both", help="the colours of HTML (both)"
    )
    export.add_argument(
        "--output",
        metavar="PATH",
        help='the file to write; a name that ends with ".zip" gives an archive with one file for each',
    )
    export.add_argument(
        "--force", action="store_true", help="replace PATH; without it, a file with content is kept"
    )


def _add_import(commands: _Commands) -> None:
    importing = commands.add_parser(
        "import",
        help="take conversations from a file",
        description="Take conversations from an export in JSON. What is here already is left alone; one that "
        "is here but differs comes as a copy beside it.",
    )
    importing.add_argument("source", metavar="FILE", help="the export")
    importing.add_argument("--dry-run", action="store_true", help="only say what would be done")


def _add_doctor(commands: _Commands) -> None:
    doctor = commands.add_parser(
        "doctor",
        help="examine this installation and its conversations",
        description="Examine folders, conversations, fonts, display and provider, and say what can be "
        "mended. Nothing is changed without --mend. Ends with status 1 if something is wrong.",
    )
    doctor.add_argument(
        "--full",
        action="store_true",
        help="check every page of the store, the search index and the reader of web pages, too",
    )
    doctor.add_argument(
        "--keychain", action="store_true", help="store an entry in the keychain, read it and delete it"
    )
    doctor.add_argument("--network", action="store_true", help="make one request to the provider")
    doctor.add_argument("--mend", action="store_true", help="mend what can be mended")
    doctor.add_argument("--json", action="store_true", help="print JSON, for scripts")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it must be 1 or more")
    return number
