"""The diffusion process, apart from any network: schedule, samplers, guidance."""
