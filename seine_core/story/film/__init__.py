"""From rendered clips to a film: captions, sound, joining, and the formats to export."""
