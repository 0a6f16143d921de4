"""Stand-ins for the outside world: a Vitam server, an SFTP drop. Never imported by the chain."""
