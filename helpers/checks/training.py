"""Checks of notebook 07: the loss, one training step, the evaluation."""

from helpers.checks.training_evaluation import (
    evaluate_car,
    evaluate_conditions,
    evaluate_mean,
    evaluate_restores,
)
from helpers.checks.training_loss import (
    segmentation_loss_cross_entropy,
    segmentation_loss_dice,
    segmentation_loss_gradient,
    segmentation_loss_per_image,
    segmentation_loss_plus_one,
    segmentation_loss_value,
)
from helpers.checks.training_step import (
    train_step_mode,
    train_step_returns,
    train_step_updates,
    train_step_zero_grad,
)

__all__ = [
    "evaluate_car",
    "evaluate_conditions",
    "evaluate_mean",
    "evaluate_restores",
    "segmentation_loss_cross_entropy",
    "segmentation_loss_dice",
    "segmentation_loss_gradient",
    "segmentation_loss_per_image",
    "segmentation_loss_plus_one",
    "segmentation_loss_value",
    "train_step_mode",
    "train_step_returns",
    "train_step_updates",
    "train_step_zero_grad",
]
