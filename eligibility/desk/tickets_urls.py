"""Addresses of the desk: doubts of companies."""

from django.urls import path

from eligibility.desk import tickets

urlpatterns = [
    path("", tickets.tickets, name="tickets"),
    path("<int:ticket_pk>/", tickets.ticket, name="ticket"),
]
