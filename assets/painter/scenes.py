"""The sample story's scenes, and how a scene becomes a finished picture."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from assets.painter.brush import finished
from assets.painter.city import city
from assets.painter.forest import forest
from assets.painter.lighthouse import lighthouse
from assets.painter.mountains import mountains
from assets.painter.night_sky import night_sky
from assets.painter.noise import Size
from assets.painter.sea import sea

SAMPLE_SIZE: Size = (1024, 576)
OVERSAMPLING = 2


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A picture of the story: its file name, who paints it, and the seed we liked."""

    file_name: str
    paint: Callable[[Size, np.random.Generator], np.ndarray]
    seed: int


SCENES = (
    Scene(file_name="01-mountain-dawn.png", paint=mountains, seed=7),
    Scene(file_name="02-forest-stream.png", paint=forest, seed=7),
    Scene(file_name="03-golden-sea.png", paint=sea, seed=7),
    Scene(file_name="04-lighthouse-dusk.png", paint=lighthouse, seed=7),
    Scene(file_name="05-city-night.png", paint=city, seed=7),
    Scene(file_name="06-above-the-clouds.png", paint=night_sky, seed=7),
)


def picture(scene: Scene, size: Size = SAMPLE_SIZE, oversampling: int = OVERSAMPLING) -> np.ndarray:
    """A scene painted large, brought down to `size` and grained; uint8 [h w 3]."""
    scene_rng, grain_rng = np.random.default_rng(scene.seed).spawn(2)
    large = (size[0] * oversampling, size[1] * oversampling)
    canvas = np.clip(scene.paint(large, scene_rng), 0.0, 1.0).astype(np.float32)
    small = cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)
    return finished(small, grain_rng)
