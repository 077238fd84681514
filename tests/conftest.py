"""Fixtures that more than one test file needs."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models' folder in which every video model is there, tiny and untrained."""
    from tiny_ltx import tiny_ltx_folder
    from tiny_wan import tiny_wan_folder

    folder = tmp_path_factory.mktemp("models")
    tiny_wan_folder(folder / "wan-flf2v", "flf2v")
    tiny_wan_folder(folder / "wan-i2v", "i2v")
    tiny_ltx_folder(folder / "ltx")
    tiny_ltx_folder(folder / "ltx-13b", seed=1)
    return folder


@pytest.fixture
def video_models(tiny_models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The video engines use the tiny models, and few pixels and steps."""
    import torch

    from seine_core.engines.ltx import LTX, LTX13B
    from seine_core.engines.resident import release
    from seine_core.engines.wan import Wan

    monkeypatch.setenv("SEINE_MODELS", str(tiny_models))
    for engine in (Wan, LTX, LTX13B):
        small = {task: replace(native, area=32 * 32) for task, native in engine.native.items()}
        monkeypatch.setattr(engine, "native", small)
        monkeypatch.setattr(engine, "num_inference_steps", dict.fromkeys(small, 2))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # there is less to compute than to hand over
    yield tiny_models
    torch.set_num_threads(threads)
    release()
