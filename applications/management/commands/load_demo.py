"""manage.py load_demo: accounts and companies to try the portal with, and their logins on standard output."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from applications.demo import load_organisation
from eligibility.demo import DemoIsOff, load_demo


class Command(BaseCommand):
    help = "デモ用のアカウントと企業を用意します（PORTAL_DEMO=1 のときだけ）。"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            accounts = (*load_demo(), *load_organisation())
        except DemoIsOff as error:
            raise CommandError(str(error)) from error
        for account in accounts:
            self.stdout.write(f"デモ {account.role}: {account.username} / {account.password}")
