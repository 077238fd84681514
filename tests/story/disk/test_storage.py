"""Stories on disk: nothing is lost, and whatever is in the file gets one clear line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from letter_clips import write_numbered
from seine_core.errors import BadInput
from seine_core.media.frames import load_image
from seine_core.story import edits
from seine_core.story.disk.storage import (
    add_media,
    dump_story,
    load_story,
    media_path,
    new_story,
    parse_story,
    save_story,
)
from seine_core.story.model import STORY_VERSION, ImageSource, Story, VideoSource


def save_picture(path: Path, colour: str = "red", size: tuple[int, int] = (40, 30)) -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


def test_round_trip(tmp_path: Path) -> None:
    story = new_story(tmp_path / "s", [save_picture(tmp_path / "a.png")], prompt="Grüße 🌅")
    assert load_story(tmp_path / "s") == load_story(tmp_path / "s/story.json") == story
    assert load_image(media_path(tmp_path / "s", story.shots[0].source.file)).shape == (30, 40, 3)


def test_a_story_of_version_1_is_cropped_as_it_was() -> None:
    """In the middle, where nobody had chosen a part; later stories look for the subject."""
    source = {"kind": "image", "file": "a.png"}
    shots = [{"id": "chosen", "source": source, "focus": [0.2, 0.5]}, {"id": "b", "source": source}]
    for version, unset in ((1, (0.5, 0.5)), (2, None)):
        story = parse_story(json.dumps({"version": version, "shots": shots}))
        assert [shot.focus for shot in story.shots] == [(0.2, 0.5), unset]
        assert story.version == STORY_VERSION and parse_story(dump_story(story)) == story


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("{", "the JSON is broken"),
        ("[" * 100_000, "the JSON is broken"),
        ("[]", "received a JSON list"),
        ('{"version": 4}', "version: received 4, allowed up to 3; update"),
        ('{"version": 0}', "version: received 0"),
        ('{"version": 1, "shots": 3}', "shots: received 3"),
        ('{"version": 1, "shots": [3]}', r"shots\[0\]: received 3"),
        ('{"version": "x"}', "version: received 'x'"),
        ('{"shots": [{"id": "a"}]}', r"shots\[0\].source: missing"),
        ('{"title": 3}', "title: received 3"),
        ('{"colour": 3}', "colour: no such field"),
        ('{"settings": {"width": 33}}', "settings.width: received 33"),
        ('{"settings": {"fps": 0}}', "settings.fps: received 0"),
        ('{"settings": {"fps": NaN}}', "settings.fps: received nan"),
    ],
)
def test_broken_stories_are_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "story.json").write_text(text)
    with pytest.raises(BadInput, match=words) as caught:
        load_story(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}/story.json: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["../a.png", "/etc/passwd", "a/b.png", "..", ".hidden", "a\\b.png", "c:a.png", "a\n", ""],
)
def test_media_names_are_plain(name: str) -> None:
    shot = {"id": "a", "source": {"kind": "image", "file": name}}
    with pytest.raises(BadInput, match=r"shots\[0\].source.file: received"):
        parse_story(json.dumps({"shots": [shot]}))


def test_a_link_out_of_the_media_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media/a.png").symlink_to(save_picture(tmp_path / "secret.png"))
    with pytest.raises(BadInput, match="leads out of the story's media folder"):
        media_path(tmp_path, "a.png")


def test_a_media_folder_that_is_a_link_is_neither_read_nor_written(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "private", tmp_path / "story"
    elsewhere.mkdir()
    folder.mkdir()
    picture = save_picture(elsewhere / "a.png")
    (folder / "media").symlink_to(elsewhere)
    with pytest.raises(BadInput, match="leads elsewhere"):
        media_path(folder, "a.png")
    with pytest.raises(BadInput, match="leads elsewhere"):
        add_media(folder, picture)
    assert list(elsewhere.iterdir()) == [picture]


def test_missing_folders_and_stories_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no story.json; make a story with `new"):
        load_story(tmp_path)
    with pytest.raises(BadInput, match="no such file"):
        load_story(tmp_path / "nowhere")


def test_a_newer_story_is_never_overwritten(tmp_path: Path) -> None:
    text = '{"version": 99, "precious": true}'
    (tmp_path / "story.json").write_text(text)
    with pytest.raises(BadInput, match="newer program"):
        save_story(Story(), tmp_path)
    assert (tmp_path / "story.json").read_text() == text
    with pytest.raises(BadInput, match="holds a story already"):
        new_story(tmp_path, [])


def test_a_failed_save_leaves_the_old_story(tmp_path: Path) -> None:
    """The process may write 4 KB a file: the small story fits, the large one fails midway."""
    save_story(Story(title="old"), tmp_path)
    script = f"""
