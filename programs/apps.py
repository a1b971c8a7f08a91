from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ProgramsConfig(AppConfig):
    name = "programs"
    verbose_name = "支援策"

    def ready(self) -> None:
        from programs.roles import ensure_roles

        post_migrate.connect(ensure_roles, dispatch_uid="programs.roles")
