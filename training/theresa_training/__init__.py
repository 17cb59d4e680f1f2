"""How the models that ship with Theresa are made: data, training, evaluation, export."""
