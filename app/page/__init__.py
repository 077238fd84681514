"""The page: its layout, its events, what it may ask for and what it is shown."""
