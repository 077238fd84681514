"""Templates: the kinds of films that a new story can be, and what pictures become in each.

All that tells one from another stands in `TEMPLATES`; a story keeps the name of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.many_edits import set_each
from seine_core.story.model import CardSource, NewEdges, Shot, Source, Story, VideoSource

Fields = Mapping[str, Any]
New = tuple[Source, Fields]  # what is seen in a new shot, and its own title and length

_STORY, _PICTURE = "{story}", "{picture}"  # in words: the title of the story, and of the picture


@dataclass(frozen=True, kw_only=True)
class Template:
    """A kind of film. `shots` are the fields of its pictures as they come, again and again, and
    `edges` of the transition behind each, where it is not as `new_edges` are. A video is no longer
    than a picture would be."""

    title: str
    about: str
    settings: Fields
    new_edges: Fields
    shots: tuple[Fields, ...]
    edges: tuple[Fields, ...] = ({},)
    card: Fields | None = None  # a title card, before the first picture
    opening: Fields | None = None  # words over the first picture
    export: str  # the preset that such films go out with
    beats: int = 0  # its cuts are on each so manieth beat of its music; 0: they are not


def _words(text: str, **look: Any) -> Fields:
    return {"captions": ({"text": text, **look},)}


_HEADLINE = {"text": _STORY, "style": "headline", "place": "centre"}

TEMPLATES: dict[str, Template] = {
    "travel-reel": Template(
        title="Travel reel",
        about="Upright, quick moves, whip pans, the title over the first picture",
        settings={"width": 720, "height": 1280, "fade_out_s": 0.5, "loudness": "web"},
        new_edges={"duration_s": 0.5, "style": "whip-pan"},
        shots=tuple(
            {"duration_s": 1.8, "camera": camera, "strength": 1.3}
            for camera in ("zoom-in", "pan-right", "zoom-out", "pan-left")
        ),
        edges=({}, {"style": "push"}),
        opening=_HEADLINE,
        export="vertical",
    ),
    "before-after": Template(
        title="Before and after",
        about="Pictures in pairs: a slow wipe from each Before to its After",
        settings={"width": 720, "height": 720},
        new_edges={"duration_s": 0.6, "style": "dip-to-black"},
        # Still and in the middle, so that what has not changed stays where it is.
        shots=tuple(
            {
                **{"duration_s": 1.8, "camera": "still", "focus": (0.5, 0.5)},
                **_words(words, style="box"),
            }
            for words in ("Before", "After")
        ),
        edges=({"duration_s": 1.5, "style": "wipe-right"}, {}),
        export="square",
    ),
    "product": Template(
        title="Product",
        about="Each picture whole and in close motion, with its name, after a bright title card",
        settings={"width": 720, "height": 900, "fade_out_s": 0.6, "loudness": "web"},
        new_edges={"duration_s": 0.7, "style": "film-dissolve"},
        shots=tuple(
            {
                **{"duration_s": 2.6, "camera": camera, "strength": 0.7, "fit": "blur"},
                **_words(_PICTURE, style="lower-third"),
            }
            for camera in ("zoom-in", "dolly-in", "zoom-out")
        ),
        card={
            **{"duration_s": 1.8, "colour": "#f1efe9"},
            **_words(_STORY, style="plain", place="centre", colour="#18181b", weight=700),
        },
        export="vertical",
    ),
    "animatic": Template(
        title="Animatic",
        about="Drawings of two seconds each, whole, with cuts, and a line of words under each",
        settings={"width": 1280, "height": 720, "fit": "contain"},
        new_edges={"duration_s": 0.0},
        shots=({"duration_s": 2.0, "camera": "still", **_words(_PICTURE, style="band")},),
        card={"duration_s": 1.5, "colour": "#101014", **_words(_STORY, place="centre")},
        export="review",
    ),
    "music-video": Template(
        title="Music video",
        about="Cut on the beat as soon as there is music, in strong moves, a spin now and then",
        settings={"width": 1280, "height": 720, "fade_out_s": 1.0, "loudness": "web"},
        new_edges={"duration_s": 0.0},
        shots=tuple(
            {"duration_s": 2.0, "camera": camera, "strength": 1.5}
            for camera in ("zoom-in", "roll-right", "zoom-out", "pan-left")
        ),
        edges=({}, {}, {}, {"duration_s": 0.5, "style": "spin"}),
        opening=_HEADLINE,
        export="hd",
        beats=1,
    ),
}


def template_of(story: Story) -> Template | None:
    """The story's template; None where it has none, or one that is not known here."""
    return TEMPLATES.get(story.template or "")


