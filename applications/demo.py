"""The demo organisation (デモ): its people, clients and consultations, only where PORTAL_DEMO is on."""
