from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    name = "eligibility"
    verbose_name = "適格性"

    def ready(self) -> None:
        from eligibility import cases
        from eligibility.impacts import previews as impact
        from programs.desk.pages import add_notice
        from programs.desk.tabs import Tab, add_tab
        from programs.lifecycle import add_follower, add_gate

        add_tab(Tab("cases", "事例", "desk_checks:cases", 40))
        add_gate(cases.gate)
        add_follower(cases.follow)
        add_notice(cases.notice)
        add_tab(Tab("impact", "影響", "desk_checks:impact", 50))
        add_notice(impact.notices)
