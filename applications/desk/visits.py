"""「確認した」: a person keeps up to where they have seen a client's results."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from applications import matching
from applications.access import member_page
from applications.desk.finding import client_or_404, sent_stamp
from applications.models import Membership
from applications.overview import visits
from eligibility.asking.forms import AsOfForm
from eligibility.evaluations import now
from programs import rulebook


@member_page
@require_POST
def confirm(request: HttpRequest, acting: Membership, client_pk: uuid.UUID) -> HttpResponse:
    client, form, rules = client_or_404(acting, client_pk), AsOfForm(request.POST), rulebook.current()
    day = (form.cleaned_data["as_of"] if form.is_valid() else None) or now().day
    evaluation = matching.evaluation_of(client, day=day, rules=rules)
    stamp, seen = sent_stamp(request.POST), request.POST.get("rules", "")
    try:
        visits.confirm(acting=acting, client=client, stamp=stamp, rules_key=seen, evaluation=evaluation, rules=rules)
    except visits.SeenIsOutdated:
        messages.warning(
            request,
            "画面を開いている間に、回答か規則が変わりました。確認の記録は変えていません。"
            "いまの内容を確かめてから、もう一度「確認した」を押してください。",
        )
    else:
        messages.success(request, "確認の記録を、いまの内容にしました。次に開くと、これから変わった点が分かります。")
    address = reverse("supporters:client", kwargs={"client_pk": client.pk})
    return redirect(address if day == now().day else f"{address}?as_of={day}")
