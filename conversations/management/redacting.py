"""`--redact` of commands: what is replaced, by whose patterns, and where the key to it goes."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import CommandError

from conversations.transcripts import KINDS, Redactor
from conversations.transcripts.redaction.patterns import BadPattern


def add_redaction(parser: ArgumentParser) -> None:
    """The options."""
    parser.add_argument(
        "--redact", default="", metavar="KINDS", help=f"replace by placeholders: all, or some of {', '.join(KINDS)}"
    )
    parser.add_argument("--patterns", default="", metavar="FILE", help="own patterns, in place of the site's")
    parser.add_argument(
        "--key-file", default="", metavar="FILE", help="where the key to the placeholders is written; for you alone"
    )


def redactor_of(redact: str, patterns: str, key_file: str) -> Redactor | None:
    """What was asked for; None for nothing. Raises CommandError."""
    kinds = KINDS if redact == "all" else tuple(word.strip() for word in redact.split(",") if word.strip())
    if set(kinds) - set(KINDS):
        raise CommandError(f"--redact takes all, or some of {', '.join(KINDS)}.")
    if not kinds:
        if patterns or key_file:
            raise CommandError("--patterns and --key-file belong to --redact.")
        return None
    if not key_file:
        raise CommandError("Name the file for the key, too, and keep it apart from the export: --key-file FILE")
    if patterns and "patterns" not in kinds:
        raise CommandError("--patterns needs --redact all, or patterns among its kinds.")
    try:
        return Redactor.of_the_site(kinds, Path(patterns) if patterns else None)
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be read: {error.strerror or error}") from error
    except (BadPattern, UnicodeDecodeError) as error:
        raise CommandError(f"The patterns are not taken. {error}") from error


def write_key(redactor: Redactor, file: str) -> None:
    """The key, for its owner only. Raises CommandError."""
    try:
        Path(file).unlink(missing_ok=True)
        with open(file, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as key:
            key.writelines(redactor.placeholders.key())
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror or error}") from error
