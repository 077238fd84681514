"""The story: shots, the edges between them, and how they become one video. No torch in here."""
