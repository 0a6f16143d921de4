"""Organisation and connector profiles: YAML to frozen models, JSON schema."""
