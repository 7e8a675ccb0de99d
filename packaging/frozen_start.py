"""Runs in the frozen program before anything else of it."""

from __future__ import annotations

import os
import sys

if sys.platform.startswith("linux"):
    # The loader has used this variable to find the program's own libraries. A browser or a tool that the
    # program starts has to find those of the system.
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if before:
        os.environ["LD_LIBRARY_PATH"] = before
    else:
        os.environ.pop("LD_LIBRARY_PATH", None)
