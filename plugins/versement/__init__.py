"""Transfers of records from local authorities' business applications to the electronic archive Vitam."""
