"""Paint the sample story's pictures: python -m assets.painter [folder]."""

import argparse
from pathlib import Path

from PIL import Image

from assets.painter.scenes import SCENES, picture

MEDIA = Path(__file__).parents[1] / "sample_story" / "media"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=MEDIA)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        path = folder / scene.file_name
        Image.fromarray(picture(scene)).save(path)
        print(f"{path}: {path.stat().st_size / 2**20:.2f} MiB")


if __name__ == "__main__":
    main()
