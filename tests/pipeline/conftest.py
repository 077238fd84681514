"""A pipeline on models of a few kilobytes with random weights."""

import pytest

from seine_core.pipeline.pipeline import SeinePipeline
from tiny_models import tiny_pipeline


@pytest.fixture(scope="module")
def pipe(tmp_path_factory: pytest.TempPathFactory) -> SeinePipeline:
    return tiny_pipeline(tmp_path_factory.mktemp("tokenizer"))
