"""What is remembered of the file before never stands for what the next file says."""

from __future__ import annotations

import random

import pytest
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from bonecohort.images.acquisition import FactReader, image_facts
from bonecohort.images.multiframe import FrameReader, frames_of
from tests.images.writer import ct_series


def item(**values):
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return Sequence([dataset])


CHANGES = {
    "XRayTubeCurrent": (120, 250),
    "ConvolutionKernel": ("B30f", "SMITH", ["Br38f", "3"]),
    "ImageType": (["ORIGINAL", "PRIMARY"], ["DERIVED", "SMITH"]),
    "PatientName": ("SMITH^ANNA", "B30F^ADAM"),
    "InstitutionName": ("Derived Clinic", "Hospital"),
    "RequestAttributesSequence": (item(ScheduledProcedureStepID="Br38f"), item()),
    "ContrastBolusAgentSequence": (item(CodeMeaning="Omnipaque"), item(CodeMeaning="none")),
    "AcquisitionDateTime": ("20240102101010.5", "20240102101011.5", "20230405101010"),
    "StudyDate": ("20240102", "20230405"),
    "SeriesDescription": ("MonoE 40 keV", "Thorax"),
    "SpecificCharacterSet": ("ISO_IR 100", "ISO_IR 192"),
    "SliceThickness": (1, 2.5),
    "BodyPartExamined": ("LSPINE", "SMITH"),
}


@pytest.mark.parametrize("seed", range(8))
def test_one_reader_of_many_files_finds_what_a_new_one_finds_in_each(tmp_path, seed):
    draw = random.Random(seed)
    reader = FactReader()
    (dataset,) = ct_series(n=1, rows=4, columns=4).datasets
    seen = []
    for number in range(40):
        for keyword in draw.sample(list(CHANGES), draw.randrange(3)):
            if draw.random() < 0.2 and keyword in dataset:
                delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, draw.choice(CHANGES[keyword]))
        path = tmp_path / f"{number}.dcm"
        dcmwrite(path, dataset)
        found = reader.facts(dcmread(path))
        assert found == image_facts(dcmread(path))
        seen.append(str(found))
    assert len(set(seen)) > 10  # the changes matter


PLACED = {
    "ImageOrientationPatient": ([1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, -1], [1, 0, 0, 1, 0, 0]),
    "ImagePositionPatient": ([0, 0, 1], [0, 0, 2.5], [-3, 4, 5]),
    "PixelSpacing": ([0.5, 0.5], [0.75, 0.8], [0, 1]),
    "RescaleSlope": (1, 2, 0),
    "RescaleIntercept": (-1024, 0, -1000.5),
    "RescaleType": ("HU", "US", " HU_MOD "),
    "Modality": ("CT", "MR"),
    "NumberOfFrames": (1, 2),
    "RealWorldValueMappingSequence": (
        item(
            RealWorldValueSlope=2.0,
            RealWorldValueIntercept=-1.0,
            MeasurementUnitsCodeSequence=item(CodeValue="[hnsf'U]"),
        ),
        item(),
    ),
}


def shown(frame):
    return repr([frame.place, frame.rescale, frame.rescale_type, frame.mappings, frame.scale_slope])


@pytest.mark.parametrize("seed", range(8))
def test_one_reader_of_many_files_finds_the_frames_that_a_new_one_finds_in_each(tmp_path, seed):
    draw = random.Random(seed)
    reader = FrameReader()
    (dataset,) = ct_series(n=1, rows=4, columns=4).datasets
    block = dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
    block.add_new(0x0E, "FL", 0.5)
    seen = []
    for number in range(40):
        for keyword in draw.sample(list(PLACED), draw.randrange(1, 4)):
            if draw.random() < 0.2 and keyword in dataset:
                delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, draw.choice(PLACED[keyword]))
        block[0x0E].value = draw.choice((0.5, 0.25))
        path = tmp_path / f"{number}.dcm"
        dcmwrite(path, dataset)
        (found,) = reader.frames(dcmread(path))
        (alone,) = frames_of(dcmread(path))
        assert shown(found) == shown(alone)
        seen.append(shown(found))
    assert len(set(seen)) > 10  # the changes matter
