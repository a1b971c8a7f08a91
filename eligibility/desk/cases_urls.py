"""Addresses of the desk: the acceptance cases of a draft."""

from django.urls import path

from eligibility.desk import cases

urlpatterns = [
    path("", cases.cases, name="cases"),
    path("new/", cases.new, name="case_new"),
    path("of/<slug:slug>/", cases.case, name="case"),
    path("of/<slug:slug>/delete/", cases.delete, name="case_delete"),
    path("of/<slug:slug>/move/", cases.move, name="case_move"),
    path("of/<slug:slug>/accept/", cases.accept, name="case_accept"),
    path("of/<slug:slug>/take-back/", cases.take_back, name="case_take_back"),
]
