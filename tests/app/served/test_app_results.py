"""What programs were made goes after a day, and where there is no room."""

from pathlib import Path

import pytest

from app.served.results import Results


class Kept:
    def __init__(self, folder: Path, max_bytes: int = 10**9) -> None:
        self.now = 0.0
        self.results = Results(folder, max_bytes=max_bytes, clock=lambda: self.now)

    def made(self, person: str = "ada", size: int = 100) -> Path:
        folder = self.results.begin()
        folder.mkdir(parents=True)
        (folder / "film.mp4").write_bytes(bytes(size))
        self.results.keep(folder, person)
        return folder


def test_a_day_is_over(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    first = kept.made()
    kept.now = 24 * 3600.0
    second = kept.made()
    assert first.exists()
    kept.now += 1
    third = kept.made("bob")
    assert not first.exists() and second.exists() and third.exists()


def test_a_person_has_so_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.served.results._EACH", 2)
    kept = Kept(tmp_path)
    bobs = kept.made("bob")
    first, second, third = (kept.made() for _ in range(3))
    assert [one.exists() for one in (first, second, third, bobs)] == [False, True, True, True]


def test_all_have_so_much_and_the_newest_stays(tmp_path: Path) -> None:
    kept = Kept(tmp_path, max_bytes=250)
    first, second, third = (kept.made(who) for who in ("ada", "bob", "eve"))
    assert not first.exists() and second.exists() and third.exists()
    large = kept.made("ada", 1000)
    assert large.exists() and not second.exists() and not third.exists()


def test_an_earlier_runs_are_gone(tmp_path: Path) -> None:
    made = Kept(tmp_path).made()
    Kept(tmp_path)
    assert not made.exists()
