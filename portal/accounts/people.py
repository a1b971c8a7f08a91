"""People as the portal knows them: their name, their one mail address, accounts for those who were invited."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models import Q

from portal.accounts.models import User

# A mail address is also the name to sign in with.
LONGEST_ADDRESS: int = User._meta.get_field("username").max_length or 0


class AccountExists(Exception):
    """Somebody signs in with this mail address already."""


def name_of(person: User) -> str:
    """As a page or a paper names them; the name to sign in with where no other is kept."""
    return person.get_full_name() or person.get_username()


def account_with(email: str) -> User | None:
    """Whoever signs in with this mail address, or has it as their name."""
    known = EmailAddress.objects.filter(email__iexact=email).values("user_id")
    return User.objects.filter(Q(username__iexact=email) | Q(email__iexact=email) | Q(pk__in=known)).first()


def create_account(*, email: str, name: str, password: str) -> User:
    """An account for a person whose mail address is proved. Raises AccountExists, also where two are made at once."""
    address = email.lower()
    if account_with(address):
        raise AccountExists(address)
    try:
        with transaction.atomic():
            user = User.objects.create_user(address, email=address, password=password, last_name=name)
            set_address(user, address)
    except IntegrityError as error:
        raise AccountExists(address) from error
    return user


def set_address(user: User, email: str) -> None:
    """Make this the one address the person signs in and resets the password with. Raises IntegrityError."""
    EmailAddress.objects.filter(user=user).delete()
    if email:
        EmailAddress.objects.create(user=user, email=email.lower(), verified=True, primary=True)
