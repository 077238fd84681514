"""Captions as they are drawn: where they stand, in which script, and how their lines break.

What cannot be compared with a picture from elsewhere is compared with another caption: lines break
where a text with those breaks written into it looks the same, and letters run from right to left
where the same letters in the opposite order, forced to run to the right, look the same.
"""

import numpy as np
import pytest

from seine_core.errors import BadInput
from seine_core.story.film import fonts
from seine_core.story.film.captions import caption_picture, check_caption, draw_caption
from seine_core.story.film.compose import compose
from seine_core.story.film.fonts import fonts_for, language
from seine_core.story.model import Caption

GREY = np.full((144, 256, 3), 120, np.uint8)
BOTTOM = Caption(text="The river at night")
TITLE = Caption(text="The river", place="centre")


def drawn(text, width=640, height=360, place="bottom"):
    return draw_caption(Caption(text=text, place=place), width, height).alpha


def same(one, other, **size):
    return np.array_equal(drawn(one, **size), drawn(other, **size))


def ink_width(text):
    return drawn(text, 1280, 720).shape[1] - drawn("i", 1280, 720).shape[1]


def shapes(text):
    """How many pieces of ink do not touch each other."""
    import cv2

    ink = (drawn(text, 1920, 1080, "centre") > 0.95).astype(np.uint8)
    colour = draw_caption(Caption(text=text, place="centre"), 1920, 1080).colour[..., 0]
    return cv2.connectedComponents(((colour > 150) & (ink > 0)).astype(np.uint8))[0] - 1


# -- place and ground ------------------------------------------------------------------------------


def changed(frame, ground=GREY):
    """Rows and columns of what is not as it was: (top, bottom, left, right)."""
    ys, xs = np.nonzero(np.abs(frame.astype(int) - ground).max(axis=2) > 3)
    return ys.min(), ys.max(), xs.min(), xs.max()


def test_a_caption_stands_at_the_bottom_and_a_title_in_the_middle():
    for caption, middle in ((BOTTOM, 0.88), (TITLE, 0.5)):
        [frame] = compose([GREY], fps=24, total=48, first=24, caption=caption)
        top, bottom, left, right = changed(frame)
        assert (top + bottom) / 2 / 144 == pytest.approx(middle, abs=0.06)
        assert (left + right) / 2 / 256 == pytest.approx(0.5, abs=0.01)
        assert frame.max() > 235  # the words are there, and light


@pytest.mark.parametrize("ground", [0, 128, 255])
@pytest.mark.parametrize("caption", [BOTTOM, TITLE])
def test_words_stand_out_from_any_ground(ground, caption):
    """The ink has light next to dark: a contrast of at least 3 : 1 in luminance."""
    plain = np.full((288, 512, 3), ground, np.uint8)
    [frame] = compose([plain], fps=24, total=48, first=24, caption=caption)
    overlay = draw_caption(caption, 512, 288)
    ink = overlay.colour[..., 0] > 220
    from cv2 import dilate

    near = dilate(ink.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool) & (
        overlay.colour[..., 0] < 60
    )
    rows = slice(overlay.top, overlay.top + ink.shape[0])
    columns = slice(overlay.left, overlay.left + ink.shape[1])
    shown = (frame[rows, columns, 0] / 255.0) ** 2.2
    assert (shown[ink].mean() + 0.05) / (shown[near].mean() + 0.05) > 3


@pytest.mark.parametrize("size", [(64, 64), (64, 512), (512, 64), (360, 640)])
@pytest.mark.parametrize("place", ["bottom", "centre"])
@pytest.mark.parametrize(
    "text", ["i", "word " * 60, "W" * 300, "夜の川" * 100, "a\n\nb", "\u200b\u00a0\u200b"]
)
def test_any_text_fits_into_any_frame(size, place, text):
    width, height = size
    overlay = draw_caption(Caption(text=text.strip(), place=place), width, height)
    rows, columns = overlay.alpha.shape
    assert overlay.left >= 0 and overlay.top >= 0
    assert overlay.left + columns <= width and overlay.top + rows <= height
    assert overlay.alpha.max() > 0.3 or "\u200b" in text


def test_captions_grow_with_the_frame():
    small, large = draw_caption(BOTTOM, 512, 288), draw_caption(BOTTOM, 1024, 576)
    assert large.alpha.shape[0] == pytest.approx(2 * small.alpha.shape[0], rel=0.15)


