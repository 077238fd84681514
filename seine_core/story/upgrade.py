"""Stories of earlier versions as the present one: what they look and sound like stays for ever."""

from typing import Any

from seine_core.story.sound import soundtrack_as_track

CENTRE = (0.5, 0.5)


def upgraded(data: dict[str, Any], version: int) -> dict[str, Any]:
    """The fields of a story, still unchecked, as `version` has them; those of no version that is
    known are left for the check that follows."""
    found = data.get("version")
    if type(found) is not int or not 1 <= found < version:
        return data
    for step in _STEPS[found - 1 :]:
        data = step(data)
    return data | {"version": version}


def _from_1(data: dict[str, Any]) -> dict[str, Any]:
    """Crops were around the middle where nobody had said otherwise."""
    return _each_shot(data, lambda shot: {"focus": CENTRE} | shot)


def _from_2(data: dict[str, Any]) -> dict[str, Any]:
    """Videos were mute, and one music lay under the whole story."""
    data = _each_shot(data, _mute)
    rest = {name: value for name, value in data.items() if name != "soundtrack"}
    match data.get("soundtrack"):
        case None:
            return rest
        case dict(soundtrack):
            return rest | {"tracks": [soundtrack_as_track(soundtrack)]}
    return data  # with what is no soundtrack, for the check to refuse


def with_captions(shot: dict[str, Any]) -> dict[str, Any]:
    """The fields of a shot, which had one caption before it could have several."""
    if "caption" not in shot or "captions" in shot:
        return shot
    rest = {name: value for name, value in shot.items() if name != "caption"}
    caption = shot["caption"]
    return rest if caption is None else rest | {"captions": (caption,)}


_STEPS = (_from_1, _from_2)


def _mute(shot: dict[str, Any]) -> dict[str, Any]:
    source = shot.get("source")
    kind = source.get("kind") if isinstance(source, dict) else getattr(source, "kind", None)
    return {"sound": {"muted": True}} | shot if kind == "video" else shot


def _each_shot(data: dict[str, Any], change: Any) -> dict[str, Any]:
    shots = data.get("shots")
    if not isinstance(shots, list | tuple):
        return data
    return data | {"shots": [change(s) if isinstance(s, dict) else s for s in shots]}
