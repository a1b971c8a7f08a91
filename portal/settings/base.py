"""Settings that hold everywhere. What differs by place comes from the environment (see .env.example)."""

from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from kombu import Exchange, Queue

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# Everything the running portal writes stands below one folder, outside version control.
VAR_DIR = Path(env("PORTAL_VAR_DIR", default=str(BASE_DIR / "var")))

# The programme documents and facts that come with the code.
FIXTURES_ROOT = BASE_DIR / "fixtures"

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Demo accounts and companies, with passwords anyone can read.
PORTAL_DEMO = env.bool("PORTAL_DEMO", default=False)

# How many proxies stand in front of us. With 0 a client cannot choose its own address by X-Forwarded-For.
PROXY_COUNT = env.int("PROXY_COUNT", default=0)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "simple_history",
    "portal.common",
    "portal.accounts",
    "programs",
    "eligibility",
    "applications",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.accounts.second_factor.middleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

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
            ],
        },
    },
]

# --- Database -------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")}

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Web, worker and beat write to one file. Measured with 16 writers: "database is locked" 14 times with Django's
        # defaults, never with these three.
        "init_command": "PRAGMA journal_mode=WAL",
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,  # seconds; SQLite's busy_timeout
    }
else:
    DATABASES["default"]["OPTIONS"] = {
        # Without `timeout` a wrong address shows itself only after 30 seconds.
        "pool": {"min_size": 1, "max_size": 10, "timeout": 5},
    }

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache and jobs -------------------------------------------------------------------------------------------------

REDIS_URL = env("REDIS_URL", default="")
# All keys of this portal begin with it, so that several may share one Redis.
REDIS_PREFIX = env("REDIS_PREFIX", default="shirube:")

if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "portal.cache.PrefixRedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": f"{REDIS_PREFIX}cache",
        }
    }
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": REDIS_PREFIX}
else:
    # script/server runs one web process, so its threads see the same counters.
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    # Messages are files. A killed worker may lose one; every job is a database row first, and the sweeper mends it.
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker" / "messages"),
        "data_folder_out": str(VAR_DIR / "broker" / "messages"),
        "control_folder": str(VAR_DIR / "broker" / "control"),
        "polling_interval": 0.2,  # seconds; Celery's default of 1 makes every job a second late
    }

CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
# The state of a job is in its row, never in a result store.
CELERY_TASK_IGNORE_RESULT = True
# A task is finished when its work is, so that a killed worker's task is given to another one.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Jobs take seconds: a waiting one goes to whoever is free.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Sheets of a batch wait in a queue of their own, so that the one PDF somebody waits for does not stand behind 500:
# a worker takes from both in turn. Each with its own exchange: on a common one every message would reach both.
CELERY_TASK_QUEUES = [Queue(name, Exchange(name, type="direct"), routing_key=name) for name in ("celery", "batches")]
CELERY_TASK_ROUTES = ("applications.batches.routing.route",)
# Kilobytes. A process that has drawn 500 sheets stands at 250 MB and joins 500 with 530 (docs/benchmarks.md); one that
# grew beyond this is replaced when its job is done.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 600_000
# Keep LOGGING below; Celery would replace the root logger's handlers.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Tokyo"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
# Name -> {"task": ..., "schedule": crontab(...)}. In code, not in the database: a schedule is reviewed like code.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "sweep-jobs": {"task": "portal.common.tasks.sweep_jobs", "schedule": crontab()},  # every minute
    "purge-expired-checks": {
        "task": "applications.tasks.purge_expired_checks",
        "schedule": crontab(hour="3", minute="17"),
    },
    "clear-sessions": {"task": "portal.accounts.tasks.clear_sessions", "schedule": crontab(hour="3", minute="57")},
    "purge-files": {"task": "applications.tasks.purge_files", "schedule": crontab(hour="3", minute="37")},
    "settle-batches": {"task": "applications.tasks.settle_batches", "schedule": crontab()},  # every minute
    "refresh-matches": {"task": "applications.tasks.refresh_matches", "schedule": crontab(minute="*/10")},
    "publish-scheduled": {"task": "programs.tasks.publish_scheduled", "schedule": crontab()},  # every minute
    # Again until morning: each run goes on where the last one ended or was killed, and does nothing when all is done.
    "check-links": {"task": "programs.tasks.check_links", "schedule": crontab(hour="2-5", minute="40")},
    "remind-owners": {"task": "programs.tasks.remind_owners", "schedule": crontab(hour="7", minute="30")},
}

# A running job tells at each of its steps that it lives. Silent for so long, its worker is gone and it starts again.
JOB_STALE_SECONDS = 180
# A job that waits longer may have lost its message: its doorbell is rung again.
JOB_QUEUED_SECONDS = 60

# --- Mail -----------------------------------------------------------------------------------------------------------

