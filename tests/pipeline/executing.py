"""One notebook executed as a report does it, but in the process of the test."""

from pathlib import Path

from aegan_lib.pipeline.execute import Result, keep, thread_variables
from aegan_lib.pipeline.kernels import new_place, run_notebook
from aegan_lib.pipeline.tasks import Task


def execute(task: Task, threads: int) -> Result:
    with new_place() as name:
        place = Path(name)
        variables = thread_variables(threads)
        asked = task.asked()
        failure = run_notebook(place, task.notebook, task.parameters, variables)
        return keep(task, place, failure, asked)
