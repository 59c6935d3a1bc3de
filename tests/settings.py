"""The site's own settings on a data folder of the test run, with no model server in reach and a quick password hash."""

import atexit
import os
import shutil
import tempfile

if "DATA_DIR" not in os.environ:
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="chatsite-test-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
os.environ["OLLAMA_HOST"] = "127.0.0.1:9"
os.environ["SIGNUP"] = "open"
os.environ.pop("DEBUG", None)
os.environ.pop("OPENAI_BASE_URL", None)

from chatsite.settings import *  # noqa: F403

if not os.environ.get("REDIS_URL"):  # each test has a loop of its own, which a layer between processes would outlive
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
