"""Technical residue, as every profile has it by default."""

from __future__ import annotations

WASTE = (
    *("Thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "thumbcache_*.db", "desktop.ini", ".DS_Store", "._*"),
    *("~$*", ".~lock.*", "*.laccdb", "*.lck", "*.tmp", "*.part", "*.crdownload", ".nfs*", ".fuse_hidden*"),
    *("$RECYCLE.BIN/", "System Volume Information/", ".Trash/", ".Trashes/", ".Trash-*/", "lost+found/"),
    *("__MACOSX/", ".Spotlight-V100/", ".fseventsd/", ".TemporaryItems/", ".DocumentRevisions-V100/", "@eaDir/"),
    *("__pycache__/", ".cache/", ".thumbnails/", "INetCache/", "Temporary Internet Files/"),
)
"""What systems, office tools, browsers and transfers leave behind, under names that nobody gives to a record."""
