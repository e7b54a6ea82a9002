"""Small DICOM SR documents (TID 1500), as measuring programs write them."""

from __future__ import annotations

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from bonecohort.annotations.dicom_files import STRUCTURED_REPORTS

IMAGE_UID = "1.2.3.4"
LENGTH_SCT = ("410668003", "SCT", "Length")


def code(value, scheme, meaning="x"):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return [item]


def content(value_type, concept, *children):
    item = Dataset()
    item.ValueType, item.ConceptNameCodeSequence = value_type, code(*concept)
    if children:
        item.ContentSequence = list(children)
    return item


def tracking(name):
    item = content("TEXT", ("112039", "DCM"))
    item.TextValue = name
    return item


def number(value, unit, concept=LENGTH_SCT, *children):
    item = content("NUM", concept, *children)
    measured = Dataset()
    measured.NumericValue = value
    measured.MeasurementUnitsCodeSequence = code(unit, "UCUM")
    item.MeasuredValueSequence = [measured]
    return item


def graphic(kind, data, frame_uid="1.2.3"):
    item = content("SCOORD3D", ("111030", "DCM"))
    item.GraphicType, item.GraphicData = kind, list(data)
    item.ReferencedFrameOfReferenceUID = frame_uid
    return item


def pixel_graphic(kind, data, frame=None):
    reference = Dataset()
    reference.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    reference.ReferencedSOPInstanceUID = IMAGE_UID
    if frame:
        reference.ReferencedFrameNumber = frame
    image = Dataset()
    image.ValueType, image.ReferencedSOPSequence = "IMAGE", [reference]
    item = content("SCOORD", ("111030", "DCM"), image)
    item.GraphicType, item.GraphicData = kind, list(data)
    return item


def group(name, *children):
    named = [tracking(name)] if name else []
    return content("CONTAINER", ("125007", "DCM"), *named, *children)


def save(path, dataset, sop_class, instance="1.2.9"):
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = sop_class
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = instance
    dataset.PatientName, dataset.PatientID = "Doe^Jane", "SECRET"
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_sr(path, *groups):
    measurements = content("CONTAINER", ("126010", "DCM"), *groups)
    report = content("CONTAINER", ("126000", "DCM"), measurements)
    return save(path, report, STRUCTURED_REPORTS[2])
