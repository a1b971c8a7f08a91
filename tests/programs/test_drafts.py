"""Working on drafts: nothing is overwritten unseen, and half-finished work is kept."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from portal.accounts.models import User
from programs import drafts, paths
from programs.drafts import DraftRefused, StaleSection
from programs.models import AuditEntry, Draft, Publication, Revision, Version
from tests.programs import officers

pytestmark = [pytest.mark.services, pytest.mark.django_db, pytest.mark.usefixtures("programmes")]


@pytest.fixture
def writer() -> User:
    return officers.writer()


@pytest.fixture
def draft(writer: User) -> Draft:
    return officers.correction_of("jizokuka", writer)


def save(draft: Draft, path: str, data: object, user: User, stamp: str | None = None) -> Draft:
    seen = paths.stamp(paths.read(draft.document, path)) if stamp is None else stamp
    return drafts.save_section(draft=draft, path=path, data=data, stamp=seen, user=user)


def test_a_correction_starts_as_what_is_published(draft: Draft) -> None:
    assert draft.base is not None
    assert draft.document == draft.base.document


def test_the_second_officer_gets_the_same_draft(draft: Draft) -> None:
    assert officers.correction_of("jizokuka", officers.writer("futari")) == draft


def test_a_new_version_is_a_copy_of_any_revision(writer: User) -> None:
    draft = officers.new_version_of("jizokuka", "r5-dai15kai", writer)
    assert (draft.base, draft.key) == (None, "jizokuka@r5-dai15kai")
    assert draft.document == {**draft.copied_from.document, "version": "r5-dai15kai"}


@pytest.mark.parametrize("name", ["", "R5", "r5_hosei", "../x", "r5 ", "a" * 61, "r5\n"])
def test_a_version_needs_a_usable_name(writer: User, name: str) -> None:
    with pytest.raises(DraftRefused, match="使えません"):
        officers.new_version_of("jizokuka", name, writer)


def test_a_published_version_is_corrected_not_made_again(writer: User) -> None:
    with pytest.raises(DraftRefused, match="もう公開されています"):
        officers.new_version_of("jizokuka", "r4-hosei2", writer)


def test_two_new_versions_of_one_name_are_refused(writer: User) -> None:
    officers.new_version_of("jizokuka", "r5", writer)
    with pytest.raises(DraftRefused, match="もう作られています"):
        officers.new_version_of("jizokuka", "r5", writer)


def test_half_finished_work_is_kept(draft: Draft, writer: User) -> None:
    saved = save(draft, "frames.0.benefit.caps.0", {"amount": 600000}, writer)
    found = drafts.checked(saved, timezone.localdate())
    assert found.document is None
    assert [finding.path for finding in found.errors] == ["frames.0.benefit.caps.0.cites"]


def test_a_stale_save_changes_nothing(draft: Draft, writer: User) -> None:
    other = officers.writer("futari")
    seen = paths.stamp(paths.read(draft.document, "identity.summary"))
    save(draft, "identity.summary", "先に保存した言葉", other)
    with pytest.raises(StaleSection) as stale:
        save(draft, "identity.summary", "あとから保存する言葉", writer, seen)
    assert (stale.value.stored, stale.value.by) == ("先に保存した言葉", "futari")
    draft.refresh_from_db()
    assert draft.document["identity"]["summary"] == "先に保存した言葉"


def test_two_sections_saved_at_once_are_both_kept(draft: Draft, writer: User) -> None:
    seen = paths.stamp(paths.read(draft.document, "identity.target"))
    save(draft, "identity.summary", "一人目", officers.writer("futari"))
    save(draft, "identity.target", "二人目", writer, seen)
    draft.refresh_from_db()
    assert (draft.document["identity"]["summary"], draft.document["identity"]["target"]) == ("一人目", "二人目")


def test_saving_the_same_again_leaves_no_trace(draft: Draft, writer: User) -> None:
    before = AuditEntry.objects.count()
    save(draft, "identity.summary", draft.document["identity"]["summary"], writer)
    assert AuditEntry.objects.count() == before


def test_the_second_officer_is_told_who_is_editing(draft: Draft, writer: User) -> None:
    other = officers.writer("futari")
    drafts.be_present(draft=draft, user=writer, section="公募回")
    (seen,) = drafts.be_present(draft=draft, user=other, section="公募回")
    assert (seen.user, seen.section) == (writer, "公募回")
    with time_machine.travel(timezone.now() + drafts.PRESENT_FOR + timedelta(seconds=1)):
        assert drafts.be_present(draft=draft, user=other, section="公募回") == []


def test_a_preview_link_made_anew_replaces_the_old(draft: Draft, writer: User) -> None:
    first = drafts.open_preview(draft=draft, user=writer).preview_token
    second = drafts.open_preview(draft=draft, user=writer).preview_token
    assert None not in (first, second)
    assert first != second
    assert drafts.close_preview(draft=draft, user=writer).preview_token is None


def test_the_trail_is_never_changed_or_deleted(draft: Draft) -> None:
    entry = AuditEntry.objects.filter(draft=draft)[0]
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(reason="別の理由")
    with pytest.raises(ProtectedError):
        entry.delete()
    with pytest.raises(ProtectedError):
        AuditEntry.objects.all().delete()


def test_of_a_version_one_revision_is_in_force(draft: Draft) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        _second_publication(ends=None)


@pytest.mark.postgresql
def test_two_revisions_are_never_in_force_together() -> None:
    """Nor were they in the past: the exclusion constraint looks at the whole range."""
    version = Version.objects.get(programme__slug="jizokuka")
    first = version.publications.get()
    Publication.objects.filter(pk=first.pk).update(ends=first.starts + timedelta(days=10))
    with pytest.raises(DatabaseError), transaction.atomic():
        _second_publication(ends=first.starts + timedelta(days=20))


def _second_publication(ends: object) -> None:
    first = Publication.objects.get(version__programme__slug="jizokuka")
    old = first.revision
    again = Revision.objects.create(
        version=old.version,
        number=2,
        document=old.document,
        rules_hash=old.rules_hash,
        document_hash=old.document_hash,
        origin=old.origin,
        reason="二つ目",
    )
    Publication.objects.create(version=old.version, revision=again, starts=first.starts + timedelta(days=1), ends=ends)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("a.b", 2, {"a": {"b": 2}, "l": [1, 2]}),
        ("a", None, {"l": [1, 2]}),
        ("l.1", None, {"a": {"b": 1}, "l": [1]}),
        ("l.2", 3, {"a": {"b": 1}, "l": [1, 2, 3]}),
        ("n.m", 1, {"a": {"b": 1}, "l": [1, 2], "n": {"m": 1}}),
        ("", {"x": 1}, {"x": 1}),
    ],
)
def test_a_value_is_put_at_its_path(path: str, value: object, expected: object) -> None:
    data = {"a": {"b": 1}, "l": [1, 2]}
    assert paths.replaced(data, path, value) == expected
    assert data == {"a": {"b": 1}, "l": [1, 2]}


@pytest.mark.parametrize("path", ["l.9", "l.x", "a.b.c", "l.-1"])
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    with pytest.raises(paths.NoSuchPath):
        paths.replaced({"a": {"b": 1}, "l": [1, 2]}, path, 1)