# Without an address the worker prints mails. Production refuses that.
mail_server = env.email_url_config(env("EMAIL_URL", default="") or "consolemail://")
EMAIL_BACKEND = mail_server["EMAIL_BACKEND"]
EMAIL_HOST = mail_server["EMAIL_HOST"] or "localhost"
EMAIL_PORT = mail_server["EMAIL_PORT"] or 25
EMAIL_HOST_USER = mail_server["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = mail_server["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = mail_server.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = mail_server.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL: str = env("DEFAULT_FROM_EMAIL", default="") or "shirube@localhost"

# Where people open the portal: mails are written outside any request, and their links begin with it.
PORTAL_BASE_URL: str = env("PORTAL_BASE_URL", default="") or f"http://127.0.0.1:{env('PORT', default='8000')}"
# Reminders of programmes without an owner go there; without it they are only listed.
PORTAL_OFFICERS_MAIL: str = env("PORTAL_OFFICERS_MAIL", default="")

# --- Files ----------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]

# Never served by address: PDFs hold what a company told us, so views check who asks and send them.
MEDIA_ROOT = VAR_DIR / "media"

for folder in ("media", "static", "broker/messages", "broker/control"):
    (VAR_DIR / folder).mkdir(parents=True, exist_ok=True)

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# A page of the officers' editor with 200 rows has more inputs than Django's 1,000.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
# No form takes a file: one that is sent all the same is not read. A page that does will name its own handler.
FILE_UPLOAD_HANDLERS = ["portal.common.uploads.RefuseUploads"]

# Days that an anonymous self-check is kept after its last change.
SELF_CHECK_DAYS = env.int("SELF_CHECK_DAYS", default=90)

# An impact preview counts so many made-up companies, and warns when more than so many percent of the companies that
# are eligible now lose that or become undecided.
IMPACT_COMPANIES = 3000
IMPACT_WARNING_PERCENT = env.int("IMPACT_WARNING_PERCENT", default=5)

# --- People ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# By user name or mail address and password, then the second factor where the person has one; or by passkey alone.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "portal.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Accounts come by invitation or from officers, so that whoever has one was proved before.
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Offices share machines: a sign-in ends with the browser.
ACCOUNT_SESSION_REMEMBER = False
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# People hear of what was changed in their account; nobody hears from us whose address is unknown here.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "【しるべ】"
# Seconds that a password stays proved for changes of how one signs in.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# Beside "logins" of REST_FRAMEWORK: by account (key) and by address. Five wrong tries lock an account for 15 minutes.
ACCOUNT_RATE_LIMITS = {
    "login": None,  # "logins" counts these
    "login_failed": "20/m/ip,5/15m/key",
    "reset_password": "20/h/ip,3/h/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = PROXY_COUNT
ACCOUNT_FORMS = {
    "login": "portal.accounts.forms.LoginForm",
    "reauthenticate": "portal.accounts.forms.ReauthenticateForm",
    "change_password": "portal.accounts.forms.ChangePasswordForm",
    "set_password": "portal.accounts.forms.SetPasswordForm",
    "reset_password": "portal.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "portal.accounts.forms.ResetPasswordKeyForm",
}

# The second factor (二段階認証) that officers and managers must have: passkey, or codes of an app.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=not PORTAL_DEMO)
MFA_ADAPTER = "portal.accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "しるべ"
MFA_FORMS = {
    "authenticate": "portal.accounts.forms.AuthenticateForm",
    "reauthenticate": "portal.accounts.forms.ReauthenticateByCodeForm",
    "activate_totp": "portal.accounts.forms.ActivateTOTPForm",
    "add_webauthn": "portal.accounts.forms.AddPasskeyForm",
    "edit_webauthn": "portal.accounts.forms.EditPasskeyForm",
}

LANGUAGE_CODE = "ja"
TIME_ZONE = "Asia/Tokyo"
USE_I18N = True
USE_TZ = True

# --- What a browser is told -----------------------------------------------------------------------------------------

# No inline script or style, no eval, nothing from elsewhere.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# A self-check's address is its key: it must not reach another site.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# --- API ------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    # The API takes no cookies, so there is nothing to forge. What belongs to an organisation names its own class.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portal.common.api.StrictJSONParser"],
    "EXCEPTION_HANDLER": "portal.common.api.errors_response",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "portal.common.openapi.Described",
    # By address: API questions, new self-checks, PDFs, passwords tried, invitations sent. A town's chamber of commerce
    # may sit behind one address.
    "DEFAULT_THROTTLE_RATES": {
        "evaluations": "60/min",
        "checks": "60/hour",
        "summaries": "60/hour",
        "verifications": "60/hour",
        "logins": "60/hour",
        "invitations": "60/hour",
        # By key of an organisation's tool: everything it asks, the PDFs it orders, and orders of many at once.
        "organisation": "600/min",
        "organisation-sheets": "300/hour",
        "organisation-batches": "10/hour",
        # By address: keys that are none.
        "unknown-keys": "30/min",
    },
    "NUM_PROXIES": PROXY_COUNT,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "しるべ API",
    "DESCRIPTION": (
        "診断（evaluations）は誰でも使えます。そのほかは、支援機関の管理者が作ったAPIキーを"
        " `Authorization: Bearer shirube_…` に付けて使います。"
    ),
    # Our shapes are JSON Schema as pydantic writes it, which 3.0 cannot say (null, patternProperties).
    "OAS_VERSION": "3.1.1",
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": [],
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Logs -----------------------------------------------------------------------------------------------------------

# To stderr; whoever runs the process keeps them.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "portal.common.logs.MaskTokens",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Django's own handler would print server messages a second time.
        "django": {"handlers": [], "propagate": True},
        # Several lines for each stylesheet; what went wrong is logged to "weasyprint".
        "weasyprint.progress": {"level": "WARNING"},
    },
}
