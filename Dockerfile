# The same steps as on any machine: script/bootstrap.
FROM debian:12-slim

WORKDIR /srv/shirube

# Apart from the code, so that only a change of these installs again.
COPY script/bootstrap script/bootstrap
COPY requirements.txt .
RUN script/bootstrap && rm -rf /var/lib/apt/lists/* /root/.cache

COPY . .

# Production settings refuse to load without these; none of them is used to collect files, and none stays in the image.
RUN SECRET_KEY="$(head -c 64 /dev/urandom | base64 -w 0)" ALLOWED_HOSTS=localhost \
    DATABASE_URL=postgres://nowhere/none REDIS_URL=redis://nowhere/0 EMAIL_URL=smtp://nowhere \
    DEFAULT_FROM_EMAIL=nobody@nowhere.invalid PORTAL_BASE_URL=https://nowhere.invalid \
    .venv/bin/python manage.py collectstatic --noinput --settings portal.settings.production

RUN useradd --system --home-dir /srv/shirube shirube && chown -R shirube var
USER shirube
VOLUME /srv/shirube/var
ENV DJANGO_SETTINGS_MODULE=portal.settings.production PYTHONUNBUFFERED=1

EXPOSE 8000
CMD [".venv/bin/gunicorn", "portal.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket"]
