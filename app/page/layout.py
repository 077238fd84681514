"""The parts of the page. What they show is drawn by `static/` from the JSON that they are given."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

STATIC = Path(__file__).parents[1] / "static"
# Each part of the page by the folder of its template, script and styles.
ZONES = {
    "header": "header",
    "stage": "stage",
    "inspector": "inspector",
    "timeline": "timeline",
    "status": "status",
    "renders": "dialogs",
    "export": "dialogs",
    "stories": "dialogs",
    "disk": "dialogs",
    "looks": "dialogs",
    "models": "dialogs",
    "versions": "dialogs",
    "history": "dialogs",
    "help": "dialogs",
    "prompts": "dialogs",
}
# Style sheets of a zone before the one that has its name.
_DIALOG = ("kit/dialog",)
SHEETS = {
    "inspector": (
        "kit/fields",
        "inspector/clip_fields",
        "inspector/tiles",
        "inspector/frame_preview",
        "inspector/score_rows",
        "inspector/take_strip",
        "inspector/quality_panel",
        "inspector/words_field",
    ),
    "stage": (
        "stage/meter",
        "stage/words_box",
        "stage/framing_window",
        "stage/wipe",
        "stage/safe_areas",
        "stage/shape",
    ),
    "timeline": (
        "kit/menu",
        "kit/fields",
        "timeline/lanes",
        "timeline/markers",
        "timeline/board",
        "timeline/clips",
        "timeline/selecting",
        "timeline/find_bar",
    ),
    "renders": _DIALOG,
    "export": (*_DIALOG, "kit/fields"),
    "stories": (*_DIALOG, "dialogs/new_story"),
    "models": _DIALOG,
    "disk": _DIALOG,
    "looks": (*_DIALOG, "inspector/tiles"),
    "versions": _DIALOG,
    "history": (*_DIALOG, "kit/fields"),
    "help": (*_DIALOG, "tour/tour"),
    "prompts": (*_DIALOG, "kit/fields"),
}

# System fonts only: the page loads nothing from elsewhere.
FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def zone(name: str, value: dict[str, Any], **props: Any) -> gr.HTML:
    """A part of the page: a fixed template, and a script that draws `value` into it.

    The template holds no value, since Gradio would run what stands in one as code: all that a user
    wrote goes through `textContent`. No subclass, since Gradio writes a stub file beside the source
    of each.
    """
    return gr.HTML(
        value=as_text(value),
        html_template=_static(f"{ZONES[name]}/{name}.html"),
        # Gradio finds the names of a component's own events in this text.
        js_on_load=(
            f"storyboard.mount.{name}(element, {{props, watch, "
            "value: () => JSON.parse(props.value), "
            "send: batch => trigger('command', batch)});"
        ),
        apply_default_css=False,
        elem_id=f"zone-{name}",
        **props,
    )


def as_text(value: dict[str, Any]) -> str:
    """`value` as a zone gets it. Objects in a component's value are cloned and wrapped by Gradio
    for every event, which for a story of 100 shots takes longer than everything else together."""
    return json.dumps(value).replace("<", "\\u003c")  # Gradio looks for tags in what is text


@dataclass(frozen=True)
class Widgets:
    """Whatever events are tied to."""

    token: gr.BrowserState
    shown: gr.Textbox  # the name of the story that the tab shows
    timeline: gr.HTML
    status: gr.HTML
    clock: gr.Timer
    models: gr.HTML
    models_clock: gr.Timer
    stories: gr.HTML
    disk: gr.HTML


def layout(secret: str, catalogue: dict[str, Any]) -> Widgets:
    """Put the page together, inside a `gr.Blocks`."""
    # The key also keeps two editors on one host apart: another workspace has another secret.
    token = gr.BrowserState(None, storage_key=f"storyboard-{secret[:8]}", secret=secret)
    shown = gr.Textbox(visible="hidden")
    zone("header", {})
    with gr.Row(elem_id="workbench", equal_height=True):
        zone("stage", {})
        zone("inspector", {})
    timeline = zone("timeline", {"ack": 0}, catalogue=as_text(catalogue))
    status = zone("status", {})
    clock, models_clock = gr.Timer(0.5, active=False), gr.Timer(0.5, active=False)
    zone("renders", {})
    zone("export", {})
    zone("help", {})
    zone("prompts", {})
    zone("looks", {})
    zone("versions", {})
    zone("history", {})
    stories, models, disk = zone("stories", {}), zone("models", {}), zone("disk", {})
    return Widgets(token, shown, timeline, status, clock, models, models_clock, stories, disk)


def theme() -> gr.themes.Base:
    """Gradio's own parts, toasts and errors, in the page's fonts and colours."""
    return gr.themes.Base(
        primary_hue="indigo", neutral_hue="slate", font=list(FONTS), font_mono=list(MONO)
    )


def files() -> dict[str, str]:
    """The page's own styles in one file, and each of its scripts, as {path: text}."""
    # Nested, so that each zone's rules touch nothing else and win over Gradio's own.
    zones = "\n".join(
        f"#zone-{name} {{\n{_static(f'{sheet}.css')}}}"
        for name, folder in ZONES.items()
        for sheet in (*SHEETS.get(name, ()), f"{folder}/{name}")
    )
    page = "".join(map(_static, ("kit/theme.css", "panes/panes.css")))
    controls = f'[id^="zone-"] {{\n{_static("kit/controls.css")}}}'
    scripts = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js"))
    return {
        "storyboard.css": f"{page}\n{controls}\n{zones}\n{_static('panes/fitting.css')}",
        **{name: _static(name) for name in scripts},
    }


def _static(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
