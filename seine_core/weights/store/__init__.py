"""The model manager: what each engine needs, what of it is here, and how to get the rest."""

from seine_core.weights.store.catalogue import MODELS, Licence, Model, Part, find
from seine_core.weights.store.fetch import Download, DownloadReport, download
from seine_core.weights.store.shelf import (
    ModelStatus,
    PartStatus,
    by_hand,
    list_models,
    models_folder,
    own_folder,
    path,
    shown_folder,
    shown_root,
    status,
    trained_folders,
    wrong_hashes,
)

__all__ = [
    "MODELS",
    "Download",
    "DownloadReport",
    "Licence",
    "Model",
    "ModelStatus",
    "Part",
    "PartStatus",
    "by_hand",
    "download",
    "find",
    "list_models",
    "models_folder",
    "own_folder",
    "path",
    "shown_folder",
    "shown_root",
    "status",
    "trained_folders",
    "wrong_hashes",
]
