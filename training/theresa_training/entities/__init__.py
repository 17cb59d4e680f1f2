"""Training of the demo entity model: labelled sentences, a tiny encoder, and HanLP's trainer."""
