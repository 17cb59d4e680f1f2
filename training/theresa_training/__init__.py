"""Training of the models that ship with Theresa: data, training, evaluation, export."""
