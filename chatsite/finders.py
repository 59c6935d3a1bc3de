"""The staticfiles finder for what npm installed: only the files that pages use, below `vendor/`."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import FileSystemFinder
from django.core.files.storage import FileSystemStorage, Storage

PACKAGES = Path(__file__).resolve().parent.parent / "node_modules"
VENDOR = {
    "vendor/markdown-it": ("markdown-it/dist/browser", ("markdown-it.umd.min.js",)),
    "vendor/highlight": ("@highlightjs/cdn-assets/es", ("core.min.js", "languages/*.min.js")),
    "vendor/katex": ("katex/dist", ("katex.min.js", "katex.min.css", "fonts/*.woff2")),
}
"""Address below the static prefix: the package's folder, and what of it is served."""


def missing_packages() -> list[str]:
    """The folders of `VENDOR` that npm has not installed."""
    return [folder for folder, _ in VENDOR.values() if not (PACKAGES / folder).is_dir()]


class VendorFinder(FileSystemFinder):
    """Django's finder over `VENDOR` instead of `STATICFILES_DIRS`, and blind for every other file there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.locations = [(prefix, str(PACKAGES / folder)) for prefix, (folder, _) in VENDOR.items()]
        self.storages = {}
        for prefix, root in self.locations:
            self.storages[root] = FileSystemStorage(location=root)
            self.storages[root].prefix = prefix

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find_location(self, root: str, path: str, prefix: str | None = None) -> str | None:
        inner = path.removeprefix(f"{prefix}/")
        return super().find_location(root, path, prefix) if _is_served(prefix, inner) else None

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for path, storage in super().list(ignore_patterns):
            if _is_served(storage.prefix, path):
                yield path, storage


def _is_served(prefix: str | None, path: str) -> bool:
    _, patterns = VENDOR[prefix or ""]
    return any(fnmatch(path, pattern) for pattern in patterns)
