"""The environment of this process without its secrets: what it starts, as a browser for a link, gets none."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Final

from desktop_agent.config.sealed import Sealed

_SECRET: Final = re.compile(r"(AZURE_)?OPENAI_.*(KEY|TOKEN|SECRET|HEADERS)")
_taken: Final[dict[str, Sealed]] = {}


def take_secrets() -> None:
    """Keep the keys for the providers that the environment has, and take them out of it.

    A copy stays where the operating system put the environment when the process began (`/proc/PID/environ`);
    only the same user and the administrator can read it.
    """
    for name in tuple(os.environ):
        if _SECRET.fullmatch(name):
            _taken[name] = Sealed(os.environ.pop(name))


def whole_environment() -> Mapping[str, str]:
    """The variables with the secrets that were taken; one that was set since goes before."""
    return {name: secret.open() for name, secret in _taken.items()} | dict(os.environ)
