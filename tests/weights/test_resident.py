"""One model at a time, loaded once."""

import weakref

import pytest

from seine_core.weights.resident import release, resident, resident_name


class Model:
    pass


@pytest.fixture(autouse=True)
def nothing_left():  # type: ignore[no-untyped-def]
    yield
    release()


def test_loaded_once_and_kept() -> None:
    loads: list[str] = []
    first = resident("a", lambda: loads.append("a") or Model())
    assert resident("a", lambda: loads.append("again") or Model()) is first
    assert loads == ["a"] and resident_name() == "a"


def test_the_next_model_takes_the_place_of_the_last() -> None:
    first = weakref.ref(resident("a", Model))
    resident("b", lambda: Model() if first() is None else pytest.fail("both are in memory"))
    assert resident_name() == "b"


def test_a_failed_load_leaves_nothing() -> None:
    with pytest.raises(MemoryError):
        resident("a", lambda: (_ for _ in ()).throw(MemoryError()))
    assert resident_name() is None


def test_release_gives_the_memory_back() -> None:
    model = weakref.ref(resident("a", Model))
    release()
    assert model() is None and resident_name() is None


def test_small_models_stay_beside_the_engines() -> None:
    engine, small = resident("a", Model), weakref.ref(resident("b", Model, place="depth"))
    assert resident("a", Model) is engine and resident_name() == "a"
    assert resident("b", Model, place="depth") is small()
    release()
    assert small() is None and resident_name() is None
