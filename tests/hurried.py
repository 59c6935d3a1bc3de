"""The settings of a site without patience: it waits for seconds where others wait half a minute."""

from __future__ import annotations

from chatsite.settings import *  # noqa: F403
from chatsite.settings import DATABASES

BEHIND_SECONDS = 4.0
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    DATABASES["default"]["OPTIONS"]["options"] = "-c lock_timeout=1s"
else:
    DATABASES["default"]["OPTIONS"] |= {
        "timeout": 1,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=1000;",
    }
