"""Names and numbers in both languages: values for the slots of a sentence."""

from theresa_training.entities.values_en import EnglishValues
from theresa_training.entities.values_zh import MandarinValues


class Names(EnglishValues, MandarinValues):
    """Draws random values; ``unseen`` uses the names kept out of training."""

    def value(self, language: str, label: str) -> str:
        """Return a value for a label (or ``surname``) in a language (``en`` or ``zh``)."""
        return str(getattr(self, f"_{language}_{label.lower()}")())
