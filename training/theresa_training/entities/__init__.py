"""How the demo entity model is made: sentences with labels, a tiny encoder, and HanLP's own trainer."""
