"""What each engine needs: which files, how large, under which licence and from where.

Sizes of single files are those that the hub states. Where a repository's total could not be looked
up, it is the sum of what is known of its parts and marked as an estimate; a download asks the hub
for the true sizes before it begins.
"""

from dataclasses import dataclass

from seine_core.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class Licence:
    name: str
    url: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Files of one repository, kept in one folder.

    `files` must all be there. Each of `components`, a subfolder, must have its `config.json` and
    its whole weights. `patterns` says what else of the repository is fetched.
    """

    name: str
    repo: str
    folder: str  # below the models' folder
    licence: Licence
    size: int  # bytes
    files: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    sha256: tuple[tuple[str, str], ...] = ()  # of published files, by name
    also: tuple[str, ...] = ()  # other repositories with the same files, asked if the first is gone
    revision: str | None = None  # a commit; None: the newest

    @property
    def single(self) -> str:
        """The one file that this part is, or nothing."""
        return self.files[0] if len(self.files) == 1 and not self.components else ""

    @property
    def source(self) -> str:
        return f"https://huggingface.co/{self.repo}"


@dataclass(frozen=True, kw_only=True)
class Model:
    """One entry of the model manager."""

    name: str
    title: str
    purpose: str
    parts: tuple[Part, ...]
    size_is_estimate: bool = False
    # Of research alone: baselines of the paper, and what training begins with.
    research: bool = False

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)

    @property
    def licences(self) -> tuple[Licence, ...]:
        return tuple(dict.fromkeys(part.licence for part in self.parts))


_SEINE = Licence(
    name="SEINE weights (release's own terms)",
    url="https://github.com/Vchitect/SEINE#license",
    note="open for research, free for commercial use; see there",
)
_OPENRAIL_M = Licence(
    name="CreativeML OpenRAIL-M",
    url="https://huggingface.co/spaces/CompVis/stable-diffusion-license",
    note="with use restrictions",
)
_OPENRAIL_PP_M = Licence(
    name="Open RAIL++-M",
    url="https://huggingface.co/amused/amused-512",  # its card names the licence
    note="with use restrictions",
)
_APACHE = Licence(name="Apache-2.0", url="https://www.apache.org/licenses/LICENSE-2.0")
_LTX_2B = Licence(
    name="LTX Video 0.9.5 licence (OpenRAIL-M)",
    url="https://huggingface.co/Lightricks/LTX-Video-0.9.5/blob/main/ltx-video-2b-v0.9.5.license.txt",
    note="with use restrictions; read it before commercial use",
)
_LTX_13B = Licence(
    name="LTX Video Open Weights License 0.X",
    url="https://huggingface.co/Lightricks/LTX-Video-0.9.7-dev/blob/main/LTX-Video-Open-Weights-License-0.X.txt",
    note="with use restrictions; read it before commercial use",
)
_CLIP = Licence(name="MIT", url="https://github.com/openai/CLIP/blob/main/LICENSE")

_YUNET = Licence(
    name="MIT", url="https://huggingface.co/opencv/face_detection_yunet/blob/main/LICENSE"
)
_PIPER = Licence(
    name="MIT, voice of the public domain",
    url="https://huggingface.co/rhasspy/piper-voices/blob/main/en/en_US/ljspeech/medium/MODEL_CARD",
)
_WHISPER = Licence(name="MIT", url="https://huggingface.co/Systran/faster-whisper-small")


def _pipeline(repo: str, folder: str, licence: Licence, size: int, *more: str) -> Part:
    """A whole diffusers pipeline, with `more` components than every one of them has."""
    components = (*more, "text_encoder", "transformer", "vae")
    weights = (f"{name}/{kind}" for name in components for kind in ("*.json", "*.safetensors"))
    return Part(
        name="pipeline",
        repo=repo,
        folder=folder,
        licence=licence,
        size=size,
        files=(
            "model_index.json",
            "scheduler/scheduler_config.json",
            "tokenizer/tokenizer_config.json",
        ),
        components=components,
        patterns=(*weights, "tokenizer/*", "image_processor/*"),
    )


def _wan(repo: str, folder: str) -> Part:
    return _pipeline(repo, folder, _APACHE, 90_000_000_000, "image_encoder")


def _network(name: str, repo: str, size: int) -> Part:
    """A network of transformers, whose pictures this program prepares itself."""
    files = ("config.json", "model.safetensors")
    folder = f"eyes/{name}"
    return Part(name=name, repo=repo, folder=folder, licence=_APACHE, size=size, files=files)


# Of several models: downloaded once.
_SD_BASE = Part(
    name="base",
    repo="CompVis/stable-diffusion-v1-4",
    folder="seine/stable-diffusion-v1-4",
    licence=_OPENRAIL_M,
    size=828_500_000,
    files=(
        "scheduler/scheduler_config.json",
        "tokenizer/vocab.json",
        "tokenizer/merges.txt",
        "tokenizer/tokenizer_config.json",
    ),
    components=("vae", "text_encoder"),
    patterns=(
        "model_index.json",
        "tokenizer/*",
        "vae/config.json",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/config.json",
        "text_encoder/model.safetensors",
    ),
)
_SD_UNET = Part(
    name="unet",
    repo="CompVis/stable-diffusion-v1-4",
    folder="seine/stable-diffusion-v1-4",
    licence=_OPENRAIL_M,
    size=3_438_167_536,
    components=("unet",),
    patterns=("unet/config.json", "unet/diffusion_pytorch_model.safetensors"),
)

MODELS = (
    Model(
        name="seine",
        title="SEINE",
        purpose="transitions, image animation and prediction with the published SEINE model",
        parts=(
            Part(
                # The release's README names xinyuanc91/SEINE; size and hash are those of its file.
                name="checkpoint",
                repo="Vchitect/SEINE",
                also=("xinyuanc91/SEINE",),
                folder="seine",
                licence=_SEINE,
                size=3_636_899_683,
                files=("seine.pt",),
                sha256=(
                    (
                        "seine.pt",
                        "f98cfc7be5069a7f00a916e502f69c0c8c0ea5b77187704652daaedfb8ec3daf",
                    ),
                ),
            ),
            _SD_BASE,
        ),
    ),
    Model(
        name="sd",
        title="Stable Diffusion 1.4",
        research=True,
        purpose="transitions by interpolated noise, a baseline of SEINE's paper; shares the files "
        "of sd-unet and of SEINE's base",
        parts=(_SD_UNET, _SD_BASE),
    ),
    Model(
        name="sd-unet",
        title="Stable Diffusion 1.4 UNet",
        research=True,
        purpose="training SEINE anew from Stable Diffusion; of the engines only sd needs it",
        parts=(_SD_UNET,),
    ),
    Model(
        name="vqgan",
        title="aMUSEd's VQGAN",
        research=True,
        purpose="transitions by interpolated codes, a baseline of SEINE's paper",
        size_is_estimate=True,  # the hub shows it in MB
        parts=(
            Part(
                name="vqvae",
                repo="amused/amused-512",
                folder="vqgan",
                licence=_OPENRAIL_PP_M,
                size=585_000_000,
                components=("vqvae",),
                patterns=("vqvae/config.json", "vqvae/diffusion_pytorch_model.safetensors"),
            ),
        ),
    ),
    Model(
        name="wan-flf2v",
        title="Wan 2.1 first and last frame",
        purpose="transitions at up to 720p, given the first and the last frame",
        size_is_estimate=True,  # transformer and text encoder as in wan-i2v
        parts=(_wan("Wan-AI/Wan2.1-FLF2V-14B-720P-diffusers", "wan-flf2v"),),
    ),
    Model(
        name="wan-i2v",
        title="Wan 2.1 image to video",
        purpose="image animation at 480p, given the first frame",
        size_is_estimate=True,  # 14 shards of about 4.85 GB, text encoder, image encoder, VAE
        parts=(_wan("Wan-AI/Wan2.1-I2V-14B-480P-Diffusers", "wan-i2v"),),
    ),
    Model(
        name="ltx",
        title="LTX Video 2B (0.9.5)",
        purpose="transitions and animation, given frames at several positions",
        size_is_estimate=True,  # 19.0 GB text encoder; transformer and VAE of a 6.3 GB checkpoint
        parts=(_pipeline("Lightricks/LTX-Video-0.9.5", "ltx", _LTX_2B, 26_000_000_000),),
    ),
    Model(
        name="ltx-13b",
        title="LTX Video 13B (0.9.7)",
        purpose="the same as ltx with the larger model",
        parts=(_pipeline("Lightricks/LTX-Video-0.9.7-dev", "ltx-13b", _LTX_13B, 47_900_000_000),),
    ),
    Model(
        name="clip",
        title="CLIP ViT-B/32",
        purpose="scores of how a clip fits its prompt and scenes; not needed for making videos",
        size_is_estimate=True,  # the weights' and the tokenizer's files
        parts=(
            Part(
                name="model",
                repo="openai/clip-vit-base-patch32",
                # The main branch has pickled weights only; this commit adds them as safetensors.
                revision="c237dc49a33fc61debc9276459120b7eac67e7ef",
                folder="clip",
                licence=_CLIP,
                size=608_800_000,
                files=(
                    "config.json",
                    "model.safetensors",
                    "preprocessor_config.json",
                    "tokenizer_config.json",
                    "vocab.json",
                    "merges.txt",
                ),
                patterns=("tokenizer.json", "special_tokens_map.json"),
            ),
        ),
    ),
    Model(
        name="eyes",
        title="Sharper eyes",
        purpose="faces that no crop cuts, depth for camera moves, places that two pictures share",
        size_is_estimate=True,  # the hub shows the two networks in MB
        parts=(
            _network("depth", "depth-anything/Depth-Anything-V2-Small-hf", 99_200_000),
            _network("matching", "zju-community/efficientloftr", 64_300_000),
            Part(
                name="yunet",
                repo="opencv/face_detection_yunet",
                folder="eyes",
                licence=_YUNET,
                size=232_589,
                files=("face_detection_yunet_2023mar.onnx",),
                sha256=(
                    (
                        "face_detection_yunet_2023mar.onnx",
                        "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
                    ),
                ),
            ),
        ),
    ),
    Model(
        name="piper",
        title="Piper, an English voice",
        purpose="narrations spoken as by a person; its packages are in requirements-voice.txt",
        size_is_estimate=True,  # the hub shows it in MB
        parts=(
            Part(
                name="voice",
                repo="rhasspy/piper-voices",
                folder="piper",
                licence=_PIPER,
                size=63_200_000,
                files=tuple(
                    f"en/en_US/ljspeech/medium/en_US-ljspeech-medium.onnx{end}"
                    for end in ("", ".json")
                ),
            ),
        ),
    ),
    Model(
        name="whisper",
        title="Whisper small",
        purpose="captions of what is spoken; its packages are in requirements-voice.txt",
        size_is_estimate=True,  # the hub shows it in MB
        parts=(
            Part(
                name="model",
                repo="Systran/faster-whisper-small",
                folder="whisper",
                licence=_WHISPER,
                size=486_000_000,
                files=("config.json", "model.bin", "tokenizer.json"),
                patterns=("vocabulary.*",),
            ),
        ),
    ),
)


def find(name: str) -> Model:
    """The entry of that name.

    Raises:
        BadInput: there is none.
    """
    by_name = {model.name: model for model in MODELS}
    if name not in by_name:
        raise BadInput(subject="model", received=name, allowed=by_name)
    return by_name[name]
