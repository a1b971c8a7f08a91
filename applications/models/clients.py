"""Client companies (支援先企業): their profiles with history, what they match, and lists of them from files."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone
from simple_history.models import HistoricalRecords

from applications.models.files import delete_with_row
from applications.models.organisations import Organisation
from eligibility.exact_json import ExactDecoder, ExactEncoder
from portal.common.jobs import Job


class Client(models.Model):
    """One client of one organisation. `profile` is a raw contract profile: what was answered, nothing else.

    `stamp` counts the saves: a form sends the one it was made from, so that nobody overwrites what they have not seen.
    `search_text` is what the list is searched in (see applications.clients.words); written with every save.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="clients", verbose_name="支援機関")
    name = models.CharField("企業名", max_length=200)
    name_kana = models.CharField("フリガナ", max_length=200, blank=True)
    corporate_number = models.CharField("法人番号", max_length=13, blank=True)
    own_key = models.CharField("顧客番号", max_length=50, blank=True)
    profile = models.JSONField("回答", default=dict, blank=True, encoder=ExactEncoder, decoder=ExactDecoder)
    # Keys that were answered 「わからない」; absent from the profile like those never asked.
    unknown = models.JSONField("わからないと答えた項目", default=list, blank=True)
    tags = models.JSONField("タグ", default=list, blank=True)  # list of str
    notes = models.TextField("メモ", max_length=5000, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="担当者"
    )
    is_archived = models.BooleanField("支援終了", default=False)
    stamp = models.PositiveIntegerField(default=1, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    # What the stored matches were made from (applications.matching.key_of): another key means they are stale.
    matched_key = models.CharField(max_length=100, blank=True, editable=False)
    created_at = models.DateTimeField("登録日時", default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField("最終変更", default=timezone.now)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    # Each save by `applications.clients.clients` is one historical row with who, when and why; gone with the client.
    history = HistoricalRecords(
        excluded_fields=["search_text", "matched_key", "created_at", "created_by", "updated_at", "updated_by"],
        cascade_delete_history=True,
        history_change_reason_field=models.CharField(max_length=100, null=True),
    )

    class Meta:
        verbose_name = verbose_name_plural = "支援先企業"
        ordering = ("name", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "corporate_number"],
                condition=~models.Q(corporate_number=""),
                name="client_once_per_corporate_number",
            ),
            models.UniqueConstraint(
                fields=["organisation", "own_key"], condition=~models.Q(own_key=""), name="client_once_per_own_key"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "is_archived", "name"], name="client_by_name")]

    def __str__(self) -> str:
        return self.name


class Match(models.Model):
    """What one frame says of one client (適格の一覧), stored so that thousands of clients can be counted and listed.

    Made by applications.matching from the explaining evaluation; the client's page itself always evaluates anew.
    Amounts are null on `not_eligible` and where the source settles none. A tax deduction is no subsidy: `kind` tells.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="matches")
    program = models.CharField(max_length=60)
    version = models.CharField(max_length=60)
    frame = models.CharField(max_length=60)
    verdict = models.CharField(max_length=12)
    open_review = models.PositiveSmallIntegerField(default=0)
    missing = models.PositiveSmallIntegerField(default=0)  # how many facts could still move it
    kind = models.CharField(max_length=25)  # of the benefit, as the contract names it
    amount_low = models.BigIntegerField(null=True)
    amount_high = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "program", "frame"], name="match_once_per_frame"),
        ]
        indexes = [models.Index(fields=["program", "frame", "verdict"], name="match_by_frame")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.program}/{self.frame}: {self.verdict}"


class Visit(models.Model):
    """Up to where a person has seen a client's results (確認済みの時点): what changed since is shown against it.

    `verdicts`: {"program/frame": the fields of applications.overview.snapshots.FrameState} of that time.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="visits")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(default=timezone.now)
    as_of = models.DateField()
    stamp = models.PositiveIntegerField()
    verdicts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "user"], name="visit_once_per_person")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.client_id} {timezone.localtime(self.seen_at):%Y-%m-%d %H:%M}"


class ClientImport(Job):
    """A list of clients from a file (取り込み), in two jobs of one row: read and compare, then, once confirmed, store.

    `stage` says which of the two it is at. Nothing is stored in clients before the user confirms.
    """

    class Stage(models.TextChoices):
        READING = "reading", "読み取り中"
        WAITING = "waiting", "確認待ち"
        STORING = "storing", "登録中"
        STORED = "stored", "登録済み"
        DISMISSED = "dismissed", "取りやめ"

    doorbell = "applications.tasks.import_clients"

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="imports", verbose_name="支援機関")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="依頼者")
    stage = models.CharField("段階", max_length=10, choices=Stage.choices, default=Stage.READING)
    file = models.FileField("ファイル", max_length=100, editable=False)
    file_name = models.CharField("ファイル名", max_length=200)
    # How each column was read: [{"letter", "heading", "key", "label", "warning"?}]; key "" for one that is left out.
    columns = models.JSONField(default=list)
    # {"new", "changed", "same", "broken", "stored", "skipped"}: rows by state.
    counts = models.JSONField(default=dict)

    class Meta(Job.Meta):
        verbose_name = verbose_name_plural = "取り込み"
        ordering = ("-created_at",)

    @property
    def file_path(self) -> str:
        return self.file.name or ""


class ImportRow(models.Model):
    """One row of a list as it was read. `values`: fields of a client by name, the profile's facts under "profile", the
    row's own texts under "cells"; emptied once the row is stored.

    `changes`: [[label, before, after]] for the preview; `problems`: [{"column", "letter", "cell", "message"}], warnings
    where the row is good.
    """

    class State(models.TextChoices):
        NEW = "new", "新規"
        CHANGED = "changed", "更新"
        SAME = "same", "変更なし"
        BROKEN = "broken", "エラー"
        STORED = "stored", "登録済み"
        SKIPPED = "skipped", "見送り"

    imported = models.ForeignKey(ClientImport, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField("行")  # as the file counts it, from 1
    state = models.CharField("状態", max_length=8, choices=State.choices)
    name = models.CharField("企業名", max_length=200, blank=True)
    values = models.JSONField(default=dict, encoder=ExactEncoder, decoder=ExactDecoder)
    changes = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    client = models.ForeignKey(Client, models.SET_NULL, null=True, related_name="+")
    # Of the client when the row was compared: a later save in between is not overwritten unseen.
    client_stamp = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=["imported", "number"], name="import_row_once")]
        indexes = [models.Index(fields=["imported", "state"], name="import_row_by_state")]

    def __str__(self) -> str:
        return f"{self.number}: {self.get_state_display()}"


@receiver(post_delete, sender=ClientImport)
def delete_import_file(instance: ClientImport, **kwargs: Any) -> None:
    delete_with_row(instance.file)
