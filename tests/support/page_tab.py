"""A tab of the editor, for the tests of what it sends."""

from typing import Any

from app.page import handlers
from app.page.handlers import Answer
from app.stories.sessions import Session
from app.work.studio import Studio
from app_stories import TAB, session_of


class Page:
    """A tab that sends commands one after the other, as the real one does."""

    def __init__(self, studio: Studio, token: str, tab: str = TAB) -> None:
        self.studio, self.token, self.tab = studio, token, tab
        self.told: list[str] = []
        self.seq = 0
        self.answer = handlers.enter(token, studio, self.told.append)

    def send(self, *ops: Any, **wrong: Any) -> dict[str, Any]:
        self.seq += 1
        sent = {
            "seq": self.seq,
            "tab": self.tab,
            "story": self.answer.story["story"],
            "rev": self.answer.story["rev"],
            "ops": list(ops),
        }
        self.answer = self.command(sent | wrong)
        return self.answer.story

    def command(self, sent: Any) -> Answer:
        return handlers.command(self.token, sent, self.studio, self.told.append)

    @property
    def session(self) -> Session:
        return session_of(self.studio, self.token)

    def ids(self) -> list[str]:
        return [shot["id"] for shot in self.answer.story["shots"]]
