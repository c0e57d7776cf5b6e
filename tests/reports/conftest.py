"""A worker's work within the test: what was asked for is produced at once, in the same process."""

from __future__ import annotations

import pytest

from crm.reports import actions
from crm.reports.printing import Job


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Printing without the printer: the jobs that were printed; each gives a tiny file. tests/reports/test_pdf.py
    prints for real."""
    jobs: list[Job] = []

    async def print_pdf(job: Job) -> bytes:
        jobs.append(job)
        return b"%PDF-1.7 " + str(len(jobs)).encode()

    monkeypatch.setattr(actions, "print_pdf", print_pdf)
    return jobs
