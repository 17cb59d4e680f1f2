"""HanLP models: found, fetched and run in a worker process."""
