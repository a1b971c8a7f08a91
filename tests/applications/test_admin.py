from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from applications.models import Summary
from eligibility.checks import NewCheck


def test_staff_find_a_job_by_its_code_and_see_no_answers(client: Client, new_check: NewCheck) -> None:
    client.force_login(get_user_model().objects.create_superuser("officer"))
    summary = Summary.objects.create(
        self_check=new_check.check, context={"x": "秘密"}, code="ABCD-EFGH-IJKL", file="x.pdf", error_detail="Traceback"
    )
    found = client.get(reverse("admin:applications_summary_changelist"), {"q": "ABCD-EFGH-IJKL"}).content.decode()
    shown = client.get(reverse("admin:applications_summary_change", args=[summary.pk])).content.decode()

    assert "ABCD-EFGH-IJKL" in found
    assert "Traceback" in shown
    assert "秘密" not in shown
