"""A batch of consultation sheets by a real worker, beside bare WeasyPrint on the same HTML.

    .venv/bin/python benchmarks/sheets.py --batches 500x2 150x1

500 sheets by two worker processes, then 150 by one. Everything is made below a temporary folder: a SQLite database,
made-up companies, the broker's files. Before and after each batch some of its sheets are made in a process of its own,
each by the job's own work and then by WeasyPrint alone. Machines drift and are shared, so the share compares processor
time; sheets a second and memory are what was seen. Writes its part of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from itertools import islice
from pathlib import Path
from statistics import fmean, median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

REPORT = ROOT / "docs/benchmarks.md"
AS_OF = date(2023, 10, 17)
SAMPLE = 40  # sheets in each turn beside bare WeasyPrint
WARM_UP = 2  # of them not counted: programmes are read and fonts looked up once
TICKS = os.sysconf("SC_CLK_TCK")
COLUMNS = (
    "worker processes",
    "sheets (failed)",
    "pages",
    "sheets a second",
    "processor time a sheet",
    "peak of a process, sheets",
    "delivery",
    "peak with delivery",
    "ZIP, joined PDF",
)
PAUSE = 0.5  # seconds between two looks at the worker


@dataclass
class Watch:
    """What was seen of a worker's processes, by process id."""

    peak_kilobytes: dict[int, int] = field(default_factory=dict)
    cpu_seconds: dict[int, float] = field(default_factory=dict)

    def look(self, parent: int) -> None:
        for pid in _children(parent):
            try:
                status = Path(f"/proc/{pid}/status").read_text()
                parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except FileNotFoundError:
                continue
            found = re.search(r"VmHWM:\s+(\d+)", status)
            self.peak_kilobytes[pid] = int(found[1]) if found else 0
            self.cpu_seconds[pid] = (int(parts[11]) + int(parts[12])) / TICKS


@dataclass(frozen=True)
class Turn:
    """Means of one turn, processor seconds a sheet: of the job's own work, of WeasyPrint alone."""

    sheets: int
    job: float
    alone: float

    @property
    def share(self) -> float:
        return self.alone / self.job


def _children(parent: int) -> Iterator[int]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parts = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parts[1]) == parent:
            yield int(path.parent.name)


def prepare(count: int) -> None:
    """Schema, programmes, an organisation with so many made-up companies."""
    from django.core.management import call_command

    from applications.clients import clients
    from applications.models import Membership, Organisation
    from eligibility.impacts.population import companies
    from portal.accounts.models import User

    call_command("migrate", verbosity=0)
    call_command("load_programs", verbosity=0, stdout=StringIO())
    organisation = Organisation.objects.create(name="測定商工会", kind=Organisation.Kind.SHOKOKAI, prefecture="36")
    user = User.objects.create_user("measured")
    acting = Membership.objects.create(organisation=organisation, user=user)
    for number, profile in enumerate(islice(companies(), count), 1):
        clients.create(acting=acting, values={"name": f"測定企業{number:04} 株式会社"}, profile=profile)


