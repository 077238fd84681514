"""The command `narrate`: the narrations of a story spoken, and as captions."""

from typing import Annotated

import typer

from seine_core.cli.options import StoryPath, progress


def narrate(
    story: StoryPath,
    *,
    voice: Annotated[
        str, typer.Option(help="piper or espeak-ng; the best that is here if left out")
    ] = "",
    language: Annotated[str, typer.Option(help="what espeak-ng speaks: en, de, pt-br …")] = "en",
    lengthen: Annotated[
        bool, typer.Option("--lengthen", help="make shots last until their words are over")
    ] = False,
    captions: Annotated[
        bool, typer.Option("--captions", help="show narrations as captions, too")
    ] = False,
) -> None:
    """Speak the narration of each shot, onto a track of voices. What is spoken already and has not
    changed stays as it is."""
    from seine_core.cli.stories import CACHE_FOLDER
    from seine_core.files.locking import locked
    from seine_core.story.disk import storage
    from seine_core.story.mix.store import SOUNDS, SoundStore
    from seine_core.story.narration_edits import captioned_from_narration, with_voices
    from seine_core.story.speech.narration import speak
    from seine_core.story.speech.voices import find_voice

    folder = story if story.is_dir() else story.parent
    speaker = find_voice(voice, language)
    sounds = SoundStore(folder / CACHE_FOLDER / SOUNDS)
    with locked(folder, "`narrate`"), progress("speaking") as show:
        loaded = storage.load_story(story)
        spoken = speak(
            loaded,
            folder,
            speaker,
            sounds,
            report=lambda done, total: show(done / total, f"{speaker.name} · {done + 1}/{total}"),
        )
        narrated, long = with_voices(loaded, spoken, lengthen=lengthen), tuple[str, ...]()
        edited = narrated.story
        if captions:
            edited, long = captioned_from_narration(edited)
        storage.save_story(edited, folder)
    for shot_id, lacking in narrated.too_short.items():
        typer.echo(
            f"note: {shot_id} is {lacking:.1f} s too short for its words; "
            "lengthen it, shorten them, or run with --lengthen",
            err=True,
        )
    for shot_id in long:
        typer.echo(f"note: {shot_id}: its narration is too long for a caption, cut off", err=True)
    shots = f"{len(spoken)} shot{'' if len(spoken) == 1 else 's'}"
    typer.echo(f"{folder / storage.STORY_FILE}: {shots} spoken by {speaker.name}")
