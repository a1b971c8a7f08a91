"""Who can sign in."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """Our own from the first migration on: Django cannot change the user model later."""
