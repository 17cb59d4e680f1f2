"""The command line of ``theresa``: one module per group of options, and the parser that combines them."""
