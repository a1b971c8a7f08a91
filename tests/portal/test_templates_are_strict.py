from pathlib import Path

import pytest
from django.template import Context, Engine

from tests.support.templates import FailOnUnknownVariable, is_ours


def render(folder: Path, text: str) -> str:
    (folder / "page.html").write_text(text)
    engine = Engine(dirs=[folder], string_if_invalid=FailOnUnknownVariable())
    return engine.get_template("page.html").render(Context({"known": "はい"}))


@pytest.fixture
def our_folder(tmp_path: Path, settings: object) -> Path:
    settings.BASE_DIR = tmp_path
    return tmp_path


@pytest.mark.parametrize("text", ["{{ unknown }}", "{% if known %}{{ known.part }}{% endif %}", "{{ unknown|upper }}"])
def test_an_unknown_variable_fails(our_folder: Path, text: str) -> None:
    with pytest.raises(AssertionError, match=r"unknown variable .* in .*page.html"):
        render(our_folder, text)


def test_a_known_one_and_a_question_do_not(our_folder: Path) -> None:
    assert render(our_folder, "{{ known }}{% if unknown %}!{% endif %}") == "はい"


def test_templates_of_libraries_are_left_alone(tmp_path: Path) -> None:
    assert render(tmp_path, "{{ unknown }}") == ""
    assert not is_ours("/work/.venv/lib/python3.11/site-packages/django/x.html")
