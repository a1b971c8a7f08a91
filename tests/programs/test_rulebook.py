"""Rules are compiled once and again when something is published."""

import pytest
from pytest_django import DjangoAssertNumQueries

from eligibility.engine.document import ProgrammeDocument
from programs.models import Publication, Revision
from programs.publishing import publish
from programs.rulebook import Rulebook

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("programmes")
def test_asking_again_costs_one_query_and_gives_the_same_rules(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    rulebook = Rulebook()
    rules = rulebook.current()
    with django_assert_num_queries(1):
        assert rulebook.current() is rules


@pytest.mark.usefixtures("programmes")
def test_a_publication_is_seen_by_the_next_question(shipped_documents: list[ProgrammeDocument]) -> None:
    rulebook = Rulebook()
    before = rulebook.current()
    document = next(d for d in shipped_documents if d.program == "jizokuka")
    publish(document, origin=Revision.Origin.DESK, reason="確認して再公開")
    after = rulebook.current()
    assert before.versions["jizokuka@r4-hosei2"].revision == 1
    assert after.versions["jizokuka@r4-hosei2"].revision == 2


def test_no_programmes_is_an_empty_rule_set() -> None:
    assert len(Rulebook().current()) == 0


@pytest.mark.usefixtures("programmes")
@pytest.mark.services
def test_a_publication_committed_late_is_seen_too(shipped_documents: list[ProgrammeDocument]) -> None:
    """Keys are drawn before the commit: a slow publication can appear with a lower key than one already read."""
    rulebook = Rulebook()
    rulebook.current()
    late = Revision.objects.get(version__programme__slug="jizokuka")
    first = late.publication
    Publication.objects.filter(pk=first.pk).update(ends=first.starts)
    late.pk, late.number = -1, 2
    late.save(force_insert=True)
    Publication.objects.create(pk=-1, version=late.version, revision=late, starts=first.starts)
    assert rulebook.current().versions["jizokuka@r4-hosei2"].revision == 2
