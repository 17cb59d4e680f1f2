"""Audio: formats, resampling, recordings, voice activity detection and segmentation."""
