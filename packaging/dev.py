"""The one way to run, test, check, measure and build Desktop Agent from a checkout; needs only Python.

Usage: python3 packaging/dev.py COMMAND

  run [ARGUMENTS]       make the environment and open the window; without a display, play the demo offscreen
  test [ARGUMENTS]      make the environment and run all checks and tests (arguments go to pytest)
  check                 only the checks: ruff, formatting, types, layers
  bench [NAME …] [--json]   run the benchmarks in tests/benchmarks, all or by name
  build                 write the wheel and the program for this system into dist/
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this very line is for those who start it with an older one
    sys.exit(
        "Desktop Agent needs Python 3.11 or newer; this is {}.{}. Start dev.py with a newer one.".format(
            *sys.version_info
        )
    )

import os
import signal
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import keychain_service
import qt_libraries
from display import find_session
from environment import DEVELOPMENT_LOCK, RUNTIME_LOCK, Environment
from steps import SetupError, execute, say

SPREAD = ("-n", "auto", "--dist", "worksteal")
"""How pytest uses all processors."""

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

CHECKOUT = Path(__file__).resolve().parent.parent
# Commands of the program that open no window: they need no display.
WINDOWLESS = frozenset({"ask", "list", "search", "export", "doctor", "-h", "--help", "--version"})
FONT_SETTINGS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <cachedir>{}</cachedir>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
</fontconfig>
"""
# Each is run with the environment's Python from the top of the checkout; tests/test_checks.py runs the same.
CHECKS = {
    "ruff check": ("-m", "ruff", "check"),
    "ruff format --check": ("-m", "ruff", "format", "--check"),
    "mypy --strict": ("-m", "mypy"),
    "lint-imports": (
        *("-c", "from importlinter.cli import lint_imports_command as run; run()"),
        *("--no-logo", "--cache-dir", ".cache/import-linter"),
    ),
}


def run(arguments: "Sequence[str]") -> int:
    """Open the window, or do what else `arguments` ask of the program; without a display, play the demo."""
    environment = Environment(CHECKOUT)
    session = find_session(os.environ)
    prepare(environment, RUNTIME_LOCK, session.platforms)
    # -P: this checkout's program, also when the current folder holds another one.
    program = [str(environment.python), "-P", "-m", "desktop_agent", *arguments]
    variables = environment.variables()
    if sys.platform.startswith("linux"):
        # Without it Qt would make a folder of its own in /tmp, with a warning.
        variables.setdefault("XDG_RUNTIME_DIR", str(runtime_folder(environment)))
        if not Path(variables["XDG_RUNTIME_DIR"], "bus").exists():
            # Without a session bus Qt would start one of its own, which outlives the window.
            variables.setdefault("DBUS_SESSION_BUS_ADDRESS", "disabled:")
    # A checkout keeps its own data, beside that of an installed program.
    variables.setdefault("DESKTOP_AGENT_HOME", str(CHECKOUT / ".desktop-agent"))
    if session.visible:
        return execute(program, variables)
    variables.setdefault("QT_QPA_PLATFORM", "offscreen")
    if arguments and arguments[0] in WINDOWLESS:
        return execute(program, variables)
    say(f"{session.reason} The demo plays in the real window, drawn offscreen.")
    keep_temporary_files(environment, variables)
    demo = [str(environment.python), str(CHECKOUT / "packaging" / "demo.py")]
    return execute([*demo, "--output", str(CHECKOUT / "demo-output")], variables)


def test(arguments: "Sequence[str]") -> int:
    """Run all checks and tests in one pytest run, spread over the processors."""
    environment = Environment(CHECKOUT)
    keychain_service.provide(system_log(environment))
    prepare(environment, DEVELOPMENT_LOCK)
    # Paths are those of the person who typed them; pytest itself runs at the top, where its settings are.
    given = [
        str(Path(each).resolve()) if Path(each.partition("::")[0]).exists() else each for each in arguments
    ]
    return execute(
        [str(environment.python), "-m", "pytest", *SPREAD, *given], private_variables(environment), CHECKOUT
    )


def check(arguments: "Sequence[str]") -> int:
    """Run every check, also after one has failed."""
    expect_none("check", arguments)
    environment = Environment(CHECKOUT)
    environment.prepare(DEVELOPMENT_LOCK)
    status = 0
    for name, command in CHECKS.items():
        say(f"{name} …")
        failed = execute([str(environment.python), *command], environment.variables(), CHECKOUT)
        if failed > 128:  # a signal, such as Ctrl+C, means all of them
            return failed
        status = status or failed
    return status


