"""QR codes as SVG, for pages and PDFs alike: no image file, no inline style."""

import io

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_svg(url: str, *, title: str) -> SafeString:
    """The address as one `<svg>` of 1 unit per module; CSS gives it its size. `title` is its text alternative."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgclass="qr", lineclass=None, omitsize=True, title=title, nl=False
    )
    return mark_safe(out.getvalue().decode())  # noqa: S308 - segno escapes the title; nothing else of ours is in it
