"""The thumbs under a reply, and the form that asks why."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from conversations.models import Rating, RatingReason
from conversations.models.review.rating import COMMENT_LIMIT
from conversations.review.ratings import VALUES, RatingRefused, rate, rating_of, take_back
from conversations.views.access import member_required, problem
from conversations.views.lookups import member_of, visible_message

GOOD = (RatingReason.CORRECT, RatingReason.STYLE, RatingReason.LENGTH, RatingReason.OTHER)
"""The reasons that go with a thumb up."""


class RatingForm(forms.Form):
    """Why; both may stay empty."""

    reason = forms.ChoiceField(label=_("What was it?"), choices=RatingReason.choices, required=False)
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=COMMENT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def rating(request: HttpRequest, message: int) -> HttpResponse:
    """GET: the form, filled with what was said before. POST: `thumb` is `up`, `down`, or empty to take it back."""
    user, found = member_of(request), visible_message(request, message)
    if request.method != "POST":
        return _form(request, rating_of(user, found), None)
    thumb = request.POST.get("thumb", "")
    if not thumb:
        take_back(user, found)
        return HttpResponse(status=204)
    if thumb not in VALUES:
        return problem(422, "thumb", str(_("A thumb is up or down.")))
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _form(request, rating_of(user, found), form)
    try:
        rate(user, found, VALUES[thumb], **form.cleaned_data)
    except RatingRefused as refusal:
        return problem(409, refusal.code, str(_("Only a finished reply can be rated.")))
    return HttpResponse(status=204)


def _form(request: HttpRequest, kept: Rating | None, bound: RatingForm | None) -> HttpResponse:
    initial = {"reason": kept.reason, "comment": kept.comment} if kept else {}
    form = bound or RatingForm(initial=initial)
    offered = GOOD if request.GET.get("thumb") == "up" else RatingReason.values
    reasons = [(value, label) for value, label in RatingReason.choices if value and value in offered]
    return render(request, "chat/review/_rating.html", {"form": form, "reasons": reasons}, status=422 if bound else 200)
