"""Pages of surveys: the list, writing one down, its results, answering, answers from paper, interviews."""

from litestar import Router

from crm.surveys.handlers import answering, editing, interviews, paper, showing

router = Router(
    "",
    route_handlers=[
        *showing.handlers, *editing.handlers, *answering.handlers, *paper.handlers, *interviews.handlers,
    ],
)  # fmt: skip
