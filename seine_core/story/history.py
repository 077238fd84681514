"""A story through its edits: undo is keeping the old one."""

from dataclasses import dataclass, replace

from seine_core.story.model import Story

_UNDO_LEVELS = 200


@dataclass(frozen=True)
class History:
    """A story and the ones before and after it, for undo and redo."""

    story: Story
    past: tuple[Story, ...] = ()
    future: tuple[Story, ...] = ()

    def edited(self, story: Story) -> "History":
        """With `story` as the present; an edit that changed nothing leaves no trace."""
        if story == self.story:
            return self
        return History(story, (*self.past, self.story)[-_UNDO_LEVELS:])

    def undone(self) -> "History":
        """One edit back; the same when there is none."""
        if not self.past:
            return self
        return replace(
            self, story=self.past[-1], past=self.past[:-1], future=(self.story, *self.future)
        )

    def redone(self) -> "History":
        """One undone edit forward; the same when there is none."""
        if not self.future:
            return self
        return replace(
            self, story=self.future[0], past=(*self.past, self.story), future=self.future[1:]
        )
