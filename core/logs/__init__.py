"""Prediction logs: specs, files, ingest that counts nothing twice, quarantine, reference rows."""
