"""Charts as SVG that stands inside a page, in the page's colours and type.

Names in a chart come from outside; nothing of them is read as markup or as a formula.
"""

import io
import threading
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from seine_core.errors import BadInput

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TEXT, SOFT, LINE, ACCENT = "#1c2030", "#5d6478", "#d9dce6", "#5865e8"
# The page's style has a light and a dark value of each.
_VARIABLES = {
    TEXT: "var(--text)",
    SOFT: "var(--soft)",
    LINE: "var(--line)",
    ACCENT: "var(--accent)",
}
_STYLE: dict[Any, Any] = {  # matplotlib types the names of its settings one by one
    "axes.facecolor": "none",
    "axes.grid.axis": "x",
    "axes.grid": True,
    "axes.axisbelow": True,
    **{f"axes.spines.{side}": False for side in ("left", "right", "top", "bottom")},
    "figure.facecolor": "none",
    "font.size": 11,
    "grid.color": LINE,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
    "text.color": TEXT,
    "text.parse_math": False,
    "xtick.color": SOFT,
    "xtick.major.size": 0,
    "ytick.color": TEXT,
    "ytick.major.size": 0,
}
_SVG, _HREF = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
_drawing = threading.Lock()  # matplotlib's settings are one for all threads


def check_charts() -> None:
    """Check that charts can be drawn, before the work that leads to them.

    Raises:
        BadInput: matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise BadInput(
            "charts need the package matplotlib",
            advice="run pip install -r requirements-charts.txt",
        )


def svg_chart(
    draw: Callable[["Axes"], None], width: int, height: int, *, title: str, description: str
) -> Markup:
    """The <svg> element of what `draw` puts on the axes of a figure of `width` x `height` CSS
    pixels, named `title`, with the same in words as its `description`; the same input gives the
    same text.

    Raises:
        BadInput: matplotlib is not installed.
    """
    check_charts()
    import matplotlib
    from matplotlib.figure import Figure

    file = io.BytesIO()
    # The salt keeps ids apart in a page that has several charts.
    style = {**_STYLE, "svg.hashsalt": title + description}
    with _drawing, matplotlib.rc_context(style), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)  # the browser has it
        figure = Figure((width / 72, height / 72), layout="constrained")
        draw(figure.subplots())
        figure.savefig(file, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Type")))
    root = ET.fromstring(file.getvalue())
    described = [ET.Element(f"{_SVG}title"), ET.Element(f"{_SVG}desc")]
    described[0].text, described[1].text = title, description
    root[:] = [*described, *(child for child in root if child.tag == f"{_SVG}g")]
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img"}
    for element in root.iter():
        _adopt(element)
    return Markup(ET.tostring(root, encoding="unicode", short_empty_elements=False))


def _adopt(element: ET.Element) -> None:
    """Make an element of the file one of the page: without the ids of groups, which all charts have
    in common, and with attributes for inline styles, which the study's page does not allow."""
    element.tag, element.tail = element.tag.removeprefix(_SVG), None
    element.attrib.pop("clip-path", None)  # nothing lies outside the axes
    if element.tag == "g":
        element.attrib.pop("id", None)
        element.text = None
    if _HREF in element.attrib:
        element.attrib["href"] = element.attrib.pop(_HREF)
    for declaration in filter(None, element.attrib.pop("style", "").split(";")):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name != "font-family":
            element.attrib[name] = _VARIABLES.get(value, value)
