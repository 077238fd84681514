"""Subtitle files: read as what they show, written so that they are read as the same."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seine_core.errors import BadInput
from seine_core.story.subtitles import MAX_BYTES, Kind, Subtitle, parse_subtitles, write_subtitles

SRT = """1
00:00:01,000 --> 00:00:02,500
The <i>river</i> {\\an8}at night
{not a style}

2
00:00:03,000 --> 00:00:04,000
Chapter
3
"""
VTT = """WEBVTT - a title

STYLE
::cue { color: red }

NOTE nobody sees this

intro
00:01.000 --> 00:02.500 align:center position:50%
<v Anna>The <b>river</b> &amp; 1 &lt; 2

NOTE nor
this

01:00:03.000 --> 01:00:04.000
7
"""
ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Style: Default,Arial,20,&H00FFFFFF

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,Second, {\\i1}with{\\i0} a comma
Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,A comment
Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\p1}m 0 0 l 10 10{\\p0}
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,First\\Nof two lines
"""


def test_srt_is_read_without_styles_and_numbers() -> None:
    assert parse_subtitles(SRT.encode()) == (
        Subtitle(1, 2.5, "The river at night\n{not a style}"),
        Subtitle(3, 4, "Chapter\n3"),
    )


def test_vtt_is_read_without_comments_and_settings() -> None:
    assert parse_subtitles(VTT.encode()) == (
        Subtitle(1, 2.5, "The river & 1 < 2"),
        Subtitle(3603, 3604, "7"),
    )


def test_ass_is_read_in_order_of_time_without_comments_and_drawings() -> None:
    assert parse_subtitles(ASS.encode()) == (
        Subtitle(1, 2.5, "First\nof two lines"),
        Subtitle(3, 4, "Second, with a comma"),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end_is_read(encoding: str, ends: str) -> None:
    text = SRT.replace("river", "川").replace("\n", ends)
    assert parse_subtitles(text.encode(encoding))[0].text.startswith("The 川 at")


def test_cues_may_follow_each_other_without_an_empty_line() -> None:
    tight = SRT.replace("\n\n", "\n")
    assert [one.text for one in parse_subtitles(tight.encode())][1] == "Chapter\n3"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "unknown format"),
        (b"{1}{2}MicroDVD", "unknown format"),
        (b'<tt xmlns="http://www.w3.org/ns/ttml"/>', "unknown format"),
        (b"caf\xe9 --> ", "not in UTF-8"),
        (b"WEBVTT\n", "received 0, allowed 1 to"),
        (b"--> ", "received 0"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n\n", "received 0"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n" + b"<a" * 600, "more than 1000 characters"),
        (b"[Events]\nDialogue: " + b"{" * 3000, "more than 1000 characters"),
        (b"[Events]\nDialogue: 0,soon,later,,,0,0,0,,a", "cannot be read .*soon"),
        (b"1\n00:00:01,000 --> 00:00:02,000\na\n\n" * 10_001, "received 10001"),
        (b"a" * (MAX_BYTES + 1), "received 2000001 bytes, allowed up to 2 MB"),
    ],
)
def test_what_is_no_subtitle_file_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=f"^subtitles: .*{says}"):
        parse_subtitles(data)


def test_an_hour_and_a_millisecond_are_written() -> None:
    one = [Subtitle(3661.0005, 3662.9999, "a <b> & c --> d\n\n \ne")]
    assert write_subtitles(one, "srt") == ("1\n01:01:01,000 --> 01:01:03,000\na <b> & c --> d\ne\n")
    assert write_subtitles(one, "vtt") == (
        "WEBVTT\n\n1\n01:01:01.000 --> 01:01:03.000\na &lt;b&gt; &amp; c --&gt; d\ne\n"
    )


words = st.text(string.ascii_letters + string.digits + " {}&;:,.-!?é川😀", min_size=1, max_size=30)
lines = st.lists(words.map(str.strip).filter(bool), min_size=1, max_size=3).map("\n".join)
times = st.integers(0, 10_000_000).map(lambda ms: ms / 1000)


@pytest.mark.parametrize("kind", ["srt", "vtt"])
@given(cues=st.lists(st.tuples(times, times, lines), min_size=1, max_size=8))
def test_what_is_written_is_read_as_the_same(
    kind: Kind, cues: list[tuple[float, float, str]]
) -> None:
    ordered = [Subtitle(min(a, b), max(a, b), text) for a, b, text in cues]
    ordered.sort(key=lambda one: (one.start_s, one.end_s))
    assert list(parse_subtitles(write_subtitles(ordered, kind).encode())) == ordered
