"""Tiny networks in the place of TotalSegmentator's weights: they call every voxel an L3.

Run by the Python of TotalSegmentator's own environment, with the folder of the weights. The models
are those of its options --fast and --roi_subset.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from nnunetv2.utilities.get_network_from_plans import get_network_from_plans
from totalsegmentator.map_to_binary import class_map

MODELS = {
    "Dataset297_TotalSegmentator_total_3mm_1559subj": 3.0,
    "Dataset298_TotalSegmentator_total_6mm_1559subj": 6.0,
}
"""Spacing in mm."""
TRAINER = "nnUNetTrainer_4000epochs_NoMirroring"
LABELS = {"background": 0} | {name: number for number, name in class_map["total"].items()}
READER = "NibabelIOWithReorient"
TORCH_NAMES = {
    "conv_op": "torch.nn.modules.conv.Conv3d",
    "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d",
    "dropout_op": None,
    "nonlin": "torch.nn.LeakyReLU",
}
NETWORK = "dynamic_network_architectures.architectures.unet.PlainConvUNet"
SIZES = {
    "n_stages": 2, "features_per_stage": [2, 4], "kernel_sizes": [[3, 3, 3]] * 2,
    "strides": [[1, 1, 1], [2, 2, 2]], "n_conv_per_stage": [1, 1], "n_conv_per_stage_decoder": [1],
    "conv_bias": True, "norm_op_kwargs": {"affine": True}, "dropout_op_kwargs": None,
    "nonlin_kwargs": {"inplace": True},
}  # fmt: skip


def resampling(kind: str, *, is_seg: bool) -> dict:
    return {
        f"resampling_fn_{kind}": "resample_data_or_seg_to_shape",
        f"resampling_fn_{kind}_kwargs": {
            "is_seg": is_seg, "order": 1, "order_z": 0, "force_separate_z": None
        },
    }  # fmt: skip


def plans(spacing_mm: float) -> dict:
    """Return what nnU-Net reads of a model beside its weights."""
    configuration = {
        "preprocessor_name": "DefaultPreprocessor", "data_identifier": "any", "batch_size": 2,
        "patch_size": [64, 64, 64], "spacing": [spacing_mm] * 3,
        "normalization_schemes": ["CTNormalization"], "use_mask_for_norm": [False],
        "architecture": {
            "network_class_name": NETWORK, "arch_kwargs": SIZES | TORCH_NAMES,
            "_kw_requires_import": list(TORCH_NAMES),
        },
    }  # fmt: skip
    for kind in ("data", "seg", "probabilities"):
        configuration |= resampling(kind, is_seg=kind == "seg")
    intensities = {"mean": 0.0, "std": 300.0, "percentile_00_5": -1000.0, "percentile_99_5": 1000.0}
    return {
        "plans_name": "nnUNetPlans", "image_reader_writer": READER, "label_manager": "LabelManager",
        "transpose_forward": [0, 1, 2], "transpose_backward": [0, 1, 2],
        "configurations": {"3d_fullres": configuration},
        "foreground_intensity_properties_per_channel": {"0": intensities},
    }  # fmt: skip


def weights() -> dict:
    """Return the weights of a network whose last layer says L3, whatever it is given."""
    network = get_network_from_plans(
        NETWORK, SIZES | TORCH_NAMES, list(TORCH_NAMES), 1, len(LABELS), deep_supervision=False
    )
    state = network.state_dict()
    for name, values in state.items():
        if "seg_layers" in name:
            values.zero_()
            if name.endswith("bias"):
                values[LABELS["vertebrae_L3"]] = 10
    return state


def main(folder: Path) -> None:
    for name, spacing_mm in MODELS.items():
        model = folder / name / f"{TRAINER}__nnUNetPlans__3d_fullres"
        (model / "fold_0").mkdir(parents=True)
        (model / "plans.json").write_text(json.dumps(plans(spacing_mm) | {"dataset_name": name}))
        dataset = {"channel_names": {"0": "CT"}, "labels": LABELS, "file_ending": ".nii.gz"}
        (model / "dataset.json").write_text(json.dumps(dataset))
        checkpoint = {
            "network_weights": weights(), "trainer_name": TRAINER,
            "init_args": {"configuration": "3d_fullres"}, "inference_allowed_mirroring_axes": None,
        }  # fmt: skip
        torch.save(checkpoint, model / "fold_0/checkpoint_final.pth")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
