"""Tags the sentences of Chinese local-government rule-of-law reports.

from fazhi import Classifier, parse_report, tag_report

classifier = Classifier.from_pretrained("models/fazhi-small")
for unit in tag_report(parse_report(text), "report", classifier):
print(unit.record.text, unit.labels, unit.role)
"""

from fazhi.classifier import Classifier, Prediction
from fazhi.documents import Document, read_document
from fazhi.encoding import Sentence
from fazhi.errors import ArtifactError, DocumentError, FazhiError, RecordError, TaxonomyError
from fazhi.records import Record, read_records
from fazhi.report import Report, Unit, parse_report
from fazhi.tagging import TaggedUnit, coverage, tag_records, tag_report
from fazhi.taxonomy import Taxonomy

__all__ = [
    "ArtifactError",
    "Classifier",
    "Document",
    "DocumentError",
    "FazhiError",
    "Prediction",
    "Record",
    "RecordError",
    "Report",
    "Sentence",
    "TaggedUnit",
    "Taxonomy",
    "TaxonomyError",
    "Unit",
    "coverage",
    "parse_report",
    "read_document",
    "read_records",
    "tag_records",
    "tag_report",
]
