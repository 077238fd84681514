"""The pieces of the mix that a player loads: exactly the film's, and anew only where it changed."""

import io
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray
from starlette.testclient import TestClient

from app.main import build
from app.stories.sessions import Session
from app.work.mixes import CHUNK_S, Mixes
from app_stories import served, write_story
from made_sounds import rms, tone, write_sound
from page_events import Client
from seine_core.media.sound import SAMPLE_RATE
from seine_core.story import edits, sound_edits
from seine_core.story.disk.storage import add_sound, save_story
from seine_core.story.mix.film_sound import film_sound
from seine_core.story.mix.store import SoundStore
from seine_core.story.model import Story

PIECE = CHUNK_S * SAMPLE_RATE


def write_scored_story(folder: Path) -> Story:
    """Three shots of two seconds, music over all and a voice in the last two seconds."""
    story = write_story(folder)
    for shot in story.shots:
        story = edits.set_shot(story, shot.id, duration_s=2)
    for left, right in (("shot-1", "shot-2"), ("shot-2", "shot-3")):
        story = edits.set_transition(story, left, right, duration_s=0)
    music = add_sound(folder, write_sound(folder / "music.wav", tone(10, 441.3)))
    voice = add_sound(folder, write_sound(folder / "voice.wav", tone(1.5, 700)))
    for kind, name, start_s in (("music", music, 0.0), ("voice", voice, 4.5)):
        story = sound_edits.add_track(story, kind, duck_db=0)
        story = sound_edits.add_sound(story, story.tracks[-1].id, name, start_s=start_s)
    save_story(story, folder)
    return story


@pytest.fixture
def session(tmp_path: Path) -> Session:
    write_scored_story(tmp_path / "story")
    return Session.opened("story", tmp_path / "story")


@pytest.fixture
def mixes(tmp_path: Path) -> Mixes:
    return Mixes(SoundStore(tmp_path / "sounds"))


def decoded(piece: bytes | None) -> NDArray[np.int16]:
    assert piece is not None
    with av.open(io.BytesIO(piece)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(frames, axis=1).reshape(-1, 2)


def heard(mixes: Mixes, session: Session, number: int, *solo: str) -> NDArray[np.int16]:
    return decoded(mixes.chunk(session, number, frozenset(solo))[1])


def edit(session: Session, story: Story) -> None:
    session.update("tab", lambda _: story)


def test_the_pieces_are_the_film_s_sound(mixes: Mixes, session: Session) -> None:
    mix = film_sound(session.story, session.folder, mixes._sounds)
    assert mix is not None and mix.samples == 3 * PIECE
    whole = np.concatenate([heard(mixes, session, n) for n in (2, 0, 1)])
    film = np.rint(np.clip(mix.read(0, mix.samples), -1, 1) * 32767).astype(np.int16)
    assert np.array_equal(np.roll(whole, -PIECE, axis=0), film)


def test_a_piece_keeps_its_name_where_an_edit_changes_nothing(
    mixes: Mixes, session: Session
) -> None:
    before = [mixes.chunk(session, n)[0] for n in range(3)]
    assert len(set(before)) == 3
    edit(session, sound_edits.set_sound(session.story, "sound-2", volume=0.5))
    after = [mixes.chunk(session, n, known=name) for n, name in enumerate(before)]
    assert [name for name, _ in after[:2]] == before[:2] and after[0][1] is after[1][1] is None
    assert after[2][0] != before[2] and after[2][1] is not None


def test_what_is_listened_to_alone(mixes: Mixes, session: Session) -> None:
    assert not heard(mixes, session, 0, "track-2").any()
    both, voice = heard(mixes, session, 2), heard(mixes, session, 2, "track-2")
    assert 0 < rms(voice) < rms(both)
    assert not heard(mixes, session, 2, "").any(), "no shot has a sound"


def test_behind_the_film_and_without_a_sound_it_is_silent(mixes: Mixes, session: Session) -> None:
    beyond = heard(mixes, session, 40)
    assert len(beyond) == PIECE and not beyond.any()
    edit(session, edits.set_shot(session.story, "shot-3", duration_s=1.5))
    last = heard(mixes, session, 2)
    assert len(last) == PIECE and last[: PIECE // 2].any() and not last[PIECE * 3 // 4 :].any()
    edit(session, sound_edits.remove_sounds(session.story, ["sound-1", "sound-2"]))
    assert not heard(mixes, session, 0).any()


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Client]:
    """Somebody at a running editor."""
    write_scored_story(tmp_path / "story")
    with (
        served(partial(build, tmp_path / "w", story=tmp_path / "story")) as url,
        closing(Client(url)) as client,
    ):
        yield client


def test_the_route_answers_only_what_its_story_has(listener: Client) -> None:
    address = listener.enter()["mix"]
    whole = listener.http.get(address, params={"chunk": 0})
    assert whole.headers["content-type"] == "audio/flac" and len(decoded(whole.content)) == PIECE
    assert whole.headers["cache-control"] == "private, no-cache"
    name = whole.headers["etag"]
    known = listener.http.get(address, params={"chunk": 0}, headers={"If-None-Match": name})
    assert known.status_code == 304 and known.headers["etag"] == name and not known.content
    alone = listener.http.get(address, params={"chunk": 2, "solo": ["track-2", ""]})
    assert alone.headers["etag"] != name
    for wrong in ({}, {"chunk": -1}, {"chunk": "x"}, {"chunk": 10**9}):
        assert listener.http.get(address, params=wrong).status_code == 422
    other = f"mix/{'0' * 32}"
    assert listener.http.get(other, params={"chunk": 0}).status_code == 204


def test_a_sound_that_is_gone_is_said(listener: Client, tmp_path: Path) -> None:
    address = listener.enter()["mix"]
    next((tmp_path / "story" / "media").glob("voice*")).unlink()
    answer = listener.http.get(address, params={"chunk": 0})
    assert answer.status_code == 404 and "voice" in answer.json()["detail"]
    assert str(tmp_path) not in answer.text


def test_no_more_wait_than_there_is_room_for(mixes: Mixes, session: Session) -> None:
    server = FastAPI()
    server.include_router(mixes.router(lambda name: session))
    client = TestClient(server)
    for _ in range(12):
        assert mixes._waiting.acquire(blocking=False)
    assert client.get("/mix/x", params={"chunk": 0}).status_code == 503
    mixes._waiting.release()
    assert client.get("/mix/x", params={"chunk": 0}).status_code == 200
