"""What is wrong with a file that is to be read."""

from __future__ import annotations


class TranscriptFormatError(Exception):
    """A file is no export of ours, is damaged, or comes from a later version; the text is a sentence."""
