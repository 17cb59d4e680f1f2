"""HanLP models: finding, fetching and running them in a worker process."""
