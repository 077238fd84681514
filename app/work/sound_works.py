"""What takes its time with sounds: finding their beats, laying shots on them, speaking narrations,
hearing what is spoken.

All of it is done in the background, so that editing goes on meanwhile.
"""

import time
from collections.abc import Callable, Collection
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import JSONResponse, Response

from app.served.senders import NOBODY, Sender
from app.stories.sessions import Session
from app.work.background import Background, Work
from seine_core.errors import BadInput, NotFound, RenderCancelled
from seine_core.media.sound import SAMPLE_RATE
from seine_core.story.beat_edits import cut_to_beat
from seine_core.story.captioning import with_subtitles
from seine_core.story.disk.media_store import Media
from seine_core.story.disk.storage import media_path
from seine_core.story.mix.beats import find_beats, known_beats
from seine_core.story.mix.on_beat import video_lengths
from seine_core.story.mix.store import SoundStore
from seine_core.story.model import Story
from seine_core.story.narration_edits import Narrated, with_voices
from seine_core.story.speech.hearing import heard_in_film, missing_hearing
from seine_core.story.speech.narration import speak
from seine_core.story.speech.voices import Voice

NARRATION = "narration"  # what the work on all of a story's narrations is known by
HEARING = "hearing"  # and the one on its captions
_SHOWN_S = 10.0  # how long it is shown what came of it
_EACH = 50  # pieces of work of one person

Open = Callable[[str], Session | None]


