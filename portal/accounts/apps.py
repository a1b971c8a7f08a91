from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    verbose_name = "アカウント"

    def ready(self) -> None:
        import_module("portal.accounts.second_factor")  # hears of authenticators that are added, used and removed
