"""Audio: formats, resampling, recordings, voice activity and segmentation."""
