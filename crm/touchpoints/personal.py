"""What the tables of touchpoints know about people: nothing."""

from crm.personal import CODE, Declared, each

PERSONAL = (
    Declared("phase", each(CODE, "code name_de name_en stage")),
    Declared("touchpoint", each(CODE, "code name_de name_en channels department state moments")),
    Declared("guide", each(CODE, "code name_de name_en touchpoints channels")),
    Declared("guide_review", {}),
    Declared("guide_version", each(CODE, "steps")),
)
