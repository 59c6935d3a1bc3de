"""What the commands on whole sites share: faults as one line with the way on, and sizes that people read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import DatabaseError

from conversations.backups.errors import Damaged, Differs, Refused


@contextmanager
def told(what: str) -> Iterator[None]:
    """Whatever is known to go wrong in the block, as a CommandError."""
    try:
        yield
    except (Refused, ImproperlyConfigured) as error:
        raise CommandError(str(error)) from error
    except (Damaged, Differs) as error:
        raise CommandError(f"{what}: {error}") from error
    except DatabaseError as error:
        raise CommandError(f"The database did not take part: {str(error).strip()}") from error
    except OSError as error:
        raise CommandError(f"{error.filename or what}: {error.strerror or error}") from error


def contents(manifest: dict[str, Any]) -> str:
    """What a backup holds, as one line."""
    rows = sum(table["rows"] for table in manifest["tables"].values())
    files = manifest["files"]["rows"] - len(manifest["keys"])
    return (
        f"{rows:,} rows of {len(manifest['tables'])} tables, {files:,} uploaded files, "
        f"{' and '.join(manifest['keys']) or 'no keys'}; made {manifest['made_at']} by Chatsite {manifest['version']} "
        f"on {manifest['database']}"
    )
