"""「この判定はおかしい？」: a company doubts an answer, an officer looks at the proof and answers.

Each is one transaction.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from eligibility.models import SelfCheck, Ticket
from eligibility.report_parts import FrameReport, ProgrammeReport, Report
from programs.audit import record
from programs.paths import stamp

if TYPE_CHECKING:
    from portal.accounts.models import User

# So many unanswered ones of a check; nobody is helped by more.
OPEN_AT_ONCE = 10


class TicketRefused(Exception):
    """A ticket that cannot be opened or answered. The message, in Japanese, is shown."""


@dataclass(frozen=True, slots=True)
class Doubted:
    """One frame of a result that can be doubted. `key` is 「program/frame」."""

    programme: ProgrammeReport
    frame: FrameReport

    @property
    def key(self) -> str:
        return f"{self.programme.slug}/{self.frame.slug}"

    @property
    def label(self) -> str:
        return f"{self.programme.short_name}　{self.frame.name}：{self.frame.verdict_label}"


def doubtable(report: Report) -> list[Doubted]:
    """Every frame of the result, in the order of the page."""
    return [Doubted(programme, frame) for programme in report.programmes for frame in programme.frames]


def proof_of(doubted: Doubted, report: Report) -> dict[str, Any]:
    """What the page showed of the frame, with the day, the revision and the hash that reproduce it."""
    programme = doubted.programme
    return {
        "as_of": report.as_of,
        "programme": programme.name,
        "revision": programme.revision,
        "rules_hash": programme.rules_hash,
        "frame": asdict(doubted.frame),
    }


@transaction.atomic
def open_ticket(*, check: SelfCheck, report: Report, key: str, requirement: str, message: str) -> Ticket:
    """Send a doubt about one frame of the check's result. Raises TicketRefused."""
    row = SelfCheck.objects.select_for_update(of=("self",)).get(pk=check.pk)
    doubted = next((each for each in doubtable(report) if each.key == key), None)
    if doubted is None:
        raise TicketRefused("結果が変わったため、その枠は今の結果にありません。もう一度選んでください。")
    if row.tickets.filter(state=Ticket.State.OPEN).count() >= OPEN_AT_ONCE:
        raise TicketRefused(f"回答を待っている質問が{OPEN_AT_ONCE}件あります。回答が届いてから送ってください。")
    known = {each.id for each in doubted.frame.rows}
    return Ticket.objects.create(
        self_check=row,
        program=doubted.programme.slug,
        version=doubted.programme.version,
        frame=doubted.frame.slug,
        requirement=requirement if requirement in known else "",
        message=message,
        proof=proof_of(doubted, report),
        rules_hash=doubted.programme.rules_hash,
    )


@transaction.atomic
def answer_ticket(*, ticket: Ticket, answer: str, user: User, seen: str) -> Ticket:
    """The officer's words, which the company reads on its result. May be improved later.

    `seen`: the stamp of the answer that this officer's page showed. Another officer's newer one is not overwritten:
    raises TicketRefused.
    """
    row = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
    if stamp(row.answer) != seen:
        raise TicketRefused(f"先に{row.answered_by}さんが回答しています。下の回答を確かめてから直してください。")
    row.answer, row.answered_by, row.answered_at = answer, user, timezone.now()
    row.state = Ticket.State.ANSWERED
    row.save(update_fields=["answer", "answered_by", "answered_at", "state"])
    # Not the words: they may speak of the company, which can delete its check and with it the ticket.
    record(
        "判定への質問に回答", user=user, program=row.program, version=row.version, place=f"{row.frame}（質問{row.pk}）"
    )
    return row
