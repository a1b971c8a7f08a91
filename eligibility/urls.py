"""Addresses of the self-check. A token in an address is the key to it."""

from django.urls import path, register_converter

from eligibility import doubts, views
from eligibility.asking.questions import Page, questionnaire


class QuestionPage:
    """The key of a page of questions, as the page. Any other word is left to other addresses below the same link."""

    regex = "[a-z-]+"

    def to_python(self, value: str) -> Page:
        page = questionnaire().page(value)
        if page is None:
            raise ValueError(value)
        return page

    def to_url(self, value: str) -> str:
        return value


register_converter(QuestionPage, "question_page")

app_name = "eligibility"

urlpatterns = [
    path("", views.home, name="home"),
    path("check/", views.start, name="start"),
    path("check/deleted/", views.deleted, name="deleted"),
    path("check/<str:owner_token>/results/", views.results, name="results"),
    path("check/<str:owner_token>/share/", views.share, name="share"),
    path("check/<str:owner_token>/delete/", views.delete, name="delete"),
    path("check/<str:owner_token>/as-of/", views.as_of, name="as_of"),
    path("check/<str:owner_token>/counting/", views.counting, name="counting"),
    path("check/<str:owner_token>/doubts/", doubts.doubts, name="doubts"),
    path("check/<str:owner_token>/doubts/<slug:program>/<slug:frame>/", doubts.doubt, name="doubt"),
    path("check/<str:owner_token>/<question_page:found>/", views.page, name="page"),
    path("preview/<str:token>/check/", views.try_draft, name="try_draft"),
    path("r/<str:share_token>/", views.shared, name="shared"),
]
