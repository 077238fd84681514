"""What the timeline shows in a browser, and the hand that drags on it."""

from playwright.sync_api import Page

from browser_pages import Editor, card

SHOTS = 6
FIRST = [f"shot-{n}" for n in range(1, SHOTS + 1)]


def ids(page: Page) -> list[str]:
    """The shots in the order in which the strip shows them."""
    return page.locator(".sb-shot").evaluate_all("nodes => nodes.map(node => node.dataset.name)")


def shows(page: Page, wanted: list[str]) -> None:
    """Wait until the strip begins with these shots, whatever the server has answered yet."""
    page.wait_for_function(
        """wanted => {
          const shown = [...document.querySelectorAll('.sb-shot')].map(node => node.dataset.name);
          return wanted.every((id, i) => shown[i] === id);
        }""",
        arg=wanted,
    )


def place(page: Page, name: str) -> dict[str, float]:
    return page.evaluate("name => ({...storyboard.scale.of(name)})", name)


def zoom_to(page: Page, pixels_a_second: int) -> None:
    page.evaluate(
        """zoom => {
          storyboard.scale.setZoom(zoom);
          storyboard.set({});
          document.querySelector('.sb-scroll').scrollLeft = 0;
        }""",
        pixels_a_second,
    )


def saved_ids(server: Editor) -> list[str]:
    return [shot.id for shot in server.saved().shots]


def middle(page: Page, number: int) -> tuple[float, float]:
    box = card(page, number).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=6)