def bare() -> None:
    """In a process of its own, sheet by sheet in turn: what the job does from the client's row to the PDF's bytes, and
    WeasyPrint alone on the same HTML. Prints processor seconds of both for each sheet."""
    from django.utils import timezone
    from weasyprint import HTML

    from applications.models import Client, Sheet
    from applications.papers.content import content_hash, verification_code
    from applications.sheets.document import freeze, sheet_html
    from portal.common.pdf import render_pdf
    from programs import rulebook

    def job(client: Client) -> str:
        context = freeze(
            client=client,
            kind=Sheet.Kind.DRAFT,
            as_of=AS_OF,
            rules=rulebook.current(),
            today=timezone.localdate(),
            adviser="測定",
        )
        html = sheet_html(context, code=verification_code(content_hash(context)))
        render_pdf(html)
        return html

    found = list(Client.objects.select_related("organisation").order_by("name"))
    times = []
    for client in found[:: max(1, len(found) // SAMPLE)][:SAMPLE]:
        gc.collect()
        start = time.process_time()
        html = job(client).replace("static:", f"file://{ROOT}/static/")
        of_job = time.process_time() - start
        gc.collect()  # of what it made itself, each pays for what it collects in its own time
        start = time.process_time()
        HTML(string=html).write_pdf(pdf_variant="pdf/ua-1")
        times.append((of_job, time.process_time() - start))
    print(json.dumps(times[WARM_UP:]))  # noqa: T201


def run_bare() -> Turn:
    done = subprocess.run([sys.executable, __file__, "--bare"], check=True, capture_output=True, text=True)  # noqa: S603 - ourselves
    times = json.loads(done.stdout.splitlines()[-1])
    return Turn(len(times), fmean(job for job, _ in times), fmean(alone for _, alone in times))


def run_batch(sheets: int, workers: int) -> dict[str, Any]:
    """So many clients in one batch by so many worker processes, the delivery included."""
    from django.db.models import Max, Min

    from applications.batches import batches
    from applications.models import Client, Delivery, Membership, Sheet
    from portal.common.jobs import JobState

    acting = Membership.objects.select_related("organisation", "user").get()
    keys = list(Client.objects.order_by("name").values_list("pk", flat=True)[:sheets])
    batch = batches.create(acting=acting, key=uuid.uuid4(), clients=keys, as_of=AS_OF)
    watch = Watch()
    with _worker(workers) as process:
        while not Delivery.objects.filter(batch=batch, state=JobState.DONE).exists():
            if process.poll() is not None:
                raise RuntimeError("the worker ended")
            watch.look(process.pid)
            if Sheet.objects.filter(batch=batch, state__in=(JobState.QUEUED, JobState.RUNNING)).exists():
                sheets_cpu = sum(watch.cpu_seconds.values())
                sheets_peak = max(watch.peak_kilobytes.values(), default=0)
            time.sleep(PAUSE)
    span = Sheet.objects.filter(batch=batch).aggregate(begun=Min("claimed_at"), ended=Max("finished_at"))
    delivery = Delivery.objects.get(batch=batch)
    assert delivery.claimed_at and delivery.finished_at  # noqa: S101 - it is done
    done = Sheet.objects.filter(batch=batch, state=JobState.DONE).count()
    return {
        "workers": workers,
        "sheets": len(keys),
        "failed": len(keys) - done,
        "pages": delivery.pages,
        "rate": len(keys) / (span["ended"] - span["begun"]).total_seconds(),
        "cpu": sheets_cpu / len(keys),
        "peak": sheets_peak,
        "delivery_seconds": (delivery.finished_at - delivery.claimed_at).total_seconds(),
        "delivery_peak": max(watch.peak_kilobytes.values()),
        "archive": delivery.archive_size,
        "joined": delivery.joined_size,
    }


@contextmanager
def _worker(concurrency: int) -> Iterator[subprocess.Popen[bytes]]:
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "--concurrency", str(concurrency), *quiet]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def report(batches: list[dict[str, Any]], turns: list[Turn]) -> str:
    """This benchmark's part of the page."""
    import django
    import pikepdf
    import weasyprint

    shares = sorted(turn.share for turn in turns)
    alone, own = median(turn.alone for turn in turns), median(turn.job for turn in turns)
    versions = f"Python {platform.python_version()}, Django {django.__version__}, WeasyPrint {weasyprint.__version__}"
    lines = [
        f"{os.cpu_count()} cores, {_memory()} of memory, {platform.system()}; {versions}, "
        f"pikepdf {pikepdf.__version__}; SQLite, messages as files; load of the machine at the end "
        f"{os.getloadavg()[0]:.1f}, so other work shared the cores where it is above 2.",
        "",
        f"One sheet is made at **{median(shares):.0%} of the speed of bare WeasyPrint** "
        f"({shares[0]:.0%}–{shares[-1]:.0%} in {len(turns)} turns of {turns[0].sheets} sheets): WeasyPrint alone takes "
        f"{alone * 1000:.0f} ms of processor time, the job's own work {own * 1000:.0f} ms.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "|---" * len(COLUMNS) + "|",
    ]
    for run in batches:
        cells = (
            f"{run['workers']}",
            f"{run['sheets']} ({run['failed']})",
            f"{run['pages']}",
            f"{run['rate']:.2f}",
            f"{run['cpu'] * 1000:.0f} ms",
            _megabytes(run["peak"]),
            f"{run['delivery_seconds']:.0f} s",
            _megabytes(run["delivery_peak"]),
            f"{run['archive'] / 1e6:.0f} MB, {run['joined'] / 1e6:.0f} MB",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _megabytes(kilobytes: float) -> str:
    return f"{kilobytes / 1024:.0f} MB"


def _memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB"


def write_report(text: str) -> None:
    begin, end = "<!-- sheets -->", "<!-- /sheets -->"
    page = REPORT.read_text(encoding="utf-8")
    before, _, rest = page.partition(begin)
    REPORT.write_text(f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}", encoding="utf-8")


def _batch(text: str) -> tuple[int, int]:
    sheets, _, workers = text.partition("x")
    return int(sheets), int(workers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=_batch, nargs="+", default=[(500, 2), (150, 1)], metavar="SHEETSxWORKERS")
    parser.add_argument("--print", action="store_true", help="print the part instead of writing docs/benchmarks.md")
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    import django

    if options.bare:
        django.setup()
        bare()
        return
    with tempfile.TemporaryDirectory(prefix="shirube-benchmark-") as folder:
        os.environ |= {"PORTAL_VAR_DIR": folder, "DJANGO_SETTINGS_MODULE": "portal.settings.local", "PORTAL_DEMO": ""}
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        django.setup()
        prepare(max(sheets for sheets, _ in options.batches))
        turns, runs = [run_bare()], []
        for sheets, workers in options.batches:
            runs.append(run_batch(sheets, workers))
            turns.append(run_bare())
        text = report(runs, turns)
    if options.print:
        print(text)  # noqa: T201
    else:
        write_report(text)


if __name__ == "__main__":
    main()
