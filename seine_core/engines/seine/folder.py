"""A model of the family in a folder of its own, as `train` writes it."""

import hashlib
from pathlib import Path
from typing import Any

from seine_core.engines.local.local_pipeline import keep
from seine_core.errors import MissingWeights


def read_folder(folder: Path, name: str, again: str) -> Any:
    """The pipeline in a folder, placed and kept. `again` says how to come by a whole one.

    Raises:
        MissingWeights: the folder cannot be read.
    """

    def read() -> Any:
        import diffusers

        from seine_core.pipeline.pipeline import SeinePipeline
        from seine_core.pipeline.placement import choose_device, choose_dtype

        diffusers.utils.logging.disable_progress_bar()
        try:
            pipeline = SeinePipeline.from_pretrained(
                folder,
                dtype=choose_dtype("auto", choose_device()),
                local_files_only=True,
                use_safetensors=True,
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            said = " ".join(str(error).split())[:200]
            raise MissingWeights(
                "cannot be read", subject=folder, reason=said, advice=again
            ) from None
        return pipeline.place()

    return keep(f"{folder}@{stamp(folder)}", name, read)


def stamp(folder: Path) -> int:
    """Changes with the weights, as far as can be told without reading them."""
    files = [(path, path.stat()) for path in sorted(folder.rglob("*.safetensors"))]
    about = [(path.name, stat.st_size, stat.st_mtime_ns) for path, stat in files]
    return int.from_bytes(hashlib.blake2b(repr(about).encode(), digest_size=6).digest(), "big")
