"""Foreign: what other tools keep of providers, made ours as far as it goes."""
