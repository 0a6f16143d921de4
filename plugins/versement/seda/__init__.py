"""SEDA messages: manifest writing, SIP stream, reply reading, validation. No network."""
