"""Small model files that the code carries; README.md has origins, licences and hashes."""
