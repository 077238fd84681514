"""Many shots and transitions selected, set, copied and found at once, by mouse, keys and touch."""

from playwright.sync_api import Page, expect

from browser_pages import Editor, card, settle
from timeline_pages import SHOTS, drag, middle


def picked(page: Page) -> list[str]:
    found: list[str] = page.evaluate("() => storyboard.state.picked")
    return found


def test_a_frame_selects_both_and_what_is_set_is_set_for_all_in_one_step(
    page: Page, server: Editor
) -> None:
    card(page, 1).click()
    page.keyboard.down("Shift")
    x, y = middle(page, 2)
    drag(page, middle(page, 1), (x, y + 40))
    page.mouse.up()
    page.keyboard.up("Shift")
    assert picked(page) == ["shot-1", "shot-1>shot-2", "shot-2"]
    expect(page.get_by_role("heading", name="3 selected")).to_be_visible()
    page.locator(".sb-link").nth(2).click()
    page.locator(".sb-link").nth(3).click(modifiers=["Shift"])
    assert picked(page) == ["shot-3>shot-4", "shot-4>shot-5"]
    page.keyboard.press("Control+a")
    expect(page.get_by_role("heading", name=f"{SHOTS - 1} transitions")).to_be_visible()
    page.get_by_label("Duration of each").filter(visible=True).fill("0.25")
    page.keyboard.press("Enter")
    settle(page)
    assert {edge.duration_s for edge in server.saved().edges()} == {0.25}
    page.locator(".sb-link").nth(2).click()
    expect(page.get_by_role("heading", name="Transition 3 → 4")).to_be_visible()
    page.locator(".sb-quick").get_by_role("button", name="2 s").filter(visible=True).click()
    page.locator(".sb-for-all[data-title*=' duration ']").filter(visible=True).click()
    settle(page)
    assert {edge.duration_s for edge in server.saved().edges()} == {2.0}
    for _ in range(3):
        page.get_by_role("button", name="Undo").click()
    settle(page)
    assert {edge.duration_s for edge in server.saved().edges()} == {0.5}


def test_menus_looks_and_prompts(page: Page, server: Editor) -> None:
    page.locator(".sb-link").first.click()
    page.get_by_label("Duration").filter(visible=True).fill("0.75")
    page.keyboard.press("Enter")
    page.locator(".sb-link").first.click(button="right")
    page.get_by_role("menuitem", name="Copy the look of this transition").click()
    page.locator(".sb-link").nth(1).focus()
    page.keyboard.press("Shift+F10")
    page.keyboard.press("p")
    expect(page.get_by_role("menuitem", name="Paste the look")).to_be_focused()
    page.keyboard.press("Enter")
    settle(page)
    lengths = [edge.duration_s for edge in server.saved().edges()]
    assert lengths[:3] == [0.75, 0.75, 0.5]

    page.locator(".sb-ruler").click(button="right")
    page.get_by_role("menuitem", name="Prompts from text").click()
    page.get_by_label("One line each").fill("dawn\n\nfog over hills")
    expect(page.locator(".sb-prompts-list li")).to_have_count(2)
    page.get_by_role("button", name="Set 2 prompts").click()
    settle(page)
    assert [shot.prompt for shot in server.saved().shots[:3]] == ["dawn", "", "fog over hills"]

    page.keyboard.press("Control+f")
    page.keyboard.type("FOG")
    expect(page.locator(".sb-found")).to_have_text("1 of 1")
    assert picked(page) == ["shot-3"]
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    settle(page)
    assert not any(shot.prompt for shot in server.saved().shots)


def test_shots_are_cut_and_pasted_in_another_tab(page: Page, server: Editor) -> None:
    card(page, 2).click()
    card(page, 3).click(modifiers=["Shift"])
    page.keyboard.press("Control+x")
    expect(page.locator(".sb-card")).to_have_count(SHOTS - 2)
    settle(page)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".sb-card")).to_have_count(SHOTS - 2)
    card(other, 1).click()
    other.keyboard.press("Control+v")
    expect(other.locator(".sb-card")).to_have_count(SHOTS)
    settle(other)
    titles = [shot.title for shot in server.saved().shots]
    assert titles[:4] == ["Scene 1", "Scene 2", "Scene 3", "Scene 4"]
    other.close()
    page.bring_to_front()
    page.evaluate("() => storyboard.send('sync')")
    settle(page)


def test_a_long_press_selects_and_taps_add(page: Page, server: Editor) -> None:
    small = server.open(390, 844, has_touch=True, is_mobile=True)
    send = small.context.new_cdp_session(small).send
    box = card(small, 1).bounding_box()
    assert box
    point = {"x": box["x"] + 20, "y": box["y"] + 30}
    send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    bar = small.get_by_role("group", name="Selecting")
    expect(bar).to_contain_text("1 shot selected")
    send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    small.locator(".sb-link").first.tap()
    expect(bar).to_contain_text("1 shot and 1 transition selected")
    bar.get_by_role("button", name="All transitions").tap()
    expect(bar).to_contain_text(f"{SHOTS - 1} transitions selected")
    bar.get_by_role("button", name="Actions").tap()
    small.get_by_role("menuitem", name="Make them cuts").tap()
    settle(small)
    assert {edge.duration_s for edge in server.saved().edges()} == {0.0}
    bar.get_by_role("button", name="Done").tap()
    expect(bar).to_be_hidden()
    small.evaluate("() => storyboard.send('undo')")
    settle(small)
    small.context.close()
