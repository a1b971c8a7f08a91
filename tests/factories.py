"""Rows for tests, with only the fields a test is about."""

from datetime import timedelta

import factory
from django.utils import timezone

from eligibility.checks import new_token
from eligibility.models import SelfCheck
from eligibility.selectors import token_hash


class SelfCheckFactory(factory.django.DjangoModelFactory):
    """A check of an owner with `token`."""

    class Meta:
        model = SelfCheck

    class Params:
        token = factory.LazyFunction(new_token)
        shared = factory.Trait(share_token=factory.LazyFunction(new_token))
        expired = factory.Trait(expires_at=factory.LazyFunction(lambda: timezone.now() - timedelta(seconds=1)))
        demo = factory.Trait(is_demo=True, title="デモ食堂", share_token=factory.LazyFunction(new_token))

    owner_hash = factory.LazyAttribute(lambda check: token_hash(check.token))
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))
