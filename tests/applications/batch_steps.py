"""What a portal of a test's own is told to do: `python -m tests.applications.batch_steps prepare 12`, or `tend`.

`prepare N`: programmes, an organisation with N clients, a batch of all of them. `tend`: what beat does every minute,
every half second.
"""

from __future__ import annotations

import sys
import time
import uuid
from datetime import date


def prepare(count: int) -> None:
    from applications.batches import batches
    from programs.documents import fixtures_root, read_documents
    from programs.loading import load_documents
    from tests.applications.supporters import adviser, client_of

    # One programme: what is tried is what happens to a sheet, not what it says.
    load_documents([document for document in read_documents(fixtures_root()) if document.program == "jizokuka"])
    acting = adviser()
    chosen = [client_of(acting, f"企業{number:02}").pk for number in range(count)]
    batches.create(acting=acting, key=uuid.uuid4(), clients=chosen, as_of=date(2023, 10, 17))


def tend() -> None:
    from django.db import DatabaseError, close_old_connections

    from applications.tasks import settle_batches
    from portal.common.tasks import sweep_jobs

    while True:
        for task in (sweep_jobs, settle_batches):
            try:
                task()
            except DatabaseError as error:  # the server is being restarted; beat's next run finds it
                sys.stderr.write(f"{error}\n")
            close_old_connections()
        time.sleep(0.5)


if __name__ == "__main__":
    import django

    django.setup()
    if sys.argv[1] == "prepare":
        prepare(int(sys.argv[2]))
    else:
        tend()
