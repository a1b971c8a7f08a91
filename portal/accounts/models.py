"""Who can sign in."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """Our own from the first migration on: Django cannot change the user model later."""

    def get_full_name(self) -> str:
        """As names are written in Japan; one that was given as a whole stands in `last_name` alone."""
        return f"{self.last_name} {self.first_name}".strip()
