"""System checks of what PDFs need from the machine: `manage.py check --deploy --tag pdf`.

They load a native library and start a program, so they run only when asked for, never with every command.
"""

import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

# Family of the text, family of the rare characters it lacks.
FONTS = ("BIZ UDGothic", "Noto Sans CJK JP")


@register("pdf", deploy=True)
def weasyprint_loads(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    try:
        import weasyprint  # noqa: F401 - whether it can be imported is the question
    except OSError as error:  # it loads Pango when imported
        return [Error(f"WeasyPrint does not load: {error}", hint="Run script/bootstrap.", id="portal.E001")]
    return []


@register("pdf", deploy=True)
def japanese_fonts_present(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    fc_list = shutil.which("fc-list")
    if fc_list is None:
        return [Error("fontconfig is not installed.", hint="Run script/bootstrap.", id="portal.E002")]
    families = subprocess.run(  # noqa: S603 - our own words only
        [fc_list, ":", "family"], capture_output=True, text=True, check=True
    ).stdout
    return [
        Error(f"The font {font} is not installed.", hint="Run script/bootstrap.", id="portal.E003")
        for font in FONTS
        if font not in families
    ]
