"""What a run of its own takes over from whoever begins it: everything but how the site that they run is set up."""

from __future__ import annotations

import os

# The settings' module too, which manage.py has set for itself: pytest would take it for that of the tests.
OTHERS = (
    *("DJANGO_SETTINGS_MODULE", "DATA_DIR", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "LOG", "METRICS_TOKEN"),
    *("OLLAMA_HOST", "OLLAMA_NUM_PARALLEL", "OPENAI_BASE_URL", "OPENAI_API_KEY", "HOST", "PORT", "ALLOWED_HOSTS"),
    *("HTTPS", "SIGNUP", "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "EMAIL_URL"),
    # Hundreds of processes begin, and each would compile Django and the site anew: more than half of its start.
    "PYTHONDONTWRITEBYTECODE",
)


def surroundings() -> dict[str, str]:
    """The environment without them."""
    return {name: value for name, value in os.environ.items() if name not in OTHERS}
