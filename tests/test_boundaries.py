"""Where what comes from outside is decoded and read, checked on the source: in a child process, or
at one place a library."""

import ast

import pytest

from source_modules import MODULES, within

# What decodes files from outside is done in a child process; these are that process's modules.
DECODERS = {
    "seine_core.media.decoding.animated_webp",
    "seine_core.media.decoding.code_points",
    "seine_core.media.decoding.colour_profiles",
    "seine_core.media.decoding.deep_pixels",
    "seine_core.media.decoding.image_decoder",
    "seine_core.media.decoding.sound_decoder",
    "seine_core.media.decoding.deinterlacing",
    "seine_core.media.decoding.video_colour",
    "seine_core.media.decoding.video_decoder",
    "seine_core.media.decoding.video_geometry",
    "seine_core.media.decoding.video_timing",
    "seine_core.media.decoding.comments",
}
# Who may use them in this process: for the child, and for files that this program wrote itself.
DECODES_HERE = {
    "seine_core.media.decoding.own_files": DECODERS,
    "seine_core.media.decoding.tasks": DECODERS,
}
# Who decodes files that this program wrote itself.
OWN = {
    "app.work.score_parts",
    "app.work.ranked_takes",
    "seine_core.story.make.entry",
    "seine_core.story.make.render",
    "seine_core.story.film.captions",
    "seine_core.story.film.stitch",
    "seine_core.media.sound_file",
    "seine_core.story.film.size",
}
OPENERS = {
    ("Image", "open"),
    ("av", "open"),
    ("cv2", "imread"),
    ("cv2", "imdecode"),
    ("cv2", "VideoCapture"),
    ("imageio", "imread"),
}
FORBIDDEN_READERS = {
    "VideoFileClip",
    "AudioFileClip",
    "open_video",
    "pil_loader",
    "read_video",
    "skimage",
    "torchvision.io",
}
NAMES_ONLY = {
    "MAX_DURATION_S",
    "MAX_SIDE",
    "SAMPLE_RATE",
    "AUDIO_FORMATS",
    "IMAGE_KINDS",
    "ImageInfo",
    "VIDEO_FORMATS",
    "Sound",
    "VideoInfo",
    "rgb_converter",
}


def decodes(source: str) -> list[str]:
    """The calls in `source` that open a medium for reading, whatever it was imported as."""
    tree = ast.parse(source)
    names = {"Image": "Image", "av": "av", "cv2": "cv2", "imageio": "imageio"}
    direct: dict[str, tuple[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or ""
            for alias in node.names:
                known = alias.asname or alias.name
                last = module.rpartition(".")[2]
                if alias.name.rpartition(".")[2] in names:
                    names[known] = alias.name.rpartition(".")[2]
                elif (last, alias.name) in OPENERS:
                    direct[known] = (last, alias.name)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            called = node.id if isinstance(node, ast.Name) else node.attr
            if called in FORBIDDEN_READERS:
                found.append(called)
        if not isinstance(node, ast.Call):
            continue
        what = node.func
        if isinstance(what, ast.Attribute) and isinstance(what.value, ast.Name | ast.Attribute):
            owner = what.value.id if isinstance(what.value, ast.Name) else what.value.attr
            pair = (names.get(owner, owner), what.attr)
        else:
            pair = direct.get(what.id, ("", "")) if isinstance(what, ast.Name) else ("", "")
        mode = node.args[1].value if len(node.args) > 1 and _is_text(node.args[1]) else "r"
        if pair in OPENERS and not (pair == ("av", "open") and mode == "w"):
            found.append(".".join(pair))
    return found


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.mark.parametrize("module", MODULES)
def test_media_from_outside_are_decoded_in_a_child_process_only(module: str) -> None:
    source = MODULES[module].read_text("utf-8")
    if module not in DECODERS | {"seine_core.media.decoding.own_files"}:
        assert decodes(source) == []
    imported = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module in DECODERS:
            imported |= {(node.module, alias.name) for alias in node.names}
        elif (
            isinstance(node, ast.ImportFrom)
            and node.module == "seine_core.media.decoding.own_files"
        ):
            assert module in OWN
        elif isinstance(node, ast.ImportFrom) and node.module == "seine_core.media":
            assert module in DECODES_HERE or not {
                f"seine_core.media.{alias.name}" for alias in node.names
            } & (DECODERS | {"seine_core.media.decoding.own_files"})
    if module not in DECODERS | set(DECODES_HERE):
        assert {name for _, name in imported} <= NAMES_ONLY


@pytest.mark.parametrize(
    "source",
    [
        "from PIL import Image\nImage.open(path)",
        "from PIL import Image as Picture\nPicture.open(path)",
        "import PIL.Image\nPIL.Image.open(path)",
        "from PIL.Image import open as load\nload(path)",
        "import av\nav.open(str(path))",
        "import av as ffmpeg\nffmpeg.open(path, 'r')",
        "from av import open\nopen(path)",
        "import cv2\ncv2.VideoCapture(path)",
        "from moviepy import VideoFileClip\nVideoFileClip(path)",
    ],
)
def test_a_medium_that_is_opened_is_found(source: str) -> None:
    assert len(decodes(source)) >= 1


def test_a_file_that_is_written_is_no_medium_from_outside() -> None:
    assert decodes("import av\nav.open(path, 'w')\npath.open('rb')\nopen(path)") == []


# What reads text or weights from outside, and says as BadInput whatever that raises.
BOUNDARIES = {
    "seine_core.files.outside_text": {"json.loads", "tomllib.loads", "csv.DictReader"},
    "seine_core.weights.checkpoint": {"torch.load"},
    "seine_core.weights.weight_file": {"zipfile.ZipFile"},
    "seine_core.train.checkpoints": {"torch.load"},
    "seine_core.story.disk.zips": {"zipfile.ZipFile"},
}
# What reads only what this program wrote itself.
READS_ITS_OWN = {
    "seine_core.media.decoding.channel",
    "seine_core.media.decoding.decoder_child",
    "seine_core.media.decoding.decoder_pool",
    "seine_core.weights.store.shelf",
    "seine_core.story.disk.archive",  # writes zips
    "seine_core.story.make.entry",
    "seine_core.story.film.png_folder",  # writes zips
    "seine_core.story.make.shipped",
    "seine_core.train.autoencoder",
    "seine_core.train.curve",
    "seine_core.train.logs",
    "seine_core.train.mini",
    "seine_core.train.vocabulary",
}
READERS = {
    *("json.load", "json.loads", "tomllib.load", "tomllib.loads"),
    *("csv.reader", "csv.DictReader", "torch.load", "pickle.load", "pickle.loads"),
    *("zipfile.ZipFile", "ZipFile", "numpy.load", "np.load"),
}


@pytest.mark.parametrize("module", [name for name in MODULES if within(name, "seine_core")])
def test_text_and_weights_from_outside_are_read_at_one_place_a_library(module: str) -> None:
    if module in READS_ITS_OWN:
        return
    calls = (
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8")))
        if isinstance(node, ast.Call)
    )
    found = {"zipfile.ZipFile" if call == "ZipFile" else call for call in calls if call in READERS}
    assert found <= BOUNDARIES.get(module, set())