def bench(arguments: "Sequence[str]") -> int:
    """Run benchmarks; `--json` goes on to each."""
    options = [each for each in arguments if each.startswith("-")]
    unknown = [each for each in options if each != "--json"]
    if unknown:
        raise UsageError(f"bench has no option {unknown[0]}; it has --json.")
    folder = CHECKOUT / "tests" / "benchmarks"
    known = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    names = [each for each in arguments if each not in options] or known
    for name in names:
        if name not in known:
            listed = f"The benchmarks are: {', '.join(known)}." if known else "There are none yet."
            raise UsageError(f"There is no benchmark {name!r}. {listed}")
    environment = Environment(CHECKOUT)
    prepare(environment, DEVELOPMENT_LOCK)
    status = 0
    for name in names:
        say(f"{name} …")
        command = [str(environment.python), str(folder / f"{name}.py"), *options]
        failed = execute(command, private_variables(environment))
        if failed > 128:
            return failed
        status = status or failed
    return status


def build(arguments: "Sequence[str]") -> int:
    """Write the wheel, the source archive and the frozen program for this system into dist/."""
    expect_none("build", arguments)
    from release import Release  # here, because it would slow down every start

    release = Release(CHECKOUT)
    qt_libraries.provide((), system_log(release.environment))
    release.make()
    return 0


COMMANDS: "dict[str, Callable[[Sequence[str]], int]]" = {
    "run": run,
    "test": test,
    "check": check,
    "bench": bench,
    "build": build,
}


class UsageError(Exception):
    """The command line asks for something that does not exist."""


def expect_none(command: str, arguments: "Sequence[str]") -> None:
    """Refuse arguments to a command that has none."""
    if arguments:
        raise UsageError(f"{command} takes no arguments; it got {' '.join(arguments)}.")


def prepare(environment: Environment, lock: str, platforms: "Sequence[str]" = ()) -> None:
    """See to Qt's system libraries, then to the environment."""
    qt_libraries.provide(platforms, system_log(environment))
    environment.prepare(lock)


def system_log(environment: Environment) -> Path:
    """Where the output of the system's package manager goes."""
    return environment.cache / "logs" / "system-packages.log"


def runtime_folder(environment: Environment) -> Path:
    """A folder as XDG_RUNTIME_DIR has to be: ours alone. Its path is short, because sockets lie in it."""
    folder = environment.cache / "run"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def keep_temporary_files(environment: Environment, variables: "dict[str, str]") -> None:
    """Let temporary files, and what fontconfig notes about the fonts, be written inside the checkout."""
    variables.update(dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(environment.temporary_folder())))
    if sys.platform.startswith("linux") and "FONTCONFIG_FILE" not in variables:
        # For root, fontconfig would write to /var/cache; it takes the first folder that it may write to.
        settings = environment.cache / "fonts.conf"
        settings.write_text(FONT_SETTINGS.format(escape(str(environment.cache / "fontconfig"))), "utf-8")
        variables["FONTCONFIG_FILE"] = str(settings)


def private_variables(environment: Environment) -> "dict[str, str]":
    """Environment variables for tests: nothing of the user's account and settings, nothing left elsewhere."""
    variables = environment.variables()
    for name in list(variables):
        if name.startswith("OPENAI_"):
            del variables[name]
    variables.setdefault("QT_QPA_PLATFORM", "offscreen")
    variables["DESKTOP_AGENT_HOME"] = str(environment.cache / "test-home")
    variables["XDG_RUNTIME_DIR"] = str(runtime_folder(environment))
    variables["HYPOTHESIS_STORAGE_DIRECTORY"] = str(environment.cache / "hypothesis")
    keep_temporary_files(environment, variables)
    return variables


def main(arguments: "Sequence[str]") -> int:
    """Run the command that `arguments` name; return the exit status."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(__doc__)
        return 0 if arguments else 2
    command = COMMANDS.get(arguments[0])
    try:
        if command is None:
            raise UsageError(
                f"There is no command {arguments[0]!r}. The commands are: {', '.join(COMMANDS)}."
            )
        return command(arguments[1:])
    except UsageError as error:
        say(f"dev.py: {error}")
        return 2
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 128 + signal.SIGINT


def _end(number: int, _frame: "FrameType | None") -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    # As an exception the signal lets the set-up end the programs that it has started.
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main(sys.argv[1:]))
