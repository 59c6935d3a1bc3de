"""`python -m tests.faults`: write `docs/faults.md`."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from importlib import import_module

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()
page = import_module("tests.faults.page")
page.PAGE.write_text(page.render(datetime.now(UTC).date()), "utf-8")
