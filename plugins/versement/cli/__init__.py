"""The command line: profiles, whereabouts, operators' decisions. Everything it prints is French."""
