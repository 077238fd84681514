"""Captions as pictures of the page: as the film shows them, on nothing."""

from functools import partial

from app.served.media_files import MediaShelf
from seine_core.story.caption import Caption
from seine_core.story.film.captions import caption_picture, check_caption


def lettering(shelf: MediaShelf, caption: Caption, size: tuple[int, int], side: int) -> str:
    """The address of the picture of `caption` in a film of this size, no longer than `side`; the
    same for the same look, whenever it is seen.

    Raises:
        BadInput: no font on this machine can show it.
    """
    check_caption(caption.text)
    timeless = caption.model_dump(exclude={"from_s", "to_s", "fade_s"})
    scale = min(1.0, side / max(size))
    width, height = (round(one * scale) for one in size)
    still = Caption(**timeless)
    return shelf.drawn((still, width, height), partial(caption_picture, still, width, height))
