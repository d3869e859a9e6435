"""Evidence as documents for others: a model card, an ML-BOM, a page that prints, a ZIP that proves itself."""
