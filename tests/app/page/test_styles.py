"""What holds for all of the page's style sheets."""

import re

from app.page.layout import STATIC


def test_texts_have_one_of_three_sizes() -> None:
    found = {
        (sheet.name, size)
        for sheet in STATIC.rglob("*.css")
        for size in re.findall(r"font(?:-size)?: ?([\d.]+\w+)", sheet.read_text("utf-8"))
    }
    assert {size for _, size in found} == {"12px", "14px", "18px"}, sorted(found)
