"""A story's cache looked through and mended: `check --repair`."""

from collections.abc import Callable
from dataclasses import replace

from seine_core.clips import silent
from seine_core.engines import get_engine
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.entry import CacheUnreadable, fault, read_index
from seine_core.story.make.jobs import Plan
from seine_core.story.make.plan import Engines
from seine_core.story.make.render import RenderReport, render


def repair(
    plan: Plan,
    cache: ClipCache,
    say: Callable[[str], None],
    *,
    engines: Engines = get_engine,
    report: RenderReport = silent,
) -> bool:
    """Verify all that is in `cache`, render anew what is damaged of `plan`, remove what is damaged
    otherwise and what killed renders left. `say` is given a line for each. Whether all is well now.

    Raises:
        RenderFailed: a clip failed, or the cache cannot be written; `say` has what was done.
        RenderCancelled: `report` asked for it.
    """
    for left in cache.sweep():
        say(f"{left}: left by a render that was killed; removed")
    owners = {job.key: plan.label(job) for job in plan.jobs}
    keys, damaged, well = cache.keys(), set(), True
    for key in keys:
        folder = cache.folder(key)
        try:
            reason = fault(folder, read_index(folder))
            if reason is None or not folder.exists():
                continue
            say(f"{owners.get(key, 'a clip of another story')}: {folder}: {reason}")
            if key in owners:
                damaged.add(key)
            elif cache.remove_damaged(key):
                say("  removed")
        except CacheUnreadable as error:
            say(f"{owners.get(key, 'a clip of another story')}: {error}")
            well = False
    if damaged:
        render(_with_inputs(plan, damaged), cache, engines=engines, report=report)
        say(f"  rendered anew: {', '.join(sorted(owners[key] for key in damaged))}")
    say(f"{cache.root}: {len(keys)} clips verified" + ("" if well else ", not all can be read"))
    return well


def _with_inputs(plan: Plan, keys: set[str]) -> Plan:
    """The part of the plan that makes these clips, with what they are made from."""
    wanted = set(keys)
    for job in reversed(plan.jobs):
        if job.key in wanted:
            wanted.update(job.inputs)
    return replace(plan, jobs=tuple(job for job in plan.jobs if job.key in wanted))
