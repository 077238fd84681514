"""Land, waves and clouds as height fields seen in perspective.

A field is given on a fan of sight lines: one row per depth, near first, one column per picture
column. Nearer rows hide farther ones, so silhouettes overlap as they would outdoors.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from assets.painter.noise import Size


@dataclass(frozen=True, kw_only=True)
class View:
    """A level camera. horizon: y of the horizon; eye: height above 0; focal: in picture heights."""

    size: Size
    horizon: float
    eye: float
    focal: float
    near: float
    far: float
    slices: int = 600

    @property
    def depth(self) -> np.ndarray:
        """Distance of each slice [d 1], evenly spaced on the ground as the eye sees it."""
        return np.geomspace(self.near, self.far, self.slices)[:, None].astype(np.float32)

    @property
    def across(self) -> np.ndarray:
        """World x of every slice and column [d w]; the picture's middle is 0."""
        width, height = self.size
        x = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) / height
        return x[None, :] * self.depth / self.focal


def sampled(texture: np.ndarray, across: np.ndarray, depth: np.ndarray, span: float) -> np.ndarray:
    """A mirrored square texture [n n], `span` world units wide, read at world places [d w]."""
    n = texture.shape[0]
    x = np.broadcast_to(across / span * n, across.shape).astype(np.float32)
    z = np.broadcast_to(depth / span * n, across.shape).astype(np.float32)
    return cv2.remap(texture, x, z, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def seen(view: View, height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which slice each pixel shows, as a fraction [h w], and where any is seen (bool [h w])."""
    rows = view.size[1]
    y = view.horizon + view.focal * (view.eye - height) / view.depth
    skyline = np.minimum.accumulate(y, axis=0)
    centres = (np.arange(rows) + 0.5) / rows
    slices = np.zeros((rows, skyline.shape[1]), np.float32)
    last = len(skyline) - 1
    for column in range(skyline.shape[1]):
        rising = -skyline[:, column]
        first = np.searchsorted(rising, -centres)
        behind = np.minimum(first, last)
        front = np.maximum(behind - 1, 0)
        gap = np.maximum(rising[behind] - rising[front], 1e-9)
        part = np.clip((-centres - rising[front]) / gap, 0.0, 1.0)
        slices[:, column] = np.where(first > last, last + 1, front + part * (behind > 0))
    return np.minimum(slices, last), slices <= last


def projected(field: np.ndarray, slices: np.ndarray) -> np.ndarray:
    """A field [d w ...] as the picture shows it [h w ...], given `seen`'s slices."""
    columns = np.broadcast_to(np.arange(slices.shape[1], dtype=np.float32), slices.shape)
    return cv2.remap(field.astype(np.float32), np.ascontiguousarray(columns), slices, 1)


def slopes(view: View, height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How steeply a height field rises to the right and away from the eye, both [d w]."""
    rows = view.size[1]
    rise_away = np.gradient(height, view.depth[:, 0], axis=0)
    cell = view.depth / (view.focal * rows)
    return (np.gradient(height, axis=1) / cell).astype(np.float32), rise_away.astype(np.float32)


def lit_field(
    view: View, height: np.ndarray, towards: tuple[float, float, float], softness: float = 0.0
) -> np.ndarray:
    """Lambert light on a height field [d w], 0 to 1; `towards` points right, up and at the eye."""
    right, away = slopes(view, height)
    light = np.array(towards) / np.linalg.norm(towards)
    lambert = (-right * light[0] + light[1] + away * light[2]) / np.sqrt(right**2 + away**2 + 1)
    return np.clip((lambert + softness) / (1.0 + softness), 0.0, 1.0)
