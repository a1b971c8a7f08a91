from django.apps import AppConfig


class CommonConfig(AppConfig):
    """What every app may use. Its `checks` are the project's, so that they are registered once."""

    name = "portal.common"
    verbose_name = "共通"

    def ready(self) -> None:
        from portal import checks  # noqa: F401 - registers itself
