"""Django's settings. Everything a person may set comes from the environment; the README's table lists it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import django_stubs_ext
from django.utils.translation import gettext_lazy as _

from chatsite import environment
from chatsite.static import static_prefix

django_stubs_ext.monkeypatch()
# httpx loads a command line of its own wherever rich and click are installed: 4 MB that no process here uses.
sys.modules.setdefault("httpx._main", cast(Any, None))
# Twisted loads pyOpenSSL wherever it is installed: 5 MB for TLS, which a proxy speaks here.
sys.modules.setdefault("OpenSSL", cast(Any, None))

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(environment.text("DATA_DIR", str(BASE_DIR / "var"))).absolute()
DATA_DIR.mkdir(parents=True, exist_ok=True)

HOST = environment.text("HOST", "127.0.0.1")
PORT = environment.number("PORT", 8000, 0, 65535)
DEBUG = environment.flag("DEBUG")
SECRET_KEY = environment.secret_key(DATA_DIR)
ALLOWED_HOSTS = environment.hosts(HOST)
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in environment.words("ALLOWED_HOSTS") if host != "*"]
HTTPS = environment.flag("HTTPS")
METRICS_TOKEN = environment.text("METRICS_TOKEN")
LOG = environment.options("LOG", ("json", "requests"))
LOG_REQUESTS = "requests" in LOG

INSTALLED_APPS = [
    "chatsite",
    "conversations.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "allauth.mfa",
    "allauth.socialaccount",
    "conversations.apps.ConversationsConfig",
]
MIDDLEWARE = [
    "chatsite.compression.CompressionMiddleware",
    "chatsite.policy.PolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "conversations.signin.sessions.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]
ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "conversations.views.context.approvals",
            ]
        },
    }
]
DATABASES = {"default": environment.database(DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CHANNEL_LAYERS = environment.channel_layers(DATA_DIR)
CACHES = environment.caches()

# Accounts
AUTH_USER_MODEL = "conversations.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "conversations.signin.passwords.NotTheSite"},
]
SIGNUP = environment.choice("SIGNUP", "approval", ("open", "approval", "closed"))
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "conversations.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# Nobody learns whose address is known here: two accounts may name the same one, and the password tells them apart.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_FORMS = {
    "signup": "conversations.account_forms.SignUpForm",
    "login": "conversations.account_forms.SignInForm",
    "change_password": "conversations.account_forms.ChangePasswordForm",
    "set_password": "conversations.account_forms.SetPasswordForm",
    "reset_password": "conversations.account_forms.ResetPasswordForm",
    "reauthenticate": "conversations.account_forms.ConfirmPasswordForm",
    "reset_password_from_key": "conversations.account_forms.ResetPasswordKeyForm",
}
ACCOUNT_RATE_LIMITS = {
    "login": "100/3m/ip",
    "login_failed": "50/3m/ip,10/3m/key",
    "signup": "20/3m/ip",
    "reset_password": "10/3m/ip,3/10m/key",
}
# The proxy that ends TLS names the real address; without one, what a client says of itself is not believed.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if HTTPS else 0
# Sign-in at a provider: its code is loaded where one is named (5 MB), its tables are there always.
OIDC_ISSUER = environment.issuer()
OIDC_NAME = urlsplit(OIDC_ISSUER).hostname or ""
OIDC_CLIENT = {
    "provider_id": "oidc",
    "name": OIDC_NAME,
    "client_id": environment.text("OIDC_CLIENT_ID"),
    "secret": environment.text("OIDC_CLIENT_SECRET"),
    "settings": {"server_url": OIDC_ISSUER},
}
if OIDC_ISSUER:
    INSTALLED_APPS.append("conversations.signin.oidc")
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [OIDC_CLIENT] if OIDC_ISSUER else []}}
SOCIALACCOUNT_ADAPTER = "conversations.signin.oidc.accounts.OidcAccounts"
MFA_ADAPTER = "conversations.signin.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody's address is verified here, nor needed
MFA_FORMS = {
    "authenticate": "conversations.signin.factor_forms.SignInCodeForm",
    "reauthenticate": "conversations.signin.factor_forms.ConfirmCodeForm",
    "activate_totp": "conversations.signin.factor_forms.AppForm",
    "add_webauthn": "conversations.signin.factor_forms.PasskeyForm",
}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Chatsite: "
USERSESSIONS_TRACK_ACTIVITY = False
SESSION_ENGINE = "conversations.signin.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = False  # static/js/main.js reads it
# A browser takes a cookie of such a name only by HTTPS, for all paths, and from this very host (RFC 6265bis, 4.1.3.2).
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
MESSAGE_STORAGE = "conversations.signin.messages.MessageStorage"
CSRF_FAILURE_VIEW = "conversations.views.errors.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
# People are led to HTTPS. Programs are not: one that is set up wrongly should notice, and not send its token again.
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^api/", r"^(healthz|readyz|metrics)$"]
# Other names below this one, and the browsers' list of such sites, are the operator's to decide about.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Mail: printed on the terminal until a server is named
_mail = environment.mail()
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_SSL, EMAIL_USE_TLS = _mail.tls, _mail.starttls
DEFAULT_FROM_EMAIL = _mail.sender
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "conversations" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Static files: one hash for the whole tree, so that every address may be kept for ever
STATIC_URL = static_prefix()
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "chatsite.finders.VendorFinder",
]

# Models: what the environment names is where the table of servers begins; what has no `kind` is built in.
BACKENDS: list[dict[str, Any]] = [
    {
        "name": "ollama",
        "kind": "ollama",
        "label": "Ollama",
        "class": "conversations.backends.ollama.OllamaBackend",
        "address": environment.text("OLLAMA_HOST"),
        "parallel": environment.number("OLLAMA_NUM_PARALLEL", 4, 1, 4096),
    },
    {"name": "eliza", "class": "conversations.backends.eliza.ElizaBackend", "address": "", "parallel": 64},
]
if openai := environment.text("OPENAI_BASE_URL"):
    BACKENDS.insert(
        1,
        {
            "name": "openai",
            "kind": "openai",
            "label": "OpenAI API",
            "class": "conversations.backends.openai.OpenAIBackend",
            "address": openai,
            "parallel": 16,
            "options": {"api_key": environment.text("OPENAI_API_KEY")},
        },
    )
# Seconds: a reply's text is stored this often, and given up by others when its writer is silent this long.
CHECKPOINT_SECONDS = 0.8
LEASE_SECONDS = 10.0
SWEEP_SECONDS = 5.0
DRAIN_SECONDS = 8.0
RECHECK_SECONDS = 15.0  # at most, until a tab is asked whether it may still, and told what it missed
BEHIND_SECONDS = 30.0  # a tab that acknowledges nothing for so long is closed

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Files added to messages: bytes of one, pixels that are decoded and the longer side that is kept, pages and characters
# that are read, files of one message, of one person that are not sent yet, and seconds until those are purged.
UPLOAD_BYTES = 20 * 1024 * 1024
UPLOAD_PIXELS = 50_000_000
UPLOAD_SIDE = 2048
UPLOAD_PAGES = 500
UPLOAD_CHARACTERS = 500_000
UPLOADS_PER_MESSAGE = 10
UPLOADS_WAITING = 50
UPLOAD_LIFE = 60 * 60 * 24
# A temporary chat goes so long after its last tab was closed, or after a connection was lost and did not come back.
TEMPORARY_CLOSED_SECONDS = 60.0
TEMPORARY_LOST_SECONDS = 15 * 60.0
# Exports made in the background: seconds that a file is kept, and how many one person may have.
EXPORT_LIFE = 60 * 60 * 24 * 7
EXPORTS_KEPT = 10
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "conversations.telemetry.logs.PlainFormatter"},
        "json": {"()": "conversations.telemetry.logs.JsonFormatter"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json" if "json" in LOG else "plain"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "daphne": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "django.channels.server": {"level": "WARNING"},
    },
}
