"""From a story to rendered clips: the plan, the jobs, the cache, the renderer."""