def test_the_picture_of_a_caption_is_what_a_film_shows():
    import io

    from PIL import Image

    with Image.open(io.BytesIO(caption_picture(BOTTOM, 256, 144))) as picture:
        shown = np.asarray(picture).astype(float)
    weight = shown[..., 3:] / 255
    over = GREY + (shown[..., :3] - GREY) * weight
    [frame] = compose([GREY], fps=24, total=48, first=24, caption=BOTTOM)
    assert np.abs(over - frame).max() <= 1


# -- scripts ---------------------------------------------------------------------------------------

SCRIPTS = [
    "Zwei Füße – „so“",
    "Łódź, Ísland",
    "Привет, Ελλάδα",
    "夜の川。漢字",
    "한국어",
    "مرحبا بالعالم",
    "שלום",
    "नमस्ते",
    "สวัสดี",
    "தமிழ்",
    "ខ្មែរ",
    "ქართული",
    "😀🎈",
]


@pytest.mark.parametrize("text", SCRIPTS)
def test_scripts_are_drawn_without_empty_boxes(text):
    check_caption(text)
    letters = set(text) - {" "}
    assert len({drawn(c).tobytes() for c in letters}) > 0.7 * len(letters)


def test_letters_of_arabic_join():
    assert shapes("ســس") == shapes("سس") == 1
    assert shapes("د د") == 2


def test_letters_of_devanagari_melt_into_one():
    assert ink_width("क्ष") < ink_width("क") + ink_width("ष")
    assert shapes("क्ष") == 1


def test_a_family_of_emoji_is_one_picture():
    assert ink_width("👩\u200d👩\u200d👧") < 0.6 * ink_width("👩👩👧")


def test_hebrew_runs_to_the_left_and_what_is_latin_in_it_to_the_right():
    assert same("אבג", "\u202dגבא\u202c")
    assert not same("אבג", "\u202dאבג\u202c")
    assert same("אב ok גד", "\u202dדג ok בא\u202c")


def test_han_characters_are_those_of_the_other_words():
    assert [language(text) for text in ("直", "直し", "직 直", "a")] == ["zh", "ja", "ko", "zh"]
    assert "Noto Sans CJK JP" in fonts_for("直し").families


# -- lines -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "between"),
    [
        ("one two three four five six seven eight|nine", " "),
        # A line of Chinese begins with no full stop, and ends with no opening bracket.
        ("一二三四五六七八九十一二三四五六七八|九。十一", ""),
        ("你好，世界。今天天气很好我们去公园散|「明天」再说，因为", ""),
        # Thai is written without spaces; a line ends where a word does.
        ("สวัสดีชาวโลกยินดีต้อนรับเข้าสู่ประเทศไทยที่|สวยงามมากที่สุด", ""),
        # Each line of Arabic begins at the right.
        ("مرحبا بالعالم شكرا لكم جميعا على المشاهدة|والاستماع", " "),
    ],
)
def test_lines_break_where_a_reader_would(text, between):
    assert same(text.replace("|", between), text.replace("|", "\n"), width=240, height=360)


def test_a_long_word_is_made_smaller_and_an_endless_one_broken():
    long = "Donaudampfschifffahrtsgesellschaft"
    one_line = drawn(long, 240, 360, "centre").shape[0]
    assert one_line < drawn("Donau", 240, 360, "centre").shape[0] * 1.2
    assert drawn("W" * 60, 240, 360, "centre").shape[0] > 1.7 * one_line


# -- fonts -----------------------------------------------------------------------------------------


def test_characters_that_no_font_has_are_named():
    with pytest.raises(BadInput, match=r"U\+10FFFD") as error:
        check_caption("fine \U0010fffd")
    assert "\n" not in str(error.value)
    with pytest.raises(BadInput, match="no font"):
        list(compose([GREY], fps=24, total=1, caption=Caption(text="\U0010fffd")))


@pytest.mark.parametrize(
    "text", ["a\u200db", "❤\ufe0f", "a\u00a0b", "\u200fא", "a\u2028b", "🏴\U000e0067"]
)
def test_what_has_no_picture_needs_no_font(text):
    check_caption(text)


@pytest.mark.parametrize("text", ["\x07", " \n ", "\t"])
def test_words_that_are_none_are_refused(text):
    with pytest.raises(BadInput, match="nothing that can be seen"):
        check_caption(text)


def test_what_the_packaged_fonts_lack_is_looked_for_in_all(monkeypatch):
    own = fonts_for("a").families
    monkeypatch.setattr(fonts, "_own_chars", lambda: frozenset(map(ord, "abc")))
    found = fonts_for("abc é")
    assert found.families[: len(own)] == own and len(found.families) == len(own) + 1


def test_a_font_that_cannot_be_read_has_nothing(tmp_path):
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    for path in (broken, tmp_path / "gone.ttf"):
        assert fonts._cmap(str(path), 0) == frozenset()
