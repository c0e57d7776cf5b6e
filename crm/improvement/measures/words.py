"""The words of measures: their statuses, fields, and the four weeks of the programme with its tasks."""

from __future__ import annotations

from crm.improvement.measures.tables import MeasureStatus, Stage
from crm.improvement.tables import ExpectationLevel
from crm.web.i18n import N_

STATUSES = {
    MeasureStatus.PLANNED: N_("planned"), MeasureStatus.RUNNING: N_("under way"), MeasureStatus.DONE: N_("carried out"),
    MeasureStatus.DROPPED: N_("given up"),
}  # fmt: skip
TONES = {
    MeasureStatus.PLANNED: "", MeasureStatus.RUNNING: "petrol", MeasureStatus.DONE: "good", MeasureStatus.DROPPED: "quiet",
}  # fmt: skip
LEVELS = {
    ExpectationLevel.BASIC: N_("Basic expectation"), ExpectationLevel.EXPECTED: N_("Expectation"),
    ExpectationLevel.DELIGHT: N_("Delight"),
}  # fmt: skip
LABELS = {
    "name": N_("Name of the measure"), "goal": N_("Goal"), "level": N_("What does it meet?"), "touchpoint": N_("Touchpoint"),
    "metric": N_("Figure by which it is judged"), "target": N_("Target of the figure"), "days": N_("Measured before and after"),
    "expected_effect": N_("Expected effect"), "owner_id": N_("Responsible"), "due_on": N_("Due on"), "cost": N_("Cost in euros"),
}  # fmt: skip
TASK_LABELS = {
    "text": N_("Task"), "task_due_on": N_("Until"), "assignee_id": N_("Who does it?"),
}  # fmt: skip
PROGRAMME_LABELS = {
    "starts_on": N_("First day"), "owner_id": N_("Responsible"), "metric": N_("Figure by which the improvements are judged"),
    "touchpoint": N_("Touchpoint"), "target": N_("Target of the figure"),
}  # fmt: skip
STAGES = {
    Stage.NEEDS: N_("Needs analysis"), Stage.ASSESSMENT: N_("Assessment"), Stage.STRATEGY: N_("Strategy"),
    Stage.IMPROVEMENTS: N_("First improvements"),
}  # fmt: skip
STAGE_GOALS = {
    Stage.NEEDS: N_("We know where customers meet us, what they expect there and what they criticise."),
    Stage.ASSESSMENT: N_("We know how good each touchpoint is: in our own eyes and, beside that, in those of our customers."),
    Stage.STRATEGY: N_("For the weakest touchpoints it is fixed who improves what until when, and how we will see that it worked."),
    Stage.IMPROVEMENTS: N_("Customers notice the first improvements, and the figure moves towards its target."),
}  # fmt: skip
STAGE_TASKS: dict[Stage, tuple[tuple[int, str], ...]] = {
    Stage.NEEDS: (
        (2, N_("Check the list of touchpoints: is one missing, has one nobody who looks after it?")),
        (4, N_("Ask customers about the most important touchpoints")),
        (5, N_("Talk with colleagues at each touchpoint and keep notes")),
        (7, N_("Sort expectations, criticism and praise")),
    ),
    Stage.ASSESSMENT: (
        (10, N_("Have colleagues rate importance, friendliness, consistency and technical level")),
        (12, N_("Put customers' answers beside our own view")),
        (14, N_("Choose the weakest of the important touchpoints")),
    ),
    Stage.STRATEGY: (
        (17, N_("Fix figure, target and date for each chosen touchpoint")),
        (19, N_("Plan measures, unmet basic expectations first")),
        (21, N_("Settle who is responsible and what it may cost")),
    ),
    Stage.IMPROVEMENTS: (
        (26, N_("Carry out the first improvements")),
        (28, N_("Tell colleagues and customers what has changed")),
        (30, N_("Look at the effect and decide what comes next")),
    ),
}
"""Day of the programme by which a task is done, and the task."""
