"""Reading of the file formats that sources hand over."""
