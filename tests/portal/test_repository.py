"""The repository keeps the promises its files make."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command

ROOT: Path = settings.BASE_DIR
LOCKS = ("requirements.txt", "requirements-dev.txt")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_no_file_names_a_package_registry() -> None:
    checked = run("script/check-hosts")

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_files_hold_no_address_and_no_path(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert re.findall(r"https?://|file:|--(?:extra-)?index-url|--find-links", text) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())

    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_runtime_packages_are_the_same_in_both_lock_files() -> None:
    runtime, everything = (set(re.findall(r"^\S+==\S+", (ROOT / lock).read_text(), re.M)) for lock in LOCKS)

    assert runtime <= everything


def test_every_dependency_says_why() -> None:
    """A comment stands above it, or above the group it opens."""
    lines = [line.strip() for line in (ROOT / "pyproject.toml").read_text().split("[tool.ruff]")[0].splitlines()]
    requirement = re.compile(r'"[a-zA-Z][\w.-]*(\[.*?\])?[<>=].*",')
    without = [
        line
        for above, line in itertools.pairwise(lines)
        if requirement.fullmatch(line) and not above.startswith(("#", '"django-stubs'))
    ]

    assert without == []


def test_the_compose_file_is_valid() -> None:
    checked = run(
        sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"
    )

    assert checked.returncode == 0, checked.stdout


@pytest.mark.django_db
def test_migrations_are_up_to_date() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_app_with_models_has_migrations() -> None:
    """makemigrations passes over an app without a migrations package."""
    ours = [
        app for app in apps.get_app_configs() if Path(app.path).is_relative_to(ROOT) and "site-packages" not in app.path
    ]

    assert [app.name for app in ours if list(app.get_models()) and not Path(app.path, "migrations").is_dir()] == []


def test_this_machine_can_make_pdfs() -> None:
    assert run_checks(tags=["pdf"], include_deployment_checks=True) == []


def test_scripts_can_be_run() -> None:
    scripts = [path for path in (ROOT / "script").iterdir() if path.suffix == ""] + [
        ROOT / ".ci/run",
        ROOT / "manage.py",
    ]

    assert [path.name for path in scripts if not path.stat().st_mode & 0o100] == []