def beat_of(story: Story) -> tuple[str, int] | None:
    """The music that the template lays the cuts on, and each so manieth beat; None where it has
    none, or the story has no music or no shots yet."""
    template = template_of(story)
    music = [s for track in story.tracks if track.kind == "music" for s in track.sounds]
    if template is None or not template.beats or not music or not story.shots:
        return None
    return music[0].id, template.beats


def with_template(story: Story, name: str) -> Story:
    """The story as a film of this kind: what comes into it from now on becomes what it is there.

    Raises:
        BadInput: there is no such template.
    """
    story = set_template(story, name)
    template = TEMPLATES[name]
    return edits.with_fields(
        story,
        settings=edits.changed(story.settings, dict(template.settings)),
        new_edges=edits.changed(NewEdges(), dict(template.new_edges)),
    )


def set_template(story: Story, name: str | None) -> Story:
    """With pictures that come from now on as they are in this template, or as they are by
    themselves when None; nothing that is there changes.

    Raises:
        BadInput: there is no such template.
    """
    if name is not None and name not in TEMPLATES:
        raise BadInput(subject="template", received=name, allowed=TEMPLATES)
    return edits.with_fields(story, template=name)


def insert_media(
    story: Story, new: Sequence[New], *, before: str | None = None, **fixed: Any
) -> Story:
    """With pictures and videos standing before the shot `before`, or last when None, as what the
    story's template makes of them: as they are where it has none. Fields that are `fixed` are so in
    each whatever it says.

    Raises:
        BadInput: no such shot, or a field out of range.
    """
    template, first = template_of(story), not story.shots
    if template is None:
        for source, fields in new:
            story = edits.insert(story, [source], before=before, **{**fields, **fixed})
        return story
    if first and template.card and new:
        ground = CardSource(colour=template.card["colour"])
        fields = {"title": "Title card", **_filled(template.card, story, "")}
        story = edits.insert(story, [ground], **fields)
    at = len(story.shots) if before is None else story.index(before)
    place = sum(map(_is_picture, story.shots[:at]))
    for n, (source, own) in enumerate(new):
        fields = dict(template.shots[(place + n) % len(template.shots)])
        if first and n == 0 and template.opening:
            fields["captions"] = (template.opening, *fields.get("captions", ()))
        made = {**own, **_filled(fields, story, own.get("title", ""))}
        if isinstance(source, VideoSource) and "duration_s" in own:
            made["duration_s"] = min(made["duration_s"], own["duration_s"])
        story = edits.insert(story, [source], before=before, **{**made, **fixed})
    return _joined(story, template, {shot.id for shot in story.shots[at : at + len(new)]})


def _joined(story: Story, template: Template, new: set[str]) -> Story:
    """With the transitions at the `new` shots as the template has them."""
    changes, place = [], 0
    for left, right in pairwise(story.shots):
        if _is_picture(left):
            fields = template.edges[place % len(template.edges)]
            if fields and _is_picture(right) and new & {left.id, right.id}:
                changes.append(([f"{left.id}>{right.id}"], fields))
            place += 1
    return set_each(story, changes)


def _is_picture(shot: Shot) -> bool:
    return not isinstance(shot.source, CardSource)


def _filled(fields: Fields, story: Story, picture: str) -> dict[str, Any]:
    """The fields of a shot, with titles where its words have places for them; words that would say
    nothing are left out."""
    unnamed = story.title in ("", Story.model_fields["title"].default)
    titles = {_STORY: "Title" if unnamed else story.title, _PICTURE: picture}
    captions = [
        {**words, "text": titles.get(words["text"], words["text"])}
        for words in fields.get("captions", ())
    ]
    kept = {name: value for name, value in fields.items() if name != "colour"}
    return kept | {"captions": tuple(words for words in captions if words["text"])}
