"""The engines of SEINE's network: the published one, the small one, and those trained here."""
