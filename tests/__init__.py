"""Tests: unit (no I/O), integration (real PostgreSQL, queue, storage), browser (real Chromium)."""
