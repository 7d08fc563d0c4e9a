"""Tags the sentences of Chinese local-government rule-of-law reports.

from fazhi import Classifier, parse_report, tag_report

classifier = Classifier.from_pretrained("models/fazhi-small")
for unit in tag_report(parse_report(text), "report", classifier):
print(unit.record.text, unit.labels, unit.role)

Names are imported when they are first asked for, so that `fazhi.client` doesn't load the model
runtime.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fazhi.analysis import Analysis, analyze
    from fazhi.classifier import Classifier, Prediction
    from fazhi.comparison import Comparison, compare
    from fazhi.documents import Document, read_document
    from fazhi.encoding import Sentence
    from fazhi.errors import (
        ArtifactError,
        DocumentError,
        FazhiError,
        RecordError,
        ServiceError,
        TaxonomyError,
    )
    from fazhi.evidence import Evidence, explain
    from fazhi.records import Record, read_records
    from fazhi.report import Report, Unit, parse_report
    from fazhi.tagging import TaggedUnit, tag_records, tag_report
    from fazhi.taxonomy import Taxonomy
else:
    _MODULES = {
        "Analysis": "analysis",
        "ArtifactError": "errors",
        "Classifier": "classifier",
        "Comparison": "comparison",
        "Document": "documents",
        "DocumentError": "errors",
        "Evidence": "evidence",
        "FazhiError": "errors",
        "Prediction": "classifier",
        "Record": "records",
        "RecordError": "errors",
        "Report": "report",
        "Sentence": "encoding",
        "ServiceError": "errors",
        "TaggedUnit": "tagging",
        "Taxonomy": "taxonomy",
        "TaxonomyError": "errors",
        "Unit": "report",
        "analyze": "analysis",
        "compare": "comparison",
        "explain": "evidence",
        "parse_report": "report",
        "read_document": "documents",
        "read_records": "records",
        "tag_records": "tagging",
        "tag_report": "tagging",
    }

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


__all__ = [
    "Analysis",
    "ArtifactError",
    "Classifier",
    "Comparison",
    "Document",
    "DocumentError",
    "Evidence",
    "FazhiError",
    "Prediction",
    "Record",
    "RecordError",
    "Report",
    "Sentence",
    "ServiceError",
    "TaggedUnit",
    "Taxonomy",
    "TaxonomyError",
    "Unit",
    "analyze",
    "compare",
    "explain",
    "parse_report",
    "read_document",
    "read_records",
    "tag_records",
    "tag_report",
]
