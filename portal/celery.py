"""The Celery app: `celery -A portal worker`, `celery -A portal beat`."""

import os

from celery import Celery

# A process started without settings gets the ones that refuse what is unsafe.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
