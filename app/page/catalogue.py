"""What the page knows of the program: its engines, sizes and limits of the fields."""

from functools import cache
from typing import Any, get_args

from app.page.messages import (
    Catalogue,
    EngineView,
    FormatView,
    Limit,
    ReadingView,
    SampleView,
    Size,
    TemplateView,
    VoiceView,
)
from app.served.media_files import CARD_WIDTH
from app.stories.samples import SAMPLE, samples
from app.work.films import Format
from app.work.model_downloads import eyes_view
from app.work.score_words import meanings
from app.work.studio import Studio
from seine_core.camera import CAMERA_MOVES, PHRASES
from seine_core.engines import engine_names, get_engine
from seine_core.errors import MissingWeights
from seine_core.media.frames import IMAGE_SUFFIXES
from seine_core.media.sound import AUDIO_SUFFIXES
from seine_core.media.video import VIDEO_SUFFIXES
from seine_core.rates import NTSC, Rate, rate_number
from seine_core.story.disk.storage import media_path
from seine_core.story.film.formats import FORMATS
from seine_core.story.model import (
    MAX_TAKES,
    Caption,
    Fit,
    RenderSettings,
    Shot,
    Story,
    Transition,
)
from seine_core.story.sound import SoundClip, Track
from seine_core.story.speech.hearing import missing_hearing
from seine_core.story.speech.voices import Voice, voices
from seine_core.story.subtitles import SUFFIXES
from seine_core.story.templates import TEMPLATES, Template

SIZES = (
    ("16:9, 1280 × 720", 1280, 720),
    ("16:9, 1024 × 576", 1024, 576),
    ("16:9, 768 × 432", 768, 432),
    ("9:16, 720 × 1280", 720, 1280),
    ("9:16, 432 × 768", 432, 768),
    ("1:1, 720 × 720", 720, 720),
    ("1:1, 512 × 512", 512, 512),
    ("4:5, 720 × 900", 720, 900),
    ("4:3, 960 × 720", 960, 720),
    ("21:9, 1344 × 576", 1344, 576),
)
EXPORT_SIZES = (
    ("4K, 3840 × 2160", 3840, 2160),
    ("Full HD, 1920 × 1080", 1920, 1080),
    ("HD, 1280 × 720", 1280, 720),
    ("Vertical, 1080 × 1920", 1080, 1920),
    ("Vertical, 720 × 1280", 720, 1280),
    ("Square, 1080 × 1080", 1080, 1080),
    ("Square, 720 × 720", 720, 720),
)
RATES: tuple[Rate, ...] = (8, 12, 15, 24, 25, 30, 50, 60, *NTSC)
_LIMITED = {
    "shot": Shot,
    "edge": Transition,
    "settings": RenderSettings,
    "sound": SoundClip,
    "track": Track,
    "caption": Caption,
    "story": Story,
}


def catalogue(studio: Studio) -> Catalogue:
    """What does not depend on a story. Engines are looked at anew each time, for their weights may
    have arrived."""
    return Catalogue(
        engines=engines(),
        cameras=list(CAMERA_MOVES),
        sizes=[Size(label=label, width=w, height=h) for label, w, h in SIZES],
        fps=sorted(map(rate_number, RATES)),
        formats=[
            FormatView(
                name=name,
                title=FORMATS[name].title,
                about=FORMATS[name].about,
                kind=FORMATS[name].kind,
                sound=bool(FORMATS[name].audio),
            )
            for name in get_args(Format)
        ],
        export_sizes=[Size(label=label, width=w, height=h) for label, w, h in EXPORT_SIZES],
        fits=list(get_args(Fit)),
        media=",".join((*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)),
        sounds=",".join(AUDIO_SUFFIXES),
        subtitles=",".join(SUFFIXES),
        voices=[_voice(voice) for voice in voices()],
        deaf=_deaf(),
        takes=MAX_TAKES,
        meanings=meanings(),
        eyes=eyes_view(studio.downloads),
        max_upload=studio.uploads.max_bytes,
        samples=[
            SampleView(
                name=name,
                title=shot.title,
                thumb=studio.shelf.picture(media_path(SAMPLE, name), CARD_WIDTH),
            )
            for name, shot in samples().items()
        ],
        templates=[_template(name, template) for name, template in TEMPLATES.items()],
        new_edge=Transition(left="left", right="right"),
        camera_phrases=list(PHRASES),
        readings=_readings(),
        limits={name: _limits(model) for name, model in _LIMITED.items()},
    )


def _voice(voice: Voice) -> VoiceView:
    fault = voice.missing()
    return VoiceView(
        name=voice.name,
        languages=list(voice.languages()),
        missing=fault.for_page() if fault else "",
    )


_PLACES = 4  # of a template's pictures that its small picture shows


def _template(name: str, template: Template) -> TemplateView:
    opening = (template.opening,) if template.opening else ()
    shots = [template.shots[n % len(template.shots)] for n in range(_PLACES)]
    edges = [template.edges[n % len(template.edges)] for n in range(_PLACES - 1)]
    found = [{**template.new_edges, **edge} for edge in edges]
    captions = [
        (*(() if n else opening), *shot.get("captions", ())) for n, shot in enumerate(shots)
    ]
    return TemplateView(
        name=name,
        title=template.title,
        about=template.about,
        width=template.settings["width"],
        height=template.settings["height"],
        card=template.card["colour"] if template.card else None,
        words=[words[0].get("place", "bottom") if words else "" for words in captions],
        looks=[edge["style"] if edge["duration_s"] else "cut" for edge in found],
        export=template.export,
    )


def _deaf() -> str:
    fault = missing_hearing()
    return fault.for_page() if fault else ""


def engines() -> list[EngineView]:
    """The engines: what each can do, or what it misses."""
    found: list[EngineView] = []
    for name in ("auto", *engine_names()):
        try:
            engine = get_engine(name).capabilities
        except MissingWeights as error:
            found.append(EngineView(name=name, title=name, missing=error.for_page()))
            continue
        # Where there is a GPU, another engine may stand for it.
        title = engine.title if engine.name == name else f"Automatic ({engine.title})"
        found.append(
            EngineView(
                name=name,
                title=title,
                description=engine.description,
                tasks=sorted(engine.tasks),
                styles=list(engine.styles),
                cameras=list(engine.cameras),
                uses_prompt=engine.uses_prompt,
                uses_seed=engine.uses_seed,
                seed_shows=engine.seed_shows,
                joins_unlike=engine.joins_unlike,
                framing=engine.framing,
                eyes_missing=engine.sees_with != engine.looks_with,
                missing=engine.missing.for_page() if engine.missing else "",
            )
        )
    return found


def _readings() -> dict[str, ReadingView]:
    found = {}
    for name in ("auto", *engine_names()):
        try:
            engine = get_engine(name).capabilities
        except MissingWeights:
            continue
        if engine.reads is not None:
            words = list(engine.reads.words)
            found[name] = ReadingView(styles=list(engine.reads.styles), words=words)
    return found


@cache
def _limits(model: Any) -> dict[str, Limit]:
    """What is allowed in each field, as the model itself says."""
    limits = {}
    for name, field in model.model_json_schema()["properties"].items():
        found = {
            "min": field.get("minimum", field.get("exclusiveMinimum")),
            "max": field.get("maximum"),
            "length": field.get("maxLength"),
        }
        known = {key: value for key, value in found.items() if value is not None}
        limits[name] = Limit(**known)
    return limits
