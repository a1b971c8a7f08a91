"""Where real people use it. Refuses to start on anything that is only right on a developer's machine."""

from django.core.exceptions import ImproperlyConfigured

from portal.settings.base import *

SHORTEST_SECRET_KEY = 50
FEWEST_DIFFERENT_CHARACTERS = 20  # 50 random letters and digits have about 35

refused = {
    "DEBUG": DEBUG and "must be off: its error pages show settings and data",
    "SECRET_KEY": (len(SECRET_KEY) < SHORTEST_SECRET_KEY or len(set(SECRET_KEY)) < FEWEST_DIFFERENT_CHARACTERS)
    and f"must be set, random and at least {SHORTEST_SECRET_KEY} characters long",
    "ALLOWED_HOSTS": (not ALLOWED_HOSTS or any("*" in host for host in ALLOWED_HOSTS))
    and "must be the host names the portal answers to, each by name: links and QR codes are made with them",
    "PROXY_COUNT": PROXY_COUNT < 0 and "must be 0 or more",
    "PORTAL_DEMO": PORTAL_DEMO and "must be off: demo accounts have known passwords",
    "SECOND_FACTOR_REQUIRED": not SECOND_FACTOR_REQUIRED
    and "must be on: a password alone must not open what companies told their advisers",
    "DATABASE_URL": DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql"
    and "must be a postgres:// address",
    "REDIS_URL": not REDIS_URL and "must be a redis:// address",
    "EMAIL_URL": EMAIL_BACKEND != "django.core.mail.backends.smtp.EmailBackend"
    and "must be a mail server, such as smtp+tls://user:password@host:587: officers are reminded by mail",
    "DEFAULT_FROM_EMAIL": DEFAULT_FROM_EMAIL.endswith("@localhost") and "must be the address that mails come from",
    "PORTAL_BASE_URL": (not PORTAL_BASE_URL.startswith(("https://", "http://")) or "//127.0.0.1" in PORTAL_BASE_URL)
    and "must be where people open the portal, such as https://portal.example: links in mails begin with it",
}
problems = [f"{name} {reason}" for name, reason in refused.items() if reason]
if problems:
    raise ImproperlyConfigured("; ".join(problems))

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
# Health checks come from inside, over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
if PROXY_COUNT:
    # Only then is the header set by our proxy and not by the client.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Names with a hash of the content: browsers may keep files for ever. Made by collectstatic in the Dockerfile.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_ROOT = BASE_DIR / "staticfiles"
