"""Captions as they are drawn: where they stand, in which script, and how their lines break.

What cannot be compared with a picture from elsewhere is compared with another caption: lines break
where a text with those breaks written into it looks the same, and letters run from right to left
where the same letters in the opposite order, forced to run to the right, look the same.
"""

from typing import get_args

import numpy as np
import pytest

from seine_core.errors import BadInput
from seine_core.story.caption import CaptionStyle
from seine_core.story.film import fonts
from seine_core.story.film.captions import caption_picture, check_caption, draw_caption, left_out
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
        [frame] = compose([GREY], fps=24, total=48, first=24, captions=[caption])
        top, bottom, left, right = changed(frame)
        assert (top + bottom) / 2 / 144 == pytest.approx(middle, abs=0.06)
        assert (left + right) / 2 / 256 == pytest.approx(0.5, abs=0.01)
        assert frame.max() > 235  # the words are there, and light


@pytest.mark.parametrize("ground", [0, 128, 255])
@pytest.mark.parametrize("caption", [BOTTOM, TITLE])
def test_words_stand_out_from_any_ground(ground, caption):
    """The ink has light next to dark: a contrast of at least 3 : 1 in luminance."""
    plain = np.full((288, 512, 3), ground, np.uint8)
    [frame] = compose([plain], fps=24, total=48, first=24, captions=[caption])
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
    [frame] = compose([GREY], fps=24, total=48, first=24, captions=[BOTTOM])
    assert np.abs(over - frame).max() <= 1


# -- looks -----------------------------------------------------------------------------------------


def looks(**look):
    return draw_caption(Caption(text="River", **look), 640, 360)


def middle(shown):
    """Of what is drawn, from the left and the top."""
    rows, columns = shown.alpha.shape
    return (shown.left + columns / 2) / 640, (shown.top + rows / 2) / 360


@pytest.mark.parametrize("style", get_args(CaptionStyle))
def test_every_style_shows_the_words_in_their_colour(style):
    shown = looks(style=style, colour="#ff0000", place="centre")
    ink = shown.colour[shown.alpha > 0.99].astype(int)
    assert ink.size and (np.abs(ink - [255, 0, 0]).max(axis=1) < 3).any()
    others = [looks(style=other, place="centre") for other in get_args(CaptionStyle)]
    same = [other.alpha.tobytes() == shown.alpha.tobytes() for other in others]
    assert sum(same) == (2 if style in ("auto", "shadow") else 1)


def test_what_is_behind_has_its_own_colour():
    shown = looks(style="box", ground="#0000ff")
    assert (shown.colour[0, shown.alpha.shape[1] // 2] == [0, 0, 255]).all()
    assert looks(style="band", ground="#0000ff").alpha.shape[1] == 640
    assert shown.alpha[0].max() > looks(style="box").alpha[0].max(), "denser than darkness"


def test_letters_are_as_large_and_heavy_as_is_said():
    usual, large, heavy = looks(), looks(size=2), looks(weight=900, style="plain")
    assert large.alpha.shape[0] == pytest.approx(2 * usual.alpha.shape[0], rel=0.1)
    assert heavy.alpha.sum() > 1.3 * looks(weight=300, style="plain").alpha.sum()


@pytest.mark.parametrize("place", ["bottom", "centre"])
def test_words_stand_where_they_are_put(place):
    assert middle(looks(place=place, at=(0.3, 0.4))) == pytest.approx((0.3, 0.4), abs=0.01)
    corner = looks(place=place, style="box", at=(0, 0))
    assert (corner.left, corner.top) == (0, 0), "inside the frame"
    left = looks(place=place, align="left", style="box", at=(0.2, 0.5))
    right = looks(place=place, align="right", style="box", at=(0.2, 0.5))
    assert left.left == 128 and right.left + right.alpha.shape[1] == 128


def test_lines_are_aligned():
    def edges(align):
        shown = draw_caption(Caption(text="i\nriver", style="plain", align=align), 640, 360)
        rows = shown.alpha.shape[0] // 2
        columns = np.flatnonzero((shown.alpha[:rows] > 0.5).any(axis=0))
        return columns[0], shown.alpha.shape[1] - columns[-1]

    assert edges("left")[0] < 4 < edges("left")[1]
    assert edges("right")[1] < 4 < edges("right")[0]
    assert draw_caption(Caption(text="i", align="left"), 640, 360).left == round(640 * 0.07)


def test_headlines_are_in_the_capitals_that_there_are():
    one, other = (Caption(text=text, style="headline") for text in ("straße", "STRASSE"))
    assert np.array_equal(draw_caption(one, 640, 360).alpha, draw_caption(other, 640, 360).alpha)
    georgian = draw_caption(Caption(text="ქართული", style="headline"), 640, 360)
    assert (georgian.colour[georgian.alpha > 0.99] > 200).any()


@pytest.mark.parametrize("style", get_args(CaptionStyle))
def test_hostile_words_stay_words_in_every_style(style):
    for text in ('#panic("x")', "$x$ #{1+1} `a` @b <c> \\ */ //", "= A\n- b"):
        assert not same_words(text, "", style)


def same_words(one, other, style):
    """Whether two texts look the same; an error would be no look at all."""
    first, second = (
        draw_caption(Caption(text=text or "\u200b", style=style), 320, 180).alpha
        for text in (one, other)
    )
    return np.array_equal(first, second)


@pytest.mark.parametrize("text", ["a\U0001faffb", "\U0001faff", "\U0001faff\u200d\u2640\ufe0f"])
def test_an_emoji_that_no_font_has_is_left_out(text):
    check_caption(text)
    assert "\U0001faff" in left_out(text) and not left_out(text.replace("\U0001faff", "🎈"))
    shown = draw_caption(Caption(text=text), 640, 360).alpha
    if text[0] == "a":
        assert np.array_equal(shown, draw_caption(Caption(text="ab"), 640, 360).alpha)


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
        list(compose([GREY], fps=24, total=1, captions=[Caption(text="\U0010fffd")]))


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
