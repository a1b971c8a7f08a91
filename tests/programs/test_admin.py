"""The officers' desk: lists and documents to read, nothing to change."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from programs.models import Programme, Publication, Revision, Version
from programs.roles import ensure_roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(programmes: None) -> Client:
    user = get_user_model().objects.create_superuser("officer", password="a long password")
    client = Client()
    client.force_login(user)
    return client


def test_versions_are_listed_with_their_revision(officer: Client) -> None:
    page = officer.get("/admin/programs/version/").content.decode()
    assert "r4-hosei2" in page
    assert "小規模事業者持続化補助金" in page


def test_the_list_takes_the_same_queries_for_any_number_of_versions(
    officer: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(7):
        officer.get("/admin/programs/version/")
    for model in (Publication, Revision):
        model.objects.all()._raw_delete("default")
    Version.objects.exclude(programme__slug="jizokuka").delete()
    with django_assert_num_queries(7):
        officer.get("/admin/programs/version/")


@pytest.mark.parametrize(
    "words",
    [
        "事業場内最低賃金を地域別最低賃金より30円以上高くする",  # the requirement
        "事業場内最低賃金と地域別最低賃金の差が30円/時間以上",  # the criterion as a sentence
        "直近期が赤字である のとき：3/4",  # a row of the rate table
        "上限 ",  # figures
        "200万円",
        "「②～⑤：200万円」",  # the quote
        "004_cbe6c34ac374a521.txt 566行",  # the place
        "創業枠の補助上限は200万円とする。",  # a reading and
        "創業枠の列が欠けている",  # its reason
    ],
)
def test_a_document_is_shown_readably(officer: Client, words: str) -> None:
    version = Version.objects.get(programme__slug="jizokuka")
    page = officer.get(f"/admin/programs/version/{version.pk}/change/").content.decode()
    assert words.strip() in page


@pytest.mark.parametrize("slug", ["jigyo-saikochiku", "it-donyu", "monozukuri", "jizokuka", "dx-toshi-zeisei"])
def test_every_shipped_document_can_be_read(officer: Client, slug: str) -> None:
    revision = Revision.objects.get(version__programme__slug=slug)
    assert officer.get(f"/admin/programs/revision/{revision.pk}/change/").status_code == 200


def test_nothing_can_be_added_changed_or_deleted(officer: Client) -> None:
    version = Version.objects.get(programme__slug="jizokuka")
    assert officer.get("/admin/programs/version/add/").status_code == 403
    assert officer.post(f"/admin/programs/version/{version.pk}/change/", {"slug": "x"}).status_code == 403
    assert officer.post(f"/admin/programs/version/{version.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Programme.objects.filter(slug="jizokuka").exists()


def test_the_desk_is_for_staff_only(client: Client) -> None:
    assert client.get("/admin/programs/version/").status_code == 302


def test_a_long_number_in_the_address_of_a_draft_is_none(officer: Client) -> None:
    assert officer.get(f"/admin/programs/draft/{'9' * 5000}/change/").status_code == 302


def test_the_roles_wait_until_there_are_groups(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """`manage.py migrate programs 0002` on an empty database ends before the tables of the accounts are made."""
    state = MigrationLoader(connection).project_state([("programs", "0002_revisions_are_immutable")])
    with django_assert_num_queries(0):
        ensure_roles(apps=state.apps)
