"""The vendors' own SDKs: their parsing, what they add streams up to, their retries."""
