"""Stand-ins for the outside world: a Vitam server, an SFTP drop with sample documents. Never imported by the chain."""
