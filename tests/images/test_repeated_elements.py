"""What is remembered of the file before never stands for what the next file says."""

from __future__ import annotations

import random

import pytest
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from bonecohort.images.acquisition import FactReader, image_facts
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
