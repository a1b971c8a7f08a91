from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "applications"
    verbose_name = "支援者の机"

    def ready(self) -> None:
        from applications.access import place_of_member
        from applications.batches import receivers
        from applications.tasks import follow_publication
        from portal.accounts import places
        from programs.lifecycle import add_follower

        places.register(place_of_member)
        receivers.connect()
        add_follower(follow_publication)
