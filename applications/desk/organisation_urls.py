"""Addresses: members, invitations, the organisation's own data, the record."""

from django.urls import path

from applications.desk import invitations, members, organisation

urlpatterns = [
    path("members/", members.members, name="members"),
    path("members/invite/", invitations.invite, name="invite"),
    path("members/<int:pk>/role/", members.role, name="member_role"),
    path("members/<int:pk>/leave/", members.leave, name="member_leave"),
    path("members/invitations/<uuid:pk>/resend/", invitations.resend, name="invitation_resend"),
    path("members/invitations/<uuid:pk>/revoke/", invitations.revoke, name="invitation_revoke"),
    path("invitations/<str:token>/", invitations.take_up, name="invitation"),
    path("organisation/", organisation.details, name="organisation"),
    path("record/", organisation.record, name="record"),
]
