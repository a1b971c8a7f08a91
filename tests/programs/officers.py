"""Officers for tests: with the permissions of their role, and a draft to work on."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from portal.accounts.models import User
from programs import drafts
from programs.models import Draft, Revision, Version
from programs.roles import PUBLISHER, WRITER


def writer(name: str = "kakite") -> User:
    return _officer(name, WRITER)


def publisher(name: str = "kokai") -> User:
    return _officer(name, PUBLISHER)


def correction_of(program: str, user: User) -> Draft:
    """A draft that corrects the newest version of a published programme."""
    version = Version.objects.filter(programme__slug=program).order_by("-announced")[0]
    return drafts.open_correction(version=version, user=user)


def new_version_of(program: str, version: str, user: User) -> Draft:
    source = Revision.objects.filter(version__programme__slug=program).order_by("-pk")[0]
    return drafts.open_new_version(source=source, version=version, user=user)


def _officer(name: str, role: str) -> User:
    user = get_user_model().objects.create_user(name, password=f"{name}-password", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user