import resource, signal
from pathlib import Path
from seine_core.errors import BadInput
from seine_core.story.model import Story, CardSource
from seine_core.story import edits
from seine_core.story.disk import storage
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    storage.save_story(edits.insert(Story(), [CardSource()] * 99), Path({str(tmp_path)!r}))
except BadInput as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "not saved (File too large); the file on disk is unchanged" in done.stdout
    assert load_story(tmp_path).title == "old"
    assert os.listdir(tmp_path) == ["story.json"]


def test_media_are_decoded_and_written_anew(tmp_path: Path) -> None:
    """Nothing but pixels comes in: no EXIF, no bytes after the picture."""
    exif = Image.Exif()
    exif[0x010E] = "at home"
    Image.new("RGB", (8, 8), "red").save(tmp_path / "My Photo (1).JPG", exif=exif)
    with (tmp_path / "My Photo (1).JPG").open("ab") as file:
        file.write(b"<script>")
    source = add_media(tmp_path / "s", tmp_path / "My Photo (1).JPG")
    data = (tmp_path / "s/media" / source.file).read_bytes()
    assert source.file.startswith("my-photo-1-") and source.file.endswith(".png")
    assert b"at home" not in data and b"<script>" not in data
    assert add_media(tmp_path / "s", tmp_path / "My Photo (1).JPG") == source
    assert len(list((tmp_path / "s/media").iterdir())) == 1


def test_videos_and_moving_gifs_become_video_shots(tmp_path: Path) -> None:
    write_numbered(tmp_path / "a.mp4", range(12))
    frames = [Image.fromarray(np.full((16, 16, 3), v, np.uint8)) for v in (0, 99, 200)]
    frames[0].save(tmp_path / "b.gif", save_all=True, append_images=frames[1:], duration=200)
    frames[0].save(tmp_path / "c.gif")
    files = [tmp_path / name for name in ("a.mp4", "b.gif", "c.gif")]
    story = new_story(tmp_path / "s", files)
    kinds = [type(shot.source) for shot in story.shots]
    assert kinds == [VideoSource, VideoSource, ImageSource]
    assert [shot.duration_s for shot in story.shots] == [0.5, 0.6, 3.0]


def test_what_is_no_medium_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty.mp4").touch()
    whole = write_numbered(tmp_path / "a.mp4", range(40)).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 3])
    for name in ("notes.txt", "empty.mp4", "cut.mp4", "gone.png"):
        with pytest.raises(BadInput, match=name) as caught:
            add_media(tmp_path / "s", tmp_path / name)
        assert "\n" not in str(caught.value)
    (tmp_path / "page.jpg").write_text("<html>not found</html>")
    with pytest.raises(BadInput, match=r"page\.jpg: not an image that can be read"):
        add_media(tmp_path / "s", tmp_path / "page.jpg")
    assert not list(tmp_path.glob("s/media/*"))


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    save_picture(tmp_path / "a.png")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match="cannot be written"):
        new_story(tmp_path / "file", [tmp_path / "a.png"])
    with pytest.raises(BadInput, match="not saved"):
        save_story(edits.set_title(Story(), "x"), tmp_path / "file")