class SoundWorks:
    """The work on the sounds of all stories; people take turns."""

    def __init__(self, open: Open, sounds: SoundStore) -> None:
        """`open` gives the story of a name, where it is open."""
        self._open, self._sounds = open, sounds
        self._finding = Background[Work]("beats", each=_EACH, nice=10)
        self._work = Background[Work]("sound", each=_EACH)

    def cut_to_beat(
        self, session: Session, sound_id: str, every: int, tab: str, sender: Sender = NOBODY
    ) -> None:
        """Lay the shots on the beats of a sound as soon as those are found, as an edit of `tab`.

        Raises:
            BadInput: there is no such sound or file, or too much of `sender` waits.
        """
        file, name = session.story.sound(sound_id)[1].file, session.name
        media_path(session.folder, file)

        def do(work: Work) -> str:
            return self._cut(work, name, sound_id, file, every, tab)

        label = "Cutting to the beat"
        self._work.submit(Work(story=name, label=label, do=do, same=sound_id, sender=sender))

    def narrate(
        self,
        session: Session,
        shot_ids: Collection[str] | None,
        voice: Voice,
        lengthen: bool,
        tab: str,
        sender: Sender = NOBODY,
    ) -> None:
        """Speak the narrations of these shots, of all when None, as an edit of `tab`.

        Raises:
            BadInput: there is no such shot, or too much of `sender` waits.
        """
        shots = None if shot_ids is None else [session.story.shot(s).id for s in shot_ids]
        name = session.name

        def do(work: Work) -> str:
            return self._narrate(work, name, shots, voice, lengthen, tab)

        same = shots[0] if shots and len(shots) == 1 else NARRATION
        label = "Speaking"
        self._work.submit(Work(story=name, label=label, do=do, same=same, sender=sender))

    def hear(self, session: Session, tab: str, sender: Sender = NOBODY) -> None:
        """Make what is spoken in the film its captions, as an edit of `tab`.

        Raises:
            BadInput: nothing can be heard here, or too much of `sender` waits.
        """
        if (fault := missing_hearing()) is not None:
            raise fault
        name = session.name

        def do(work: Work) -> str:
            return self._hear(work, name, tab)

        self._work.submit(Work(story=name, label="Listening", do=do, same=HEARING, sender=sender))

    def of(self, session: Session) -> dict[str, str]:
        """{sound or shot: message} of a story's work; the message is empty while one goes on."""
        latest = {work.same: work for work in self._work.of(session.name)}
        oldest = time.time() - _SHOWN_S
        return {
            what: work.message
            for what, work in latest.items()
            if work.busy or (work.message and work.finished > oldest)
        }

    def busy(self, story: str) -> bool:
        return self._work.busy(story)

    def forget(self, story: str) -> None:
        """The story is closed or gone: nothing of it is edited any more."""
        self._work.forget(story)
        self._finding.forget(story)

    def beats(self, session: Session, sound_id: str) -> list[float] | None:
        """The beats of a sound's file, seconds; None while they are looked for.

        Raises:
            BadInput: there is no such sound, or its file is missing or damaged.
        """
        file = session.story.sound(sound_id)[1].file
        media = Media.of(media_path(session.folder, file))
        if self._sounds.has(media) and (found := known_beats(self._sounds.get(media))) is not None:
            return [round(float(beat), 4) for beat in found]
        for work in self._finding.of(session.name):
            if work.same == media.sha256 and work.state == "failed":
                raise BadInput(work.message)

        def do(work: Work) -> None:
            find_beats(self._sounds.get(media))

        label = "Finding beats"
        self._finding.submit(Work(story=session.name, label=label, do=do, same=media.sha256))
        return None

    def router(self, find: Callable[[str], Session]) -> APIRouter:
        """The route that the page asks for beats; `find` gives the story of a random name."""
        router = APIRouter()

        @router.get("/beats/{name}")
        def beats(name: str, sound: Annotated[str, Query(max_length=40)]) -> Response:
            session = find(name)
            try:
                found = self.beats(session, sound)
            except NotFound:  # it was removed while the page waited, which is no fault
                return Response(status_code=204)
            except (BadInput, OSError) as error:
                raise HTTPException(
                    404, BadInput("has no beats", reason=error).for_page()
                ) from None
            headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
            return JSONResponse(found, status_code=202 if found is None else 200, headers=headers)

        return router

    def _cut(self, work: Work, name: str, sound_id: str, file: str, every: int, tab: str) -> str:
        session = self._open(name)
        if session is None:
            return ""
        stored = self._sounds.get(Media.of(media_path(session.folder, file)))
        beats = [float(beat) for beat in find_beats(stored)]
        longest_s = video_lengths(session.story, session.folder)
        session = self._open(name)
        if session is None or work.cancel.is_set():
            return ""

        def cut(story: Story) -> Story:
            if story.sound(sound_id)[1].file != file:
                raise BadInput("The sound was changed meanwhile; cut to its beat again.")
            length_s = stored.samples / SAMPLE_RATE
            return cut_to_beat(story, sound_id, beats, length_s, every=every, longest_s=longest_s)

        before = session.rev
        session.update(tab, cut)
        return "" if session.rev > before else "Every cut was on the beat already."

    def _hear(self, work: Work, name: str, tab: str) -> str:
        def go_on(_: float) -> None:
            if work.cancel.is_set():
                raise RenderCancelled()

        session = self._open(name)
        if session is None:
            return ""
        spoken = heard_in_film(session.story, session.folder, self._sounds, go_on)
        session = self._open(name)
        if session is None or work.cancel.is_set():
            return ""
        if not spoken:
            return "No speech was heard."
        notes: tuple[str, ...] = ()

        def captioned(story: Story) -> Story:
            nonlocal notes
            found = with_subtitles(story, spoken)
            notes = found.notes
            return found.story

        session.update(tab, captioned)
        return "; ".join(notes)

    def _narrate(
        self,
        work: Work,
        name: str,
        shots: list[str] | None,
        voice: Voice,
        lengthen: bool,
        tab: str,
    ) -> str:
        def go_on(*_: int) -> None:
            if work.cancel.is_set():
                raise RenderCancelled()

        session = self._open(name)
        if session is None:
            return ""
        session.own()
        spoken = speak(session.story, session.folder, voice, self._sounds, go_on, shots)
        session = self._open(name)
        if session is None or work.cancel.is_set():
            return ""
        found = Narrated(session.story, {})

        def voiced(story: Story) -> Story:
            nonlocal found
            found = with_voices(story, spoken, lengthen=lengthen)
            return found.story

        session.update(tab, voiced)
        return _too_short(found)


def _too_short(found: Narrated) -> str:
    lacking = [
        f"shot {n} by {found.too_short[shot.id]:.1f} s"
        for n, shot in enumerate(found.story.shots, 1)
        if shot.id in found.too_short
    ]
    return f"Too short for the words: {', '.join(lacking[:8])}." if lacking else ""
