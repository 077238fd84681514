"""The figures that the paper states, to stand beside one's own.

SEINE, arXiv 2310.20700: table of the quantitative comparison, and its user study.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Published:
    """A row of the paper's table. `preferred`: the fraction of samples in which raters
    preferred SEINE to this method."""

    method: str
    engine: str  # what this project has of the kind
    clipsim_text: float
    clipsim_scenes: float
    clipsim_frames: float
    preferred: float | None = None


SOURCE = "SEINE, arXiv 2310.20700"
PROTOCOL = (
    "MSR-VTT test, 2,990 videos, one random caption each, scenes are frames 1 and 64; "
    "user study: 100 videos, 10 raters"
)
COMPARABLE = (
    "Set your own CLIPSIM beside these only for the same videos and frames and the same CLIP: "
    "another set of pairs, and another CLIP backbone, move the figures by more than the methods "
    "differ."
)
PUBLISHED = (
    Published(
        method="Morphing",
        engine="morph",
        clipsim_text=0.2535,
        clipsim_scenes=0.7707,
        clipsim_frames=0.9569,
        preferred=0.83,
    ),
    Published(
        method="VQGAN-based",
        engine="vqgan",
        clipsim_text=0.2528,
        clipsim_scenes=0.7389,
        clipsim_frames=0.9542,
        preferred=0.85,
    ),
    Published(
        method="SD-based",
        engine="sd",
        clipsim_text=0.2665,
        clipsim_scenes=0.6080,
        clipsim_frames=0.8809,
        preferred=0.92,
    ),
    Published(
        method="SEINE",
        engine="seine",
        clipsim_text=0.2726,
        clipsim_scenes=0.7740,
        clipsim_frames=0.9675,
    ),
)
