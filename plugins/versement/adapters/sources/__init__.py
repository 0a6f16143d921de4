"""Where records come from."""

from versement.adapters.sources.access import Access, open_source
from versement.adapters.sources.environment import source_from_environment
from versement.adapters.sources.folder import FolderSource
from versement.adapters.sources.sftp import SftpSettings, SftpSource

__all__ = ["Access", "FolderSource", "SftpSettings", "SftpSource", "open_source", "source_from_environment"]
