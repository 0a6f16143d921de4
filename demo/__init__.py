"""The demonstration: the whole chain on this machine, with a sandbox Vitam and an SFTP drop."""
