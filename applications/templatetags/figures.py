"""{{ number|grouped }}: a whole number as people read it, 10,000. Django's own filter does not group in Japanese."""

from django import template

register = template.Library()


@register.filter
def grouped(number: int) -> str:
    return f"{number:,}"
