"""Settings of the test suite. Everything a run makes is named after it, so that runs can stand side by side."""

import atexit
import os
import shutil
import tempfile
import uuid

# The environment carries all of it to the processes a test starts (see `live_worker`), which then use the same ones;
# each of pytest-xdist's processes is a run of its own.
if os.environ.get("PORTAL_TEST_PART") != (part := os.environ.get("PYTEST_XDIST_WORKER", "all")):
    os.environ["PORTAL_TEST_PART"] = part
    run = os.environ["PORTAL_TEST_RUN"] = uuid.uuid4().hex[:12]
    os.environ["PORTAL_VAR_DIR"] = tempfile.mkdtemp(prefix=f"shirube-{run}-")
    os.environ["REDIS_PREFIX"] = f"shirube-test-{run}:"
    atexit.register(shutil.rmtree, os.environ["PORTAL_VAR_DIR"], ignore_errors=True)

from portal.settings.base import *

SECRET_KEY = "test-" + "x" * 50
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DEBUG = False
PORTAL_DEMO = False
SECOND_FACTOR_REQUIRED = False  # tests of it switch it on

DATABASES["default"]["TEST"] = (
    # A file, not memory: live servers and workers of a test open it too.
    {"NAME": str(VAR_DIR / "test.sqlite3")}
    if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
    # template1 may hold anything and any encoding; template0 does not.
    else {
        "NAME": f"test_shirube_{os.environ['PORTAL_TEST_RUN']}",
        "TEMPLATE": "template0",
        "CHARSET": "UTF8",
    }
)

# Fast, and enough for accounts that live for one test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# Tests that kill workers and servers cannot wait for minutes; their processes get these from the environment.
JOB_STALE_SECONDS = env.int("JOB_STALE_SECONDS", default=JOB_STALE_SECONDS)
JOB_QUEUED_SECONDS = env.int("JOB_QUEUED_SECONDS", default=JOB_QUEUED_SECONDS)

WHITENOISE_USE_FINDERS = True
