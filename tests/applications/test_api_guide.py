"""The examples of the guide work as they stand there, with a key in the environment and nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from applications.models import Client, Consultation, Sheet
from applications.organisations import tokens
from programs.loading import load_fixtures
from tests.applications.supporters import adviser, manager
from tests.support.worker import Worker

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def examples(live_server: LiveServer) -> dict[str, str]:
    """What stands in the guide, by the id of its box."""
    browser = Browser(headers={"Host": live_server.url.removeprefix("http://")})
    browser.force_login(adviser().user)
    page = browser.get(reverse("supporters:api_guide")).content.decode()
    found = re.findall(r'<pre class="code" tabindex="0" id="([a-z-]+)"><code>(.*?)</code></pre>', page, re.DOTALL)
    return {name: unescape(text) for name, text in found}


def run(command: list[str], secret: str, folder: Path) -> str:
    environment = {**os.environ, "SHIRUBE_API_KEY": secret}
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl_and_python_do_what_the_guide_says(examples: dict[str, str], live_worker: Worker, tmp_path: Path) -> None:
    load_fixtures(Path(settings.FIXTURES_ROOT))
    secret = tokens.create(acting=manager(), name="試験", can_write=True)[1]

    def curl(name: str) -> dict[str, object]:
        return dict(json.loads(run(["bash", "-c", examples[name]], secret, tmp_path)))

    assert curl("curl-list") == {"results": [], "next": None}
    made = curl("curl-create")
    assert made["name"] == "うずしお商店"
    assert [row["id"] for row in curl("curl-find")["results"]] == [made["id"]]  # type: ignore[attr-defined]

    script = examples["python-clients"] + "\n" + examples["python-sheets"]
    said = run([sys.executable, "-W", "error", "-c", script], secret, tmp_path)
    assert "jizokuka" in said
    assert "A-0001 うずしお商店\nA-0002 なると水産" in said or "A-0002 なると水産\nA-0001 うずしお商店" in said
    assert Client.objects.get(own_key="A-0002").profile["employees"] == 5
    assert Consultation.objects.get().topics == ["販路開拓"]
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")

    assert curl("curl-batch")["counts"] == {"queued": 2, "running": 0, "done": 0, "failed": 0}
    assert Sheet.objects.filter(batch__title="10月の訪問").count() == 2
    # Run again, as anybody who tries it does: the client that is there is taken up.
    run([sys.executable, "-W", "error", "-c", examples["python-clients"]], secret, tmp_path)
    assert Client.objects.count() == 2
