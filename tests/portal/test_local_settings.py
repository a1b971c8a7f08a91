import stat
from pathlib import Path

from portal.settings.local import local_secret_key


def test_the_secret_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"

    key = local_secret_key(path)

    assert len(key) >= 50
    assert local_secret_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
