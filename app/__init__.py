"""The storyboard editor in the browser. `app.main` builds it, `app.cli` starts it."""
